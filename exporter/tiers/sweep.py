"""Cursors over sorted facts, which pass over time once: a level and the states it had, and a count of moments."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import MutableMapping, Sequence
from math import inf

States = MutableMapping[int, int]
"""Seconds by level; a state that lasted no time has 0 of them."""


class LevelCursor:
    """A level that moves by steps; asked about later and later time only."""

    __slots__ = ("_at", "_deltas", "_times", "level", "next")

    def __init__(self, times: Sequence[int], deltas: Sequence[int]) -> None:
        """Stand before the first step, at level 0."""
        self._times = times
        self._deltas = deltas
        self._at = 0
        self.level = 0
        self.next: float = times[0] if times else inf
        """Time of the next step, infinite when there is none."""

    def pass_to(self, time: int) -> None:
        """Take the steps before *time*; their states are in nobody's window."""
        if self.next < time:
            reached = _first_not_before(self._times, time, self._at)
            self.level += sum(self._deltas[self._at : reached])
            self._stand(reached)

    def spend(self, start: int, end: int, states: States) -> None:
        """
        Add the states of [*start*, *end*) to *states*.

        A line on the first second decides the state that the time begins with: the one before it is not in here.
        """
        self.pass_to(start)
        level, last = self.level, start
        if self.next < end:
            times, deltas, at = self._times, self._deltas, self._at
            reached = _first_not_before(times, end, at)
            if times[at] == start:
                level += deltas[at]
                at += 1
            for time, delta in zip(times[at:reached], deltas[at:reached], strict=True):
                states[level] += time - last
                level += delta
                last = time
            self.level = level
            self._stand(reached)
        states[level] += end - last

    def _stand(self, reached: int) -> None:
        self._at = reached
        self.next = self._times[reached] if reached < len(self._times) else inf


class CountCursor:
    """Moments that are counted; asked about later and later time only."""

    __slots__ = ("_at", "_times", "next")

    def __init__(self, times: Sequence[int]) -> None:
        """Stand before the first."""
        self._times = times
        self._at = 0
        self.next: float = times[0] if times else inf
        """The next moment, infinite when there is none."""

    def pass_to(self, time: int) -> int:
        """Return how many moments lie between the last call's time and *time*, which is not included."""
        if self.next >= time:
            return 0
        before, times = self._at, self._times
        self._at = _first_not_before(times, time, before)
        self.next = times[self._at] if self._at < len(times) else inf
        return self._at - before


def _first_not_before(times: Sequence[int], time: int, at: int) -> int:
    """Return the index of the first of *times* that isn't before *time*; from *at* on, and it is mostly near."""
    near = at + 32
    if near < len(times) and times[near] >= time:
        return bisect_left(times, time, at, near)
    return bisect_left(times, time, at)
