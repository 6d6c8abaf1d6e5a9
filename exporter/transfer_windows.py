"""Windows of files that were received or sent."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.catalog.tiers import LONGTERM, Tier
from exporter.ledger.transfers import (
    read_first_transfers,
    read_sketches,
    read_transfer_frontiers,
    read_transferred,
    read_transfers,
)
from exporter.ledger.windows import Ask, Subject
from exporter.point_windows import PointWindows
from exporter.tiers.transfers import transfer_windows
from exporter.transfer_sums import TransferSums


class TransferWindows(PointWindows[TransferSums]):
    """The windows of transfers of one state of the ledger; a subject is one kind of file of a client or source."""

    def __init__(self, ask: Ask) -> None:
        """Read with *ask*."""
        super().__init__(ask, read_first_transfers(ask), read_transfer_frontiers(ask))

    def subjects(self) -> list[Subject]:
        """Return what has such windows, by machine, direction, client and kind of file."""
        return read_transferred(self.ask)

    def key(self, subject: Subject) -> int:
        """Return the id of the subject."""
        return subject.id or 0

    def found(self, tier: Tier, subject: Subject, since: int, until: int) -> Iterator[tuple[range, TransferSums]]:
        """Yield the windows, see `exporter.tiers.transfers.transfer_windows`."""
        asked = self.ask, subject, since, until, tier.seconds
        return transfer_windows(tier, self.zone, read_transfers(*asked), read_sketches(*asked))

    def minutes(self, subject: Subject, start: int, end: int) -> list[int]:
        """Return when the minutes begin in which files were transferred, or errors came up."""
        return [minute for minute, *_ in read_transfers(self.ask, subject, start // 60 * 60, end, LONGTERM.seconds)]
