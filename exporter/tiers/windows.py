"""
From facts to windows: the one pure function behind every tier (design rules 3.7 to 3.12, 3.15 and 3.18).

Levels, extremes and shares are of the covered part of a window; time without written ends (rule 3.11) counts for none
of them, but for its counts of lines, its users and its queue.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from operator import add
from typing import NamedTuple

from exporter.alike import Alike
from exporter.catalog.windows import SHARES
from exporter.tiers.facts import Issued, Steps, SubjectFacts
from exporter.tiers.grid import Grid
from exporter.tiers.intervals import Interval, difference, union
from exporter.tiers.people import user_steps
from exporter.tiers.sweep import CountCursor, LevelCursor, States


class Sums(NamedTuple):
    """The exact whole numbers of a window, as they are stored; all times in seconds."""

    in_use_max: int
    in_use_min: int
    seat_seconds: int
    covered_seconds: int
    issued_seconds: int
    """Integral of the issued seats over the covered time."""
    saturated_seconds: int
    over_issued_seconds: int
    seconds_ge_50: int
    seconds_ge_75: int
    seconds_ge_90: int
    seconds_ge_95: int
    seconds_ge_100: int
    checkouts: int
    checkins: int
    denials: int
    denials_waited: int
    denials_refused: int
    queued_max: int
    users: int
    suspect_seats: int

    def fields(self) -> tuple[float, ...]:
        """Return the fields of a window in the order of `exporter.catalog.windows.WINDOW_FIELDS`."""
        covered = self.covered_seconds
        mean, issued = (self.seat_seconds / covered, self.issued_seconds / covered) if covered else (0.0, 0.0)
        return (mean, *self[:4], issued, *self[5:])


class Window(NamedTuple):
    """*n* windows, equally long, one after the other from *start* to *end*, in each of which the same happened."""

    start: int
    end: int
    sums: Sums
    """Of each."""
    times: Mapping[int, int]
    """Covered seconds at each level, of each."""
    n: int = 1

    def within(self, begin: int, end: int) -> Window | None:
        """Return those of them that start in [*begin*, *end*), None where none does."""
        if begin <= self.start and self.end <= end:
            return self
        part = Alike(self.start, self.end, self.n).within(begin, end)
        return part and self._replace(start=part.start, end=part.end, n=part.n)


_Segment = tuple[int, int, int]
"""Covered time, from and to, and the seats issued in it; 0: unknown."""
_Found = tuple[Sums, Mapping[int, int]]
"""Sums and times of a window."""
_NO_SHARES: Sequence[int] = (0,) * (3 + len(SHARES))
_NO_COUNTS: Sequence[int] = (0,) * 5


def windows(facts: SubjectFacts, grid: Grid) -> Iterator[Window]:
    """
    Yield the windows of *grid* in which anything is covered, in order, from the one of the subject's first sight on.

    Those between two of its moments come together, as they are alike.
    """
    bounds = grid.bounds
    if facts.first is None or not len(grid) or facts.first >= bounds[-1]:
        return
    at = grid.holding(facts.first)
    sweep = _Sweep(facts, bounds, bounds[at])
    while at < len(grid):
        start, end = bounds[at], bounds[at + 1]
        moment = sweep.begin(start)
        if moment < end:
            alike, found = 1, sweep.look(start, end)
        else:
            alike, found = grid.alike(at, moment), sweep.still(start, end)
        if found is not None:
            yield Window(start, bounds[at + alike], *found, alike)
        at += alike


class _Sweep:
    """Goes over all facts of a subject at once, window by window."""

    def __init__(self, facts: SubjectFacts, bounds: Sequence[int], start: int) -> None:
        """Stand at *start*, one of the *bounds* of windows."""
        covered = union(facts.coverage)
        self._covered = list(_segments(covered, ()))
        self._segments = list(_segments(difference(covered, facts.stopless), facts.issued))
        self._all_shown = self._segments == self._covered
        self._covering = self._segment = 0
        self._levels = _cursor(facts.levels)
        self._queued = _cursor(facts.queued)
        self._suspect = _cursor(facts.suspect)
        self._users = LevelCursor(*user_steps(facts.uses, bounds))
        counted = (facts.checkouts, facts.checkins, facts.denials, facts.waited, facts.refused)
        self._counts = [CountCursor(times) for times in counted]
        edges = {edge for part in (*self._covered, *self._segments) for edge in part[:2]}
        self._edges = CountCursor(sorted(edges))
        cursors: tuple[LevelCursor | CountCursor, ...] = (
            self._levels,
            self._queued,
            self._suspect,
            self._edges,
            *self._counts,
        )
        for cursor in cursors:
            cursor.pass_to(start)
        # Most kinds of facts there are none of.
        self._moving = [cursor for cursor in (self._users, *cursors) if cursor.next < inf]

    def begin(self, start: int) -> float:
        """Stand at the begin of a window; return when the next thing happens, infinite where nothing does."""
        self._users.pass_to(start + 1)
        return min([cursor.next for cursor in self._moving], default=inf)

    def still(self, start: int, end: int) -> _Found | None:
        """Return what the window [*start*, *end*) holds, in which nothing happens; None where it is not covered."""
        covered, shown = self._parts(start, end)
        if not covered:
            return None
        ((_, _, issued),) = shown or ((0, 0, 0),)
        level, time, suspect = (self._levels.level, end - start, self._suspect.level) if shown else (0, 0, 0)
        states = {level: time} if shown else {}
        shares = _shares(states, time, issued) if issued > 0 else _NO_SHARES
        still = self._queued.level, self._users.level, suspect
        return Sums._make((level, level, level * time, time, *shares, *_NO_COUNTS, *still)), states

    def look(self, start: int, end: int) -> _Found | None:
        """Return what the window [*start*, *end*) holds, None where nothing of it is covered."""
        self._edges.pass_to(end)
        counts = [count.pass_to(end) if count.next < end else 0 for count in self._counts]
        covered, shown = self._parts(start, end)
        states, shares = self._spend(shown, end)
        highest = lowest = area = time = 0
        if states:
            highest, lowest = max(states), min(states)
            for level, seconds in states.items():
                area += level * seconds
                time += seconds
        queued = _highest(self._queued, covered, end)
        suspect = _highest(self._suspect, shown, end)
        if not covered:
            return None
        times = {level: seconds for level, seconds in states.items() if seconds}
        return Sums._make((highest, lowest, area, time, *shares, *counts, queued, self._users.level, suspect)), times

    def _parts(self, start: int, end: int) -> tuple[Sequence[_Segment], Sequence[_Segment]]:
        """Return the covered parts of a window, and of them those with ends, cut where the issued seats change."""
        covered, self._covering = _within(self._covered, self._covering, start, end)
        if self._all_shown:
            return covered, covered
        shown, self._segment = _within(self._segments, self._segment, start, end)
        return covered, shown

    def _spend(self, shown: Iterable[_Segment], end: int) -> tuple[States, Sequence[int]]:
        """Return the states of the window, and what depends on the issued seats: issued_seconds and what follows."""
        whole: States | None = None
        shares = _NO_SHARES
        for begin, finish, issued in shown:
            states: defaultdict[int, int] = defaultdict(int)
            self._levels.spend(begin, finish, states)
            if issued > 0:
                shares = tuple(map(add, shares, _shares(states, finish - begin, issued)))
            if whole is None:
                whole = states
            else:
                for level, seconds in states.items():
                    whole[level] += seconds
        self._levels.pass_to(end)
        return whole or {}, shares


def _shares(states: States, time: int, issued: int) -> Sequence[int]:
    """Return issued_seconds and what follows, of a *time* with *states* in which *issued* seats are."""
    over = 0
    reached = [0] * len(SHARES)
    limits = [-(-share * issued // 100) for share in SHARES]
    lowest = limits[0]
    for level, seconds in states.items():
        if level >= lowest:
            for index, limit in enumerate(limits):
                if level < limit:
                    break
                reached[index] += seconds
            if level > issued:
                over += seconds
    return issued * time, reached[-1], over, *reached


def _highest(level: LevelCursor, parts: Iterable[_Segment], end: int) -> int:
    """Return the highest state of *level* in the parts of the window that ends at *end*."""
    if level.next >= end and not level.level:
        return 0
    states: defaultdict[int, int] = defaultdict(int)
    for begin, finish, _ in parts:
        level.spend(begin, finish, states)
    level.pass_to(end)
    return max(states, default=0)


def _cursor(steps: Steps) -> LevelCursor:
    return LevelCursor(steps.times, steps.deltas)


def _segments(intervals: Iterable[Interval], issued: Sequence[Issued]) -> Iterator[_Segment]:
    """Cut *intervals* where the issued seats change."""
    starts = [step.start for step in issued]
    for begin, end in intervals:
        start = begin
        at = bisect_right(starts, start)
        while start < end:
            stop = min(end, starts[at]) if at < len(starts) else end
            yield start, stop, issued[at - 1].seats if at else 0
            start, at = stop, bisect_right(starts, stop, at)


def _within(parts: Sequence[_Segment], at: int, start: int, end: int) -> tuple[list[_Segment], int]:
    """Return the parts of [*start*, *end*), cut to it, and the number of the first that may hold later time."""
    if at < len(parts) and parts[at][0] <= start and end < parts[at][1]:
        return [(start, end, parts[at][2])], at  # most windows lie in one
    found = []
    while at < len(parts) and parts[at][0] < end:
        begin, finish, issued = parts[at]
        if finish > start:
            found.append((max(begin, start), min(finish, end), issued))
        if finish > end:
            break
        at += 1
    return found, at
