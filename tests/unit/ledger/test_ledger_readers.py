"""Other processes read the ledger: all that is committed, at any time, and never more."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import LedgerError, LedgerPlace
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch

FullBatch = Callable[[SqliteLedger], Batch]
COUNT = "SELECT count(*) FROM session"

WRITER = """
import sys
from exporter.clock import SystemClock
from exporter.ledger.store import SqliteLedger
from exporter.facts import Facts, Session
from exporter.records import Batch, Generation

def hit(name):
    if commits == 2 and name == "before-commit":
        print("in transaction", flush=True)
        sys.stdin.read()

commits = 0
ledger = SqliteLedger.open(sys.argv[1], SystemClock(), hit)
stream = ledger.checkpoint("lic", "srv", "/log").stream
for commits in (1, 2):
    sessions = [Session(1, commits * 1000 + at, 0, 1, 1, 1, 1, at) for at in range(100)]
    ledger.commit([Batch(stream, None, [Generation(1, "/log", 1, 1)], {}, Facts(sessions=sessions), 1, 1, {}, [], [])])
"""


def test_readers_see_the_last_commit_while_a_transaction_is_open_and_after_a_kill(path: Path) -> None:
    """The first commit is read while the second is under way, and after its writer was killed outright in it."""
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdin=-1, stdout=-1, text=True) as writer:
        assert writer.stdout
        assert "in transaction\n" == writer.stdout.readline()
        early = LedgerReader(path)
        assert [(100,)] == list(early.ask(COUNT))
        early.close()
        writer.send_signal(signal.SIGKILL)
    assert [(100,)] == list(LedgerReader(path).ask(COUNT))


def test_an_open_reader_sees_each_new_commit(ledger: SqliteLedger, full_batch: FullBatch, path: Path) -> None:
    """A reader opened once sees what is committed later, and its questions each see one state."""
    reader = LedgerReader(path)
    assert [(0,)] == list(reader.ask(COUNT))
    ledger.commit([full_batch(ledger)])
    rows = reader.ask("SELECT at FROM session WHERE seats > ? ORDER BY at, n", 0)
    first = next(rows)
    ledger.commit([full_batch(ledger)])
    assert [(100,), (300,), (300,)] == [first, *rows]
    assert [(6,)] == list(reader.ask(COUNT))


def test_a_reader_can_not_write(ledger: SqliteLedger, path: Path) -> None:
    """Whatever is asked, a reader changes nothing."""
    with pytest.raises(LedgerPlace, match="readonly"):
        list(LedgerReader(path).ask("DELETE FROM stream"))


def test_a_question_that_makes_no_sense_is_told(ledger: SqliteLedger, path: Path) -> None:
    """SQLite's own complaint reaches the user in a sentence."""
    with pytest.raises(LedgerError, match=r"did not answer \(no such table: nowhere\)"):
        list(LedgerReader(path).ask("SELECT * FROM nowhere"))


def test_paths_with_every_character_work(tmp_path: Path, clock, failpoints) -> None:
    """Characters that mean something in a URI, and bytes that are no UTF-8, are plain parts of a path."""
    path = tmp_path / "a b?c#d%41&mode=rw\udcff" / "l.db"
    ledger = SqliteLedger.open(path, clock, failpoints)
    assert [(0,)] == list(LedgerReader(path).ask(COUNT))
    ledger.close()
    assert ["l.db", "l.db.id", "l.db.lock"] == sorted(
        file.name for file in path.parent.iterdir() if not file.name.endswith(("-wal", "-shm"))
    )
