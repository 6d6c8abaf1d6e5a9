"""A backup is the ledger as of one commit, whole, for its owner, or it is not there at all."""

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import LedgerBroken, LedgerError, UsageError
from exporter.facts import Session
from exporter.ledger import backup
from exporter.ledger.backup import Contents, back_up
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch

FullBatch = Callable[[SqliteLedger], Batch]


def _nothing(_done: int, _pages: int) -> None:
    """Take no notice of progress."""


def _sessions(path: Path) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as db:
        (count,) = db.execute("SELECT count(*) FROM session").fetchone()
    db.close()
    return int(count)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Give the place of a backup that isn't there yet."""
    (tmp_path / "safe").mkdir()
    return tmp_path / "safe" / "backup.db"


@pytest.fixture
def filled(ledger: SqliteLedger, full_batch: FullBatch) -> SqliteLedger:
    """Give an open ledger that holds a batch."""
    ledger.commit([full_batch(ledger)])
    return ledger


def test_it_is_one_file_for_its_owner(filled: SqliteLedger, path: Path, target: Path) -> None:
    """The copy of an open ledger has mode 0600 and no log beside it, and what it holds is told."""
    before = os.umask(0)
    try:
        contents = back_up(path, target, _nothing)
    finally:
        os.umask(before)

    assert Contents(Path(f"{path}.id").read_text().strip(), 0, filled._clock.now(), target.stat().st_size) == contents
    assert [target] == list(target.parent.iterdir())
    assert 0o600 == stat.S_IMODE(target.stat().st_mode)
    assert 3 == _sessions(target)


def test_it_holds_one_commit_however_many_come_meanwhile(
    filled: SqliteLedger, full_batch: FullBatch, path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits between two steps of the copying go on, and nothing of them is in the copy."""
    monkeypatch.setattr(backup, "_STEP", 5)
    steps = []
    batch = full_batch(filled)

    def commit_more(done: int, pages: int) -> None:
        steps.append((done, pages))
        if len(steps) > 50:  # it begins anew with each commit
            return
        one = batch.facts.sessions[0]
        batch.facts.sessions = [Session(one.generation, 1_000 + len(steps), 0, one.product, one.holder, 1, 1, 1)]
        filled.commit([batch])

    back_up(path, target, commit_more)

    assert len(steps) > 2
    assert steps[-1][0] == steps[-1][1]
    assert 3 == _sessions(target)
    filled.close()
    assert 3 + len(steps) == _sessions(path)


def test_what_is_there_is_replaced_when_asked_only(filled: SqliteLedger, path: Path, target: Path) -> None:
    """A file that exists is refused by name, and replaced by a whole backup when that is wanted."""
    target.write_text("precious")
    with pytest.raises(UsageError, match=rf"{target} exists: choose another file .* --force"):
        back_up(path, target, _nothing)
    assert "precious" == target.read_text()

    back_up(path, target, _nothing, replace=True)
    assert 3 == _sessions(target)


@pytest.mark.parametrize("suffix", ["", "-wal", ".id", ".lock", ".new"])
def test_the_ledgers_own_files_are_no_place_for_it(filled: SqliteLedger, path: Path, suffix: str) -> None:
    """A backup over the ledger or over what belongs to it is refused, also by force."""
    with pytest.raises(UsageError, match="belongs to the ledger itself: choose another file"):
        back_up(path, path.parent / ".." / path.parent.name / f"{path.name}{suffix}", _nothing, replace=True)


def test_a_folder_is_no_place_for_it(filled: SqliteLedger, path: Path, target: Path) -> None:
    """Where a folder is named the sentence asks for a file in it."""
    with pytest.raises(UsageError, match=f"{target.parent} is a folder: name a file in it"):
        back_up(path, target.parent, _nothing)


def test_a_folder_that_is_missing_is_named(filled: SqliteLedger, path: Path, target: Path) -> None:
    """Where nothing can be written the sentence names the backup and the cause."""
    with pytest.raises(LedgerError, match=r"The backup .*backup.db can't be written \(No such file or directory\)"):
        back_up(path, target.parent / "missing" / "backup.db", _nothing)


def test_of_a_damaged_ledger_there_is_no_backup(
    filled: SqliteLedger, full_batch: FullBatch, path: Path, target: Path
) -> None:
    """A page that is damaged and can be copied all the same is found in the copy, and the last backup stays."""
    back_up(path, target, _nothing)
    good = target.read_bytes()
    filled.close()
    with sqlite3.connect(path) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'denial'").fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 8)

    with pytest.raises(LedgerBroken, match=rf"is damaged \(.+\)\. So is {path}, or the disk"):
        back_up(path, target, _nothing, replace=True)
    assert good == target.read_bytes()
    assert [target] == list(target.parent.iterdir())


def test_what_a_killed_backup_left_is_no_hindrance(filled: SqliteLedger, path: Path, target: Path) -> None:
    """A half file of an earlier try is removed first."""
    for suffix in (".new", ".new-journal"):
        target.with_name(f"{target.name}{suffix}").write_text("half")
    back_up(path, target, _nothing)

    assert [target] == list(target.parent.iterdir())
    assert 3 == _sessions(target)


def test_without_a_ledger_there_is_nothing_to_back_up(path: Path, target: Path) -> None:
    """Where none was begun the sentence says so, and no file is made."""
    with pytest.raises(LedgerError, match=f"There is no ledger at {path}"):
        back_up(path, target, _nothing)
    assert [] == list(target.parent.iterdir())
