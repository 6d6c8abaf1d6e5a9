"""The streams that the ledger knows, whoever follows them, and how one goes on under another name."""

from __future__ import annotations

import os
import sqlite3

from exporter.records import KnownStream


def read_streams(db: sqlite3.Connection) -> list[KnownStream]:
    """Return all streams. Raises sqlite3.Error."""
    rows = db.execute("SELECT id, source, server, name, generation FROM stream ORDER BY id")
    return [KnownStream(key, source, server, os.fsdecode(name), at) for key, source, server, name, at in rows]


def move_stream(db: sqlite3.Connection, stream: KnownStream, source: str, name: str) -> None:
    """Let *stream* go on as *name* of *source*, inside the open transaction. Raises sqlite3.Error."""
    db.execute("UPDATE stream SET source = ?, name = ? WHERE id = ?", (source, os.fsencode(name), stream.id))
