"""Rows back into records: where a stream stands, as the last commit left it."""

from __future__ import annotations

import json
import os
import sqlite3
from math import inf

from exporter.facts import Episode, Session, Spread, Totals, UseTotal, Wait
from exporter.ledger.rows import EPISODE, GENERATION, SESSION, WAIT, Table, to_unsigned
from exporter.ledger.transfers import read_transfer_totals
from exporter.records import Begun, Checkpoint, Generation, Position

LATEST = 10_000
"""Generations of a stream that a restart knows: more than are kept as files anywhere, and read in no time."""

_OF_STREAM = "generation IN (SELECT id FROM generation WHERE stream = ?)"
# Open by its own log is a session, too, that only a start on a redundant server has ended. There are few of both: the
# order of the joins is told, for SQLite would rather read all that the stream ever had.
_OPEN_SESSIONS = (
    ("session AS s INDEXED BY session_open", f"s.end IS NULL AND s.{_OF_STREAM}"),
    ("superseded AS o CROSS JOIN session AS s USING (generation, at, n)", f"o.end IS NULL AND o.{_OF_STREAM}"),
)


def read_checkpoint(db: sqlite3.Connection, stream: int) -> Checkpoint:
    """Return everything a restart of the stream needs. Raises sqlite3.Error."""
    generation, offset, state = db.execute(
        "SELECT generation, offset, state FROM stream WHERE id = ?", (stream,)
    ).fetchone()
    (quiet,) = db.execute("SELECT max(until) FROM quiet WHERE stream = ?", (stream,)).fetchone()
    known = json.loads(state)
    return Checkpoint(
        stream=stream,
        position=None if generation is None else Position(generation, offset),
        generations=read_generations(db, stream),
        quiet=quiet,
        state=known,
        sessions=_open_sessions(db, stream),
        waits=[Wait(*row) for row in _open(db, WAIT, "end", stream)],
        episodes=[Episode(*row) for row in _open(db, EPISODE, "outcome", stream)],
        begun=_begun(db, stream, known.get("since")),
        totals=_totals(db, stream),
        use_totals={
            product: UseTotal(*total)
            for product, *total in db.execute("SELECT product, uses, first FROM use_total WHERE stream = ?", (stream,))
        },
        transfer_totals=read_transfer_totals(db, stream),
        durations=_durations(db, stream),
        packages=db.execute(
            "SELECT product, component FROM package JOIN product ON product.id = package.product "
            "WHERE server = (SELECT server FROM stream WHERE id = ?)",
            (stream,),
        ).fetchall(),
        tally=dict(db.execute("SELECT kind, n FROM tally WHERE stream = ?", (stream,))),
        gaps={
            Position(generation, start): reason
            for generation, start, reason in db.execute(
                f"SELECT generation, start, reason FROM gap WHERE {_OF_STREAM}", (stream,)
            )
        },
    )


def _open(db: sqlite3.Connection, table: Table, until: str, stream: int) -> sqlite3.Cursor:
    """Return the facts that are not over, in reading order."""
    order = "generation, at, n" if "n" in table.columns else "generation, at"
    return db.execute(
        f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {until} IS NULL AND {_OF_STREAM} ORDER BY {order}",
        (stream,),
    )


def _open_sessions(db: sqlite3.Connection, stream: int) -> list[Session]:
    columns = ", ".join(f"s.{column}" for column in SESSION.columns)
    sessions: dict[tuple[int, int, int], Session] = {}
    for source, condition in _OPEN_SESSIONS:
        for row in db.execute(f"SELECT {columns} FROM {source} WHERE {condition}", (stream,)):
            session = sessions[row[:3]] = Session(*row)
            if session.end is not None:
                session.end = session.reason = None
        changes = db.execute(
            "SELECT s.generation, s.at, s.n, c.time, c.seats, c.line_generation, c.line_at "
            f"FROM {source} CROSS JOIN change AS c USING (generation, at, n) WHERE {condition} "
            "ORDER BY 1, 2, 3, c.ordinal",
            (stream,),
        )
        for generation, at, n, *change in changes:
            session = sessions[generation, at, n]
            session.changes = [*(session.changes or ()), tuple(change)]
    return [sessions[key] for key in sorted(sessions)]


def read_generations(db: sqlite3.Connection, stream: int) -> list[Generation]:
    """Return the generations of a stream, at most the newest `LATEST` of them, oldest first. Raises sqlite3.Error."""
    rows = db.execute(
        f"SELECT {', '.join(GENERATION.columns)} FROM generation WHERE stream = ? ORDER BY id DESC LIMIT ?",
        (stream, LATEST),
    ).fetchall()
    found = []
    for row in reversed(rows):
        known = dict(zip(GENERATION.columns, row, strict=True))
        del known["stream"]
        known["path"] = os.fsdecode(known["path"])
        known["device"] = to_unsigned(known["device"])
        known["inode"] = to_unsigned(known["inode"])
        known["closed"] = bool(known["closed"])
        found.append(Generation(**known))
    return found


def _begun(db: sqlite3.Connection, stream: int, since: list[int] | None) -> list[Begun]:
    """Return each key's newest start in each generation, of those at *since* (generation, offset) or later."""
    if since is None:
        return []
    found = db.execute(
        "SELECT generation, max(at), product, holder, handle FROM session WHERE inferred = 0 "
        "AND (generation, at) >= (?, ?) AND generation IN (SELECT id FROM generation WHERE stream = ? AND id >= ?) "
        "GROUP BY generation, product, holder, handle",
        (*since, stream, since[0]),
    )
    return [Begun(*row) for row in found]


def _totals(db: sqlite3.Connection, stream: int) -> dict[int, Totals]:
    totals = {
        product: Totals(checkouts, checkins, {}, inf if first is None else first, effective)
        for product, checkouts, checkins, first, effective in db.execute(
            "SELECT product, checkouts, checkins, first, effective FROM total WHERE stream = ?", (stream,)
        )
    }
    for product, kind, n in db.execute("SELECT product, class, denials FROM denial_total WHERE stream = ?", (stream,)):
        totals[product].denials[kind] = n
    return totals


def _durations(db: sqlite3.Connection, stream: int) -> dict[tuple[str, str], Spread]:
    durations: dict[tuple[str, str], Spread] = {}
    for vendor, kind, bound, n, seconds in db.execute(
        "SELECT vendor, kind, bound, n, seconds FROM duration WHERE stream = ?", (stream,)
    ):
        durations.setdefault((vendor, kind), {})[bound] = n, seconds
    return durations
