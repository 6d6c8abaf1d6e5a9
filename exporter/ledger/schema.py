"""
The shape of a ledger file: who wrote it, its version, and the migrations that make it.

A migration is a file ``migrations/NNNN_name.sql``; NNNN is the schema version it leads to. Each is applied in one
transaction, so a ledger always has exactly one version.
"""

from __future__ import annotations

import sqlite3
from importlib import resources
from typing import NamedTuple

from exporter.ports import Failpoint

APPLICATION_ID = 0x53454154
"""``SEAT``; tells a ledger from the SQLite files of other programs."""


class Migration(NamedTuple):
    """One step of the schema."""

    version: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Return every migration of this program, oldest first."""
    folder = resources.files(__package__) / "migrations"
    found = []
    for file in folder.iterdir():
        number, _, name = file.name.removesuffix(".sql").partition("_")
        if file.name.endswith(".sql"):
            found.append(Migration(int(number), name, file.read_text("utf-8")))
    return sorted(found)


def newest() -> int:
    """Return the schema version this program writes."""
    return migrations()[-1].version


def version(db: sqlite3.Connection) -> int:
    """Return the schema version of an open ledger; 0 for an empty file."""
    number: int = db.execute("PRAGMA user_version").fetchone()[0]
    return number


def migrate(db: sqlite3.Connection, hit: Failpoint) -> None:
    """Bring an open ledger to the newest version. Raises sqlite3.Error, and then the step that failed left nothing."""
    at = version(db)
    for step in migrations():
        if step.version > at:
            try:
                db.executescript(f"BEGIN IMMEDIATE;\n{step.sql}\nPRAGMA user_version = {step.version};")
                hit("schema-migrate")
                db.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise


def set_up(db: sqlite3.Connection, uuid: str, hit: Failpoint) -> None:
    """Make a ledger named *uuid* of an empty SQLite file."""
    db.execute("PRAGMA page_size = 4096")
    db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # can't be changed once there is a table
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrate(db, hit)
    db.execute("INSERT INTO meta (one, uuid, epoch, revision, committed) VALUES (1, ?, 0, 0, 0)", (uuid,))
    db.execute("PRAGMA journal_mode = WAL")
