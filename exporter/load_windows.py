"""Windows of modules that were loaded, and of whatever else is used at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exporter.catalog.tiers import Tier
from exporter.ledger.uses import read_first_uses, read_frontiers, read_used, read_used_minutes, read_uses
from exporter.ledger.windows import Ask, Subject
from exporter.point_windows import PointWindows
from exporter.tiers.loads import LoadSums, load_windows


class LoadWindows(PointWindows[LoadSums]):
    """The windows of loads of one state of the ledger."""

    def __init__(self, ask: Ask) -> None:
        """Read with *ask*."""
        super().__init__(ask, read_first_uses(ask), read_frontiers(ask))

    def subjects(self) -> list[Subject]:
        """Return what has such windows, by server, vendor and feature."""
        return read_used(self.ask)

    def key(self, subject: Subject) -> int:
        """Return the id of the product."""
        return subject.products[0]

    def found(self, tier: Tier, subject: Subject, since: int, until: int) -> Iterator[tuple[range, LoadSums]]:
        """Yield the windows, see `exporter.tiers.loads.load_windows`."""
        return load_windows(tier, self.zone, read_uses(self.ask, subject.products[0], since, until))

    def minutes(self, subject: Subject, start: int, end: int) -> Sequence[int]:
        """Return when the minutes begin in which something was used."""
        return read_used_minutes(self.ask, subject.products[0], start, end)
