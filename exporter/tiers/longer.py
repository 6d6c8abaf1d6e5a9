"""Longer windows from shorter ones: days are sums of their hours, but for their users, who are counted once a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from exporter.feature_rows import Column
from exporter.tiers.columns import Groups, distinct, ranges
from exporter.tiers.facts import Uses
from exporter.tiers.grid import Grid
from exporter.tiers.people import UserCounts
from exporter.tiers.sweep import Parts, parts_of, times_at_levels
from exporter.tiers.windows import Sums, Window, told

_AT = {name: at for at, name in enumerate(Sums._fields)}


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
    sums = _sums(held, parts, many, len(rows.n))
    sums[_AT["users"]] = UserCounts(uses, grid).of(rows.first)
    yield from told(rows, distinct(parts.row), sums, _times(held, parts, many, len(rows.n)))


def _sums(held: Sequence[Window], parts: Parts, many: Column, rows: int) -> Column:
    """Return the sums, of shape (sums, rows), of so many *rows*; of a part, there are *many* windows in one of them."""
    each: Column = np.array([window.sums for window in held], dtype=np.int64).T[:, parts.segment]
    every = Groups(parts.row)
    found = every.spread(np.add, each * many, rows)
    for at in (_AT["queued_max"], _AT["suspect_seats"]):
        found[at] = every.spread(np.maximum, each[at], rows)
    shown = np.flatnonzero(each[_AT["covered_seconds"]])
    known = Groups(parts.row[shown])
    for at, how in ((_AT["in_use_max"], np.maximum), (_AT["in_use_min"], np.minimum)):
        found[at] = known.spread(how, each[at][shown], rows)
    return found


def _times(held: Sequence[Window], parts: Parts, many: Column, rows: int) -> Sequence[Mapping[int, int]]:
    """Return the times at levels of the same rows."""
    lengths = np.array([len(window.times) for window in held], dtype=np.int64)
    level = np.array([*chain.from_iterable(window.times for window in held)], dtype=np.int64)
    seconds = np.array([*chain.from_iterable(window.times.values() for window in held)], dtype=np.int64)
    part, at = ranges((lengths.cumsum() - lengths)[parts.segment], lengths[parts.segment])
    return times_at_levels(parts.row[part], level[at], seconds[at] * many[part], rows)
