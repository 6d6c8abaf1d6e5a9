"""Windows that follow one another, before anything is known to have happened in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise


class Grid:
    """Windows of which each lasts from one of *bounds* to the next."""

    def __init__(self, bounds: Sequence[int]) -> None:
        """Take the sorted UTC seconds, two or more."""
        self.bounds = bounds
        lengths = [] if isinstance(bounds, range) else [end - start for start, end in pairwise(bounds)]
        self._uneven = [number for number, (one, next_one) in enumerate(pairwise(lengths), 1) if one != next_one]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.bounds) - 1

    def holding(self, instant: int) -> int:
        """Return the number of the window that holds *instant*; of the first one where it lies before all."""
        return max(0, bisect_right(self.bounds, instant) - 1)

    def alike(self, first: int, moment: float) -> int:
        """Return how many windows, from number *first* on, are as long as that one and over at *moment*."""
        last = bisect_right(self.bounds, moment, first) - 1
        change = bisect_right(self._uneven, first)
        return max(0, min([last, *self._uneven[change : change + 1]]) - first)
