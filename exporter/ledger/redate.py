"""
Dates put right: when a stream's first anchor disagrees with the date inferred for it, all its facts move together.

Keys stay: a natural key names a line by its place in the file, and only the generation's first second is a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from exporter.ledger.activity import move_days
from exporter.ledger.transfers import move_transfers
from exporter.ledger.uses import move_minutes

_TIMES = {
    "session": ("start", "end", "checkin"),
    "superseded": ("end",),
    "checkin": ("time",),
    "change": ("time",),
    "denial": ("time",),
    "wait": ("start", "end"),
    "episode": ("first", "last"),
    "lifecycle": ("time",),
    "use": ("time",),
    "gap": ("before",),
}


def redate_stream(db: sqlite3.Connection, stream: int, move: Callable[[int], int], rev: int) -> None:
    """Move all times of the stream's facts inside the open transaction. Raises sqlite3.Error."""
    db.create_function("moved", 1, lambda time: None if time is None else move(time), deterministic=True)
    try:
        for table, columns in _TIMES.items():
            moves = ", ".join(f"{column} = moved({column})" for column in columns)
            db.execute(
                f"UPDATE {table} SET {moves}, rev = ? WHERE generation IN (SELECT id FROM generation WHERE stream = ?)",
                (rev, stream),
            )
        db.execute(  # a gap begins at the second after a line that was read
            "UPDATE session SET suspect = moved(suspect - 1) + 1 WHERE suspect IS NOT NULL "
            "AND generation IN (SELECT id FROM generation WHERE stream = ?)",
            (stream,),
        )
        db.execute(  # an interval ends at the second after a line
            "UPDATE coverage SET start = moved(start), end = moved(end - 1) + 1, rev = ? WHERE stream = ?",
            (rev, stream),
        )
        for table in ("total", "use_total", "transfer_total"):
            db.execute(f"UPDATE {table} SET first = moved(first) WHERE stream = ?", (stream,))
        db.execute("UPDATE quiet SET until = moved(until - 1) + 1 WHERE stream = ?", (stream,))
        move_days(db, stream)
        move_minutes(db, stream)
        move_transfers(db, stream)
        db.execute("UPDATE generation SET first_time = moved(first_time) WHERE stream = ?", (stream,))
        db.execute(  # the frontier is the second after one that was read
            "UPDATE stream SET frontier = moved(frontier - 1) + 1, last_line = moved(last_line) WHERE id = ?", (stream,)
        )
    finally:
        db.create_function("moved", 1, None)
