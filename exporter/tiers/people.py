"""How many distinct users each window has."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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
    """The end of the last window in which each user is counted; uses come by their start, so all before is done."""
    first, until = 0, bounds[1]
    for start, end, user in uses:
        if start >= bounds[-1]:
            break
        known = reached.get(user, bounds[0])
        if end is not None and end <= known and start < known:
            continue  # counted already, or gone before the first window
        if until <= start:
            first = bisect_right(bounds, start, first) - 1
            until = bounds[first + 1]
        if end is None:
            last = bounds[-1]
        elif end <= until:
            last = until
        else:
            last = bounds[min(bisect_left(bounds, end, first), len(bounds) - 1)]
        if last > known:
            changes[max(bounds[first], known)] += 1
            changes[last] -= 1
            reached[user] = last
    moved = sorted(item for item in changes.items() if item[1])
    return [time for time, _ in moved], [change for _, change in moved]
