"""Windows that follow one another, before anything is known to have happened in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from exporter.feature_rows import Column
from exporter.tiers.columns import distinct


class Rows(NamedTuple):
    """Windows of a grid from one to another, in rows; those of one row are equally long."""

    first: Column
    """The number of the first window of each row."""
    n: Column
    """How many windows it has."""
    edges: Column
    """UTC seconds from one of which to the next each row lasts: one more than rows."""


class Grid:
    """Windows of which each lasts from one of *bounds* to the next."""

    def __init__(self, bounds: Sequence[int]) -> None:
        """Take the sorted UTC seconds, two or more; a range is not gone through, however long it is."""
        self.bounds = bounds
        listed: Sequence[int] = () if isinstance(bounds, range) else bounds
        self._column = np.array(listed, dtype=np.int64)
        self._uneven = np.flatnonzero(np.diff(self._column, 2)) + 1
        """The numbers of those that are not as long as the one before."""

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.bounds) - 1

    def holding(self, instant: int) -> int:
        """Return the number of the window that holds *instant*; of the first one where it lies before all."""
        return max(0, bisect_right(self.bounds, instant) - 1)

    def numbers(self, instants: Column) -> Column:
        """Return the numbers of the windows that hold *instants*: -1 before all, as many as there are after all."""
        if isinstance(self.bounds, range):
            return ((instants - self.bounds.start) // self.bounds.step).clip(-1, len(self))
        return self._column.searchsorted(instants, "right") - 1

    def rows(self, firsts: Column) -> Rows:
        """Return rows of which one begins with each of the windows *firsts*, but the last, with which all is over."""
        first = distinct(firsts)
        uneven = self._uneven[slice(*self._uneven.searchsorted(first[[0, -1]], "right"))]
        if len(uneven):
            first = distinct(np.concatenate((first, uneven)))
        return Rows(first[:-1], first[1:] - first[:-1], self._bounds(first))

    def _bounds(self, numbers: Column) -> Column:
        """Return when the windows of these *numbers* begin."""
        if isinstance(self.bounds, range):
            return self.bounds.start + numbers * self.bounds.step
        return self._column[numbers]
