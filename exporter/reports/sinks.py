"""How the databases stand that windows are shipped to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporter.catalog.tiers import TIERS
from exporter.reports.reader import Reader

_STANDS = """
SELECT s.name, s.problem, p.tier, max(p.until)
FROM sink AS s LEFT JOIN shipped AS p ON p.sink = s.id GROUP BY s.id, p.tier ORDER BY s.name, p.tier
"""
_SKIPPED = """
SELECT s.name, k.tier, k.reason, k.n FROM skipped AS k JOIN sink AS s ON s.id = k.sink ORDER BY k.reason
"""
_REFUSED = """
SELECT s.name, r.tier, r.line, r.words, r.time FROM refused AS r JOIN sink AS s ON s.id = r.sink ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class TierStatus:
    """One tier at one sink."""

    tier: str
    until: int | None
    """Windows that begin before this UTC second were shipped, of what has come farthest; None: none were."""
    skipped: Mapping[str, int]
    """Windows that were not, by reason."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that the sink does not take."""

    tier: str
    line: str
    words: str
    """What it says of it."""
    time: float
    """UTC seconds."""


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """One sink."""

    name: str
    problem: str | None
    """Why nothing can be shipped, a sentence."""
    tiers: tuple[TierStatus, ...]
    refused: tuple[RefusedLine, ...]
    """The newest, oldest first."""


def read_sinks(ledger: Reader, configured: Iterable[str]) -> tuple[SinkStatus, ...]:
    """Return how the *configured* sinks stand, by name; one to which nothing was ever shipped has no tier."""
    names = {tier.seconds: tier.name for tier in TIERS}
    problems: dict[str, str | None] = dict.fromkeys(sorted(configured))
    until: dict[tuple[str, str], int] = {}
    for name, problem, tier, reached in ledger.ask(_STANDS):
        problems[name] = problem
        if reached:
            until[name, names[tier]] = reached
    skipped: dict[tuple[str, str], dict[str, int]] = {}
    for name, tier, reason, n in ledger.ask(_SKIPPED):
        skipped.setdefault((name, names[tier]), {})[reason] = n
    refused: dict[str, list[RefusedLine]] = {}
    for name, tier, line, words, time in ledger.ask(_REFUSED):
        refused.setdefault(name, []).append(
            RefusedLine(names[tier], line.decode(errors="replace").strip(), words, time)
        )
    wanted = set(configured)
    return tuple(
        SinkStatus(
            name,
            problem,
            tuple(
                TierStatus(tier.name, until.get((name, tier.name)), skipped.get((name, tier.name), {}))
                for tier in TIERS
                if (name, tier.name) in until or (name, tier.name) in skipped
            ),
            tuple(refused.get(name, ())),
        )
        for name, problem in problems.items()
        if name in wanted
    )
