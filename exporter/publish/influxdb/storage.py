"""
Where an InfluxDB keeps a tier's points, for how long, and in which pieces: as it should be. Pure.

On 1.x that is a retention policy of one database, on 2.x a bucket. The server drops points in whole shards, and asks
every shard that a question touches: too long ones keep old points for long, too many small ones cost time and room.
Ten years of days in shards of the default length, a week, are 521 shards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, TIERS

_HOUR, _DAY, _WEEK, _YEAR = 3600, 86_400, 7 * 86_400, 365 * 86_400
_UNITS = (("year", _YEAR), ("week", _WEEK), ("day", _DAY), ("hour", _HOUR), ("minute", 60), ("second", 1))

SHORTEST = _HOUR
"""Seconds; no server keeps points for less, and 0 would mean for ever."""
LONGEST = (2**63 - 1) // 10**9
"""Seconds that the server can count, 292 years; to keep for longer is to keep for ever."""
SHARDS: Mapping[str, int] = {LIVE.name: _DAY, HOURLY.name: 30 * _DAY, LONGTERM.name: 520 * _WEEK}
"""Seconds in a shard of each tier, where they are kept for that long."""


class Storage(NamedTuple):
    """Where the points of one tier lie."""

    tier: str
    keep: int | None
    """Seconds; None is for ever."""
    shard: int | None
    """Seconds; None where the server doesn't tell."""

    def outlasts(self, other: Storage) -> bool:
        """Whether it keeps points that *other* drops."""
        return other.keep is not None and (self.keep is None or self.keep > other.keep)


def wanted(keep: Mapping[str, int | None]) -> tuple[Storage, ...]:
    """Return what there should be, the shortest windows first; *keep* has each tier's seconds, None for ever."""
    return tuple(_storage(tier.name, keep[tier.name]) for tier in TIERS)


def spoken(seconds: int | None) -> str:
    """Return ``35 days``, ``2 years``, ``520 weeks``: in the largest unit that leaves no rest; weeks from a year on."""
    if seconds is None:
        return "ever"
    fits = ((unit, length) for unit, length in _UNITS if seconds % length == 0 and (length != _WEEK or seconds > _YEAR))
    unit, length = next(fits)
    count = seconds // length
    return f"{count:,} {unit}" + ("" if count == 1 else "s")


def _storage(tier: str, keep: int | None) -> Storage:
    if keep is None or keep > LONGEST:
        return Storage(tier, None, SHARDS[tier])
    kept = max(keep, SHORTEST)
    return Storage(tier, kept, min(SHARDS[tier], kept))  # servers refuse shards that are longer than what they keep
