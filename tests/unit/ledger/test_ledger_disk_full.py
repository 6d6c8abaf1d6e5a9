"""A commit that the disk refuses keeps nothing, says so, and can be tried again."""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.errors import LedgerBroken, LedgerFull
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Checkpoint

FullBatch = Callable[[SqliteLedger], Batch]
PLACES = ["txn-begin", "mid-upserts", "before-offset-update", "before-commit"]


def _point(ledger: SqliteLedger) -> Checkpoint:
    return ledger.checkpoint("lic", "srv", "/logs/lic.log")


def _io_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    return error


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), sqlite3.OperationalError("full"), _io_error()]
)
def test_a_failed_commit_keeps_nothing_and_can_be_tried_again(
    ledger: SqliteLedger, full_batch: FullBatch, failpoints, path: Path, place: str, error: Exception
) -> None:
    """Wherever the disk fails the state before stays, the sentence names file and cause, and the retry is whole."""
    batch = full_batch(ledger)
    empty = _point(ledger)
    failpoints.errors[place] = error
    with pytest.raises(LedgerFull, match=f"{path} could not be written .*nothing of this commit was kept"):
        ledger.commit([batch])
    assert empty == _point(ledger)
    ledger.commit([batch])
    assert (batch.position, 8) == (_point(ledger).position, _point(ledger).tally["understood"])


def test_any_other_error_rolls_back_too(ledger: SqliteLedger, full_batch: FullBatch, failpoints) -> None:
    """A fault of the program itself keeps nothing either and is not dressed up as a full disk."""
    batch = full_batch(ledger)
    empty = _point(ledger)
    failpoints.errors["before-commit"] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        ledger.commit([batch])
    assert empty == _point(ledger)


def test_the_connection_is_opened_anew_after_an_io_error(
    ledger: SqliteLedger, full_batch: FullBatch, failpoints
) -> None:
    """SQLite's view of the files is not trusted after an I/O error, and is kept after a full disk."""
    before = ledger._db._db
    failpoints.errors["before-commit"] = OSError(28, "No space left on device")
    with pytest.raises(LedgerFull):
        ledger.commit([])
    assert before is ledger._db._db
    failpoints.errors["before-commit"] = _io_error()
    with pytest.raises(LedgerFull):
        ledger.commit([])
    assert ledger._db._db is None
    ledger.commit([])
    assert before is not ledger._db._db


def test_a_commit_that_failed_and_was_kept_after_all_is_found_out(
    ledger: SqliteLedger, full_batch: FullBatch, failpoints, path: Path
) -> None:
    """When the file holds a commit that was reported as failed, going on would count twice: a restart is asked for."""
    failpoints.errors["before-commit"] = _io_error()
    with pytest.raises(LedgerFull):
        ledger.commit([full_batch(ledger)])
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET revision = revision + 1")
    db.close()
    with pytest.raises(LedgerBroken, match="was kept after all: start seatwatch again"):
        ledger.commit([])


def test_a_ledger_at_its_page_limit_is_full_until_there_is_room(ledger: SqliteLedger, full_batch: FullBatch) -> None:
    """SQLite's own answer to a full disk becomes LedgerFull with advice, and the commit works once there is room."""
    batch = full_batch(ledger)
    batch.facts.sessions = [_copy(batch, at) for at in range(10_000)]
    db = ledger._db.connection()
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(LedgerFull, match=r"database or disk is full\).*make room on its disk"):
        ledger.commit([batch])
    db.execute("PRAGMA max_page_count = 1000000")
    ledger.commit([batch])
    assert 10_000 == len(_point(ledger).sessions)


@pytest.fixture
def small_disk(path: Path) -> Iterator[Path]:
    """Give a file system of 1 MiB at the ledger's folder; only root can."""
    path.parent.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path.parent], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no permission to mount a small disk")
    yield path.parent
    subprocess.run(["umount", "-l", path.parent], check=True)


def test_a_really_full_disk(small_disk: Path, opened: Callable[[], SqliteLedger], full_batch: FullBatch) -> None:
    """With no block left the commit fails as a whole; when a file beside it is deleted the same commit goes through."""
    ledger = opened()
    batch = full_batch(ledger)
    empty = _point(ledger)
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - 64 * 1024))
    batch.facts.sessions = [_copy(batch, at) for at in range(3_000)]
    with pytest.raises(LedgerFull, match="nothing of this commit was kept"):
        ledger.commit([batch])
    assert empty == _point(ledger)
    ballast.unlink()
    ledger.commit([batch])
    assert 3_000 == len(_point(ledger).sessions)
    ledger.close()


def _copy(batch: Batch, at: int):
    session = batch.facts.sessions[0]
    return type(session)(session.generation, at, 0, session.product, session.holder, 1, 1, at, handle="h" * 20)
