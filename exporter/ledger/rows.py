"""
Facts into rows, many at a time.

Facts are upserts by their natural key: written again they replace themselves. *rev* is the revision that writes them.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple

from exporter.facts import Facts, LifecycleFact, Session, UseFact
from exporter.ledger.transfers import write_transfers
from exporter.records import Batch, Covered, Gap, Generation


class Table(NamedTuple):
    """A table and the columns that records fill, in the order of the record's fields."""

    name: str
    columns: tuple[str, ...]


SESSION = Table(
    "session",
    (
        *("generation", "at", "n", "product", "holder", "first_seats", "seats", "start", "end", "reason", "inferred"),
        *("end_generation", "end_at", "handle", "suspect", "checkin"),
    ),
)
WAIT = Table(
    "wait",
    (
        *("generation", "at", "product", "holder", "seats", "start", "end", "outcome"),
        *("end_generation", "end_at"),
    ),
)
EPISODE = Table("episode", ("generation", "at", "product", "holder", "first", "last", "lines", "outcome"))
GENERATION = Table(
    "generation",
    (
        *("id", "stream", "path", "device", "inode", "head", "head_length", "marker", "marker_length", "offset"),
        *("size", "closed", "first_hash", "first_time", "rollbacks", "trail"),
    ),
)
_DENIAL = Table("denial", ("generation", "at", "product", "holder", "seats", "time", "code", "class"))
_CHECKIN = Table("checkin", ("generation", "at", "product", "time"))
_USE = Table("use", UseFact._fields)
_CHANGE = Table("change", ("generation", "at", "n", "ordinal", "time", "seats", "line_generation", "line_at"))
_LIFECYCLE = Table("lifecycle", ("generation", "at", "n", "time", "vendor", "what"))
_PACKAGE = Table("package", ("product", "component"))
_COVERAGE = Table("coverage", ("stream", "number", "start", "end"))

_SAMPLES = 20
"""Unparsed lines kept of a source."""


def write_sessions(db: sqlite3.Connection, sessions: Sequence[Session], rev: int) -> None:
    """Write sessions and their changes of seats."""
    in_key_order = sorted(sessions, key=attrgetter("at"))  # appending to the table is twice as fast as filling it in
    # In the order of the table's columns; `attrgetter` takes twice as long.
    rows = ((
        it.generation, it.at, it.n, it.product, it.holder, it.first_seats, it.seats, it.start, it.end, it.reason,
        it.inferred, it.end_generation, it.end_at, it.handle, it.suspect, it.checkin,
    ) for it in in_key_order)  # fmt: skip
    _put(db, SESSION, rows, rev)
    changes = [
        (session.generation, session.at, session.n, ordinal, *change)
        for session in in_key_order
        if session.changes
        for ordinal, change in enumerate(session.changes, 1)
    ]
    _put(db, _CHANGE, changes, rev)


def write_other_facts(db: sqlite3.Connection, stream: int, facts: Facts, rev: int) -> None:
    """Write all facts but the sessions."""
    _put(db, _DENIAL, facts.denials, rev)
    _put(db, _CHECKIN, facts.checkins, rev)
    _put(db, WAIT, map(attrgetter(*WAIT.columns), facts.waits), rev)
    _put(db, EPISODE, map(attrgetter(*EPISODE.columns), facts.episodes), rev)
    _put(db, _LIFECYCLE, _numbered(facts.lifecycle), rev)
    _put(db, _PACKAGE, facts.packages, rev)
    _write_uses(db, stream, facts, rev)
    write_transfers(db, stream, facts, rev)
    db.executemany(
        "INSERT OR REPLACE INTO total (stream, product, checkouts, checkins, effective, first) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (stream, product, one.checkouts, one.checkins, one.effective, None if one.first == inf else one.first)
            for product, one in facts.totals.items()
        ],
    )
    db.executemany(
        "INSERT INTO duration (stream, vendor, kind, bound, n, seconds) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET n = n + excluded.n, seconds = seconds + excluded.seconds",
        [
            (stream, *key, bound, *counted)
            for key, spread in facts.durations.items()
            for bound, counted in spread.items()
        ],
    )
    db.executemany(
        "INSERT OR REPLACE INTO denial_total (stream, product, class, denials) VALUES (?, ?, ?, ?)",
        [
            (stream, product, kind, n)
            for product, total in facts.totals.items()
            for kind, n in total.denials.items()
        ],
    )  # fmt: skip


