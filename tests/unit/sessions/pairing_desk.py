"""Drives the pairing of one stream in memory, and commits what it hands out into dictionaries, by natural key."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy

from exporter.events import Event
from exporter.facts import DenialFact, Episode, Facts, Level, LifecycleFact, Session, Totals, Wait
from exporter.records import Begun, Checkpoint, Gap
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.lifetimes import LifetimeRule
from exporter.sessions.pairing import SessionPairing
from tests.unit.sessions.fake_names import FakeNames

Key = tuple[int, ...]


class Desk:
    """A stream's pairing, and a ledger that keeps what was committed of it."""

    def __init__(
        self,
        open_limit: int = 1000,
        rule: EpisodeRule | None = None,
        gap_expiry: int = 86_400,
        lifetime: LifetimeRule | None = None,
    ) -> None:
        """Begin a new stream of server ``srv``."""
        self.names = FakeNames()
        self.sessions: dict[Key, Session] = {}
        self.waits: dict[Key, Wait] = {}
        self.episodes: dict[Key, Episode] = {}
        self.denials: dict[Key, DenialFact] = {}
        self.lifecycle: list[LifecycleFact] = []
        self.packages: set[tuple[int, int]] = set()
        self.totals: dict[int, Totals] = {}
        self.tally: Counter[str] = Counter()
        self._settings = (rule or EpisodeRule(), gap_expiry, open_limit)
        self._lifetime = lifetime or LifetimeRule()
        self.pairing = SessionPairing("srv", self.names, *self._settings, Checkpoint(1), self._lifetime)

    def apply(self, *events: Event, generation: int = 1) -> None:
        """Take events."""
        self.pairing.apply(generation, events)

    def lose(self, start: int, before: int | None, *, generation: int = 1, withdrawn: bool = False) -> None:
        """Take a gap from the offset *start* of *generation* on, met after the line of second *before*."""
        self.pairing.meet(Gap(generation, start, None, "lost", before, withdrawn))

    def commit(self, frontier: int | None = None) -> Facts:
        """Take what is new and keep it; return it."""
        facts = self.pairing.take(frontier)
        for kept, taken in (
            (self.sessions, [((one.generation, one.at, one.n), one) for one in facts.sessions]),
            (self.waits, [((one.generation, one.at), one) for one in facts.waits]),
            (self.episodes, [((one.generation, one.at), one) for one in facts.episodes]),
            (self.denials, [((one.generation, one.at), one) for one in facts.denials]),
        ):
            assert len(taken) == len(dict(taken)), "a fact is handed out once"
            kept.update(deepcopy(dict(taken)))
        self.lifecycle += facts.lifecycle
        self.packages |= set(facts.packages)
        self.totals |= deepcopy(facts.totals)
        self.tally.update(facts.tally)
        return facts

    def restart(self) -> None:
        """Commit nothing more, and go on from what was committed, in a new process."""
        checkpoint = Checkpoint(
            1,
            state={"pairing": json.loads(json.dumps(self.pairing.state()))},
            sessions=deepcopy([self.sessions[key] for key in sorted(self.sessions) if self.sessions[key].end is None]),
            waits=deepcopy([self.waits[key] for key in sorted(self.waits) if self.waits[key].end is None]),
            episodes=deepcopy([self.episodes[key] for key in sorted(self.episodes) if not self.episodes[key].outcome]),
            begun=[
                Begun(*key[:2], one.product, one.holder, one.handle)
                for key, one in self.sessions.items()
                if self.pairing.since is not None and key[:2] >= self.pairing.since and not one.inferred
            ],
            totals=deepcopy(self.totals),
        )
        self.pairing = SessionPairing("srv", self.names, *self._settings, checkpoint, self._lifetime)

    def level(self, feature: str = "f", vendor: str = "v", server: str = "srv") -> Level:
        """Return what is open of a feature."""
        return self.pairing.level(self.names.product(server, vendor, feature))

    def brief(self) -> list[tuple[object, ...]]:
        """Give (start, end, first seats, seats, reason, inferred) of each committed session, in reading order."""
        return [
            (one.start, one.end, one.first_seats, one.seats, one.reason, one.inferred)
            for one in (self.sessions[key] for key in sorted(self.sessions))
        ]

    def outcomes(self) -> list[tuple[int, int, int, str | None]]:
        """Give (first, last, lines, outcome) of each committed episode."""
        found: Sequence[Episode] = [self.episodes[key] for key in sorted(self.episodes)]
        return [(one.first, one.last, one.lines, one.outcome) for one in found]

    def ended_waits(self) -> list[tuple[int, int | None, str | None]]:
        """Give (start, end, outcome) of each committed wait."""
        found = [self.waits[key] for key in sorted(self.waits)]
        return [(one.start, one.end, one.outcome) for one in found]
