"""
The transactions of the ledger's one writer: all of a block is kept or nothing, and what fails is told in plain words.
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
    """The writer's connection; see `transaction` and `told`."""

    def __init__(self, path: Path, db: sqlite3.Connection, clock: Clock, hit: Failpoint) -> None:
        """Take the open connection *db* to the ledger at *path*."""
        self._path = path
        self._db: sqlite3.Connection | None = db
        self._clock = clock
        self._hit = hit
        self._changes_at_checkpoint = 0
        self._may_be_kept = False
        """Whether the last transaction may be in the file though it failed."""
        self._revision: int
        (self._revision,) = db.execute("SELECT revision FROM meta").fetchone()
        self.names = Interner(self.find)
        """The ids of names."""

    def close(self) -> None:
        """Close the file; closing twice does no harm."""
        if self._db:
            self._db.close()
            self._db = None

    @contextlib.contextmanager
    def transaction(self, *, repeatable: bool = False) -> Iterator[tuple[sqlite3.Connection, int]]:
        """
        Give the connection and the revision to write; commit after the block, keep nothing when anything fails.

        *repeatable*: it does no harm when it is written a second time, so nobody need know whether it was kept.
        """
        rev = self._revision + 1
        self._may_be_kept = repeatable
        with self.told():
            db = self.connection()
            db.execute("BEGIN IMMEDIATE")
            self._hit("txn-begin")
            self.names.write(db)
            yield db, rev
            db.execute("UPDATE meta SET revision = ?, committed = ?", (rev, self._clock.now()))
            self._hit("before-commit")
            db.execute("COMMIT")
        self._revision = rev
        self.names.written()
        self._hit("after-commit")
        self._fold_log(db)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
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
            self._db.close()  # after an I/O error SQLite's view of the files can't be trusted
            self._db = None

    def connection(self) -> sqlite3.Connection:
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
        if self._may_be_kept and kept == self._revision + 1:
            self._revision = kept
        if kept != self._revision:
            raise LedgerBroken(
                f"A commit to the ledger {self._path} seemed to fail and was kept after all: start seatwatch again, "
                "it goes on from there and counts nothing twice."
            )

    def find(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """Return the first row of a query."""
        with self.told():
            row: tuple[Any, ...] | None = self.connection().execute(sql, values).fetchone()
            return row

    def _fold_log(self, db: sqlite3.Connection) -> None:
        """Fold the write-ahead log into the file from time to time."""
        if db.total_changes - self._changes_at_checkpoint < _CHECKPOINT_EVERY:
            return
        self._changes_at_checkpoint = db.total_changes
        self.checkpoint(db)

    def checkpoint(self, db: sqlite3.Connection) -> None:
        """Fold the log into the file, as far as readers let it."""
        self._hit("wal-checkpoint")
        with self.told(), contextlib.suppress(sqlite3.OperationalError):  # nothing is lost, the next folds it
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._hit("wal-checkpoint")
