"""What each vendor daemon of a stream wrote on each day, in the ledger: whether its ends are written shows there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from exporter.facts import Activity

DAY = 86_400


def write_activity(db: sqlite3.Connection, stream: int, increments: Iterable[Activity]) -> None:
    """Add *increments* to the days of the stream, inside the open transaction. Raises sqlite3.Error."""
    db.executemany(
        "INSERT INTO activity (stream, vendor, day, starts, stops, resets) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET "
        "starts = starts + excluded.starts, stops = stops + excluded.stops, resets = resets + excluded.resets",
        [(stream, *one) for one in increments],
    )


def read_activity(ask: Callable[..., Iterable[tuple[Any, ...]]], stream: int) -> Iterator[Activity]:
    """Yield the days of a stream by vendor and day; *ask* runs a query with its values (see `LedgerReader.ask`)."""
    rows = ask("SELECT vendor, day, starts, stops, resets FROM activity WHERE stream = ? ORDER BY vendor, day", stream)
    return (Activity(*row) for row in rows)


def move_days(db: sqlite3.Connection, stream: int) -> None:
    """Move the days of the stream by the SQL function ``moved``, inside the open transaction. Raises sqlite3.Error."""
    days: Sequence[tuple[Any, ...]] = db.execute(
        f"SELECT vendor, moved(day * {DAY} + {DAY // 2}) / {DAY}, starts, stops, resets FROM activity WHERE stream = ?",
        (stream,),
    ).fetchall()
    db.execute("DELETE FROM activity WHERE stream = ?", (stream,))
    write_activity(db, stream, (Activity(*day) for day in days))
