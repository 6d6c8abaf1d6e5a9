"""Windows of what was used at an instant: how often, and by how many. Only those in which it was used at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporter.catalog.tiers import Tier
from exporter.tiers.calendar import window_holding


class LoadSums(NamedTuple):
    """What is counted in one window."""

    loads: int
    users: int
    """Distinct ones; upper and lower case are alike."""

    def fields(self) -> tuple[float, ...]:
        """Return the fields, in the order of the catalog."""
        return self


def load_windows(tier: Tier, zone: ZoneInfo, uses: Iterable[tuple[int, str, int]]) -> Iterator[tuple[range, LoadSums]]:
    """
    Yield the start of each window, with its length as the step, and what is counted in it.

    *uses* are (UTC second, user, how many) in order of time.
    """
    start = end = loads = 0
    users = set[str]()
    for time, user, number in uses:
        if time >= end:
            if loads:
                yield range(start, end, end - start), LoadSums(loads, len(users))
            start, end = window_holding(tier, zone, time)
            loads, users = 0, set()
        loads += number
        users.add(user.casefold())
    if loads:
        yield range(start, end, end - start), LoadSums(loads, len(users))
