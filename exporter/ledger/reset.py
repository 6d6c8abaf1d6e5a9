"""
What the ledger holds of a source, and how all of it is taken away at once.

Ids of names stay: they are for ever. What tells a fact's stream or generation is taken by its columns, so a table that
a later migration adds is emptied with the others.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

_STREAMS = "SELECT id FROM stream WHERE source = ?"
_GENERATIONS = f"SELECT id FROM generation WHERE stream IN ({_STREAMS})"


class Holdings(NamedTuple):
    """How much the ledger holds of a source."""

    streams: int
    sessions: int
    open_sessions: int
    denials: int
    uses: int
    """Lines, or sums of a minute."""
    transfers: int
    """Sums of a minute."""
    gaps: int


def read_holdings(db: sqlite3.Connection, source: str) -> Holdings:
    """Count what the ledger holds of *source*. Raises sqlite3.Error."""
    found = db.execute(
        f"SELECT (SELECT count(*) FROM ({_STREAMS})), "
        f"(SELECT count(*) FROM session WHERE generation IN ({_GENERATIONS})), "
        f"(SELECT count(*) FROM session WHERE end IS NULL AND generation IN ({_GENERATIONS})), "
        f"(SELECT count(*) FROM denial WHERE generation IN ({_GENERATIONS})), "
        f"(SELECT count(*) FROM used WHERE generation IN ({_GENERATIONS})), "
        f"(SELECT count(*) FROM transfer WHERE generation IN ({_GENERATIONS})), "
        f"(SELECT count(*) FROM gap WHERE generation IN ({_GENERATIONS}))",
        [source] * len(Holdings._fields),
    )
    return Holdings(*found.fetchone())


def remove_source(db: sqlite3.Connection, source: str) -> None:
    """Take away every fact, count and position of *source* inside the open transaction. Raises sqlite3.Error."""
    for table, columns in _tables(db).items():
        if "stream" in columns:
            db.execute(f"DELETE FROM {table} WHERE stream IN ({_STREAMS})", (source,))
        elif "generation" in columns:
            db.execute(f"DELETE FROM {table} WHERE generation IN ({_GENERATIONS})", (source,))
    db.execute(f"DELETE FROM generation WHERE stream IN ({_STREAMS})", (source,))
    db.execute("DELETE FROM stream WHERE source = ?", (source,))


def _tables(db: sqlite3.Connection) -> dict[str, set[str]]:
    """Return the tables of facts, each with its columns."""
    rows = db.execute(
        "SELECT t.name, c.name FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c "
        "WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT IN ('stream', 'generation')"
    )
    tables: dict[str, set[str]] = {}
    for table, column in rows:
        tables.setdefault(table, set()).add(column)
    return tables
