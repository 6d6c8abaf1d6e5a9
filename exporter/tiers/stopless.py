"""
Daemons that don't write their ends (design rule 3.11): their levels would only ever rise, so they are not shown.

A UTC day tells something once a line of a later one was read: one with a reset, because all sessions ended there, or
with so many starts that the share of stops means something. Other days leave things as they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from exporter.facts import Activity
from exporter.tiers.intervals import Interval

DAY = 86_400
ENOUGH_STARTS = 50
"""Starts of a day from which on its stops mean something."""
FEW_STOPS_PERCENT = 20
"""Fewer stops than so many in a hundred starts, and ends are not written."""
STILL = 1 << 40
"""The end of what goes on: later than any second."""


def verdict(day: Activity) -> bool | None:
    """Say whether a day that is over shows that no ends are written; None: it shows nothing."""
    if day.resets:
        return False
    if day.starts < ENOUGH_STARTS:
        return None
    return 100 * day.stops < FEW_STOPS_PERCENT * day.starts


def stopless(days: Iterable[Activity], frontier: int, since: int | None = None) -> list[Interval]:
    """
    Return when one vendor daemon of one stream wrote no ends, in UTC seconds; to `STILL` where it still writes none.

    *days* are those of the daemon, in any order; of them those count that *frontier*, the second after the stream's
    newest line, has passed. *since* is since when it was so before all of them, None: it was not.
    """
    found = []
    for day in sorted(days, key=attrgetter("day")):
        begin = day.day * DAY
        told = verdict(day) if begin + DAY <= frontier else None
        if told is True and since is None:
            since = begin
        elif told is False and since is not None:
            found.append((since, begin))
            since = None
    if since is not None:
        found.append((since, STILL))
    return found


def stopless_since(days: Iterable[Activity], frontier: int, since: int | None = None) -> int | None:
    """Return since when a daemon writes no ends; None: it writes them. For the rest see `stopless`."""
    intervals = stopless(days, frontier, since)
    return intervals[-1][0] if intervals and intervals[-1][1] == STILL else None
