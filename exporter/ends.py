"""
Whether the daemons of a stream write their ends, as of its last commit (design rule 3.11).

Only the last days are remembered one by one; what those before them told is one date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from exporter.facts import Activity
from exporter.records import Json
from exporter.tiers.stopless import DAY, stopless_since

_REMEMBERED = 3
"""Days that are over and can still get lines: a clock is set back by less, or it is a re-base."""


class Ends:
    """The daemons of one stream."""

    def __init__(self, saved: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        self._since: dict[str, int] = dict(saved.get("since", {}))
        """Since when a daemon writes no ends, by what the forgotten days told; without those that write them."""
        self._days = {(vendor, day): Activity(vendor, day, *counts) for vendor, day, *counts in saved.get("days", ())}

    def add(self, increments: Iterable[Activity], frontier: int | None) -> None:
        """Take what was written since the last call, up to *frontier*."""
        for one in increments:
            known = self._days.get(one[:2], Activity(*one[:2], 0, 0, 0))
            counts = (mine + more for mine, more in zip(known[2:], one[2:], strict=True))
            self._days[one[:2]] = Activity(*one[:2], *counts)
        if frontier is not None:
            self._forget(frontier // DAY - _REMEMBERED)

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

    def state(self) -> dict[str, Json]:
        """Return what the constructor takes."""
        return {"since": self._since, "days": list(self._days.values())}

    def _forget(self, before: int) -> None:
        """Keep only what the days before the day *before* told."""
        old = [key for key in self._days if key[1] < before]
        for vendor in {vendor for vendor, _ in old}:
            since = self._stopless_since(vendor, before * DAY)
            self._since.pop(vendor, None)
            if since is not None:
                self._since[vendor] = since
        for key in old:
            del self._days[key]

    def _stopless_since(self, vendor: str, frontier: int) -> int | None:
        days = [one for one in self._days.values() if one.vendor == vendor]
        return stopless_since(days, frontier, self._since.get(vendor))
