"""
Files that were received or sent, in the ledger: sums by the minute with a sketch of their latencies.

Each stream's are its own, by the generation. What is read is summed up over generations by the database. Old minutes
are added up to hours and hours to days, in rows that say so: a tier is shown what is no coarser than its windows.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from exporter.facts import Facts, TransferKey, TransferTotal
from exporter.ledger.windows import Subject
from exporter.transfer_sums import SUMMED

Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""

_KEY = ("product", "kind", "minute", "generation", "span")
_COUNTS = ("files", "bytes", "errors", "late_files", "negative", "latencies", "latency_sum")
_COLUMNS = (*_KEY, *_COUNTS, "latency_min", "latency_max", "rev")
_ADD = (
    f"INSERT INTO transfer ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT DO UPDATE SET "
    + ", ".join(f"{count} = {count} + excluded.{count}" for count in _COUNTS)
    + ", latency_min = coalesce(min(latency_min, excluded.latency_min), latency_min, excluded.latency_min)"
    ", latency_max = coalesce(max(latency_max, excluded.latency_max), latency_max, excluded.latency_max)"
    ", rev = max(rev, excluded.rev)"
)
_ADD_BUCKETS = (
    f"INSERT INTO transfer_sketch ({', '.join(_KEY)}, bucket, n) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET n = n + excluded.n"
)
_TABLES = {"transfer": (_COLUMNS, _ADD), "transfer_sketch": ((*_KEY, "bucket", "n"), _ADD_BUCKETS)}
_MINUTE = 60
_OF_STREAM = "generation IN (SELECT id FROM generation WHERE stream = ?)"
_SUBJECTS = """
SELECT s.id, p.server, p.vendor, p.feature, s.kind, p.id FROM subject AS s JOIN product AS p ON p.id = s.product
WHERE s.measure = 'transfers' AND (p.id, s.kind) IN (SELECT product, kind FROM transfer_total) ORDER BY 2, 3, 4, 5
"""
_OF_SUBJECTS = """
FROM transfer_total AS t
JOIN subject AS s ON s.product = t.product AND s.measure = 'transfers' AND s.kind = t.kind
"""


def write_transfers(db: sqlite3.Connection, stream: int, facts: Facts, rev: int) -> None:
    """Add what was received and sent; each kind of file has windows from then on. Raises sqlite3.Error."""
    db.executemany(
        _ADD,
        [
            (
                *(one.product, one.kind, one.minute, one.generation, _MINUTE),
                *(one.files, one.size, one.errors, one.late_files, one.negative, one.latencies, one.latency_sum),
                *(one.latency_min, one.latency_max, rev),
            )
            for one in facts.transfers
        ],
    )
    db.executemany(
        _ADD_BUCKETS,
        [
            (one.product, one.kind, one.minute, one.generation, _MINUTE, *counted)
            for one in facts.transfers
            for counted in one.sketch.items()
        ],
    )
    db.executemany(
        "INSERT OR REPLACE INTO transfer_total (stream, product, kind, files, bytes, errors, late_files, first) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(stream, *key, *total) for key, total in facts.transfer_totals.items()],
    )
    db.executemany(
        "INSERT OR IGNORE INTO subject (product, measure, kind) VALUES (?, 'transfers', ?)", facts.transfer_totals
    )


def move_transfers(db: sqlite3.Connection, stream: int) -> None:
    """Move the sums of a stream by the SQL function ``moved``, inside the open transaction. Raises sqlite3.Error."""
    for table, (columns, add) in _TABLES.items():
        moves = ", ".join(columns).replace("minute", "moved(minute)")
        moved = db.execute(f"SELECT {moves} FROM {table} WHERE {_OF_STREAM}", (stream,)).fetchall()
        db.execute(f"DELETE FROM {table} WHERE {_OF_STREAM}", (stream,))
        db.executemany(add, moved)


class Coarser(NamedTuple):
    """Sums of a *product* before the UTC second *before* are to be of a greater *span*: that which *begins* tells."""

    product: int
    before: int
    span: int
    """Seconds of it, or of a day about that many."""
    begins: Callable[[int], int]
    """Return when the span begins that holds an instant, UTC seconds."""


def has_finer(ask: Ask, wanted: Coarser) -> bool:
    """Say whether there are sums that are to be added up."""
    return any(_finer(ask, table, wanted, 1) for table in _TABLES)


def add_up(db: sqlite3.Connection, wanted: Coarser, limit: int) -> bool:
    """Add up at most about *limit* rows, inside the open transaction; say if more are left. Raises sqlite3.Error."""
    for table, (_, add) in _TABLES.items():
        rows = _finer(lambda sql, *values: db.execute(sql, values), table, wanted, limit)
        db.executemany(
            f"DELETE FROM {table} WHERE {' AND '.join(f'{column} = ?' for column in _key(table))}",
            [row[: len(_key(table))] for row in rows],
        )
        db.executemany(add, [(*row[:2], wanted.begins(row[2]), row[3], wanted.span, *row[len(_KEY) :]) for row in rows])
        if len(rows) == limit:
            return True
    return False


def _finer(ask: Ask, table: str, wanted: Coarser, limit: int) -> list[tuple[Any, ...]]:
    columns = ", ".join(_TABLES[table][0])
    return list(
        ask(
            f"SELECT {columns} FROM {table} WHERE product = ? AND minute < ? AND span < ? LIMIT {limit}",
            *(wanted.product, wanted.before, wanted.span),
        )
    )


def _key(table: str) -> tuple[str, ...]:
    """Return the columns that tell a row from any other: they come first."""
    return _KEY if table == "transfer" else (*_KEY, "bucket")


def read_transfer_totals(db: sqlite3.Connection, stream: int) -> dict[TransferKey, TransferTotal]:
    """Return the accumulators of a stream. Raises sqlite3.Error."""
    rows = db.execute(
        "SELECT product, kind, files, bytes, errors, late_files, first FROM transfer_total WHERE stream = ?", (stream,)
    )
    return {(product, kind): TransferTotal(*total) for product, kind, *total in rows}


def read_transfer_ages(ask: Ask) -> dict[int, int]:
    """Return, by product, the end of what is read of its logs, UTC second."""
    return dict(
        ask("SELECT t.product, max(c.end) FROM transfer_total AS t JOIN coverage AS c USING (stream) GROUP BY 1")
    )


def read_transferred(ask: Ask) -> list[Subject]:
    """Return what has windows of transfers, by machine, direction, client and kind of file."""
    return [Subject(subject, tuple(names), (product,), (), "transfers") for subject, *names, product in ask(_SUBJECTS)]


def read_first_transfers(ask: Ask) -> dict[int, int]:
    """Return, by subject, the UTC second at which the first minute begins."""
    return dict(ask(f"SELECT s.id, min(t.first) {_OF_SUBJECTS} GROUP BY 1"))


def read_transfer_frontiers(ask: Ask) -> Mapping[int, Sequence[int]]:
    """Return, by subject, up to when each of the streams is known that tell of it."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for subject, frontier in ask(
        f"SELECT s.id, k.frontier {_OF_SUBJECTS} JOIN known AS k USING (stream) WHERE k.frontier IS NOT NULL"
    ):
        found[subject].append(frontier)
    return found


def read_transfers(ask: Ask, subject: Subject, start: int, end: int, span: int) -> Iterable[tuple[Any, ...]]:
    """Return (UTC second of the minute, *sums) of a subject in [*start*, *end*), in order of time; no longer *span*."""
    return ask(
        f"SELECT minute, {SUMMED} FROM transfer "
        "WHERE product = ? AND kind = ? AND minute >= ? AND minute < ? AND span <= ? GROUP BY 1 ORDER BY 1",
        *(subject.products[0], subject.names[-1], start, end, span),
    )


def read_sketches(ask: Ask, subject: Subject, start: int, end: int, span: int) -> Iterable[tuple[int, int, int]]:
    """Return (UTC second of the minute, bucket, how many) of a subject, as `read_transfers` does."""
    return ask(
        "SELECT minute, bucket, sum(n) FROM transfer_sketch "
        "WHERE product = ? AND kind = ? AND minute >= ? AND minute < ? AND span <= ? GROUP BY 1, 2 ORDER BY 1, 2",
        *(subject.products[0], subject.names[-1], start, end, span),
    )
