"""A process killed anywhere leaves the ledger before or after a commit, never between."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger

PLACES = {
    "txn-begin": 0,
    "mid-upserts": 0,
    "before-offset-update": 0,
    "before-commit": 0,
    "after-commit": 1,
    "wal-checkpoint": 1,
}
"""Each failpoint of a commit, and the commits found after a kill there."""

CHILD = """
import os, signal, sys
from pathlib import Path
from exporter.ledger.store import SqliteLedger
from exporter.clock import SystemClock
from exporter.facts import Facts, Session
from exporter.records import Batch, Generation, Position

path, place = sys.argv[1:]
armed = place == "schema-migrate"
def hit(name):
    if armed and name == place:
        os.kill(os.getpid(), signal.SIGKILL)

ledger = SqliteLedger.open(path, SystemClock(), hit)
stream = ledger.checkpoint("lic", "srv", "/log").stream
generation = ledger.next_generation()
holder = ledger.names.holder("amber@ws-01", "")
sessions = [Session(generation, at, 0, 1, holder, 1, 1, at) for at in range(2500)]
armed = True
ledger.commit([
    Batch(stream, Position(generation, 2500), [Generation(generation, "/log", 1, 1, offset=2500)], {"day": 1},
          Facts(sessions=sessions, tally={"matched": 1}), 2500, 2499, {"understood": 2500}, [], [])
])
sys.exit("not killed")
"""


def _kill_at(place: str, path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, path, place], check=False, timeout=60)
    assert -signal.SIGKILL == done.returncode


@pytest.mark.parametrize(("place", "commits"), PLACES.items())
def test_a_kill_leaves_all_of_a_commit_or_nothing(
    path: Path, opened: Callable[[], SqliteLedger], place: str, commits: int
) -> None:
    """Facts, names, tallies, generations, state and position are all there or all missing; the next start goes on."""
    _kill_at(place, path)
    rows = "SELECT (SELECT count(*) FROM {}), (SELECT count(*) FROM {}), (SELECT count(*) FROM {})"
    ask = LedgerReader(path).ask
    assert [(2500 * commits, commits, commits)] == list(ask(rows.format("session", "holder", "generation")))
    point = opened().checkpoint("lic", "srv", "/log")
    assert commits == len(point.state)
    assert 2500 * commits == (point.position.offset if point.position else 0) == len(point.sessions)
    assert 2500 * commits == point.tally.get("understood", 0)


def test_a_kill_while_a_ledger_is_made_leaves_none(path: Path, opened: Callable[[], SqliteLedger]) -> None:
    """Half a new ledger is never taken for one: the next start makes it from the beginning."""
    _kill_at("schema-migrate", path)
    assert not path.exists()
    assert "lic" not in opened().checkpoint("lic", "srv", "/log").state
    assert [] == list(path.parent.glob("*.new*"))
