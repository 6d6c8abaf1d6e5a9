"""How many distinct users each window has."""

from __future__ import annotations

import numpy as np

from exporter.feature_rows import Column
from exporter.tiers.columns import distinct
from exporter.tiers.facts import Uses
from exporter.tiers.grid import Grid


class UserCounts:
    """How many distinct users the windows of a grid have."""

    def __init__(self, uses: Uses, grid: Grid) -> None:
        """
        Count the users of all *uses*.

        A session is open in a window that holds any of its seconds; one that lasted no time, in that of its instant.
        """
        first, until = _once(uses, grid)
        self._first, self._until = np.sort(first), np.sort(until)

    def of(self, numbers: Column) -> Column:
        """Return how many users the windows of these *numbers* have."""
        return self._first.searchsorted(numbers, "right") - self._until.searchsorted(numbers, "right")

    def changes(self) -> Column:
        """Return the numbers of the windows that have more users than the one before, or fewer."""
        numbers = distinct(np.concatenate((self._first, self._until)))
        changed: Column = numbers[self.of(numbers) != self.of(numbers - 1)]
        return changed


def _once(uses: Uses, grid: Grid) -> tuple[Column, Column]:
    """Return from which window on, and before which, a user is there: each user once in each window."""
    first = grid.numbers(uses.starts)
    until = np.minimum(np.maximum(grid.numbers(uses.ends - 1), first) + 1, len(grid))
    first = np.maximum(first, 0)
    # The windows of each user have numbers of their own, later ones than those of the user before.
    floor = uses.users * (len(grid) + 1)
    order = (floor + first).argsort()
    floor = floor[order]
    first, until = first[order] + floor, until[order] + floor
    first[1:] = np.maximum(first[1:], np.maximum.accumulate(until)[:-1])
    more = (until > first).nonzero()[0]
    floor = floor[more]
    return first[more] - floor, until[more] - floor
