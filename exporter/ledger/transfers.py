"""
Files that were received or sent, in the ledger: sums by the minute with a sketch of their latencies.

Each stream's are its own, by the generation. What is read is summed up over generations by the database.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from exporter.facts import Facts, TransferKey, TransferTotal
from exporter.ledger.windows import Subject
from exporter.transfer_sums import SUMMED

Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""

_KEY = ("product", "kind", "minute", "generation")
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
    f"INSERT INTO transfer_sketch ({', '.join(_KEY)}, bucket, n) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET n = n + excluded.n"
)
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
                *(one.product, one.kind, one.minute, one.generation),
                *(one.files, one.size, one.errors, one.late_files, one.negative, one.latencies, one.latency_sum),
                *(one.latency_min, one.latency_max, rev),
            )
            for one in facts.transfers
        ],
    )
    db.executemany(
        _ADD_BUCKETS,
        [
            (one.product, one.kind, one.minute, one.generation, *counted)
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
    for table, columns, add in (
        ("transfer", _COLUMNS, _ADD),
        ("transfer_sketch", (*_KEY, "bucket", "n"), _ADD_BUCKETS),
    ):
        moves = ", ".join(columns).replace("minute", "moved(minute)")
        moved = db.execute(f"SELECT {moves} FROM {table} WHERE {_OF_STREAM}", (stream,)).fetchall()
        db.execute(f"DELETE FROM {table} WHERE {_OF_STREAM}", (stream,))
        db.executemany(add, moved)


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


def read_transfers(ask: Ask, subject: Subject, start: int, end: int) -> Iterable[tuple[Any, ...]]:
    """Return (UTC second of the minute, *sums) of a subject in [*start*, *end*), in order of time."""
    return ask(
        f"SELECT minute, {SUMMED} FROM transfer "
        "WHERE product = ? AND kind = ? AND minute >= ? AND minute < ? GROUP BY 1 ORDER BY 1",
        *(subject.products[0], subject.names[-1], start, end),
    )


def read_sketches(ask: Ask, subject: Subject, start: int, end: int) -> Iterable[tuple[int, int, int]]:
    """Return (UTC second of the minute, bucket, how many) of a subject in [*start*, *end*), in order of time."""
    return ask(
        "SELECT minute, bucket, sum(n) FROM transfer_sketch "
        "WHERE product = ? AND kind = ? AND minute >= ? AND minute < ? GROUP BY 1, 2 ORDER BY 1, 2",
        *(subject.products[0], subject.names[-1], start, end),
    )