def _write_uses(db: sqlite3.Connection, stream: int, facts: Facts, rev: int) -> None:
    """Write what was used at an instant; what is used has windows from then on."""
    _put(db, _USE, facts.uses, rev)
    db.executemany(
        "INSERT OR REPLACE INTO use_total (stream, product, uses, first) VALUES (?, ?, ?, ?)",
        [(stream, product, *total) for product, total in facts.use_totals.items()],
    )
    db.executemany(
        "INSERT OR IGNORE INTO subject (product, measure) VALUES (?, 'loads')",
        [(product,) for product in facts.use_totals],
    )


def write_generations(db: sqlite3.Connection, stream: int, generations: Iterable[Generation]) -> None:
    """Write where the generations of a stream stand."""
    rest = attrgetter(*GENERATION.columns[5:])
    marks = ", ".join("?" * len(GENERATION.columns))
    db.executemany(
        f"INSERT OR REPLACE INTO generation ({', '.join(GENERATION.columns)}) VALUES ({marks})",
        [
            (one.id, stream, os.fsencode(one.path), to_signed(one.device), to_signed(one.inode), *rest(one))
            for one in generations
        ],
    )


def write_coverage(db: sqlite3.Connection, stream: int, coverage: Sequence[Covered], rev: int) -> None:
    """Write the intervals of time that were read."""
    _put(db, _COVERAGE, ((stream, *interval) for interval in coverage), rev)


def write_trust(db: sqlite3.Connection, batch: Batch) -> None:
    """Write what tells how far the stream can be trusted: counts of lines and outcomes, and samples of unread lines."""
    db.executemany(
        "INSERT INTO tally (stream, kind, n) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [(batch.stream, kind, n) for kind, n in chain(batch.tally.items(), batch.facts.tally.items())],
    )
    if batch.samples:
        db.executemany(
            "INSERT INTO sample (stream, generation, at, text, why) VALUES (?, ?, ?, ?, ?)",
            [(batch.stream, *position, text, why) for position, text, why in batch.samples[-_SAMPLES:]],
        )
        db.execute(
            "WITH source_sample AS (SELECT id FROM sample WHERE stream IN (SELECT other.id FROM stream AS own "
            "JOIN stream AS other ON other.source = own.source WHERE own.id = ?)) "
            "DELETE FROM sample WHERE id IN (SELECT id FROM source_sample ORDER BY id DESC LIMIT -1 OFFSET ?)",
            (batch.stream, _SAMPLES),
        )


def write_gaps(db: sqlite3.Connection, stream: int, gaps: Iterable[Gap], now: float, rev: int) -> None:
    """
    Write the losses found since the last commit; a gap found again keeps its first time, and gets its end.

    Call it before the stream's own row moves: where a gap doesn't tell the last line before it, that row does.
    """
    db.executemany(
        "INSERT INTO gap (generation, start, end, reason, before, withdrawn, time, rev) "
        "VALUES (?, ?, ?, ?, coalesce(?, (SELECT last_line FROM stream WHERE id = ?)), ?, ?, ?) "
        "ON CONFLICT (generation, start) DO UPDATE "
        "SET end = excluded.end, withdrawn = excluded.withdrawn, rev = excluded.rev, "
        "reason = CASE WHEN excluded.withdrawn THEN reason ELSE excluded.reason END",
        [(*gap[:5], stream, gap.withdrawn, now, rev) for gap in gaps],
    )


def to_signed(number: int) -> int:
    """Fold an unsigned 64-bit number (inodes of network file systems use all bits) into what SQLite holds."""
    return number - (1 << 64) if number >= 1 << 63 else number


def to_unsigned(number: int) -> int:
    """Undo `to_signed`."""
    return number % (1 << 64)


def _put(db: sqlite3.Connection, table: Table, rows: Iterable[tuple[Any, ...]], rev: int) -> None:
    """Upsert rows."""
    marks = "?, " * len(table.columns)
    db.executemany(f"INSERT OR REPLACE INTO {table.name} ({', '.join(table.columns)}, rev) VALUES ({marks}{rev})", rows)


def _numbered(lines: Iterable[LifecycleFact]) -> Iterable[tuple[Any, ...]]:
    """Yield rows numbered within their line, which may speak of several daemons."""
    line, n = None, 0
    for fact in lines:
        n = n + 1 if fact[:2] == line else 0
        line = fact[:2]
        yield (*line, n, *fact[2:])
