"""
The store: one transaction carries where reading stands and everything read up to there.

After a crash at any instant the file holds the state before or after a commit, never a part of one.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from exporter.errors import LedgerPlace
from exporter.facts import Facts, Superseded
from exporter.ledger import again, breakdowns, guard, people, pruning, rows, windows
from exporter.ledger.activity import write_activity
from exporter.ledger.failover import Failover
from exporter.ledger.licences import LicenceKeeper
from exporter.ledger.names import Interner
from exporter.ledger.redate import redate_stream
from exporter.ledger.reset import Holdings, read_holdings, remove_source
from exporter.ledger.restore import read_checkpoint, read_generations
from exporter.ledger.rules import read_rules, refuse_other_zone, with_ids, write_rules
from exporter.ledger.shipments import Shipments
from exporter.ledger.streams import move_stream, read_streams
from exporter.ledger.superseding import take_all_back
from exporter.ledger.transactions import Transactions
from exporter.ledger.transfers import Coarser
from exporter.ports import Clock, Failpoint
from exporter.records import Batch, Checkpoint, Generation, Json, KnownStream, Trouble
from exporter.rules import Replay, Rules


class SqliteLedger:
    """The ledger in a SQLite file, for its one writer (see `exporter.ports.Ledger`)."""

    def __init__(self, path: Path, db: sqlite3.Connection, lock: int, clock: Clock, hit: Failpoint) -> None:
        """Take what `open` opened."""
        self._path = path
        self._db = Transactions(path, db, clock, hit)
        self._lock: int | None = lock
        self._clock = clock
        self._hit = hit
        self._generation: int
        (self._generation,) = db.execute("SELECT coalesce(max(id), 0) FROM generation").fetchone()
        self._stored_until = windows.stored_until(db)
        self._sealed = pruning.read_sealed(self.ask)
        self._failover = Failover(db)
        self._db.names.leave_out(people.read_nobody(self.ask))
        self.shipments = Shipments(self._db, clock)
        """What has gone to the sinks."""
        self.licences = LicenceKeeper(self._db, clock)
        """What licence files grant."""

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
        self._db.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def names(self) -> Interner:
        """The ids of names."""
        return self._db.names

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
        row = self._db.find("SELECT id FROM stream WHERE source = ? AND name = ?", source, os.fsencode(name))
        with self._db.told():
            return read_checkpoint(self._db.connection(), row[0] if row else 0)

    def expect(self, streams: Iterable[tuple[str, str, str]]) -> None:
        """Make, empty and in one transaction, those streams (source, server, name) that are new. Raises LedgerFull."""
        wanted = [(source, server, os.fsencode(name)) for source, server, name in streams]
        find = "SELECT 1 FROM stream WHERE source = ? AND server = ? AND name = ?"
        if new := [stream for stream in wanted if self._db.find(find, *stream) is None]:
            with self._db.transaction(repeatable=True) as (db, _):
                db.executemany(
                    "INSERT INTO stream (source, server, name) VALUES (?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET server = excluded.server",
                    new,
                )

    def streams(self) -> list[KnownStream]:
        """Return every stream of the ledger, whether it is followed or not. Raises LedgerFull."""
        with self._db.told():
            return read_streams(self._db.connection())

    def generations(self, stream: int) -> list[Generation]:
        """Return the known generations of a stream, oldest first. Raises LedgerFull."""
        with self._db.told():
            return read_generations(self._db.connection(), stream)

    def move_stream(self, stream: KnownStream, source: str, name: str) -> None:
        """Let a stream go on as *name* of *source*, which the ledger doesn't know yet. Raises LedgerFull."""
        with self._db.transaction() as (db, rev):
            move_stream(db, stream, source, name)
            self._failover.remake(db, rev)

    def holdings(self, source: str) -> Holdings:
        """Return how much there is of *source*. Raises LedgerFull."""
        with self._db.told():
            return read_holdings(self._db.connection(), source)

    def reset(self, source: str) -> None:
        """
        Take away all that was read of *source*, in one transaction, so that it is read anew from what exists.

        Raises LedgerFull, and then nothing has gone.
        """
        with self._db.transaction() as (db, rev):
            pruning.forget(db, source)
            windows.remove_windows(db, source)
            remove_source(db, source)
            self._failover.remake(db, rev)
            db.execute("UPDATE meta SET epoch = epoch + 1")
        self._sealed = pruning.read_sealed(self.ask)

    def commit(self, batches: Sequence[Batch]) -> None:
        """
        Write the batches in one transaction.

        Raises LedgerFull, and then nothing of them is kept and the same batches can be committed again.
        """
        with self._db.transaction() as (db, rev):
            self._failover.prepare(db, batches)
            for batch in batches:
                # While the ledger is as it was.
                again.make_again(db, batch, max(self._stored_until, self.shipments.reach))
                rows.write_sessions(db, batch.facts.sessions, rev)
                self._hit("mid-upserts")
                rows.write_other_facts(db, batch.stream, batch.facts, rev)
                write_activity(db, batch.stream, batch.facts.activity)
                rows.write_generations(db, batch.stream, batch.generations)
                rows.write_trust(db, batch)
                rows.write_gaps(db, batch.stream, batch.gaps, self._clock.now(), rev)
                rows.write_coverage(db, batch.stream, batch.coverage, rev)
                db.execute("DELETE FROM quiet WHERE stream = ?", (batch.stream,))  # the frontier holds it
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
            self._failover.follow(db, batches, rev)

    def superseded(self, stream: int) -> Mapping[int, Sequence[Superseded]]:
        """Return, by product, the sessions of a stream that only a redundant server has ended."""
        return self._failover.superseded.get(stream, {})

    def note_troubles(self, troubles: Mapping[int, Trouble]) -> None:
        """Keep, by stream, what is wrong with it now. Raises LedgerFull."""
        with self._db.transaction(repeatable=True) as (db, _):
            db.executemany(
                "UPDATE stream SET problem = ?, warning = ? WHERE id = ?",
                [(*trouble, stream) for stream, trouble in troubles.items()],
            )

    def note_quiet(self, quiet: Mapping[int, int]) -> None:
        """Keep, by stream, up to when (UTC second) nothing more was written. Raises LedgerFull."""
        with self._db.transaction(repeatable=True) as (db, _):
            db.executemany("INSERT OR REPLACE INTO quiet (stream, until) VALUES (?, ?)", quiet.items())

    def redate(self, stream: int, move: Callable[[int], int], state: Mapping[str, Json]) -> None:
        """
        Move every time of the stream's facts by *move* and save *state*, in one transaction.

        Raises LedgerFull, and then nothing has moved.
        """
        with self._db.transaction() as (db, rev):
            take_all_back(db, rev)
            redate_stream(db, stream, move, rev)
            again.make_stream_again(db, stream, 0)
            self._failover.remake(db, rev)
            db.execute("UPDATE stream SET state = ? WHERE id = ?", (_to_json(state), stream))

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows that answer a question, as of the last commit. Raises LedgerFull."""
        with self._db.told():
            return self._db.connection().execute(sql, values).fetchall()

    def name_features(self) -> None:
        """Let every feature have an id as a subject of windows. Raises LedgerFull."""
        with self._db.transaction(repeatable=True) as (db, _):
            windows.name_features(db)
            breakdowns.name_features(db)

    def store_windows(self, pieces: Iterable[windows.Piece | breakdowns.BreakdownPiece]) -> None:
        """Store closed windows, in one transaction. Raises LedgerFull, and then nothing of them is kept."""
        with self._db.transaction(repeatable=True) as (db, rev):
            for piece in pieces:
                if isinstance(piece, windows.Piece):
                    windows.write_windows(db, piece, rev)
                else:
                    breakdowns.write_breakdowns(db, piece, rev)
                self._hit("mid-windows")
        self._stored_until = windows.stored_until(self._db.connection())

    def make_again(self, since: int) -> None:
        """Let all windows that begin at *since* or later be made again. Raises LedgerFull."""
        with self._db.transaction() as (db, rev):
            windows.begin_again(db, since, rev)
            db.execute("UPDATE meta SET epoch = epoch + 1")
        self._stored_until = min(self._stored_until, since)

    def made_again(self) -> None:
        """Note that all of them are stored again. Raises LedgerFull."""
        with self._db.transaction(repeatable=True) as (db, _):
            windows.end_again(db)

    def prune(self, cuts: Sequence[pruning.Cut | Coarser], limit: int) -> list[pruning.Cut | Coarser]:
        """Remove about *limit* rows of what is old, in one transaction; return what is left. Raises LedgerFull."""
        with self._db.transaction(repeatable=True) as (db, _):
            left = pruning.remove(db, cuts, limit)
            self._hit("mid-prune")
        self._sealed = pruning.read_sealed(self.ask)
        return left

    def give_back(self, pages: int) -> bool:
        """Give up to *pages* free pages back to the disk; return whether there are more. Raises LedgerFull."""
        with self._db.told():
            db = self._db.connection()
            spare = pruning.spare_pages(db)
            if spare > 0:
                pruning.give_back(db, min(spare, pages))
        if spare > 0:
            self._hit("after-giving-back")
            self._db.checkpoint(db)  # the file gets shorter here
        return spare > pages

    def late(self, facts: Facts) -> dict[str, int]:
        """Return the trust count of *facts* that come too late for their windows; empty where there are none."""
        if facts.since >= max(self._sealed.values(), default=0):
            return {}
        return {"late": found} if (found := pruning.late(facts, self._sealed)) else {}

    def refuse_other_zone(self, zone: str) -> None:
        """See that the windows stored are of *zone*. Raises ZoneChanged, LedgerFull."""
        with self._db.told():
            refuse_other_zone(self._path, read_rules(self._db.connection()).zone, zone)

    def adopt(self, rules: Rules, replay: Replay, *, rezone: bool = False) -> None:
        """
        Take over the rules of the configuration, in one transaction; without a change nothing is written.

        *replay* makes episodes anew where the denial rule changed. With *rezone* the zone may change, and of windows
        only sealed ones are left. Raises ZoneChanged, LedgerFull.
        """
        with self._db.told():
            held = read_rules(self._db.connection())
        if not rezone:
            refuse_other_zone(self._path, held.zone, rules.zone)
        wanted = with_ids(rules, self._db.names, held)
        if held != wanted:
            with self._db.transaction() as (db, rev):
                write_rules(db, held, wanted, replay, rev)
                if held.redundant != wanted.redundant:
                    self._failover.remake(db, rev)
            self._db.names.leave_out(wanted.people.nobody)


def _to_json(state: Mapping[str, Json]) -> str:
    return json.dumps(dict(state), separators=(",", ":"))
