"""
The windows of a tier: UTC minutes, and the hours and days of a time zone.

An hour begins where the zone's clock shows a full hour, and where the clock is put forward or back: a repeated hour is
a window of its own, and where clocks move by half an hour, half hours are. A day begins with the first instant of its
date, so it has 23 or 25 hours where the clock is put forward or back.

Bounds are sorted UTC seconds; a window lasts from each to the next. The zone is taken to change at most once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from exporter.catalog.tiers import LIVE, LONGTERM, Tier
from exporter.tiers.grid import Grid

_DAY = 86400


def bounds(tier: Tier, zone: ZoneInfo, start: int, stop: int) -> Sequence[int]:
    """Return the bounds of the windows that hold any second of [*start*, *stop*); none when there is no such second."""
    if start >= stop:
        return []
    if tier is LIVE:
        return range(start - start % 60, stop + -stop % 60 + 1, 60)
    return _local_bounds(tier, zone, start, stop)


@lru_cache(maxsize=4)  # subjects that come one after the other have mostly the same; one of decades takes megabytes
def grid(tier: Tier, zone: ZoneInfo, start: int, stop: int) -> Grid | None:
    """Return the windows that hold any second of [*start*, *stop*), None when there is no such second."""
    found = bounds(tier, zone, start, stop)
    return Grid(found) if found else None


@lru_cache(maxsize=1024)
def window_holding(tier: Tier, zone: ZoneInfo, instant: int) -> tuple[int, int]:
    """Return the window [from, to) that holds *instant*."""
    begin, end = bounds(tier, zone, instant, instant + 1)
    return begin, end


def _local_bounds(tier: Tier, zone: ZoneInfo, start: int, stop: int) -> list[int]:
    begin = ahead = _next(tier, zone, start - 2 * tier.seconds)
    while ahead <= start:
        begin, ahead = ahead, _next(tier, zone, ahead)
    found = [begin]
    while (last := found[-1]) < stop:
        day = last + _DAY
        if tier.seconds < _DAY and day < stop and _offset(zone, last) == _offset(zone, day):
            found.append(_next(tier, zone, last))  # the one before may have been cut short
            found.extend(range(found[-1] + tier.seconds, day + 1, tier.seconds))
        else:
            found.append(_next(tier, zone, last))
    return found


def _next(tier: Tier, zone: ZoneInfo, instant: int) -> int:
    """Return the first bound after *instant*."""
    before = _offset(zone, instant)
    end = instant + tier.seconds - (instant + before) % tier.seconds
    after = _offset(zone, end)
    if before == after:
        return end
    change = _change(zone, instant, end)
    return max(end + before - after, change) if tier is LONGTERM else change


def _change(zone: ZoneInfo, early: int, late: int) -> int:
    """Return the first instant with the offset of *late*, which *early* doesn't have."""
    offset = _offset(zone, late)
    while late - early > 1:
        middle = (early + late) // 2
        if _offset(zone, middle) == offset:
            late = middle
        else:
            early = middle
    return late


def _offset(zone: ZoneInfo, instant: int) -> int:
    """Return the seconds by which the zone's clock is ahead of UTC."""
    offset = datetime.fromtimestamp(instant, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
