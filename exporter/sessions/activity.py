"""
How many starts, stops and resets each vendor daemon wrote on each UTC day: whether it writes its ends shows there.

A line counts for the day that the log has come to, which falls at a re-base only; so nothing has to be looked at line
by line: what the accumulators have grown by is counted when a day is over, and when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable

from exporter.facts import Activity
from exporter.sessions.index import ProductIndex

_DAY = 86_400


class DayCounts:
    """The counts of one stream since the last `take`."""

    def __init__(self, index: ProductIndex, day: int | None) -> None:
        """Go on in *day* (days since 1970, None before the first line); what *index* has by now is counted already."""
        self.day = day
        self._index = index
        self._told = {one.id: (one.totals.checkouts, one.totals.checkins) for one in index.by_id.values()}
        self._counts: dict[tuple[str, int], list[int]] = {}

    @property
    def last(self) -> int:
        """The last UTC second of the day, -1 where there is none yet."""
        return -1 if self.day is None else (self.day + 1) * _DAY - 1

    def pass_time(self, time: int) -> None:
        """Take the time of the line that comes next."""
        if time > self.last:
            self._count()
            self.day = time // _DAY

    def reset(self, vendor: str, *, rebase: bool) -> None:
        """Take a reset of *vendor*, '' for all others; at a *rebase* the next line begins the days anew."""
        if vendor:
            self._of(vendor)[2] += 1
        elif rebase:
            self._count()
            self.day = None

    def move(self, move: Callable[[int], int]) -> None:
        """Move to the day that the noon of this one is moved to."""
        self.day = None if self.day is None else move(self.day * _DAY + _DAY // 2) // _DAY

    def take(self) -> list[Activity]:
        """Return what was counted since the last call, and forget it."""
        self._count()
        counts, self._counts = self._counts, {}
        return [Activity(*key, *numbers) for key, numbers in counts.items()]

    def _count(self) -> None:
        for product in self._index.touched:
            now = product.totals.checkouts, product.totals.checkins
            told = self._told.get(product.id, (0, 0))
            if now != told:
                counts = self._of(product.vendor)
                counts[0] += now[0] - told[0]
                counts[1] += now[1] - told[1]
                self._told[product.id] = now

    def _of(self, vendor: str) -> list[int]:
        return self._counts.setdefault((vendor, self.day or 0), [0, 0, 0])
