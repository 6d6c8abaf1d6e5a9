"""
Numbers that go up and down by steps, for the reference windows: seats in use, in the queue, in doubt.

Choice: where lines of several streams fall on one second, all steps of that second are ordered downward first, then by
stream, then by place, those of one stream too; where only one stream has steps in a second, its own order holds.
Choice: of these steps one that would leave less than nobody belongs to what begins in that second: it comes at its end.
Choice: what is open at the end of a stream falls at the frontier, before any line of that second.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

BEFORE_ANY_LINE = -1.0

Moment = tuple[tuple[int, float], int]
"""A step: its stream and place, and by how much."""


class Step(NamedTuple):
    """A change of *by* at a UTC second; the steps of one stream and place are one state."""

    time: int
    stream: int
    place: float
    by: int


def held(stream: int, begin: tuple[int, float], end: tuple[int, float], seats: int) -> list[Step]:
    """Return the two steps of something held from one (second, place) to another."""
    return [Step(begin[0], stream, begin[1], seats), Step(end[0], stream, end[1], -seats)]


class Track:
    """A number over time: its states in order, each with its second, 0 before the first."""

    def __init__(self, steps: Iterable[Step]) -> None:
        """Order the steps and sum them up, state by state."""
        seconds: dict[int, dict[tuple[int, float], int]] = defaultdict(lambda: defaultdict(int))
        for step in steps:
            seconds[step.time][step.stream, step.place] += step.by
        self.times: list[int] = []
        self.levels: list[int] = []
        level = 0
        for time in sorted(seconds):
            moments = sorted(seconds[time].items())
            if len({stream for (stream, _), _ in moments}) > 1:
                moments.sort(key=lambda moment: moment[1] >= 0)
                moments = self.never_below_nobody(moments, level)
            for _, by in moments:
                level += by
                self.times.append(time)
                self.levels.append(level)

    def never_below_nobody(self, moments: list[Moment], level: int) -> list[Moment]:
        """Put those at the end that would lead below 0 from the *level* that there is then."""
        kept: list[Moment] = []
        later: list[Moment] = []
        for moment in moments:
            if level + moment[1] < 0:
                later.append(moment)
            else:
                kept.append(moment)
                level += moment[1]
        return kept + later

    def at(self, time: int) -> int:
        """Return the number that holds for the whole of a second: after all its lines."""
        place = bisect_right(self.times, time)
        return self.levels[place - 1] if place else 0

    def changes(self, begin: int, end: int) -> list[int]:
        """Return the seconds of the states in [begin, end)."""
        return self.times[bisect_left(self.times, begin) : bisect_left(self.times, end)]

    def states(self, begin: int, end: int) -> list[int]:
        """
        Return every state of [begin, end), however short.

        Lines of the first second decide what it begins with; without one, that is what was before.
        """
        after_lines = self.levels[bisect_left(self.times, begin) : bisect_left(self.times, end)]
        return [self.at(begin), *after_lines]
