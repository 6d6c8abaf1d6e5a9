"""
The windows of the tiers for the reference, and what of a window is covered.

Choice: an hour of the site begins where its clock shows a whole hour, and where the clock is put back or forward.
Choice: a day begins at its first midnight; at a midnight that the clock leaps over, it begins with the leap.
Choice: clocks of sites are put back and forward at quarters of an hour of UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

Interval = tuple[int, int]
"""[from, to) in UTC seconds."""

MINUTE = 60
QUARTER = 900


def windows(tier: str, zone: str, begin: int, end: int) -> list[Interval]:
    """Return the windows of a tier that have a second in [begin, end), in order."""
    if tier == "live":
        borders = list(range(begin // MINUTE * MINUTE, end + MINUTE, MINUTE))
    elif tier == "hourly":
        borders = hours(ZoneInfo(zone), begin, end)
    else:
        borders = days(ZoneInfo(zone), begin, end)
    return [(first, last) for first, last in pairwise(borders) if first < end and begin < last]


def days(zone: ZoneInfo, begin: int, end: int) -> list[int]:
    """Return the midnights from before *begin* to after *end*."""
    day = datetime.fromtimestamp(begin, zone).date() - timedelta(days=1)
    midnights = [midnight(day, zone)]
    while midnights[-1] < end:
        day += timedelta(days=1)
        midnights.append(midnight(day, zone))
    return midnights


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return the UTC second at which a local day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def hours(zone: ZoneInfo, begin: int, end: int) -> list[int]:
    """Return the beginnings of local hours from before *begin* to after *end*, trying every quarter of an hour."""
    first = begin // QUARTER * QUARTER - 8 * QUARTER
    borders: list[int] = []
    before = None
    for time in range(first, end + 9 * QUARTER, QUARTER):
        local = datetime.fromtimestamp(time, zone)
        hour = (local.date(), local.hour, local.utcoffset())
        if before is not None and hour != before:
            borders.append(time)
        before = hour
    return borders


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the seconds of all, as intervals that neither touch nor overlap, in order."""
    joined: list[Interval] = []
    for begin, end in sorted(intervals):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif begin < end:
            joined.append((begin, end))
    return joined


def without(intervals: Iterable[Interval], gaps: Iterable[Interval]) -> list[Interval]:
    """Return the intervals less the gaps."""
    left = union(intervals)
    for gap_begin, gap_end in gaps:
        pieces: list[Interval] = []
        for begin, end in left:
            pieces += [(begin, min(end, gap_begin)), (max(begin, gap_end), end)]
        left = [(begin, end) for begin, end in pieces if begin < end]
    return left


def common(window: Interval, intervals: Iterable[Interval]) -> list[Interval]:
    """Return the pieces of *intervals* inside *window*."""
    pieces = [(max(window[0], begin), min(window[1], end)) for begin, end in intervals]
    return [(begin, end) for begin, end in pieces if begin < end]


def stamp_to_second(text: str) -> int:
    """Read ``2024-03-05T10:00:00Z``."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
