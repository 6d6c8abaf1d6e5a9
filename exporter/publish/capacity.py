"""Seats issued now: what the configuration dates takes effect at its date, without a commit. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import inf

from exporter.views import Key


class Capacity:
    """The seats issued of each feature at one instant."""

    def __init__(self, issued: Mapping[Key, Sequence[tuple[float, int]]], wall: float) -> None:
        """Take what is issued from when on, the earliest first, and stand at *wall* (UTC seconds)."""
        self._issued = issued
        self.now: dict[Key, int] = {}
        """Seats; features of which they are unknown are absent."""
        self.next = -inf
        """UTC second of the next change."""
        self.turn(wall)

    def turn(self, wall: float) -> Collection[Key]:
        """Stand at *wall*, and return the features whose seats are others then."""
        before, self.now, self.next = self.now, {}, inf
        for key, rows in self._issued.items():
            for start, seats in rows:
                if start > wall:
                    self.next = min(self.next, start)
                    break
                self.now[key] = seats
        return {key for key in before.keys() | self.now.keys() if before.get(key) != self.now.get(key)}


def issued_at(rows: Sequence[tuple[float, int]], wall: float) -> int | None:
    """Return the seats that *rows* (from, seats; the earliest first) give at *wall*; None before the first."""
    return next((seats for start, seats in reversed(rows) if start <= wall), None)


def next_expiry(expiries: Sequence[float], wall: float) -> float:
    """Return the first of *expiries* (the earliest first, at least one) after *wall*, or else the last."""
    return next((end for end in expiries if end > wall), expiries[-1])
