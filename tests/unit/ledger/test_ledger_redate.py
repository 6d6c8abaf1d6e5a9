"""Dates put right: all times of one stream move together and nothing else does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import LedgerFull
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch

DAY = 86_400
TIMES = {
    "session": ("start", "end", "suspect", "checkin"),
    "checkin": ("time",),
    "total": ("first",),
    "change": ("time",),
    "denial": ("time",),
    "wait": ("start", "end"),
    "episode": ("first", "last"),
    "lifecycle": ("time",),
    "use": ("time",),
    "use_total": ("first",),
    "gap": ("before",),
    "coverage": ("start", "end"),
    "generation": ("first_time",),
    "stream": ("frontier", "last_line"),
}


def _tables(path: Path) -> dict[str, list[dict[str, object]]]:
    """Read every table that holds times, as rows by column, without revisions."""
    reader = LedgerReader(path)
    reader._db.row_factory = lambda cursor, row: {
        column[0]: cell for column, cell in zip(cursor.description, row, strict=True) if column[0] != "rev"
    }
    found = {table: list(reader.ask(f"SELECT * FROM {table}")) for table in TIMES}
    reader.close()
    return found


def _moved(tables: dict[str, list[dict[str, object]]], stream: int) -> dict[str, list[dict[str, object]]]:
    """Move the times of *stream* a day back, by hand."""
    return {
        table: [
            {
                column: cell - DAY
                if column in TIMES[table] and isinstance(cell, int) and _owner(table, row) == stream
                else cell
                for column, cell in row.items()
            }
            for row in rows
        ]
        for table, rows in tables.items()
    }


def _owner(table: str, row: dict[str, object]) -> object:
    """Give the stream of a row; generation n is stream n's here."""
    return row["id"] if table == "stream" else row["stream"] if "stream" in row else row["generation"]


@pytest.fixture
def two_streams(ledger: SqliteLedger, full_batch: Callable[[SqliteLedger], Batch]) -> SqliteLedger:
    """Give a ledger with equal facts in two streams, and a gap after the first commit."""
    first, second = full_batch(ledger), full_batch(ledger)
    first.facts.sessions[1].suspect = second.facts.sessions[1].suspect = first.facts.sessions[1].start + 1
    second.stream = ledger.checkpoint("lic", "srv", "/logs/other.log").stream
    for _ in range(2):
        ledger.commit([first, second])
        first.gaps = [first.gaps[0]._replace(start=800)]
    return ledger


def test_all_times_of_the_stream_move_and_nothing_else(two_streams: SqliteLedger, path: Path) -> None:
    """Every time of stream 1 is a day earlier, its state is the new one, stream 2 and every other column stay."""
    before = _tables(path)
    two_streams.redate(1, lambda time: time - DAY, {"format": {"anchored": True}})
    expected = _moved(before, 1)
    expected["stream"][0]["state"] = '{"format":{"anchored":true}}'
    assert before != expected
    assert expected == _tables(path)
    (count,) = LedgerReader(path).ask("SELECT count(*) FROM session WHERE rev = (SELECT revision FROM meta)")
    assert (3,) == count


def test_a_redate_that_fails_moves_nothing(two_streams: SqliteLedger, failpoints, path: Path) -> None:
    """When the disk fails in it, all times are as before, and it works the next time."""
    before = _tables(path)
    failpoints.errors["before-commit"] = OSError(5, "Input/output error")
    with pytest.raises(LedgerFull):
        two_streams.redate(1, lambda time: time - DAY, {})
    assert before == _tables(path)
    two_streams.redate(1, lambda time: time - DAY, {})
    assert before != _tables(path)
