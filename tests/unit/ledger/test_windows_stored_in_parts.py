"""Windows that are over are stored a part at a time, so that lines have their turn; and not looked for in vain."""

from __future__ import annotations

import pytest

from exporter import closing, housekeeping
from exporter.housekeeping import Housekeeping
from exporter.ledger.store import SqliteLedger
from tests.unit.ledger.conftest import StandingClock
from tests.unit.ledger.years import commit_days, keep_house, kept, stream_of, windows


def stored(ledger: SqliteLedger) -> int:
    """Count the rows of windows."""
    ((count,),) = ledger.ask("SELECT count(*) FROM window")
    return int(count)


def test_windows_are_stored_a_part_at_a_time(
    hundred_days: SqliteLedger, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call stores one part and says that there is more; in the end it is what one call stores at once."""
    monkeypatch.setattr(housekeeping, "PIECES", 1)
    some = Housekeeping(hundred_days, kept(), clock, at_once=False)
    rows = []
    while some():
        rows.append(stored(hundred_days))
    in_parts = windows(hundred_days, "hourly"), windows(hundred_days, "longterm")
    hundred_days.make_again(0)
    keep_house(hundred_days, kept(), clock)

    assert 2 == len(rows)
    assert 0 < rows[0] < rows[1]
    assert in_parts == (windows(hundred_days, "hourly"), windows(hundred_days, "longterm"))


def test_windows_are_looked_for_when_something_was_committed(
    hundred_days: SqliteLedger, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When all are stored nothing is looked for until the next commit; what that closes is stored then."""
    keeping = Housekeeping(hundred_days, kept(), clock, at_once=True)
    keeping()
    looks = []

    def note(*arguments: object, **options: object) -> object:
        looks.append(arguments)
        return closing.store_closed(*arguments, **options)  # type: ignore[arg-type] -- handed on as they come

    monkeypatch.setattr(housekeeping, "store_closed", note)
    keeping()
    looked, before = len(looks), stored(hundred_days)
    commit_days(hundred_days, [100], stream=stream_of(hundred_days))
    keeping()

    assert (0, 1) == (looked, len(looks))
    assert before < stored(hundred_days)
