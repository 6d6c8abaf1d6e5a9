"""A ledger of the schema before this one becomes one of this schema, or stays what it was: never something between."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from exporter.clock import SystemClock
from exporter.ledger import schema
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch
from tests.faults.harness.older_ledger import make_older

FullBatch = Callable[[SqliteLedger], Batch]


def _shape(path: Path) -> list[object]:
    """Return what makes a ledger's shape: its marks, and everything that its schema defines."""
    with closing(sqlite3.connect(path)) as db:
        marks = [
            db.execute(f"PRAGMA {name}").fetchone()
            for name in ("application_id", "user_version", "auto_vacuum", "page_size", "journal_mode")
        ]
        return [*marks, *db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")]


def _rows(path: Path, columns_of: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows, of the columns that the ledger *columns_of* has."""
    reader, other = LedgerReader(path), LedgerReader(columns_of)
    tables: dict[str, list[str]] = {}
    for table, column in other.ask(
        "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'"
    ):
        tables.setdefault(table, []).append(f'"{column}"')
    rows = {
        table: list(reader.ask(f"SELECT {', '.join(columns)} FROM {table}"))
        for table, columns in tables.items()
        if table != "meta"
    }
    reader.close()
    other.close()
    return rows


@pytest.fixture
def older(path: Path, ledger: SqliteLedger, full_batch: FullBatch, tmp_path: Path) -> Path:
    """Give a copy of a ledger with something of everything, as the last version would have left it."""
    batch = full_batch(ledger)
    batch.facts.uses, batch.facts.use_totals = [], {}  # it knew of none
    batch.facts.transfers, batch.facts.transfer_totals = [], {}
    ledger.commit([batch])
    ledger.close()
    return make_older(path, tmp_path / "older" / "seatwatch.db")


def test_it_becomes_what_a_new_one_is(older: Path, path: Path) -> None:
    """Tables, indexes, views and marks are those of a new ledger, and every row is there; new tables are empty."""
    assert _shape(path) != _shape(older)
    before = _rows(older, older)
    SqliteLedger.open(older, SystemClock(), lambda _: None).close()

    assert _shape(path) == _shape(older)
    rows = _rows(path, path)
    assert rows | {table: [] for table in rows.keys() - before.keys()} == _rows(older, path)


def test_killed_while_it_is_made_new(older: Path) -> None:
    """Killed in the last step it is as it was to the row, and the next start makes it new with all of them."""
    shape, rows = _shape(older), _rows(older, older)
    columns = older.with_name("columns.db")
    columns.write_bytes(older.read_bytes())
    child = os.fork()
    if child == 0:
        SqliteLedger.open(older, SystemClock(), lambda name: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(0)
    assert -signal.SIGKILL == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert (shape, rows) == (_shape(older), _rows(older, older))

    with closing(SqliteLedger.open(older, SystemClock(), lambda _: None)) as ledger:
        assert schema.newest() == schema.version(ledger._db.connection())
        point = ledger.checkpoint("lic", "srv", "/logs/lic.log")
    assert rows == _rows(older, columns)
    assert (2, 900) == (len(point.sessions), point.position and point.position.offset)


def test_a_disk_that_is_full_leaves_it_as_it_was(older: Path) -> None:
    """When a step fails the older ledger stays, whole, and the next start tries again."""
    shape, rows = _shape(older), _rows(older, older)
    told: list[BaseException] = [OSError(28, "No space left on device")]

    def hit(name: str) -> None:
        if name == "schema-migrate" and told:
            raise told.pop()

    with pytest.raises(Exception, match="No space left"):
        SqliteLedger.open(older, SystemClock(), hit)
    assert (shape, rows) == (_shape(older), _rows(older, older))
    SqliteLedger.open(older, SystemClock(), hit).close()
