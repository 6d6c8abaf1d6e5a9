"""
A backup put in the place of the ledger, which is kept aside.

A process that dies anywhere in here leaves the old ledger or the new one, whole. The old one's write-ahead log is
folded first, in such a way that SQLite itself sees that nobody has it open: no log and no index of the old file may
ever meet the new one.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from exporter.errors import LedgerBroken, LedgerBusy, LedgerPlace, UsageError
from exporter.ledger import guard
from exporter.ledger.backup import Contents, Progress, pour, read_contents, remove
from exporter.ledger.connection import connect, is_damage, is_locked
from exporter.ledger.place import make_file, prepare_folder, sync


class Replaced(NamedTuple):
    """What was done."""

    contents: Contents
    """Of the ledger that is there now."""
    kept: Path | None
    """Where the old one is; None when there was none."""


def replace_ledger(path: Path, backup: Path, now: float, progress: Progress) -> Replaced:
    """
    Put the ledger in the file *backup* in the place of the one at *path*, at *now* (UTC seconds).

    Its epoch is higher than any that either had, so who follows the ledger sees that facts were taken back.
    Raises LedgerBusy while somebody writes or reads the ledger, LedgerBroken when the backup is damaged, foreign or
    newer than this program, LedgerError when it can't be read, LedgerPlace when the ledger's folder can't be written,
    UsageError when *backup* is the ledger; then the ledger is as it was.
    """
    prepare_folder(path.parent)
    lock = guard.lock_writer(path)
    try:
        if path.exists() and backup.exists() and path.samefile(backup):
            raise UsageError(f"{backup} is the ledger itself: name a backup of it.")
        return _replace(path, backup, now, progress)
    except (sqlite3.Error, OSError) as error:
        raise LedgerPlace(
            f"The ledger {path} can't be replaced ({error}); it is as it was: see to its disk and permissions."
        ) from error
    finally:
        os.close(lock)


def _replace(path: Path, backup: Path, now: float, progress: Progress) -> Replaced:
    file = path.resolve()  # SQLite keeps what belongs to a file where the file is, and not beside a link to it
    new = Path(f"{file}.new")
    log, index = Path(f"{file}-wal"), Path(f"{file}-shm")
    try:
        _stage(backup, new, progress)
        epoch = _fold(file)
        contents = _finish(new, int(now) if epoch is None else epoch + 1, int(now))
        kept = _keep_aside(file, log, now)
        # Until it is decided, either of the two may be the ledger of this place.
        if known := guard.expected(path):
            guard.expect(path, [*known, contents.uuid])
        for stale in (log, index):
            stale.unlink(missing_ok=True)
        new.replace(file)
        sync(file.parent)
        with suppress(OSError):  # the next start does it too
            guard.expect(path, [contents.uuid])
    finally:
        remove(new)
    return Replaced(contents, kept)


def _stage(backup: Path, new: Path, progress: Progress) -> None:
    """Copy the backup beside the ledger, and see that the copy is whole."""
    advice = "Nothing was changed: choose another backup."
    read_contents(backup, advice)
    remove(new)
    os.close(make_file(new, os.O_RDWR))
    still = not Path(f"{backup}-wal").exists()
    with closing(connect(backup, "ro", still=still)) as db:
        pour(db, new, progress)


def _finish(new: Path, epoch: int, now: int) -> Contents:
    """Raise the epoch of the copy, to *epoch* at least, and make it last."""
    with closing(connect(new, "rw")) as db:
        # A backup doesn't know which windows were shipped after it was made: that may be all up to now.
        columns = {name for (name,) in db.execute("SELECT name FROM pragma_table_info('shipped')")}
        if columns:
            holes = ", holes = '[]'" if "holes" in columns else ""
            db.execute(f"UPDATE shipped SET reach = max(reach, ?){holes}", (now,))
        db.execute("UPDATE meta SET epoch = max(epoch + 1, ?)", (epoch,))
        db.execute("PRAGMA journal_mode = WAL")  # as every ledger
    contents = read_contents(new, "Nothing was changed: see to the disk.")
    sync(new)
    return contents


def _fold(file: Path) -> int | None:
    """
    Fold the log of the old ledger into it, and return its epoch; None where that can't be known.

    Raises LedgerBusy while somebody has it open.
    """
    if not file.exists():
        return None
    try:
        guard.check_header(file)
        with closing(connect(file, "rw")) as db:
            db.execute("PRAGMA journal_mode = DELETE")  # with all locks, and log and index go away
            epoch: int = db.execute("SELECT epoch FROM meta").fetchone()[0]
            return epoch
    except LedgerBroken:
        return None
    except sqlite3.DatabaseError as error:
        if is_locked(error):
            raise LedgerBusy(
                f"The ledger {file} is being read (by `seatwatch export`, a report, a backup): try again after that."
            ) from error
        if is_damage(error):
            return None
        raise


def _keep_aside(file: Path, log: Path, now: float) -> Path | None:
    """Give the old ledger, and the log that could not be folded, a second name; return that."""
    stem = f"{file.name}.before-restore-{datetime.fromtimestamp(int(now), UTC):%Y%m%dT%H%M%SZ}"
    kept = file.with_name(stem)
    number = 1
    while kept.exists() or Path(f"{kept}-wal").exists():
        number += 1
        kept = file.with_name(f"{stem}-{number}")
    for old, name in ((file, kept), (log, Path(f"{kept}-wal"))):
        if old.exists():
            os.link(old, name)
    sync(file.parent)
    return kept if kept.exists() else None
