"""Ten years of a small site, of which the ledger keeps what it is told to: it stays small, and commits stay cheap."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from exporter.ledger import guard
from exporter.ledger.connection import connect_writer
from exporter.ledger.store import SqliteLedger
from tests.e2e.command_line import called, spawned, told

CONFIG = """\
site: {name: decade, timezone: Europe/Madrid}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: decade, format: flexlm, server: demo, timezone: UTC, paths: ["decade.log"]}
facts: {keep: 1y, denials: 60d}
"""
DAYS, YEAR, MONTH = 3653, 365, 30
MADE = ("--days", str(DAYS), "--start", "2014-01-01", "--seed", "7", "--scale", "0.01")
STEPS = 20
"""Instructions of SQLite that are counted as one."""


class Cost(NamedTuple):
    """What SQLite had to do for a line of the log: for its commit, and with all that the ledger does besides."""

    commit: float
    all: float


class Decade(NamedTuple):
    """The folder of the site, and what the months cost to collect that came after two years and after ten."""

    folder: Path
    early: Cost
    late: Cost


@pytest.fixture(scope="module")
def decade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decade]:
    """Collect the log as it grows: two years, a month, all but a month, and that one."""
    folder = tmp_path_factory.mktemp("decade")
    (folder / "config.yaml").write_text(CONFIG)
    told(spawned(folder, "simulate", "made.log", *MADE, measured=False))
    lines = (folder / "made.log").read_bytes().splitlines(keepends=True)
    cuts = [len(lines) * day // DAYS for day in (0, 2 * YEAR, 2 * YEAR + MONTH, DAYS - MONTH, DAYS)]
    with pytest.MonkeyPatch.context() as patch:
        costs = []
        for start, end in pairwise(cuts):
            with (folder / "decade.log").open("ab") as log:
                log.writelines(lines[start:end])
            costs.append(_collect(folder, patch, end - start))
        yield Decade(folder, costs[1], costs[3])


def _collect(folder: Path, patch: pytest.MonkeyPatch, lines: int) -> Cost:
    """Collect, and return what each of *lines* cost."""
    steps = in_commits = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    def connect(path: Path) -> sqlite3.Connection:
        db = connect_writer(path)
        db.set_progress_handler(step, STEPS)
        return db

    def commit(ledger: SqliteLedger, batches: Any) -> None:
        nonlocal in_commits
        before = steps
        real(ledger, batches)
        in_commits += steps - before

    real = SqliteLedger.commit
    with patch.context() as here:
        here.setattr(guard, "connect_writer", connect)
        here.setattr(SqliteLedger, "commit", commit)
        told(called(folder, "collect"))
    return Cost(in_commits / lines, steps / lines)


@pytest.fixture
def ledger(decade: Decade) -> Iterator[sqlite3.Connection]:
    """Give the file of the ledger."""
    db = sqlite3.connect(decade.folder / "ledger" / "seatwatch.db")
    yield db
    db.close()


def test_a_commit_costs_at_the_end_what_it_cost_at_the_begin(decade: Decade) -> None:
    """The work of SQLite for a line doesn't grow with the years: neither that of its commit nor all of it."""
    assert decade.late.commit < 1.3 * decade.early.commit
    assert decade.late.all < 1.3 * decade.early.all


def test_what_is_old_has_gone(ledger: sqlite3.Connection) -> None:
    """A year of facts is there, two months of raw denials, two years of hours, and all days."""

    def days(sql: str) -> float:
        (first,), (newest,) = (ledger.execute(one).fetchone() for one in (sql, "SELECT max(end) FROM coverage"))
        return (newest - first) / 86_400

    assert YEAR - 2 < days("SELECT min(end) FROM session") < YEAR + 3
    assert 40 < days("SELECT min(time) FROM denial") < 63
    assert YEAR - 40 < days("SELECT min(time) FROM lifecycle") < YEAR + 3
    assert 2 * YEAR <= days("SELECT min(start) FROM window WHERE tier = 3600") < 2 * YEAR + 3
    assert DAYS - 20 < days("SELECT min(start) FROM window WHERE tier = 86400") <= DAYS


def test_the_ledger_is_as_large_as_what_it_keeps(decade: Decade, ledger: sqlite3.Connection) -> None:
    """Its file holds 80 bytes a window and 300 a fact, however much has gone through it."""
    tables = ("session", "denial", "wait", "episode", "checkin", "lifecycle", "generation", "holder")
    facts, stored = (
        sum(ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in names)
        for names in (tables, ("window",))
    )
    size = (decade.folder / "ledger" / "seatwatch.db").stat().st_size

    assert size < 80 * stored + 300 * facts + 200_000


def test_a_rebuild_changes_nothing(decade: Decade) -> None:
    """Windows that are made anew from the facts, and those that can't be, are exported byte for byte as before."""

    def exported() -> list[str]:
        return [told(called(decade.folder, "export", "windows", "--tier", tier)) for tier in ("hourly", "longterm")]

    before = exported()
    assert 0 == called(decade.folder, "rebuild").status

    assert before == exported()
