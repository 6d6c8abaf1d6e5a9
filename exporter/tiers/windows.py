"""
From facts to windows: the one pure function behind every tier (design rules 3.7 to 3.12, 3.15 and 3.18).

Levels, extremes and shares are of the covered part of a window; time without written ends (rule 3.11) counts for none
of them, but for its counts of lines, its users and its queue.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from exporter.alike import Alike
from exporter.catalog.windows import SHARES
from exporter.feature_rows import EVER, Column
from exporter.tiers.columns import Groups, distinct
from exporter.tiers.facts import Issued, SubjectFacts
from exporter.tiers.grid import Grid, Rows
from exporter.tiers.intervals import Interval, difference, union
from exporter.tiers.people import UserCounts
from exporter.tiers.sweep import Parts, States, parts_of, states_in, times_at_levels


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


SUM_AT = {name: at for at, name in enumerate(Sums._fields)}
"""Which of the sums is which."""
_COUNTED = SUM_AT["checkouts"]
"""The first of the counts of lines; those before depend on levels."""


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


def windows(facts: SubjectFacts, grid: Grid) -> Iterator[Window]:
    """
    Yield the windows of *grid* in which anything is covered, in order, from the one of the subject's first sight on.

    Those between two of its moments come together, as they are alike.
    """
    if facts.first is None or not len(grid) or facts.first >= grid.bounds[-1]:
        return
    covered = union(facts.coverage)
    segments = _segments(difference(covered, facts.stopless), facts.issued)
    whole = _segments(covered, ()) if facts.stopless else segments
    lines = [
        np.asarray(times, dtype=np.int64)
        for times in (facts.checkouts, facts.checkins, facts.denials, facts.waited, facts.refused)
    ]
    people = UserCounts(facts.uses, grid)
    levels = (facts.levels, facts.queued, facts.suspect)
    moments = (*segments[:2], *whole[:2], *lines, *(steps.times for steps in levels))
    rows = _rows(grid, grid.holding(facts.first), np.concatenate(moments), people.changes())
    parts = parts_of(segments.begins, segments.ends, rows)
    parts_covered = parts_of(whole.begins, whole.ends, rows) if facts.stopless else parts
    states = states_in(parts, facts.levels)
    state_row, by_row = parts.row[states.part], Groups(parts.row)
    sums = np.zeros((len(Sums._fields), len(rows.n)), dtype=np.int64)
    sums[:_COUNTED, by_row.keys] = _levels(states, Groups(state_row), parts, by_row, segments)
    for at, each in enumerate(lines, _COUNTED):
        if len(each):
            before = each.searchsorted(rows.edges)
            np.subtract(before[1:], before[:-1], out=sums[at])
    for name, steps, where in (("queued_max", facts.queued, parts_covered), ("suspect_seats", facts.suspect, parts)):
        if len(steps.times):
            part, level, _ = states_in(where, steps)
            sums[SUM_AT[name]] = Groups(where.row[part]).spread(np.maximum, level, len(rows.n))
    sums[SUM_AT["users"]] = people.of(rows.first)
    times = times_at_levels(state_row, states.level, states.seconds, len(rows.n))
    some = distinct(parts_covered.row) if facts.stopless else by_row.keys
    yield from told(rows, some, sums[:, some], times)


def told(rows: Rows, some: Column, sums: Column, times: Sequence[Mapping[int, int]]) -> Iterator[Window]:
    """Yield the windows of *some* of the *rows*: *sums*, of shape (sums, some), are theirs, *times* those of all."""
    return map(
        Window,
        rows.edges[some].tolist(),
        rows.edges[some + 1].tolist(),
        map(Sums._make, sums.T.tolist()),
        map(times.__getitem__, some.tolist()),
        rows.n[some].tolist(),
    )


class _Segments(NamedTuple):
    """Covered time, sorted."""

    begins: Column
    ends: Column
    issued: Column
    """The seats issued in it; 0: unknown."""


def _segments(intervals: Iterable[Interval], issued: Sequence[Issued]) -> _Segments:
    """Cut *intervals* where the issued seats change."""
    starts = [step.start for step in issued]
    found = []
    for begin, end in intervals:
        start = begin
        at = bisect_right(starts, start)
        while start < end:
            stop = min(end, starts[at]) if at < len(starts) else end
            found.append((start, stop, issued[at - 1].seats if at else 0))
            start, at = stop, bisect_right(starts, stop, at)
    return _Segments(*np.array(found, dtype=np.int64).reshape(-1, 3).T)


def _rows(grid: Grid, first: int, moments: Column, changes: Column) -> Rows:
    """Return the rows of *grid* from window *first* on: each window in which anything happens has one of its own."""
    busy = np.concatenate((grid.numbers(moments), changes))
    firsts = np.concatenate((busy, busy + 1, (first, len(grid))))
    return grid.rows(np.minimum(np.maximum(firsts, first), len(grid)))


def _levels(states: States, states_by_row: Groups, parts: Parts, by_row: Groups, segments: _Segments) -> list[Column]:
    """
    Return the sums that depend on levels, those before the counts, of each row that has *parts*.

    *states_by_row* and *by_row* say which states, and which parts, are in one row.
    """
    part, level, seconds = states
    length = parts.end - parts.begin
    issued = segments.issued[parts.segment]
    covered = by_row.reduce(np.add, length)
    if issued.any():
        reached = [states_by_row.reduce(np.add, seconds * (level >= limit[part])) for limit in _limits(issued)]
        issued_seconds = by_row.reduce(np.add, np.maximum(issued, 0) * length)
    else:
        issued_seconds, *reached = [np.zeros_like(covered)] * (2 + len(SHARES))
    over, *shares = reached
    return [
        states_by_row.reduce(np.maximum, level),
        states_by_row.reduce(np.minimum, level),
        states_by_row.reduce(np.add, level * seconds),
        covered,
        issued_seconds,
        shares[-1],
        over,
        *shares,
    ]


def _limits(issued: Column) -> list[Column]:
    """Return the least level that is above all *issued* seats, and those at each share of them; EVER: none is."""
    known = issued > 0
    return [np.where(known, limit, EVER) for limit in (issued + 1, *(-(-issued * share // 100) for share in SHARES))]
