"""
Whether the daemons of a stream write their ends, as of its last commit (design rule 3.11).

Only the last days are remembered one by one; what those before them told is one date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, zip_longest

from exporter.facts import Activity
from exporter.records import Json
from exporter.tiers.stopless import DAY, STILL, stopless, stopless_since, verdict

_REMEMBERED = 3
"""Days that are over and can still get lines: a clock is set back by less, or it is a re-base."""


class Ends:
    """The daemons of one stream."""

    def __init__(self, saved: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        self._since: dict[str, int] = dict(saved.get("since", {}))
        """Since when a daemon writes no ends, by what the forgotten days told; without those that write them."""
        self._days = {(vendor, day): Activity(vendor, day, *counts) for vendor, day, *counts in saved.get("days", ())}
        self._forgotten: int = saved.get("forgotten", 0)
        """The first day that may be remembered."""
        self._unsure: dict[str, int] = dict(saved.get("unsure", {}))
        """Daemons that wrote more on forgotten days, and the first day of which all is remembered since."""
        self._passed: int = saved.get("passed", 0)
        """The second after the newest line."""

    def add(self, increments: Sequence[Activity], frontier: int | None, last_line: int | None) -> dict[str | None, int]:
        """
        Take what was written since the last call, up to *frontier*, with the newest line at *last_line*.

        Return the daemons of which something else is told now, and the UTC second from which on; None: of all.
        """
        was, self._passed = self._passed, 0 if last_line is None else last_line + 1
        day = min(was, self._passed) // DAY
        days_end = was // DAY != self._passed // DAY
        if not days_end and all(one.day >= day for one in increments):  # of a day that isn't over nothing is told
            self._count(increments)
            return {}
        before = self._told(was)
        self._count(increments)
        after = self._told(self._passed)
        since: dict[str | None, int] = {}
        for vendor in before.keys() | after.keys():
            edges = zip_longest(before.get(vendor, ()), after.get(vendor, ()), fillvalue=STILL)
            if differing := next((pair for pair in edges if pair[0] != pair[1]), None):
                since[vendor] = min(differing)
        self._unsure |= {one.vendor: self._forgotten for one in increments if one.day < self._forgotten}
        for vendor in self._unsure:
            days = [day, *(one.day for one in increments if one.vendor == vendor)]
            since[vendor] = min(since.get(vendor, STILL), min(days) * DAY)
        if days_end and day < self._forgotten:
            since[None] = day * DAY
        if frontier is not None:
            self._forget(frontier // DAY - _REMEMBERED)
        return since

    def stopless(self, frontier: int | None) -> frozenset[str]:
        """Return the daemons that write no ends at *frontier*."""
        if frontier is None:
            return frozenset()
        vendors = self._since.keys() | {vendor for vendor, _ in self._days}
        return frozenset(vendor for vendor in vendors if self._stopless_since(vendor, frontier) is not None)

    def redate(self, move: Callable[[int], int]) -> None:
        """Move all days: the dates were guessed wrong."""
        self._since = {vendor: move(since) for vendor, since in self._since.items()}
        moved = (one._replace(day=move(one.day * DAY + DAY // 2) // DAY) for one in self._days.values())
        self._days = {one[:2]: one for one in moved}
        self._forgotten = move(self._forgotten * DAY + DAY // 2) // DAY
        self._unsure = dict.fromkeys(self._unsure, self._forgotten)
        self._passed = move(self._passed)

    def state(self) -> dict[str, Json]:
        """Return what the constructor takes."""
        return {
            "since": self._since,
            "days": list(self._days.values()),
            "forgotten": self._forgotten,
            "unsure": self._unsure,
            "passed": self._passed,
        }

    def _count(self, increments: Iterable[Activity]) -> None:
        for one in increments:
            known = self._days.get(one[:2], Activity(*one[:2], 0, 0, 0))
            counts = (mine + more for mine, more in zip(known[2:], one[2:], strict=True))
            self._days[one[:2]] = Activity(*one[:2], *counts)

    def _told(self, frontier: int) -> dict[str, list[int]]:
        """Return for each daemon when it began, and ceased, to write no ends, as known at *frontier*."""
        return {
            vendor: [*chain(*stopless(self._of(vendor), frontier, self._since.get(vendor)))]
            for vendor in self._since.keys() | {vendor for vendor, _ in self._days}
        }

    def _forget(self, before: int) -> None:
        """Keep only what the days before the day *before* told."""
        old = [key for key in self._days if key[1] < before]
        for vendor in {vendor for vendor, _ in old}:
            since = self._stopless_since(vendor, before * DAY)
            self._since.pop(vendor, None)
            if since is not None:
                self._since[vendor] = since
        for key in old:
            day = self._days.pop(key)
            if day.day >= self._unsure.get(day.vendor, STILL) and verdict(day) is not None:
                del self._unsure[day.vendor]
        self._forgotten = max(self._forgotten, before)

    def _stopless_since(self, vendor: str, frontier: int) -> int | None:
        return stopless_since(self._of(vendor), frontier, self._since.get(vendor))

    def _of(self, vendor: str) -> list[Activity]:
        return [one for one in self._days.values() if one.vendor == vendor]
