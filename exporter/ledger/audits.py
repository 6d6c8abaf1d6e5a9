"""
What audits found, for the endpoint: the last of each vendor daemon.

An audit is made while another process writes the ledger. It writes this one table beside that writer, in a short
transaction under SQLite's own lock; it touches neither facts nor the revision, so the writer needn't know.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from exporter.errors import LedgerError
from exporter.ledger import guard, schema
from exporter.ledger.connection import connect
from exporter.views import Key

SHOWN_SECONDS = 25 * 3600
"""So long an audit is shown: one a day is shown without a break."""


class Audited(NamedTuple):
    """What an audit found of a feature: seats in use."""

    key: Key
    theirs: int
    ours: int


def keep_audit(path: str | os.PathLike[str], time: int, found: Sequence[Audited]) -> bool:
    """
    Keep what an audit found at the UTC second *time*; return whether it is kept.

    It isn't where a later audit of the same daemon is there. Raises LedgerError when it can't be written.
    """
    place = Path(path).absolute()
    daemons = sorted({one.key[:2] for one in found})
    try:
        guard.refuse_missing(place)
        guard.check_header(place)
        with closing(connect(place, "rw")) as db:
            guard.check_version(place, db)
            if schema.version(db) < schema.newest():
                raise LedgerError(
                    f"The ledger {place} is of an earlier version of seatwatch: start `run` or `collect`, which brings "
                    "it to this one."
                )
            db.execute("BEGIN IMMEDIATE")
            for daemon in daemons:
                later = db.execute("SELECT max(time) FROM audit WHERE server = ? AND vendor = ?", daemon).fetchone()[0]
                if later is not None and later > time:
                    return False  # and what was removed of others comes back
                db.execute("DELETE FROM audit WHERE server = ? AND vendor = ?", daemon)
            db.executemany(
                "INSERT OR REPLACE INTO audit (server, vendor, feature, time, theirs, ours) VALUES (?, ?, ?, ?, ?, ?)",
                [(*one.key, time, one.theirs, one.ours) for one in found],
            )
            db.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(
            f"The ledger {place} could not be written ({error}): let this user write it and its folder, or make room."
        ) from error
    return True


def read_drifts(ask: Callable[..., Iterable[tuple[Any, ...]]], now: float) -> dict[Key, int]:
    """Return, by feature, the server's own count less ours by the audits that are still shown at *now*."""
    asked = "SELECT server, vendor, feature, theirs - ours FROM audit WHERE time > ?"
    return {(server, vendor, feature): drift for server, vendor, feature, drift in ask(asked, now - SHOWN_SECONDS)}
