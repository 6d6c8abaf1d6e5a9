"""A ledger that can't be trusted is refused with a sentence and a way out; it never means: begin from zero."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import LedgerBroken, LedgerBusy, LedgerError, LedgerPlace
from exporter.ledger import schema
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch

Opener = Callable[[], SqliteLedger]

HOLDER = """
import sys
from exporter.ledger.store import SqliteLedger
from exporter.clock import SystemClock
ledger = SqliteLedger.open(sys.argv[1], SystemClock(), lambda name: None)
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def closed(path: Path, opened: Opener, full_batch: Callable[[SqliteLedger], Batch]) -> Path:
    """Give the path of a closed ledger that holds a batch."""
    ledger = opened()
    ledger.commit([full_batch(ledger)])
    ledger.close()
    return path


def test_a_second_writer_is_refused_at_once(closed: Path, opened: Opener) -> None:
    """The refusal names the process that writes; when that is killed outright the next one gets in."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, closed], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout
        assert "open\n" == other.stdout.readline()
        with pytest.raises(
            LedgerBusy, match=rf"Another seatwatch \(process {other.pid}\) writes the ledger .*seatwatch.db"
        ):
            opened()
        other.send_signal(signal.SIGKILL)
    opened()


def test_a_second_writer_in_one_process_is_refused(opened: Opener) -> None:
    """Two ledgers of one process can't write the same file either."""
    opened()
    with pytest.raises(LedgerBusy, match=f"process {os.getpid()}"):
        opened()


def _half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _no_bytes(path: Path) -> None:
    os.truncate(path, 0)


def _no_bytes_beside_a_log(path: Path) -> None:
    os.truncate(path, 0)
    Path(f"{path}-wal").write_bytes(b"frames")


def _overwritten(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1000)


def _flipped(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 8)


def _flipped_among_the_facts(path: Path) -> None:
    with sqlite3.connect(path) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'denial'").fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 8)


def _of_another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE bookmark (url)")
    db.close()


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9999")
    db.close()


def _without_schema(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    db.close()


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHEAP = [
    (_half, r"is cut off: it has \d+ of \d+ bytes\. Restore it from a backup"),
    (_no_bytes, r"is empty \(0 bytes\)\. Restore it from a backup"),
    (_no_bytes_beside_a_log, r"is empty \(0 bytes\), but its write-ahead log .*-wal is not\. Restore"),
    (_overwritten, r"is no ledger: it doesn't begin as a SQLite file does\. Restore"),
    (_of_another_program, r"is a SQLite database of another program \(application_id 0x0\): set ledger\.path"),
    (_newer, r"was written by a newer seatwatch \(schema 9999, this one knows \d+\): install"),
    (_without_schema, r"holds no schema\. Restore"),
    (_a_folder, r"is no file, so no ledger: set ledger\.path to a file"),
]


DEEP = [(harm, r"is damaged \(.+\)\. Restore it from a backup") for harm in (_flipped, _flipped_among_the_facts)]


@pytest.mark.parametrize(("harm", "sentence"), [*CHEAP, *DEEP])
def test_a_broken_or_foreign_file_is_refused(
    closed: Path, opened: Opener, harm: Callable[[Path], None], sentence: str
) -> None:
    """Each kind of harm has its own sentence, and the file and the lock are left as they are."""
    harm(closed)
    before = closed.read_bytes() if closed.is_file() else None
    with pytest.raises(LedgerBroken, match=f"{re.escape(str(closed))} {sentence}"):
        opened()
    assert before == (closed.read_bytes() if closed.is_file() else None)
    with pytest.raises(LedgerBroken):  # and not LedgerBusy
        opened()


@pytest.mark.parametrize(("harm", "sentence"), CHEAP)
def test_a_reader_refuses_the_same(closed: Path, harm: Callable[[Path], None], sentence: str) -> None:
    """What the writer sees without reading the whole file, a reader says in the same words."""
    harm(closed)
    with pytest.raises(LedgerBroken, match=sentence):
        LedgerReader(closed)


def test_damage_met_while_reading_is_told(closed: Path) -> None:
    """A reader that runs into a damaged page says so, with the way out."""
    _flipped(closed)
    with pytest.raises(LedgerBroken, match=r"is damaged .* Restore it from a backup"):
        list(LedgerReader(closed).ask("SELECT * FROM session, denial, stream, holder"))


@pytest.mark.parametrize("left", [".id", "-wal"])
def test_a_lost_ledger_is_not_begun_anew(closed: Path, opened: Opener, left: str) -> None:
    """With its id or its log still there, a missing ledger is a loss; deleting what the sentence names begins anew."""
    closed.unlink()
    Path(f"{closed}.id").rename(f"{closed}{left}")
    with pytest.raises(
        LedgerBroken, match=rf"is missing, but it was here before .*{left} is left.*delete .*{left} to begin"
    ):
        opened()
    with pytest.raises(LedgerBroken, match="is missing, but it was here before"):
        LedgerReader(closed)
    Path(f"{closed}{left}").unlink()
    assert {} == opened().checkpoint("lic", "srv", "/logs/lic.log").state


def test_another_ledger_in_its_place_is_refused(closed: Path, opened: Opener) -> None:
    """A ledger whose uuid is not the one noted beside it is not gone on with unasked."""
    Path(f"{closed}.id").write_text("another\n")
    with pytest.raises(LedgerBroken, match=r"is another ledger than the one that was begun here: .* delete .*\.id"):
        opened()


def test_an_id_that_was_lost_is_written_again(closed: Path, opened: Opener) -> None:
    """A start cut off before the id was written, or a restore without it, heals at the next start."""
    marker = Path(f"{closed}.id")
    uuid = marker.read_text()
    marker.unlink()
    opened()
    assert uuid == marker.read_text()


def test_no_ledger_yet_tells_a_reader_what_to_do(path: Path) -> None:
    """A reader of a ledger that was never begun names the command that begins it."""
    with pytest.raises(LedgerError, match=f"no ledger at {path}: run `seatwatch collect` first, or see ledger.path"):
        LedgerReader(path)


def test_a_disk_that_fails_at_the_start_is_told(opened: Opener, failpoints, path: Path) -> None:
    """When a new ledger can't be made, the sentence says where and why, and nothing is left in the way."""
    failpoints.errors["schema-migrate"] = OSError(28, "No space left on device")
    with pytest.raises(LedgerPlace, match=f"{path} can't be opened .*No space left"):
        opened()
    opened()


def test_migrations_lead_up_without_holes(opened: Opener) -> None:
    """Schema versions count 1, 2, 3 ..., and an open ledger has the newest and the marks of its kind."""
    assert list(range(1, schema.newest() + 1)) == [one.version for one in schema.migrations()]
    db = opened()._db.connection()
    assert schema.newest() == schema.version(db)
    marks = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "auto_vacuum", "journal_mode")]
    assert [int.from_bytes(b"SEAT"), 2, "wal"] == marks
    assert (
        []
        == db.execute(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
    )
