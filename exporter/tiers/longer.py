"""Longer windows from shorter ones: days are sums of their hours, but for their users, who are counted once a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from exporter.feature_rows import EVER, Column
from exporter.tiers.columns import Groups, ranges
from exporter.tiers.facts import Uses
from exporter.tiers.grid import Grid
from exporter.tiers.people import UserCounts
from exporter.tiers.sweep import Parts, parts_of, times_at_levels
from exporter.tiers.windows import SUM_AT, Window, told


def longer_windows(shorter: Iterable[Window], grid: Grid, uses: Uses) -> Iterator[Window]:
    """
    Yield the windows of *grid*, each of the *shorter* ones that lie in it; its bounds are bounds of those too.

    *uses* are those of all shorter windows. Shorter ones that are alike and fill several windows make these alike.
    """
    held = list(shorter)
    if not held:
        return
    starts, ends, n = np.array([(each.start, each.end, each.n) for each in held], dtype=np.int64).T
    edges = np.concatenate((starts, ends))
    rows = grid.rows(np.concatenate((grid.numbers(edges), grid.numbers(edges - 1) + 1)))
    parts = parts_of(starts, ends, rows)
    many = (parts.end - parts.begin) * n[parts.segment] // (ends - starts)[parts.segment]
    by_row = Groups(parts.row)
    sums = _sums(held, by_row, parts, many)
    sums[SUM_AT["users"]] = UserCounts(uses, grid).of(rows.first[by_row.keys])
    yield from told(rows, by_row.keys, sums, _times(held, parts, many, len(rows.n)))


def _sums(held: Sequence[Window], by_row: Groups, parts: Parts, many: Column) -> Column:
    """Return the sums, of shape (sums, rows); of a part, there are *many* windows in one of its row."""
    each: Column = np.array([window.sums for window in held], dtype=np.int64).T[:, parts.segment]
    found = by_row.reduce(np.add, each * many)
    for at in (SUM_AT["queued_max"], SUM_AT["suspect_seats"]):
        found[at] = by_row.reduce(np.maximum, each[at])
    # Windows without levels have no extremes.
    shown, known = each[SUM_AT["covered_seconds"]] > 0, found[SUM_AT["covered_seconds"]] > 0
    for at, how, least in ((SUM_AT["in_use_max"], np.maximum, -EVER), (SUM_AT["in_use_min"], np.minimum, EVER)):
        found[at] = np.where(known, by_row.reduce(how, np.where(shown, each[at], least)), 0)
    return found


def _times(held: Sequence[Window], parts: Parts, many: Column, rows: int) -> Sequence[Mapping[int, int]]:
    """Return the times at levels of the same rows."""
    lengths = np.array([len(window.times) for window in held], dtype=np.int64)
    level = np.array([*chain.from_iterable(window.times for window in held)], dtype=np.int64)
    seconds = np.array([*chain.from_iterable(window.times.values() for window in held)], dtype=np.int64)
    part, at = ranges((lengths.cumsum() - lengths)[parts.segment], lengths[parts.segment])
    return times_at_levels(parts.row[part], level[at], seconds[at] * many[part], rows)
