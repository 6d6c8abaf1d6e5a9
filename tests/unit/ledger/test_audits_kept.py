"""What audits found is kept beside the writer, and shown for a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import LedgerError
from exporter.ledger.audits import SHOWN_SECONDS, Audited, keep_audit, read_drifts
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch
from exporter.views import Key

FullBatch = Callable[[SqliteLedger], Batch]
NOON = 1_651_752_000


def found(feature: str, theirs: int, ours: int, vendor: str = "MLM") -> Audited:
    """Return what an audit found of a feature of lic1."""
    return Audited(("lic1", vendor, feature), theirs, ours)


def drifts(path: Path, now: float = NOON) -> dict[Key, int]:
    """Return what is shown at *now*."""
    reader = LedgerReader(path)
    try:
        return read_drifts(reader.ask, now)
    finally:
        reader.close()


def test_the_last_audit_of_each_daemon_is_kept(ledger: SqliteLedger, path: Path) -> None:
    """A later audit takes the place of the whole earlier one of that daemon, and leaves other daemons alone."""
    assert keep_audit(path, NOON - 100, [found("a", 3, 1), found("b", 0, 0), found("c", 1, 2, "other")])
    assert keep_audit(path, NOON - 50, [found("b", 5, 1)])

    assert {("lic1", "MLM", "b"): 4, ("lic1", "other", "c"): -1} == drifts(path)


def test_an_audit_of_an_older_text_changes_nothing(ledger: SqliteLedger, path: Path) -> None:
    """Where one of its daemons has a later audit, nothing of an earlier one is kept."""
    keep_audit(path, NOON, [found("b", 5, 1)])

    assert not keep_audit(path, NOON - 1, [found("c", 1, 2, "a"), found("b", 0, 0)])
    assert {("lic1", "MLM", "b"): 4} == drifts(path)


def test_an_audit_is_shown_for_a_day_and_an_hour(ledger: SqliteLedger, path: Path) -> None:
    """After that nothing of it is shown."""
    keep_audit(path, NOON, [found("b", 5, 1)])

    assert [1, 0] == [len(drifts(path, NOON + SHOWN_SECONDS - 1 + late)) for late in (0, 1)]


def test_the_writer_goes_on_beside_it(ledger: SqliteLedger, path: Path, full_batch: FullBatch) -> None:
    """While a writer has the ledger open, an audit is kept, and the writer's commits before and after it are whole."""
    ledger.commit([full_batch(ledger)])
    (revision,) = ledger.ask("SELECT revision FROM meta")[0]
    keep_audit(path, NOON, [found("b", 5, 1)])

    assert [(revision,)] == ledger.ask("SELECT revision FROM meta")
    assert {("lic1", "MLM", "b"): 4} == read_drifts(ledger.ask, NOON)
    ledger.note_quiet({1: NOON})
    assert [(revision + 1,)] == ledger.ask("SELECT revision FROM meta")


def test_a_ledger_that_can_not_be_written_is_told(ledger: SqliteLedger, path: Path) -> None:
    """One of an earlier version, and one that isn't there, are sentences that say what to do."""
    ledger.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(LedgerError, match="earlier version of seatwatch: start `run` or `collect`"):
        keep_audit(path, NOON, [found("b", 5, 1)])
    with pytest.raises(LedgerError, match="There is no ledger"):
        keep_audit(path.with_name("other.db"), NOON, [])
