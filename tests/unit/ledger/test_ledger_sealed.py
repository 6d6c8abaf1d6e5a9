"""Windows whose facts have gone stay as they are, whatever asks for them to be made again; others are made again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from exporter import closing, windowing
from exporter.facts import CheckinFact
from exporter.housekeeping import rebuild
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Kept, WindowRow
from exporter.rules import Rules
from tests.unit.ledger.conftest import Failpoints, Opener, StandingClock
from tests.unit.ledger.years import (
    BEGIN,
    DAY,
    FACTS,
    HORIZON,
    MONTH,
    PRODUCT,
    RULES,
    add_facts,
    commit_days,
    facts_of_day,
    keep_house,
    kept,
    stream_of,
    tables,
    windows,
)

STORED = ("hourly", "longterm")


def stored_windows(ledger: SqliteLedger) -> dict[str, list[WindowRow]]:
    """Return all hours and days."""
    return {tier: windows(ledger, tier) for tier in STORED}


def make_anew(
    ledger: SqliteLedger, keep: Kept, since: int = 0, rules: Rules = RULES
) -> tuple[list[tuple[int, bool]], list[int]]:
    """Rebuild; return what was told at the begin, and the progress."""
    begun: list[tuple[int, bool]] = []
    progress: list[int] = []
    take_over = partial(ledger.adopt, rules, replay=lambda lines, frontier: [], rezone=True)
    rebuild(ledger, keep, since, take_over, lambda *told: begun.append(told), progress.append)
    return begun, progress


def write(path: Path, sql: str, *values: object) -> None:
    """Change a ledger that nobody has open."""
    with sqlite3.connect(path) as db:
        db.execute(sql, values)
    db.close()


def late_day(day: int) -> Callable[[Batch], None]:
    """Return what puts the facts of a day that was read long ago into a batch, as if of another file."""

    def fill(batch: Batch) -> None:
        batch.facts = facts_of_day(9, day)

    return fill


def test_late_facts_are_counted_and_seal_holds(hundred_days: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """Facts from before the horizon change no window; each session, wait, denial and check-in is counted, and goes."""
    keep_house(hundred_days, MONTH, clock)
    before = stored_windows(hundred_days)
    add_facts(hundred_days, 99, late_day(69))
    tally = dict(hundred_days.ask("SELECT kind, n FROM tally"))
    assert 12 + 1 + 1 + 1 == tally["late"]
    assert before == stored_windows(hundred_days)
    keep_house(hundred_days, MONTH, clock)

    assert before == stored_windows(hundred_days)
    assert 30 * 12 == len(tables(path, "session")["session"])


def test_facts_behind_the_horizon_are_not_late(hundred_days: SqliteLedger, clock: StandingClock) -> None:
    """A late fact whose time is kept corrects its windows."""
    keep_house(hundred_days, MONTH, clock)
    before = stored_windows(hundred_days)["hourly"]

    def fill(batch: Batch) -> None:
        late_day(70)(batch)
        batch.facts.checkins.append(CheckinFact(9, 5, PRODUCT, HORIZON))

    add_facts(hundred_days, 99, fill)
    keep_house(hundred_days, MONTH, clock)
    after = stored_windows(hundred_days)["hourly"]

    assert [] == list(hundred_days.ask("SELECT n FROM tally WHERE kind = 'late'"))
    changed = {old.start for old, new in zip(before, after, strict=True) if old != new}
    assert set(range(HORIZON, HORIZON + DAY, 3600)) == changed


def test_a_changed_capacity_stops_at_the_seal(
    hundred_days: SqliteLedger, opened: Opener, path: Path, clock: StandingClock
) -> None:
    """Seats issued since the first day are in the windows from the horizon on; those before stay as they were."""
    keep_house(hundred_days, MONTH, clock)
    before = stored_windows(hundred_days)
    hundred_days.close()
    write(path, "INSERT INTO capacity_row VALUES (?, ?, 5, 'config', 1)", PRODUCT, BEGIN)
    ledger = opened()
    ledger.make_again(0)
    keep_house(ledger, MONTH, clock)

    for tier, rows in stored_windows(ledger).items():
        assert [row for row in before[tier] if row.start < HORIZON] == [row for row in rows if row.start < HORIZON]
        assert {5.0} == {row.fields[5] for row in rows if row.start >= HORIZON}
        assert len(before[tier]) == len(rows)


def test_a_product_is_sealed_with_its_members(
    hundred_days: SqliteLedger, opened: Opener, path: Path, clock: StandingClock
) -> None:
    """A product named later has windows from where the facts of all its members are there."""
    keep_house(hundred_days, MONTH, clock)
    hundred_days.close()
    write(path, "INSERT INTO subject (name) VALUES ('Brook')")
    write(path, "INSERT INTO member SELECT id, ? FROM subject WHERE name = 'Brook'", PRODUCT)
    ledger = opened()
    before = windows(ledger, "longterm", product=True)
    keep_house(ledger, MONTH, clock)

    assert [HORIZON + n * DAY for n in range(30)] == [row.start for row in before]
    assert before == windows(ledger, "longterm", product=True)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_a_rebuild_in_another_zone_leaves_what_is_sealed(
    hundred_days: SqliteLedger, clock: StandingClock, zone: str
) -> None:
    """Behind the horizon windows are those of the new zone, before it of the old one; none lies over another."""
    keep_house(hundred_days, MONTH, clock)
    before = stored_windows(hundred_days)
    make_anew(hundred_days, MONTH, rules=replace(RULES, zone=zone))

    for tier, rows in stored_windows(hundred_days).items():
        assert [row for row in before[tier] if row.start < HORIZON] == [row for row in rows if row.start < HORIZON]
        assert all(row.end <= later.start for row, later in pairwise(rows))
        fresh = [row for row in rows if row.start >= HORIZON]
        assert HORIZON <= fresh[0].start < HORIZON + (DAY if tier == "longterm" else 3600)
        assert BEGIN + 100 * DAY - fresh[0].start == sum(row.fields[4] for row in fresh)


def test_a_reset_source_is_read_anew(hundred_days: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """After a reset nothing is sealed: the log is read as if it were new, and its windows are as at first."""
    before = stored_windows(hundred_days)
    keep_house(hundred_days, MONTH, clock)
    hundred_days.reset("lic")
    assert {"pruned": [], "window": []} == tables(path, "pruned", "window")
    commit_days(hundred_days, range(100))
    assert [] == list(hundred_days.ask("SELECT n FROM tally WHERE kind = 'late'"))
    keep_house(hundred_days, MONTH, clock)

    assert before == stored_windows(hundred_days)


def test_what_two_sources_tell_of_stays_sealed_when_one_is_reset(ledger: SqliteLedger, clock: StandingClock) -> None:
    """Windows that can't be made from what the other source still has stay as they were."""
    commit_days(ledger, range(100))
    stream_of(ledger)
    other = ledger.checkpoint("other", "srv", "/logs/other.log").stream
    commit_days(ledger, range(100), stream=other)
    keep_house(ledger, MONTH, clock)
    before = stored_windows(ledger)
    ledger.reset("other")
    keep_house(ledger, MONTH, clock)

    for tier, rows in stored_windows(ledger).items():
        assert [row for row in before[tier] if row.start < HORIZON] == [row for row in rows if row.start < HORIZON]
        assert [row.start for row in before[tier]] == [row.start for row in rows]
        assert before[tier] != rows


