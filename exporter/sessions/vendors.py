"""What pairing has to know of each vendor daemon: since when it is in sight, and whether its start was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exporter.events import Reset, Seen
from exporter.names import decode
from exporter.records import Json

NEW: Mapping[str, Json] = {"vendors": {}, "manager_started": False}


@dataclass(slots=True)
class Vendor:
    """A vendor daemon in this stretch of the stream."""

    raw: str
    """Its name as the state keeps it."""
    first: int
    """Time of its first line: since then an inferred session is open (design rule 3.4)."""
    started: bool
    """A start of it, or of its lmgrd, was seen: a stop without start is unmatched."""


class Vendors:
    """The vendor daemons of one stream, by readable name: two that read the same are one, as their products are."""

    def __init__(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state, or from `NEW`."""
        self.by_name = {decode(raw): Vendor(raw, first, started) for raw, (first, started) in state["vendors"].items()}
        self._manager_started: bool = state["manager_started"]

    def see(self, event: Seen) -> None:
        """Take the first line of a vendor in this stretch."""
        name = decode(event.vendor)
        known = self.by_name.get(name)
        started = self._manager_started or (known is not None and known.started)
        self.by_name[name] = Vendor(event.vendor, event.time, started)

    def reset(self, event: Reset) -> None:
        """Take what a reset says of starts seen; a re-base (of all) forgets everything."""
        if event.vendor:
            new = Vendor(event.vendor, event.time, event.started)
            self.by_name.setdefault(decode(event.vendor), new).started = event.started
        else:
            self._manager_started = event.started
            if not event.started:
                self.by_name.clear()

    def move(self, move: Callable[[int], int]) -> None:
        """Move all times."""
        for vendor in self.by_name.values():
            vendor.first = move(vendor.first)

    def state(self) -> dict[str, Json]:
        """Return what the constructor takes."""
        vendors = {vendor.raw: [vendor.first, vendor.started] for vendor in self.by_name.values()}
        return {"vendors": vendors, "manager_started": self._manager_started}
