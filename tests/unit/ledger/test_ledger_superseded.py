"""Sessions that only a redundant server has ended: what a restart knows of them, and how they grow old."""

from pathlib import Path

import pytest

from exporter.facts import Session, Superseded
from exporter.ledger.store import SqliteLedger
from tests.unit.ledger.conftest import Opener, StandingClock
from tests.unit.ledger.years import BEGIN, DAY, HOLDER, MONTH, PRODUCT, keep_house, tables

OPEN, RESET = 7, 9
"""Where their lines are; the second was reset by its own log."""
STARTED = BEGIN + 100


@pytest.fixture
def superseded(hundred_days: SqliteLedger) -> SqliteLedger:
    """Give a ledger in which two sessions of the first day ended elsewhere, ten minutes after they began."""
    ended = STARTED + 600
    db = hundred_days._db.connection()
    for at in (OPEN, RESET):
        db.execute(
            "INSERT INTO session (generation, at, n, product, holder, first_seats, seats, start, end, reason, "
            "inferred, handle, rev) VALUES (1, ?, 0, ?, ?, 1, 1, ?, ?, 'superseded', 0, '', 1)",
            (at, PRODUCT, HOLDER, STARTED, ended),
        )
    rows = [(OPEN, ended, None, None, None), (RESET, ended, ended, 1, 90)]
    db.executemany("INSERT INTO superseded VALUES (1, ?, 0, ?, ?, ?, ?, 1)", rows)
    return hundred_days


def test_a_restart_takes_it_up_as_open(superseded: SqliteLedger, opened: Opener) -> None:
    """The pairing finds it open, as its own log left it, with nothing of its end; the levels know that it is not."""
    superseded.close()
    again = opened()
    left = Session(1, OPEN, 0, PRODUCT, HOLDER, 1, 1, STARTED)
    assert [left] == again.checkpoint("lic", "srv", "/logs/lic.log").sessions
    assert {PRODUCT: [Superseded(HOLDER, 1, suspect=False)]} == again.superseded(1)


def test_it_is_kept_while_its_own_log_has_not_ended_it(
    superseded: SqliteLedger, path: Path, clock: StandingClock
) -> None:
    """Facts past their time go, and with them what is known of a session that was reset; the one still open stays."""
    assert clock.now() > STARTED + 50 * DAY
    keep_house(superseded, MONTH, clock)
    assert [OPEN] == [row[1] for row in tables(path, "session")["session"] if row[7] == STARTED]
    assert [OPEN] == [row[1] for row in tables(path, "superseded")["superseded"]]