def test_a_rebuild_without_a_change_changes_nothing(
    hundred_days: SqliteLedger, path: Path, clock: StandingClock
) -> None:
    """Windows, their revisions too, are as they were; the epoch is raised by one, for who has shipped them."""
    keep_house(hundred_days, MONTH, clock)
    untouched = ("window", "stored", "pruned", "rule", *FACTS)
    before = tables(path, *untouched)
    ((epoch,),) = hundred_days.ask("SELECT epoch FROM meta")
    begun, progress = make_anew(hundred_days, MONTH)

    assert before == tables(path, *untouched)
    assert [(epoch + 1,)] == hundred_days.ask("SELECT epoch FROM meta")
    assert ([(100 * 25, False)], 30 * 25) == (begun, progress[-1])


def test_a_rebuild_puts_right_what_was_wrong_from_its_date_on(
    hundred_days: SqliteLedger, opened: Opener, path: Path, clock: StandingClock
) -> None:
    """Damaged windows are made anew where `--from` asks for it, and all of them without it."""
    keep_house(hundred_days, kept(), clock)
    right = stored_windows(hundred_days)
    hundred_days.close()
    write(path, "UPDATE window SET checkouts = 1000")
    ledger = opened()
    wrong = stored_windows(ledger)
    make_anew(ledger, kept(), BEGIN + 40 * DAY)
    partly = stored_windows(ledger)
    make_anew(ledger, kept())

    for tier in STORED:
        cut = sum(row.start < BEGIN + 40 * DAY for row in right[tier])
        assert wrong[tier][:cut] + right[tier][cut:] == partly[tier]
    assert right == stored_windows(ledger)


