"""A backup takes the ledger's place whole or not at all, and what was there before is kept."""

import os
import shutil
import signal
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from exporter.errors import LedgerBroken, LedgerBusy, LedgerError, LedgerPlace, UsageError
from exporter.facts import Session
from exporter.ledger.backup import back_up
from exporter.ledger.reader import LedgerReader
from exporter.ledger.replace import replace_ledger
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch

FullBatch = Callable[[SqliteLedger], Batch]
Opener = Callable[[], SqliteLedger]
NOON = 1_709_640_000
KEPT = "seatwatch.db.before-restore-20240305T120000Z"


def _nothing(_done: int, _pages: int) -> None:
    """Take no notice of progress."""


def _ask(path: Path, sql: str) -> tuple[Any, ...]:
    reader = LedgerReader(path)
    try:
        return next(reader.ask(sql))
    finally:
        reader.close()


def _sessions(path: Path) -> int:
    return int(_ask(path, "SELECT count(*) FROM session")[0])


def _uuid(path: Path) -> str:
    return str(_ask(path, "SELECT uuid FROM meta")[0])


def _raise_epoch(path: Path, epoch: int) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE meta SET epoch = ?", (epoch,))


def _commit_more(ledger: SqliteLedger, batch: Batch, sessions: int) -> None:
    one = batch.facts.sessions[0]
    batch.facts.sessions = [
        Session(one.generation, 1_000 + at, 0, one.product, one.holder, 1, 1, NOON) for at in range(sessions)
    ]
    ledger.commit([batch])


@pytest.fixture
def backup(opened: Opener, full_batch: FullBatch, path: Path, tmp_path: Path) -> Path:
    """Give a backup with 3 sessions; the ledger went on to 1,003, and is closed."""
    ledger = opened()
    batch = full_batch(ledger)
    ledger.commit([batch])
    back_up(path, tmp_path / "backup.db", _nothing)
    _commit_more(ledger, batch, 1_000)
    ledger.close()
    return tmp_path / "backup.db"


@pytest.fixture
def foreign(backup: Path, clock: object, failpoints: object, full_batch: FullBatch, tmp_path: Path) -> Path:
    """Give a backup of another ledger, with 3 sessions."""
    elsewhere = tmp_path / "elsewhere" / "seatwatch.db"
    with closing(SqliteLedger.open(elsewhere, clock, failpoints)) as ledger:  # type: ignore[arg-type]  # fakes
        ledger.commit([full_batch(ledger)])
    back_up(elsewhere, tmp_path / "foreign.db", _nothing)
    return tmp_path / "foreign.db"


def test_the_backup_is_the_ledger_and_the_old_one_is_kept(backup: Path, path: Path, opened: Opener) -> None:
    """Its content is there with the mode of a ledger, the old content under the name that is told, nothing beside."""
    contents, kept = replace_ledger(path, backup, NOON, _nothing)

    assert path.with_name(KEPT) == kept
    assert (3, 1_003) == (_sessions(path), _sessions(kept))
    assert 0o660 == stat.S_IMODE(path.stat().st_mode)
    assert [contents.uuid] == Path(f"{path}.id").read_text().split()
    assert NOON == contents.committed
    assert {"seatwatch.db", "seatwatch.db.id", "seatwatch.db.lock", KEPT} == {
        file.name for file in path.parent.iterdir() if not file.name.endswith(("-wal", "-shm"))
    }
    assert 2 == len(opened().checkpoint("lic", "srv", "/logs/lic.log").sessions)


@pytest.mark.parametrize(("ours", "backups", "after"), [(0, 0, 1), (7, 2, 8), (2, 7, 8)])
def test_the_epoch_is_higher_than_either_had(backup: Path, path: Path, ours: int, backups: int, after: int) -> None:
    """Whichever of ledger and backup has the higher epoch, the one that is there afterwards goes beyond it."""
    _raise_epoch(path, ours)
    _raise_epoch(backup, backups)
    contents, _ = replace_ledger(path, backup, NOON, _nothing)

    assert (after, after) == (contents.epoch, _ask(path, "SELECT epoch FROM meta")[0])


def test_a_log_that_was_not_folded_stays_with_the_old_ledger(
    backup: Path, path: Path, opened: Opener, full_batch: FullBatch, tmp_path: Path
) -> None:
    """Commits that lie only in the log of a killed writer are in what is kept, and never meet the new ledger."""
    ledger = opened()
    _commit_more(ledger, full_batch(ledger), 1_500)
    killed = tmp_path / "killed"
    shutil.copytree(path.parent, killed)
    assert Path(f"{killed / path.name}-wal").stat().st_size > 4096
    ledger.close()
    _, kept = replace_ledger(killed / path.name, backup, NOON, _nothing)

    assert (3, 2_503) == (_sessions(killed / path.name), _sessions(kept or path))


