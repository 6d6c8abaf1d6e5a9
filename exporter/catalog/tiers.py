"""Every tier, named once: the length of its windows, how long they are kept by default, and whether they are stored."""

from __future__ import annotations

from typing import NamedTuple


class Tier(NamedTuple):
    """One tier; *keep* is the default in days, *seconds* the length of a window but on the days the clocks change."""

    name: str
    window: str
    seconds: int
    keep: int
    stored: bool
    help: str


LIVE = Tier("live", "minute", 60, 35, False, "Minutes, worked out of the facts whenever somebody asks.")
HOURLY = Tier("hourly", "hour", 3600, 2 * 365, True, "Hours of the site's time zone, stored when they are over.")
LONGTERM = Tier("longterm", "day", 86400, 10 * 365, True, "Days of the site's time zone, stored when they are over.")

TIERS = (LIVE, HOURLY, LONGTERM)
"""All of them, the shortest windows first."""