def test_a_rebuild_that_was_stopped_goes_on(
    hundred_days: SqliteLedger,
    opened: Opener,
    path: Path,
    clock: StandingClock,
    failpoints: Failpoints,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stopped after each piece it makes the next one, without beginning again, and ends with all windows right."""
    monkeypatch.setattr(windowing, "_AT_ONCE", 200)
    monkeypatch.setattr(closing, "_PER_COMMIT", 1)
    ledger = hundred_days
    keep_house(ledger, kept(), clock)
    right = stored_windows(ledger)
    ledger.close()
    write(path, "UPDATE window SET checkouts = 1000")
    ledger = opened()
    ((epoch,),) = ledger.ask("SELECT epoch FROM meta")
    begun: list[tuple[int, bool]] = []

    def stop_at_the_next(_: int) -> None:
        failpoints.errors["mid-windows"] = KeyboardInterrupt()

    for _ in range(50):
        try:
            rebuild(ledger, kept(), 0, lambda: None, lambda *told: begun.append(told), stop_at_the_next)
            break
        except KeyboardInterrupt:
            ledger.close()
            ledger = opened()
    left = [known for known, _ in begun]
    assert len(begun) < 50
    assert [False, *[True] * (len(begun) - 1)] == [goes_on for _, goes_on in begun]

    assert len(left) > 9
    assert left == sorted(set(left), reverse=True)
    assert right == stored_windows(ledger)
    assert [(epoch + 1,)] == ledger.ask("SELECT epoch FROM meta")


def test_a_rebuild_that_run_has_ended_begins_again(hundred_days: SqliteLedger, clock: StandingClock) -> None:
    """What is left of a stopped rebuild is made by whoever keeps house next; then a rebuild is a new one."""
    keep_house(hundred_days, kept(), clock)
    hundred_days.make_again(0)
    assert ([(100 * 25, True)], [100 * 25]) == make_anew(hundred_days, kept())
    hundred_days.make_again(0)
    keep_house(hundred_days, kept(), clock)

    assert ([(100 * 25, False)], [100 * 25]) == make_anew(hundred_days, kept())


def test_a_rebuild_from_an_earlier_date_begins_again(hundred_days: SqliteLedger, clock: StandingClock) -> None:
    """One that was stopped, of less, is not all that is asked for."""
    keep_house(hundred_days, kept(), clock)
    hundred_days.make_again(BEGIN + 50 * DAY)

    assert ([(100 * 25, False)], [100 * 25]) == make_anew(hundred_days, kept())
