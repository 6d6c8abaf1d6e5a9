"""How many distinct users each window has."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from exporter.tiers.facts import Use


def user_steps(uses: Iterable[Use], bounds: Sequence[int]) -> tuple[list[int], list[int]]:
    """
    Return by how much the count of distinct users changes from one window to the next: (window starts, changes).

    *uses* are sorted by start. A session is open in a window that holds any of its seconds; one that lasted no time, in
    the window of its instant.
    """
    changes: defaultdict[int, int] = defaultdict(int)
    reached: dict[str, int] = {}
    """The last window in which each user is counted; uses come by their start, so windows before it are done."""
    windows = len(bounds) - 1
    first, until = 0, bounds[1]
    for start, end, user in uses:
        if start >= bounds[-1]:
            break
        while until <= start:
            first += 1
            until = bounds[first + 1]
        if end is None:
            last = windows - 1
        elif end <= until:
            if start < bounds[0] >= end:
                continue  # gone before the first window
            last = first
        else:
            last = min(bisect_left(bounds, end, first), windows) - 1
        known = reached.get(user, -1)
        if last > known:
            changes[max(first, known + 1)] += 1
            changes[last + 1] -= 1
            reached[user] = last
    moved = sorted(item for item in changes.items() if item[1])
    return [bounds[index] for index, _ in moved], [change for _, change in moved]
