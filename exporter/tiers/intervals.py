"""Sets of half-open intervals of UTC seconds, as sorted lists of disjoint ones."""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[int, int]
"""From (included) and to (not included)."""


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the set that *intervals* cover, in whatever order they come and however they overlap."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def intersection(one: Iterable[Interval], other: Iterable[Interval]) -> list[Interval]:
    """Return what lies in both."""
    left, right = union(one), union(other)
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            common.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return common


def difference(one: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return what lies in *one* and not in *taken*."""
    left: list[Interval] = []
    holes, k = union(taken), 0
    for begin, end in union(one):
        start = begin
        while k < len(holes) and holes[k][1] <= start:
            k += 1
        at = k
        while at < len(holes) and holes[at][0] < end:
            if start < holes[at][0]:
                left.append((start, holes[at][0]))
            start = max(start, holes[at][1])
            at += 1
        if start < end:
            left.append((start, end))
    return left
