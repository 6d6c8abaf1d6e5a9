"""How the ledger's file is opened with SQLite, and what SQLite's errors mean to the user."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from exporter.errors import LedgerBroken, LedgerError, LedgerFull, LedgerPlace

_BUSY_SECONDS = 10
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NO_ACCESS = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR)


def connect(path: Path, mode: str, *, still: bool = False) -> sqlite3.Connection:
    """
    Open an existing file, *mode* ``rw`` or ``ro``; transactions are begun by hand. Raises sqlite3.Error.

    *still*: nobody writes the file, so no lock is asked for and nothing is made beside it (it may be read-only).
    """
    uri = f"file:{quote(os.fsencode(path))}?mode={mode}{'&immutable=1' if still else ''}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open the ledger for its one writer. Raises sqlite3.Error."""
    db = connect(path, "rw")
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(
            "PRAGMA foreign_keys = OFF"
        )  # ids come from `Interner` and the tailer; checking each row costs a third
        db.execute("PRAGMA cache_size = -16000")  # KiB
        db.execute("PRAGMA wal_autocheckpoint = 0")  # the store checkpoints after a commit, never inside one
        db.execute("PRAGMA journal_size_limit = 67108864")  # a WAL that grew under a long reader shrinks again
    except BaseException:
        db.close()
        raise
    return db


def primary_code(error: BaseException) -> int:
    """Return SQLite's primary result code of an error, 0 where there is none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def is_damage(error: BaseException) -> bool:
    """Return whether the error says that the file itself is damaged."""
    return primary_code(error) in _DAMAGED


def is_locked(error: BaseException) -> bool:
    """Return whether the error says that somebody else holds the file locked."""
    return primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def way_out(path: Path) -> str:
    """Return what to do about a ledger that can't be used."""
    return (
        f"Restore it from a backup (`seatwatch restore`), or move it and {path}.id away to begin anew "
        "with the logs that are still there."
    )


def writing_failed(path: Path, error: Exception) -> LedgerError | None:
    """Return the error a failed write means to the user; None when it is a fault of this program."""
    if is_damage(error):
        return LedgerBroken(f"The ledger {path} is damaged ({error}). {way_out(path)}")
    if isinstance(error, sqlite3.OperationalError | OSError):
        full = primary_code(error) == sqlite3.SQLITE_FULL or getattr(error, "errno", None) == errno.ENOSPC
        advice = "make room on its disk" if full else "see to its disk and permissions"
        advice = "end the program that writes it beside seatwatch" if is_locked(error) else advice
        return LedgerFull(
            f"The ledger {path} could not be written ({error}); nothing of this commit was kept, "
            f"it is tried again: {advice}."
        )
    return None


def reading_failed(path: Path, error: Exception) -> LedgerError:
    """Return the error a failed read means to the user."""
    if is_damage(error):
        return LedgerBroken(f"The ledger {path} is damaged ({error}). {way_out(path)}")
    if primary_code(error) == sqlite3.SQLITE_FULL:
        return LedgerError(
            f"There is no room to sort what was asked of the ledger {path}: make room in the folder for "
            "temporary files, or name one with room in $SQLITE_TMPDIR."
        )
    if primary_code(error) in _NO_ACCESS or isinstance(error, OSError):
        return LedgerPlace(
            f"The ledger {path} can't be read ({error}): this user needs to read it, and to read and write in "
            f"the folder {path.parent}, where SQLite keeps what readers share."
        )
    return LedgerError(f"The ledger {path} did not answer ({error}).")
