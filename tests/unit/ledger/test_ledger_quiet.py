"""Up to when quiet logs are known: one row each, shown with the coverage, gone with the next commit."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporter.catalog.tiers import HOURLY
from exporter.errors import LedgerFull
from exporter.facts import Activity
from exporter.ledger.activity import read_activity
from exporter.ledger.export import export
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Covered
from exporter.tiers.windows import Sums
from exporter.windowing import Windowing

NOON = 1_709_640_000  # 2024-03-05T12:00:00Z
DAY = 86_400


@pytest.fixture
def reader(path: Path, ledger: SqliteLedger) -> Iterator[LedgerReader]:
    """Give the ledger of the test to ask."""
    reader = LedgerReader(path)
    yield reader
    reader.close()


@pytest.fixture
def batch(ledger: SqliteLedger, full_batch: Callable[[SqliteLedger], Batch]) -> Batch:
    """Give what was committed: an interval that ends at 12:01:40."""
    batch = full_batch(ledger)
    ledger.commit([batch])
    return batch


def _stamp(time: object) -> str:
    return datetime.fromtimestamp(int(str(time)), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _covered(reader: LedgerReader) -> list[list[object]]:
    """Return from and to of the exported coverage."""
    with closing(export(reader.ask, "coverage").rows) as rows:
        return [[_stamp(time) for time in row[2:]] for row in rows]


def test_the_newest_interval_grows(ledger: SqliteLedger, batch: Batch, reader: LedgerReader) -> None:
    """Coverage and the seat seconds of an open session go on to what was noted; an earlier time changes nothing."""

    def seat_seconds() -> list[object]:
        return [row[-1] for row in export(reader.ask, "sessions").rows if row[8] is None]

    for until, to, seconds in ((90, "12:01:40", [100, 80]), (400, "12:06:40", [400, 80 + 4 * 300])):
        ledger.note_quiet({batch.stream: NOON + until})
        assert [["2024-03-05T12:00:00Z", f"2024-03-05T{to}Z"]] == _covered(reader)
        assert seconds == seat_seconds()
        assert [(max(NOON + until, NOON + 100),)] == list(reader.ask("SELECT frontier FROM known"))


def test_sessions_stay_open_in_windows_of_quiet(
    ledger: SqliteLedger, full_batch: Callable[[SqliteLedger], Batch]
) -> None:
    """In an hour that quiet brings to its end, open sessions hold their seats and an unanswered denial is refused."""
    batch = full_batch(ledger)
    batch.facts.waits = []
    ledger.commit([batch])

    def hour() -> Sums:
        windowing = Windowing(ledger.ask)
        ((_, sums),) = windowing.windows(HOURLY, windowing.features()[0], NOON, NOON + 3_600)
        return sums

    before = hour()
    ledger.note_quiet({batch.stream: NOON + 3_700})

    assert (100, 1) == (before.covered_seconds, before.denials_refused)
    assert (3_600, 2) == (hour().covered_seconds, hour().denials_refused)
    assert before.seat_seconds + 5 * 3_500 == hour().seat_seconds


def test_only_the_newest_interval_grows(ledger: SqliteLedger, batch: Batch, reader: LedgerReader) -> None:
    """An interval that a gap has ended stays as it is."""
    batch.coverage = [Covered(1, NOON + 200, NOON + 300)]
    ledger.commit([batch])
    ledger.note_quiet({batch.stream: NOON + 400})

    assert [
        ["2024-03-05T12:00:00Z", "2024-03-05T12:01:40Z"],
        ["2024-03-05T12:03:20Z", "2024-03-05T12:06:40Z"],
    ] == _covered(reader)


def test_a_commit_takes_its_place(ledger: SqliteLedger, batch: Batch, reader: LedgerReader) -> None:
    """A restart is told what was noted; a commit has it among its own, and the row is gone."""
    ledger.note_quiet({batch.stream: NOON + 400})
    assert NOON + 400 == ledger.checkpoint("lic", "srv", "/logs/lic.log").quiet
    ledger.commit([batch])

    assert ledger.checkpoint("lic", "srv", "/logs/lic.log").quiet is None
    assert [["2024-03-05T12:00:00Z", "2024-03-05T12:01:40Z"]] == _covered(reader)


def test_a_full_disk_keeps_nothing_of_it(
    ledger: SqliteLedger, batch: Batch, reader: LedgerReader, failpoints: Callable[[str], None]
) -> None:
    """All logs are noted in one transaction, or none."""
    failpoints.errors["before-commit"] = OSError(28, "No space left on device")  # type: ignore[attr-defined]
    with pytest.raises(LedgerFull):
        ledger.note_quiet({batch.stream: NOON + 400})

    assert [] == list(reader.ask("SELECT * FROM quiet"))


def test_days_add_up_and_move_with_the_dates(ledger: SqliteLedger, batch: Batch, reader: LedgerReader) -> None:
    """Increments of a daemon and day are summed up; dates put right move days, and what was noted of quiet."""
    day = NOON // DAY
    batch.facts.activity = [Activity("brookd", day, 3, 1, 0), Activity("larchd", day, 1, 1, 1)]
    ledger.commit([batch])
    batch.facts.activity = [Activity("brookd", day, 2, 2, 1), Activity("brookd", day + 1, 1, 0, 0)]
    ledger.commit([batch])
    ledger.note_quiet({batch.stream: NOON + 400})
    ledger.redate(batch.stream, lambda time: time - DAY, batch.state)

    assert [
        Activity("brookd", day - 1, 5, 3, 1),
        Activity("brookd", day, 1, 0, 0),
        Activity("larchd", day - 1, 1, 1, 1),
        Activity("oakd", day - 1, 3, 1, 0),
    ] == list(read_activity(reader.ask, batch.stream))
    assert [(NOON + 400 - DAY,)] == list(reader.ask("SELECT until FROM quiet"))
