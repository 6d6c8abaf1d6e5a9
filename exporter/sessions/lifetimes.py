"""How long a session may last, and which of the open ones have come to that (design rule 3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from math import inf
from typing import NamedTuple

from exporter.facts import Session

_SPARE = 1000
"""Ended sessions that are carried along at least: to look for them costs a walk over all."""


class LifetimeRule(NamedTuple):
    """What ends a session beside its stop."""

    longest: int | None = None
    """Seconds after which it ends as expired; None: it may last for ever."""
    one_per_handle: bool = False
    """Whether a start with the handle of an open session of the same product ends that as superseded."""


class Lifetimes:
    """The open sessions of one stream, the one that expires next first."""

    def __init__(self, longest: int | None, sessions: Iterable[Session]) -> None:
        """Begin with the open *sessions*; see `LifetimeRule` for *longest*, in seconds."""
        self._longest = longest
        self._heap: list[tuple[int, int, int, int, Session]] = []
        self._limit = _SPARE
        self.next: float = inf
        """UTC second up to which nothing expires; infinite while nothing is open."""
        for session in sessions:
            self.add(session)

    def add(self, session: Session) -> None:
        """Take up a session that begins."""
        if self._longest is None:
            return
        if len(self._heap) >= self._limit:
            self._heap = [entry for entry in self._heap if entry[-1].end is None]
            heapify(self._heap)
            self._limit = 2 * len(self._heap) + _SPARE
        heappush(self._heap, (session.start + self._longest, session.generation, session.at, session.n, session))
        self.next = self._heap[0][0]

    def due(self, time: int) -> list[tuple[int, Session]]:
        """Return, and let go of, the open sessions that have lasted too long by *time*: (when they end, session)."""
        found = []
        while self._heap and self._heap[0][0] < time:
            end, _, _, _, session = heappop(self._heap)
            if session.end is None:
                found.append((end, session))
        self.next = self._heap[0][0] if self._heap else inf
        return found
