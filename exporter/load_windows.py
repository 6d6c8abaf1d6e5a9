"""
Windows of modules that were loaded, and of whatever else is used at an instant: worked out when they are asked for.

They are not stored: uses are kept, one by one or summed up by the minute, for as long as the longest tier. A window in
which nothing was used is not there; none of it is a zero, for nothing would be told by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from exporter.catalog.tiers import Tier
from exporter.feature_rows import EVER
from exporter.ledger.uses import Ask, read_first_uses, read_frontiers, read_used, read_uses
from exporter.ledger.windows import Subject, read_zone
from exporter.tiers.calendar import window_holding
from exporter.tiers.loads import LoadSums, load_windows

_GIVEN_UP = 7 * 86_400
"""Seconds behind the newest of its streams after which one is not waited for: its host may be no more."""


class LoadWindows:
    """The windows of loads of one state of the ledger."""

    def __init__(self, ask: Ask) -> None:
        """Read with *ask*; the zone is the one that the ledger has taken over."""
        self._ask = ask
        self.zone = ZoneInfo(read_zone(ask))
        self._first = read_first_uses(ask)
        self._frontiers = read_frontiers(ask)

    def subjects(self) -> list[Subject]:
        """Return what has such windows, by server, vendor and feature."""
        return read_used(self._ask)

    def windows(
        self, tier: Tier, subject: Subject, start: int = 0, end: int = EVER
    ) -> Iterator[tuple[range, LoadSums]]:
        """Yield a subject's windows that begin in [*start*, *end*), see `exporter.tiers.loads.load_windows`."""
        since = window_holding(tier, self.zone, start)[0] if start else 0
        until = window_holding(tier, self.zone, end - 1)[1] if start < end < EVER else end
        found = load_windows(tier, self.zone, read_uses(self._ask, subject.products[0], since, until))
        return ((starts, sums) for starts, sums in found if starts[0] >= start)

    def closed_until(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which all of the subject's windows are closed, 0 where none is."""
        ends = self._frontiers.get(subject.products[0], ())
        frontier = min((end for end in ends if end > max(ends) - _GIVEN_UP), default=0)
        return window_holding(tier, self.zone, frontier)[0] if frontier else 0

    def begins(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which the subject has no windows, EVER where it has none."""
        first = self._first.get(subject.products[0])
        return EVER if first is None else window_holding(tier, self.zone, first)[0]

    def count(self, tier: Tier, subject: Subject, start: int, end: int) -> int:
        """Count the windows that begin in [*start*, *end*)."""
        return sum(1 for _ in self.windows(tier, subject, start, end))
