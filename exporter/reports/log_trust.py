"""How far the logs behind a report can be trusted: what became of their lines, gaps, and up to when they are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exporter.records import LINE_OUTCOMES
from exporter.reports.instant import iso, iso_or_none
from exporter.reports.numbers import counted
from exporter.reports.reader import Reader


@dataclass(frozen=True, slots=True)
class Trust:
    """How far some logs can be trusted."""

    lines: Mapping[str, int]
    """By outcome, since the logs began."""
    gaps: int
    known_to: int | None
    """UTC second up to which all of them are known; None: there is none."""

    def as_json(self) -> dict[str, Any]:
        """Return it for a JSON document."""
        return {"lines": dict(self.lines), "gaps": self.gaps, "known_to": iso_or_none(self.known_to)}

    def sentence(self, what: str) -> str:
        """Return it as a sentence on the logs that tell of *what*."""
        if self.known_to is None:
            return f"No log has told of {what} yet: see `seatwatch status`."
        lines = ", ".join(f"{number:,} {outcome}" for outcome, number in self.lines.items() if number)
        gaps = counted(self.gaps, "gap") if self.gaps else "no gaps"
        return f"From logs that are known to {iso(self.known_to)}; their lines: {lines}; {gaps}."


def trust_of(ledger: Reader, streams: str, *values: str) -> Trust:
    """Return how far the logs can be trusted whose ids the query *streams* gives, with *values* for its marks."""
    lines = dict(ledger.ask(f"SELECT kind, sum(n) FROM tally WHERE stream IN ({streams}) GROUP BY kind", *values))
    ((gaps,),) = ledger.ask(
        "SELECT count(*) FROM gap JOIN generation AS g ON g.id = gap.generation "
        f"WHERE NOT withdrawn AND g.stream IN ({streams})",
        *values,
    )
    ((known_to,),) = ledger.ask(f"SELECT min(frontier) FROM known WHERE stream IN ({streams})", *values)
    return Trust({outcome: lines.get(outcome, 0) for outcome in LINE_OUTCOMES}, gaps, known_to)
