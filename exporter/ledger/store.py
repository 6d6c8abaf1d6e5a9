"""
The store: one transaction carries where reading stands and everything read up to there.

After a crash at any instant the file holds the state before or after a commit, never a part of one.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from exporter.errors import LedgerBroken, LedgerPlace
from exporter.ledger import guard, rows, windows
from exporter.ledger.connection import connect_writer, primary_code, writing_failed
from exporter.ledger.names import Interner
from exporter.ledger.redate import redate_stream
from exporter.ledger.reset import Holdings, read_holdings, remove_source
from exporter.ledger.restore import read_checkpoint, read_generations
from exporter.ledger.streams import move_stream, read_streams
from exporter.ports import Clock, Failpoint
from exporter.records import Batch, Checkpoint, Generation, Json, KnownStream, Trouble

_CHECKPOINT_EVERY = 2_000
"""Rows after which the write-ahead log is folded into the file: some MB of log at most, where no reader holds it."""


class SqliteLedger:
    """The ledger in a SQLite file, for its one writer (see `exporter.ports.Ledger`)."""

    def __init__(self, path: Path, db: sqlite3.Connection, lock: int, clock: Clock, hit: Failpoint) -> None:
        """Take what `open` opened."""
        self._path = path
        self._db: sqlite3.Connection | None = db
        self._lock: int | None = lock
        self._clock = clock
        self._hit = hit
        self._changes_at_checkpoint = 0
        self._revision: int
        self._generation: int
        (self._revision,) = db.execute("SELECT revision FROM meta").fetchone()
        (self._generation,) = db.execute("SELECT coalesce(max(id), 0) FROM generation").fetchone()
        self._stored_until = windows.stored_until(db)
        self._names = Interner(self._find)

    @classmethod
    def open(cls, path: str | os.PathLike[str], clock: Clock, hit: Failpoint) -> Self:
        """
        Open the ledger at *path*, made when there never was one.

        Raises LedgerBusy, LedgerBroken, LedgerPlace.
        """
        place = Path(path).absolute()
        try:
            db, lock = guard.open_writer(place, hit)
            return cls(place, db, lock, clock, hit)
        except (sqlite3.Error, OSError) as error:
            raise LedgerPlace(
                f"The ledger {place} can't be opened ({error}): see to its disk and permissions, or change ledger.path."
            ) from error

    def close(self) -> None:
        """Close the file and let the next writer in; closing twice does no harm."""
        if self._db:
            self._db.close()
            self._db = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def names(self) -> Interner:
        """The ids of names."""
        return self._names

    def next_generation(self) -> int:
        """Return a generation id never given before."""
        self._generation += 1
        return self._generation

    def checkpoint(self, source: str, server: str, name: str) -> Checkpoint:
        """
        Return where stream *name* of *source* stands; a stream never seen is made, empty.

        Raises LedgerFull when it can't be made or read.
        """
        self.expect([(source, server, name)])
        row = self._find("SELECT id FROM stream WHERE source = ? AND name = ?", source, os.fsencode(name))
        with self._told():
            return read_checkpoint(self._connection(), row[0] if row else 0)

    def expect(self, streams: Iterable[tuple[str, str, str]]) -> None:
        """Make, empty and in one transaction, those streams (source, server, name) that are new. Raises LedgerFull."""
        wanted = [(source, server, os.fsencode(name)) for source, server, name in streams]
        find = "SELECT 1 FROM stream WHERE source = ? AND server = ? AND name = ?"
        if new := [stream for stream in wanted if self._find(find, *stream) is None]:
            with self._transaction() as (db, _):
                db.executemany(
                    "INSERT INTO stream (source, server, name) VALUES (?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET server = excluded.server",
                    new,
                )

    def streams(self) -> list[KnownStream]:
        """Return every stream of the ledger, whether it is followed or not. Raises LedgerFull."""
        with self._told():
            return read_streams(self._connection())

    def generations(self, stream: int) -> list[Generation]:
        """Return the known generations of a stream, oldest first. Raises LedgerFull."""
        with self._told():
            return read_generations(self._connection(), stream)

    def move_stream(self, stream: KnownStream, source: str, name: str) -> None:
        """Let a stream go on as *name* of *source*, which the ledger doesn't know yet. Raises LedgerFull."""
        with self._transaction() as (db, _):
            move_stream(db, stream, source, name)

    def holdings(self, source: str) -> Holdings:
        """Return how much there is of *source*. Raises LedgerFull."""
        with self._told():
            return read_holdings(self._connection(), source)

    def reset(self, source: str) -> None:
        """
        Take away all that was read of *source*, in one transaction, so that it is read anew from what exists.

        Raises LedgerFull, and then nothing has gone.
        """
        with self._transaction() as (db, _):
            windows.remove_windows(db, source)
            remove_source(db, source)
            db.execute("UPDATE meta SET epoch = epoch + 1")

    def commit(self, batches: Sequence[Batch]) -> None:
        """
        Write the batches in one transaction.

        Raises LedgerFull, and then nothing of them is kept and the same batches can be committed again.
        """
        with self._transaction() as (db, rev):
            for batch in batches:
                rows.write_sessions(db, batch.facts.sessions, rev)
                self._hit("mid-upserts")
                if self._stored_until:
                    windows.reopen_newly_told(db, batch.stream, batch.facts.totals)
                rows.write_other_facts(db, batch.stream, batch.facts, rev)
                rows.write_generations(db, batch.stream, batch.generations)
                rows.write_trust(db, batch)
                rows.write_gaps(db, batch.stream, batch.gaps, self._clock.now(), rev)
                covered = rows.write_coverage(db, batch.stream, batch.coverage, rev)
                if batch.facts.since < self._stored_until:
                    windows.reopen(db, batch.facts.totals, int(batch.facts.since))
                if covered < self._stored_until:
                    windows.reopen_stream(db, batch.stream, int(covered))
                self._hit("before-offset-update")
                db.execute(
                    "UPDATE stream SET generation = ?, offset = ?, state = ?, frontier = ?, last_line = ?, "
                    "committed = ? WHERE id = ?",
                    (
                        *(batch.position or (None, None)),
                        _to_json(batch.state),
                        batch.frontier,
                        batch.last_line,
                        self._clock.now(),
                        batch.stream,
                    ),
                )

    def note_troubles(self, troubles: Mapping[int, Trouble]) -> None:
        """Keep, by stream, what is wrong with it now. Raises LedgerFull."""
        with self._transaction() as (db, _):
            db.executemany(
                "UPDATE stream SET problem = ?, warning = ? WHERE id = ?",
                [(*trouble, stream) for stream, trouble in troubles.items()],
            )

    def redate(self, stream: int, move: Callable[[int], int], state: Mapping[str, Json]) -> None:
        """
        Move every time of the stream's facts by *move* and save *state*, in one transaction.

        Raises LedgerFull, and then nothing has moved.
        """
        with self._transaction() as (db, rev):
            redate_stream(db, stream, move, rev)
            windows.reopen_stream(db, stream, 0)
            db.execute("UPDATE stream SET state = ? WHERE id = ?", (_to_json(state), stream))

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows that answer a question, as of the last commit. Raises LedgerFull."""
        with self._told():
            return self._connection().execute(sql, values).fetchall()

    def name_features(self) -> None:
        """Let every feature have an id as a subject of windows. Raises LedgerFull."""
        with self._transaction() as (db, _):
            windows.name_features(db)

    def store_windows(self, pieces: Iterable[windows.Piece]) -> None:
        """Store closed windows, in one transaction. Raises LedgerFull, and then nothing of them is kept."""
        with self._transaction() as (db, rev):
            for piece in pieces:
                windows.write_windows(db, piece, rev)
                self._hit("mid-windows")
        self._stored_until = windows.stored_until(self._connection())

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
            self._db.close()  # after an I/O error SQLite's view of the files can't be trusted
            self._db = None

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
        self._hit("wal-checkpoint")
        with self._told(), contextlib.suppress(sqlite3.OperationalError):  # nothing is lost, the next folds it
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._hit("wal-checkpoint")


def _to_json(state: Mapping[str, Json]) -> str:
    return json.dumps(dict(state), separators=(",", ":"))
