"""
Copies of a ledger as of its last commit, taken while others read and write it.

A backup is one file without a write-ahead log of its own, so it can be copied, and read from where nothing may be
written.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from exporter.errors import LedgerBroken, LedgerError, UsageError
from exporter.ledger import guard
from exporter.ledger.connection import connect, is_damage, reading_failed
from exporter.ledger.place import make_file, prepare_folder, sync

Progress = Callable[[int, int], None]
"""Told how many pages are copied by now, and of how many."""

_MODE = 0o600
"""A backup is for its owner: it may lie where the ledger's group has no business."""
_STEP = 4096
"""Pages between two words about progress, 16 MiB."""
_SEE_TO = "see to room and permissions there."
_LEDGERS_OWN = ("", "-wal", "-shm", "-journal", ".id", ".id.new", ".lock", ".new")


class Contents(NamedTuple):
    """What a ledger says of itself."""

    uuid: str
    epoch: int
    committed: float
    """Wall clock of its last commit; 0 before the first."""
    size: int
    """Bytes of the file."""


def copy_ledger(source: Path, target: Path) -> None:
    """
    Copy the ledger at *source* to the new file *target*; where there is none yet, none is made.

    Raises LedgerBroken when *source* is damaged, LedgerError when it can't be read or *target* can't be written.
    """
    prepare_folder(target.parent)
    if not source.exists():
        return
    guard.check_header(source)
    try:
        with closing(connect(source, "ro")) as db:
            pour(db, target)
    except sqlite3.Error as error:
        raise reading_failed(source, error) from error
    except OSError as error:
        raise LedgerError(f"The ledger can't be copied to {target}: {error}.") from error


def back_up(ledger: Path, target: Path, progress: Progress, *, replace: bool = False) -> Contents:
    """
    Write the last commit of *ledger* to the file *target*, whole and checked, or leave no file there at all.

    *replace*: a file that is there already is replaced, once the new one is whole. Raises UsageError when *target*
    exists or can't be a backup, LedgerBroken when the ledger is damaged, LedgerError when it can't be read or the
    backup can't be written.
    """
    guard.refuse_missing(ledger)
    _refuse_place(ledger, target, replace=replace)
    new = target.with_name(f"{target.name}.new")
    try:
        guard.check_header(ledger)
        with closing(connect(ledger, "ro")) as db:
            try:
                remove(new)
                os.close(make_file(new, os.O_RDWR, _MODE))
                pour(db, new, progress)
                contents = read_contents(new, f"So is {ledger}, or the disk below the copy; no backup was made.")
                sync(new)
                new.replace(target)
                sync(target.parent)
            except OSError as error:
                raise LedgerError(f"The backup {target} can't be written ({error.strerror}): {_SEE_TO}") from error
            finally:
                remove(new)
    except sqlite3.Error as error:
        raise reading_failed(ledger, error) from error
    return contents


def read_contents(path: Path, advice: str) -> Contents:
    """
    Read all of a ledger that nobody writes and return what it says of itself; *advice* says what to do if it can't be.

    Raises LedgerBroken when it is damaged, foreign or newer than this program, LedgerError when it can't be read.
    """
    try:
        guard.check_header(path, advice)
        log = Path(f"{path}-wal")
        # Of a ledger that was copied together with its log, the log is a part.
        with closing(connect(path, "ro", still=not log.exists())) as db:
            guard.check_version(path, db)
            guard.check_whole(path, db, advice)
            uuid, epoch, committed = db.execute("SELECT uuid, epoch, committed FROM meta").fetchone()
    except FileNotFoundError:
        raise LedgerError(f"There is no file {path}. {advice}") from None
    except (sqlite3.Error, OSError) as error:
        if is_damage(error):
            raise LedgerBroken(f"The ledger {path} is damaged ({error}). {advice}") from error
        raise LedgerError(f"{path} can't be read ({error}). {advice}") from error
    return Contents(uuid, epoch, committed, path.stat().st_size)


def pour(db: sqlite3.Connection, target: Path, progress: Progress = lambda _done, _all: None) -> None:
    """
    Copy what *db* sees now to the file *target*, which gets no log beside it.

    Raises LedgerError when it can't be written, sqlite3.Error when *db* is damaged.
    """
    try:
        db.execute("BEGIN")  # one state from the first page to the last, whatever is committed meanwhile
        db.execute("SELECT revision FROM meta").fetchone()
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.backup(copy, pages=_STEP, progress=lambda _, left, pages: progress(pages - left, pages))
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if is_damage(error):
            raise
        raise LedgerError(f"The ledger can't be copied to {target} ({error}): {_SEE_TO}") from error
    finally:
        db.rollback()


def remove(path: Path) -> None:
    """Remove a SQLite file that was begun and not finished, with what lies beside it. Raises OSError."""
    for file in (path, *(Path(f"{path}{suffix}") for suffix in ("-journal", "-wal", "-shm"))):
        file.unlink(missing_ok=True)


def _refuse_place(ledger: Path, target: Path, *, replace: bool) -> None:
    """See that a backup may be written to *target*. Raises UsageError."""
    own = [ledger.with_name(f"{ledger.name}{suffix}").resolve() for suffix in _LEDGERS_OWN]
    if target.resolve() in own:
        raise UsageError(f"{target} belongs to the ledger itself: choose another file for the backup.")
    if target.is_dir():
        raise UsageError(f"{target} is a folder: name a file in it for the backup.")
    if target.exists() and not replace:
        raise UsageError(f"{target} exists: choose another file for the backup, or replace it with --force.")
