"""All windows that a server can be sent: of seats, those by group, of loads, of transfers; a subject says which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from exporter.breakdown_windows import BreakdownWindows
from exporter.catalog.tiers import Tier
from exporter.feature_rows import EVER
from exporter.ledger.windows import Ask, Measure, Subject
from exporter.load_windows import LoadWindows
from exporter.point_windows import Sums
from exporter.tiers.intervals import Interval
from exporter.transfer_windows import TransferWindows
from exporter.windowing import Windowing


class AllWindows:
    """The windows of one state of the ledger; the methods are those of `exporter.windowing.Windowing`."""

    def __init__(self, ask: Ask) -> None:
        """Read with *ask*."""
        self._seats, self._loads, self._transfers = Windowing(ask), LoadWindows(ask), TransferWindows(ask)
        self._by = BreakdownWindows(ask, self._seats)
        self._of: Mapping[Measure, Windowing | BreakdownWindows | LoadWindows | TransferWindows] = {
            "seats": self._seats,
            "by": self._by,
            "loads": self._loads,
            "transfers": self._transfers,
        }
        self.zone: ZoneInfo = self._seats.zone

    def subjects(self) -> list[Subject]:
        """Return the features, the products, and what has windows by group, of loads and of transfers, each sorted."""
        points = *self._by.subjects(), *self._loads.subjects(), *self._transfers.subjects()
        return [*self._seats.features(), *self._seats.products(), *points]

    def windows(self, tier: Tier, subject: Subject, start: int = 0, end: int = EVER) -> Iterator[tuple[range, Sums]]:
        """Yield a subject's windows that begin in [*start*, *end*): those that are alike come together."""
        yield from self._of[subject.measure].windows(tier, subject, start, end)

    def closed_until(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which all of the subject's windows are closed, 0 where none is."""
        return self._of[subject.measure].closed_until(tier, subject)

    def begins(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which the subject has no windows, EVER where it has none."""
        return self._of[subject.measure].begins(tier, subject)

    def count(self, tier: Tier, subject: Subject, start: int, end: int) -> int:
        """Count the windows that begin in [*start*, *end*), two bounds."""
        return self._of[subject.measure].count(tier, subject, start, end)

    def covered(self, subject: Subject, start: int, end: int) -> Sequence[Interval]:
        """Return the time in [*start*, *end*), or more, that its windows are of."""
        return self._of[subject.measure].covered(subject, start, end)