def test_a_second_one_on_the_same_second_keeps_both(backup: Path, path: Path) -> None:
    """A name that is taken is left alone."""
    first = replace_ledger(path, backup, NOON, _nothing).kept
    second = replace_ledger(path, backup, NOON, _nothing).kept

    assert [KEPT, f"{KEPT}-2"] == [file.name for file in (first, second) if file]
    assert [1_003, 3] == [_sessions(file) for file in (first, second) if file]


def test_a_backup_of_another_ledger_is_taken_too(foreign: Path, path: Path, opened: Opener) -> None:
    """The mark of which ledger belongs here follows, so the next start takes it."""
    before = _uuid(path)
    contents, _ = replace_ledger(path, foreign, NOON, _nothing)

    assert before != contents.uuid
    assert [contents.uuid] == Path(f"{path}.id").read_text().split()
    opened()


def test_a_lost_ledger_comes_back(backup: Path, path: Path, opened: Opener) -> None:
    """With the ledger gone and its id left there is nothing to keep, and the epoch goes beyond any it may have had."""
    path.unlink()
    contents, kept = replace_ledger(path, backup, NOON, _nothing)

    assert (None, NOON, 3) == (kept, contents.epoch, _sessions(path))
    opened()


def test_a_host_that_never_had_one_gets_it(backup: Path, tmp_path: Path) -> None:
    """The folder is made, and nothing is kept."""
    path = tmp_path / "new" / "seatwatch.db"

    assert None is replace_ledger(path, backup, NOON, _nothing).kept
    assert 3 == _sessions(path)


def test_a_lost_ledgers_log_is_kept_aside(backup: Path, path: Path, opened: Opener) -> None:
    """The log of a ledger that is gone is never applied to the one that comes."""
    path.unlink()
    Path(f"{path}-wal").write_bytes(b"frames" * 1_000)
    replace_ledger(path, backup, NOON, _nothing)

    assert b"frames" * 1_000 == path.with_name(f"{KEPT}-wal").read_bytes()
    assert 3 == _sessions(path)
    opened()


def _half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _overwritten(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1_000)


def _flipped(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 8)


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 9999")


def _of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE bookmark (url)")


@pytest.mark.parametrize("harm", [_half, _overwritten, _flipped])
def test_a_damaged_ledger_gives_way_and_is_kept_as_it_is(
    backup: Path, path: Path, opened: Opener, harm: Callable[[Path], None]
) -> None:
    """Damage is what backups are for: every byte of the damaged file stays, under the name that is told."""
    harm(path)
    damaged = path.read_bytes()
    _, kept = replace_ledger(path, backup, NOON, _nothing)

    assert kept
    assert damaged[100:] == kept.read_bytes()[100:]  # SQLite may note another journal mode in the header
    assert 3 == _sessions(path)
    opened()


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (_half, "is cut off: .* Nothing was changed: choose another backup"),
        (_overwritten, "is no ledger: .* Nothing was changed: choose another backup"),
        (_flipped, "is damaged .* Nothing was changed: choose another backup"),
        (
            _of_another_program,
            r"is a SQLite database of another program \(.*\)\. Nothing was changed: choose another backup",
        ),
        (_newer, "was written by a newer seatwatch .*: install that version again"),
    ],
)
def test_a_backup_that_is_none_changes_nothing(
    backup: Path, path: Path, harm: Callable[[Path], None], sentence: str
) -> None:
    """A file that is damaged, foreign or newer is refused by name, and the ledger stays as it is to the byte."""
    harm(backup)
    before = path.read_bytes()
    with pytest.raises(LedgerBroken, match=rf"{backup} {sentence}"):
        replace_ledger(path, backup, NOON, _nothing)

    assert before == path.read_bytes()
    assert [] == [file for file in path.parent.iterdir() if "new" in file.name or "before" in file.name]


def test_a_backup_that_is_missing_is_named(backup: Path, path: Path) -> None:
    """A name with nothing behind it is told as that."""
    with pytest.raises(LedgerError, match=f"{backup}x is no file, so no ledger. Nothing was changed"):
        replace_ledger(path, backup.with_name("backup.dbx"), NOON, _nothing)


def test_the_ledger_is_no_backup_of_itself(backup: Path, path: Path) -> None:
    """Naming the ledger as the backup is a slip, and told as one."""
    with pytest.raises(UsageError, match=f"{path} is the ledger itself: name a backup"):
        replace_ledger(path, path, NOON, _nothing)


