"""Levels over stretches of time, all at once: every state that they had, and for how long."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from exporter.feature_rows import EVER, Column
from exporter.tiers.columns import Groups, distinct, ranges
from exporter.tiers.facts import Steps
from exporter.tiers.grid import Rows

_BEFORE_ALL, _NOBODY, _AFTER_ALL = np.array([[-EVER], [0], [EVER]])


class Parts(NamedTuple):
    """Parts of segments of time, one after the other, each of them in one row of windows, and in the first of these."""

    row: Column
    """Its number."""
    segment: Column
    """The number of the segment."""
    begin: Column
    """UTC seconds, from and to."""
    end: Column


class States(NamedTuple):
    """All states of a level in some parts of time, in order."""

    part: Column
    """The number of the part that the state is in."""
    level: Column
    seconds: Column
    """How long it lasted in there; 0: several lines were written in its second."""


def parts_of(begins: Column, ends: Column, rows: Rows) -> Parts:
    """
    Return what of segments, sorted and disjoint, lies in each row.

    A row of several windows is of such as are alike: no segment begins or ends in it. Of them the first tells of all.
    """
    cuts = distinct(np.concatenate((rows.edges, begins, ends)))
    first, last = cuts.searchsorted(rows.edges[[0, -1]])
    begin, end = cuts[first:last], cuts[first + 1 : last + 1]
    segment = begins.searchsorted(begin, "right") - 1
    inside = ((segment >= 0) & (begin < ends[segment])).nonzero()[0] if len(ends) else segment[:0]
    begin, end = begin[inside], end[inside]
    row = rows.edges.searchsorted(begin, "right") - 1
    return Parts(row, segment[inside], begin, begin + (end - begin) // rows.n[row])


def states_in(parts: Parts, steps: Steps) -> States:
    """
    Return the states of a level in each of the *parts*: one at least.

    A line on the first second decides the state that a part begins with: the one before it is not in there.
    """
    # State k, the one after k steps, is from since[k] to since[k + 1].
    since = np.concatenate((_BEFORE_ALL, steps.times, _AFTER_ALL))
    level = np.concatenate((_NOBODY, steps.deltas.cumsum()))
    first = steps.times.searchsorted(parts.begin)
    first += since[first + 1] == parts.begin
    many = steps.times.searchsorted(parts.end) - first + 1
    part, state = ranges(first, many)
    seconds = np.minimum(since[state + 1], parts.end[part]) - np.maximum(since[state], parts.begin[part])
    return States(part, level[state], seconds)


def times_at_levels(row: Column, level: Column, seconds: Column, rows: int) -> list[dict[int, int]]:
    """Return the seconds at each level of each of so many *rows*; *row* says to which one each belongs."""
    lasting = seconds.nonzero()[0]
    level = level[lasting]
    levels = distinct(level)
    key = row[lasting] * len(levels) + levels.searchsorted(level)
    order = key.argsort()
    groups = Groups(key[order])
    spent = groups.reduce(np.add, seconds[lasting[order]])
    at, ranks = np.divmod(groups.keys, max(1, len(levels)))
    found, times = levels[ranks].tolist(), spent.tolist()
    ends = at.searchsorted(np.arange(rows + 1)).tolist()
    return [dict(zip(found[begin:end], times[begin:end], strict=True)) for begin, end in pairwise(ends)]
