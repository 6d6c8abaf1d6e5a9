"""A copy of a ledger as of its last commit, taken while others read and write it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from exporter.errors import LedgerError
from exporter.ledger import guard
from exporter.ledger.connection import connect, reading_failed
from exporter.ledger.place import prepare_folder


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
        with closing(connect(source, "ro")) as db, closing(sqlite3.connect(target)) as copy:
            db.backup(copy)
    except sqlite3.Error as error:
        raise reading_failed(source, error) from error
    except OSError as error:
        raise LedgerError(f"The ledger can't be copied to {target}: {error}.") from error
