"""
Transactions on the ledger's file, for its one writer: all of a block is kept, or nothing of it.

What fails is rolled back and told in the user's words; after an I/O error the file is opened anew, and not written
before it is known to hold what it should.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exporter.errors import LedgerBroken
from exporter.ledger.connection import connect_writer, primary_code, writing_failed
from exporter.ledger.names import Interner
from exporter.ports import Clock, Failpoint

_CHECKPOINT_EVERY = 2_000
"""Rows after which the write-ahead log is folded into the file: some MB of log at most, where no reader holds it."""


class Transactions:
    """The open file, its revision, and the names that go with the next transaction."""

    def __init__(self, path: Path, db: sqlite3.Connection, clock: Clock, hit: Failpoint) -> None:
        """Take the open ledger *db*."""
        self._path = path
        self._db: sqlite3.Connection | None = db
        self._clock = clock
        self._hit = hit
        self._changes_at_checkpoint = 0
        self._revision: int
        (self._revision,) = db.execute("SELECT revision FROM meta").fetchone()
        self._names = Interner(self._find)

    def _disconnect(self) -> None:
        """Close the file."""
        if self._db:
            self._db.close()
            self._db = None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """Give the connection and the revision to write; commit after the block, keep nothing when anything fails."""
        rev = self._revision + 1
        with self._told():
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            self._hit("txn-begin")
            self._names.write(db)
            yield db, rev
            db.execute("UPDATE meta SET revision = ?, committed = ?", (rev, self._clock.now()))
            self._hit("before-commit")
            db.execute("COMMIT")
        self._revision = rev
        self._names.written()
        self._hit("after-commit")
        self._fold_log(db)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Roll back what fails inside the block, and say it in the user's words."""
        try:
            yield
        except BaseException as error:
            self._roll_back(error)
            told = writing_failed(self._path, error) if isinstance(error, Exception) else None
            if told is None:
                raise
            raise told from error

    def _roll_back(self, error: BaseException) -> None:
        if self._db is None:
            return
        with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back by itself
            self._db.rollback()
        failed = primary_code(error) == sqlite3.SQLITE_IOERR or getattr(error, "errno", None) == errno.EIO
        if failed or self._db.in_transaction:
            self._disconnect()  # after an I/O error SQLite's view of the files can't be trusted

    def _connection(self) -> sqlite3.Connection:
        """Return the connection, opened again after an I/O error."""
        if self._db is None:
            db = connect_writer(self._path)
            try:
                self._refuse_unknown_commit(db)
            except BaseException:
                db.close()
                raise
            self._db = db
            self._changes_at_checkpoint = 0
        return self._db

    def _refuse_unknown_commit(self, db: sqlite3.Connection) -> None:
        """See that the last commit in the file is the last we know of: one that failed while syncing may be there."""
        (kept,) = db.execute("SELECT revision FROM meta").fetchone()
        if kept != self._revision:
            raise LedgerBroken(
                f"A commit to the ledger {self._path} seemed to fail and was kept after all: start seatwatch again, "
                "it goes on from there and counts nothing twice."
            )

    def _find(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        with self._told():
            row: tuple[Any, ...] | None = self._connection().execute(sql, values).fetchone()
            return row

    def _fold_log(self, db: sqlite3.Connection) -> None:
        """Fold the write-ahead log into the file from time to time."""
        if db.total_changes - self._changes_at_checkpoint < _CHECKPOINT_EVERY:
            return
        self._changes_at_checkpoint = db.total_changes
        self._checkpoint(db)

    def _checkpoint(self, db: sqlite3.Connection) -> None:
        self._hit("wal-checkpoint")
        with self._told(), contextlib.suppress(sqlite3.OperationalError):  # nothing is lost, the next folds it
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._hit("wal-checkpoint")
