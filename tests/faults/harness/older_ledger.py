"""A ledger as the version before this one would have left it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from exporter.ledger import schema


def make_older(newest: Path, older: Path) -> Path:
    """Make of the closed ledger *newest* one of the schema before, with the same rows, in the new file *older*."""
    older.parent.mkdir(parents=True, exist_ok=True)
    *steps, _ = schema.migrations()
    with closing(sqlite3.connect(older, isolation_level=None)) as db:
        db.execute("PRAGMA page_size = 4096")
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        for step in steps:
            db.executescript(f"{step.sql}\nPRAGMA user_version = {step.version};")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("ATTACH ? AS newest", (os.fspath(newest),))
        tables: dict[str, list[str]] = {}
        for table, column in db.execute(
            "SELECT t.name, c.name FROM main.sqlite_schema AS t JOIN pragma_table_info(t.name) AS c "
            "WHERE t.type = 'table'"
        ):
            tables.setdefault(table, []).append(f'"{column}"')
        for table, names in tables.items():
            columns = ", ".join(names)
            db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}")
    return older
