"""Where a log never seen before is begun, when that is a time: what lies before is read for its dates, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.events import Event, Package, Seen
from exporter.records import BEFORE_START, Gap


class Outset:
    """Keeps back what a stream says of the time before its start; done once a line has come up to it."""

    def __init__(self, since: int | None, *, begun: bool = False) -> None:
        """
        Begin with the first line at *since* (UTC second) or later; None: with whatever comes.

        *begun*: lines from before were passed over by an earlier process.
        """
        self.since = since
        self._passed = begun

    def pass_over(self, generation: int, events: Sequence[Event]) -> tuple[list[Event], Gap | None]:
        """
        Return what counts of *events*, among which every dated line has one, and the loss once its end is known.

        Daemons and packages that were seen before are known at the start, as if their first line stood there.
        """
        since = self.since or 0
        kept: list[Event] = [
            event._replace(time=since) for event in events if event.time < since and isinstance(event, Seen | Package)
        ]
        counting = [event for event in events if event.time >= since]
        self._passed = self._passed or len(counting) < len(events)
        if not counting:
            return kept, None
        self.since = None
        lost = Gap(generation, 0, counting[0].at, BEFORE_START) if self._passed else None
        return kept + counting, lost
