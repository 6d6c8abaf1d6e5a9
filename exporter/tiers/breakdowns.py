"""
What each group uses: sessions, check-outs and denials of a feature, by hours and by who is behind them. Pure.

What is summed is the same as in `exporter.tiers.windows`: levels over the covered time in which ends were written. So
the sums over all groups are those of the feature.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from exporter.directory import ALWAYS, OTHER, Directory, Shares
from exporter.feature_rows import NOTHING, Column, StreamRows
from exporter.tiers.columns import Groups, ranges
from exporter.tiers.grid import Grid
from exporter.tiers.intervals import Interval

_AT_ONCE = 500_000
"""Hours of sessions that are summed up together; it bounds the memory."""
_HOLDER = 36
"""Bits of a time: a holder and a time are one number, so that what holds of many is found at once."""


class BreakdownSums(NamedTuple):
    """What is counted of one value in one window."""

    seat_seconds: int
    checkouts: int
    denials: int

    def fields(self) -> tuple[float, ...]:
        """Return the fields, in the order of the catalog."""
        return self


class Spans(NamedTuple):
    """Times for which sessions held equal seats."""

    begin: Column
    end: Column
    seats: Column
    holder: Column
    since: Column
    """When the session began."""


class Lines(NamedTuple):
    """Lines that tell of a holder, and when: group is asked as of then."""

    time: Column
    holder: Column


class Tellers(NamedTuple):
    """What the windows of a feature by group are made from."""

    spans: Spans
    checkouts: Lines
    denials: Lines
    levels: Sequence[Interval]
    """Time, sorted and disjoint, in which levels count."""
    covered: Sequence[Interval]
    """Time, likewise, in which lines count."""


def spans_of(rows: StreamRows) -> tuple[Spans, Lines]:
    """Return the spans of what one stream tells of a feature, and its check-outs."""
    held = rows.sessions
    spans = [held.start, held.end, held.first_seats, held.holder, held.start]
    if rows.changes:
        at = {key: row for row, key in enumerate(zip(*(column.tolist() for column in held[1:4]), strict=True))}
        steps: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for change in rows.changes:
            steps[at[change[:3]]].append((change.time, change.seats))
        more = [
            (time, end, seats, int(held.holder[row]), int(held.start[row]))
            for row, changes in steps.items()
            for (time, seats), (end, _) in pairwise([*changes, (int(held.end[row]), 0)])
        ]
        first_end = held.end.copy()
        for row, changes in steps.items():
            first_end[row] = changes[0][0]
        spans[1] = first_end
        spans = [np.concatenate(both) for both in zip(spans, np.array(more, dtype=np.int64).T, strict=True)]
    out = (held.generation >= 0) & (held.n == 0)  # as exporter.ledger.window_facts tells check-outs
    return Spans(*spans), Lines(held.start[out], held.holder[out])


class Coding:
    """Numbers what use belongs to in a breakdown; the number stands for `shares` of that number."""

    def __init__(self, directory: Directory, holders: Mapping[int, tuple[str, str]]) -> None:
        """Ask *directory*; *holders* are (user, host) by id."""
        self._directory, self._holders = directory, holders
        self._numbers: dict[Shares, int] = {}
        self._known: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self.shares: list[Shares] = []

    def codes(self, breakdown: str, holders: Column, times: Column) -> Column:
        """Return the number of what belongs to each of *holders* at the second beside it."""
        changes = [change for holder in np.unique(holders).tolist() for change in self._of(breakdown, holder)]
        keys, numbers = np.array(changes, dtype=np.int64).reshape(-1, 2).T
        found: Column = numbers[keys.searchsorted((holders << _HOLDER) + times.clip(ALWAYS), "right") - 1]
        return found

    def _of(self, breakdown: str, holder: int) -> list[tuple[int, int]]:
        if (breakdown, holder) not in self._known:
            user, host = self._holders[holder]
            found: list[tuple[int, int]] = []
            for time in self._directory.changes(user, host):
                shares = self._directory.shares(breakdown, user, host, time)
                number = self._numbers.setdefault(shares, len(self._numbers))
                if number == len(self.shares):
                    self.shares.append(shares)
                found += [((holder << _HOLDER) + time, number)] if time < 1 << _HOLDER else []
            self._known[breakdown, holder] = found
        return self._known[breakdown, holder]


def by_hour(tellers: Tellers, grid: Grid, breakdown: str, coding: Coding) -> Iterator[tuple[int, str, BreakdownSums]]:
    """Yield the number of each window of *grid* with each value that has anything in it, and what it has."""
    edges = np.array(grid.bounds, dtype=np.int64)
    covered = _before(tellers.covered)(edges)
    known = np.flatnonzero(covered[1:] > covered[:-1])
    sums: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for window, code, counted in _summed(tellers, grid, edges, breakdown, coding):
        shares = coding.shares[code]
        parts = _divided(counted[0], shares)
        sums[window, shares[0][0]][1] += counted[1]
        sums[window, shares[0][0]][2] += counted[2]
        for (value, _), part in zip(shares, parts, strict=True):
            sums[window, value][0] += part
    told = set(known.tolist())
    for (window, value), counted in sorted(sums.items()):
        if window in told and any(counted):
            yield window, value, BreakdownSums(*counted)


def most_of(sums: Mapping[str, BreakdownSums], most: int) -> Mapping[str, BreakdownSums]:
    """Return the *sums* of the *most* values that used most, and of the others together."""
    if len(sums) <= most:
        return sums
    ranked = sorted(sums, key=lambda value: (*(-each for each in sums[value]), value))
    kept = {value: sums[value] for value in ranked[:most]}
    return kept | {OTHER: added(sums[value] for value in (*ranked[most:], *({OTHER} & kept.keys())))}


def added(sums: Iterable[BreakdownSums]) -> BreakdownSums:
    """Return several sums together."""
    return BreakdownSums(*map(sum, zip(*sums, strict=True)))


def _summed(
    tellers: Tellers, grid: Grid, edges: Column, breakdown: str, coding: Coding
) -> Iterator[tuple[int, int, Sequence[int]]]:
    """Yield window, number of who it belongs to, and the sums; a pair of the first two may come several times."""
    for window, code, seconds in _held(tellers, grid, edges, breakdown, coding):
        yield window, code, (seconds, 0, 0)
    for at, lines in ((1, tellers.checkouts), (2, tellers.denials)):
        number = grid.numbers(lines.time)
        inside = (number >= 0) & (number < len(grid))
        codes = coding.codes(breakdown, lines.holder[inside], lines.time[inside]) if inside.any() else NOTHING
        for window, code, count in _by_pair(number[inside], codes, np.ones(len(codes), dtype=np.int64)):
            yield window, code, (0, count, 0) if at == 1 else (0, 0, count)


def _held(
    tellers: Tellers, grid: Grid, edges: Column, breakdown: str, coding: Coding
) -> Iterator[tuple[int, int, int]]:
    """Yield window, number of who it belongs to, and the seats times seconds."""
    begin, end, seats, holder, since = tellers.spans
    # A span that ends before it begins, since a log's clock stepped back, takes away what others count twice.
    begin, end, seats = np.minimum(begin, end), np.maximum(begin, end), np.where(begin > end, -seats, seats)
    begin, end = np.maximum(begin, edges[0]), np.minimum(end, edges[-1])
    lasting = np.flatnonzero(begin < end)
    if not len(lasting):
        return
    begin, end, seats = begin[lasting], end[lasting], seats[lasting]
    codes = coding.codes(breakdown, holder[lasting], since[lasting])
    first, before = grid.numbers(begin), _before(tellers.levels)
    many = grid.numbers(end - 1) - first + 1
    for part in np.split(np.arange(len(many)), np.flatnonzero(np.diff(many.cumsum() // _AT_ONCE)) + 1):
        span, window = ranges(first[part], many[part])
        span = part[span]
        until, since_then = np.minimum(end[span], edges[window + 1]), np.maximum(begin[span], edges[window])
        yield from _by_pair(window, codes[span], seats[span] * (before(until) - before(since_then)))


def _by_pair(window: Column, code: Column, counted: Column) -> Iterator[tuple[int, int, int]]:
    """Yield each window and number with what is counted of them."""
    if not len(window):
        return
    wide = int(code.max()) + 1
    key = window * wide + code
    order = key.argsort()
    groups = Groups(key[order])
    windows, codes = np.divmod(groups.keys, wide)
    yield from zip(windows.tolist(), codes.tolist(), groups.reduce(np.add, counted[order]).tolist(), strict=True)


def _before(intervals: Sequence[Interval]) -> Callable[[Column], Column]:
    """Return what tells how many seconds of the *intervals* lie before an instant."""
    begins, ends = np.array([(0, 0), *intervals], dtype=np.int64).T
    lengths = ends - begins
    passed = lengths.cumsum() - lengths

    def before(instants: Column) -> Column:
        at = begins.searchsorted(instants, "right") - 1
        found: Column = passed[at] + np.minimum(instants - begins[at], lengths[at])
        return found

    return before


def _divided(whole: int, shares: Shares) -> list[int]:
    """Return *whole* in parts by weight, which add up to it: what is left over, less than one each, is the first's."""
    if len(shares) == 1:
        return [whole]
    weights = sum(weight for _, weight in shares)
    parts = [whole * weight // weights for _, weight in shares]
    parts[0] += whole - sum(parts)
    return parts