def test_a_backup_may_lie_where_nothing_can_be_written(backup: Path, path: Path) -> None:
    """A folder that is closed for writing gets nothing put into it: what is there is enough."""
    shelf = backup.with_name("shelf")
    shelf.mkdir()
    kept = backup.rename(shelf / "backup.db")
    shelf.chmod(0o500)
    replace_ledger(path, kept, NOON, _nothing)

    assert [kept] == list(shelf.iterdir())
    assert 3 == _sessions(path)


def test_a_copy_of_a_stopped_ledger_is_a_backup_too(backup: Path, path: Path, tmp_path: Path) -> None:
    """The bare file, as `cp` copies it, can be restored."""
    copied = tmp_path / "copied.db"
    shutil.copy(path, copied)

    replace_ledger(path, backup, NOON, _nothing)
    replace_ledger(path, copied, NOON, _nothing)
    assert 1_003 == _sessions(path)


def test_a_running_writer_is_not_disturbed(backup: Path, path: Path, opened: Opener) -> None:
    """While somebody writes, the refusal names the process."""
    opened()
    with pytest.raises(LedgerBusy, match=rf"Another seatwatch \(process {os.getpid()}\) writes the ledger {path}"):
        replace_ledger(path, backup, NOON, _nothing)


def test_a_reader_is_waited_for(backup: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody reads and goes on reading, nothing is replaced; when that is done, it is."""
    monkeypatch.setattr("exporter.ledger.connection._BUSY_SECONDS", 0.1)
    reader = LedgerReader(path)
    rows = reader.ask("SELECT * FROM session")
    next(rows)
    with pytest.raises(LedgerBusy, match=r"is being read \(by `seatwatch export`.*try again"):
        replace_ledger(path, backup, NOON, _nothing)
    assert 1_002 == len(list(rows))
    reader.close()

    replace_ledger(path, backup, NOON, _nothing)
    assert 3 == _sessions(path)


def test_a_disk_without_room_changes_nothing(
    backup: Path, path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fails at the last moment the ledger is as it was, and the sentence says so."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(LedgerPlace, match=rf"{path} can't be replaced \(.*No space left.*it is as it was"):
        replace_ledger(path, backup, NOON, _nothing)
    monkeypatch.undo()

    assert 1_003 == _sessions(path)
    opened()


_STEPS = frozenset({"os.rename", "os.link", "os.remove", "os.chmod", "sqlite3.connect", "open"})


def _replace_and_die(path: Path, backup: Path, step: int) -> int:
    """Replace the ledger in a process that kills itself at its *step*-th dealing with files; return how it ended."""
    child = os.fork()
    if child == 0:
        passed = count(1)

        def watch(event: str, _: object) -> None:
            if event in _STEPS and next(passed) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(watch)
            replace_ledger(path, backup, NOON, _nothing)
        except BaseException:  # noqa: BLE001 -- told by the exit status; pytest must not go on in the fork
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def set_up_again(path: Path, tmp_path: Path) -> Callable[[], None]:
    """Give a function that puts back the ledger's folder as it was."""
    before = tmp_path / "before"

    def again() -> None:
        if before.exists():
            shutil.rmtree(path.parent)
            shutil.copytree(before, path.parent)
        else:
            shutil.copytree(path.parent, before)

    return again


@pytest.mark.parametrize("which", ["backup", "foreign"])
def test_a_kill_at_any_step_leaves_one_of_the_two(
    request: pytest.FixtureRequest,
    path: Path,
    clock: object,
    failpoints: object,
    set_up_again: Callable[[], None],
    which: str,
) -> None:
    """Killed before each of its dealings with files, it leaves one of them, and the next start takes that."""
    backup = request.getfixturevalue(which)
    set_up_again()
    new, left = _uuid(backup), []
    for step in count(1):
        set_up_again()
        end = _replace_and_die(path, backup, step)
        if end == 0:
            break
        assert -signal.SIGKILL == end
        with closing(SqliteLedger.open(path, clock, failpoints)) as ledger:  # type: ignore[arg-type]  # fakes
            left.append(len(list(ledger._db.connection().execute("SELECT 1 FROM session"))))
            uuid = _uuid(path)
        if left[-1] == 3:
            assert uuid == new
        assert [uuid] == Path(f"{path}.id").read_text().split()
        replace_ledger(path, backup, NOON, _nothing)
        assert 3 == _sessions(path)

    assert {1_003, 3} == set(left)
    assert sorted(left, reverse=True) == left
    assert len(left) > 15


@pytest.fixture(autouse=True)
def folders_open_again(tmp_path: Path) -> Iterator[None]:
    """Let pytest remove what a test closed."""
    yield
    shelf = tmp_path / "shelf"
    if shelf.exists():
        shelf.chmod(0o700)
