"""What is past its time goes from the ledger, in slices, and nothing else goes with it."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from shutil import copytree

import pytest

from exporter import housekeeping
from exporter.catalog.tiers import HOURLY, LONGTERM
from exporter.closing import store_closed
from exporter.errors import LedgerFull
from exporter.housekeeping import EVERY, SLICE, SLICES, Housekeeping
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Gap
from tests.unit.ledger.conftest import Failpoints, StandingClock
from tests.unit.ledger.years import (
    BEGIN,
    DAY,
    FACTS,
    HORIZON,
    MONTH,
    PRODUCT,
    add_facts,
    commit_days,
    facts_of_day,
    keep_house,
    kept,
    stream_of,
    tables,
    windows,
)


def times(path: Path, table: str, column: str) -> list[int]:
    """Return a column of times, sorted."""
    return sorted(time for (time,) in tables(path, f"(SELECT {column} FROM {table})").popitem()[1])


def test_facts_past_their_time_go_and_all_others_stay(
    hundred_days: SqliteLedger, path: Path, clock: StandingClock
) -> None:
    """Of each table of facts those go that were over before the horizon, and their changes; the rest is as it was."""
    before = tables(path, *FACTS)
    keep_house(hundred_days, MONTH, clock)
    after = tables(path, *FACTS)

    for table in FACTS:
        assert 100 == len(before[table]) // (12 if table == "session" else 1)
        assert set(after[table]) < set(before[table]), table
    assert 30 * 12 == len(after["session"])
    assert times(path, "session", "end")[0] >= HORIZON > times(path, "session", "start")[0] - 7200
    for table, column in (("denial", "time"), ("checkin", "time"), ("wait", "start"), ("lifecycle", "time")):
        found = times(path, table, column)
        assert HORIZON <= found[0]
        assert 30 == len(found), table
    assert [(PRODUCT, HORIZON)] == tables(path, "pruned")["pruned"]


def test_counters_and_first_sights_outlive_the_facts(
    hundred_days: SqliteLedger, path: Path, clock: StandingClock
) -> None:
    """Accumulators, trust counts, first sights, coverage and names are untouched."""
    untouched = ("total", "denial_total", "tally", "coverage", "product", "holder", "generation")
    before = tables(path, *untouched)
    keep_house(hundred_days, MONTH, clock)

    assert before == tables(path, *untouched)


def test_what_is_not_over_stays(hundred_days: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """An open session, an open wait and an episode without an outcome stay however long ago they began."""

    def old_and_open(batch: Batch) -> None:
        made = facts_of_day(1, 0)
        session, wait, episode = made.sessions[0], made.waits[0], made.episodes[0]
        session.at = wait.at = episode.at = 77
        session.end = session.checkin = wait.end = episode.outcome = None
        batch.facts.sessions.append(session)
        batch.facts.waits.append(wait)
        batch.facts.episodes.append(episode)

    add_facts(hundred_days, 99, old_and_open)
    keep_house(hundred_days, MONTH, clock)

    for table in ("session", "wait", "episode"):
        assert 77 in times(path, table, "at"), table


def test_windows_are_as_they_were_before_their_facts_went(hundred_days: SqliteLedger, clock: StandingClock) -> None:
    """Every hour and every day is exported as before, and minutes are exported from the horizon on."""
    before = {tier: windows(hundred_days, tier) for tier in ("live", "hourly", "longterm")}
    keep_house(hundred_days, MONTH, clock)

    assert before["hourly"] == windows(hundred_days, "hourly")
    assert before["longterm"] == windows(hundred_days, "longterm")
    assert [row for row in before["live"] if row.start >= HORIZON] == windows(hundred_days, "live")
    assert (100 * 24, 100) == (len(before["hourly"]), len(before["longterm"]))


def test_windows_older_than_their_tier_keeps_them_go(
    hundred_days: SqliteLedger, path: Path, clock: StandingClock
) -> None:
    """Hours of the last ten days and days of the last fifty stay, counted from the newest line; facts stay for ever."""
    rules = kept(hourly=10, longterm=50)
    facts = tables(path, *FACTS)
    keep_house(hundred_days, kept(), clock)
    known = {tier: windows(hundred_days, tier) for tier in ("hourly", "longterm")}
    clock.time += 1000 * DAY  # nothing is read any more
    keep_house(hundred_days, rules, clock)

    for tier, days in (("hourly", 10), ("longterm", 50)):
        begin = BEGIN + (100 - days) * DAY
        assert [row for row in known[tier] if row.start >= begin] == windows(hundred_days, tier)
    assert facts == tables(path, *FACTS)


def test_windows_that_are_not_kept_are_not_made(hundred_days: SqliteLedger) -> None:
    """Where all of a log is read at once no window is stored that would go at once, nor when it is made again."""
    made: list[int] = []
    for _ in range(2):
        store_closed(hundred_days, {HOURLY: 10 * DAY, LONGTERM: 50 * DAY}, made.append)
        hundred_days.make_again(0)

    assert 2 * [10 * 24 + 50] == made


def test_facts_of_windows_that_are_not_stored_stay(ledger: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """Where one of two logs of a feature is six days behind, facts stay from where it stands."""
    commit_days(ledger, range(96), stream=stream_of(ledger))
    commit_days(ledger, range(90), stream=stream_of(ledger, "/logs/other.log"))
    keep_house(ledger, kept(facts=2, denials=2, live=1), clock)

    assert [(PRODUCT, BEGIN + 90 * DAY)] == tables(path, "pruned")["pruned"]


def test_facts_of_minutes_that_are_kept_stay(hundred_days: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """Facts are kept as long as the minutes that are worked out of them, counted from now; for ever if those are."""
    keep_house(hundred_days, kept(facts=2, denials=2, live=None), clock)
    assert [] == tables(path, "pruned")["pruned"]

    keep_house(hundred_days, kept(facts=2, denials=2, live=40), clock)
    assert [(PRODUCT, BEGIN + 60 * DAY)] == tables(path, "pruned")["pruned"]


def test_what_began_since_a_gap_in_doubt_stays(hundred_days: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """A restart asks which sessions began since the gap, so they stay while the pairing may ask."""

    def lose(batch: Batch) -> None:
        batch.gaps = [Gap(1, 50 * 100_000, None, "lost", BEGIN + 50 * DAY + 5)]
        batch.state = {"since": [1, 50 * 100_000]}

    add_facts(hundred_days, 99, lose)
    keep_house(hundred_days, MONTH, clock)

    assert [(PRODUCT, BEGIN + 50 * DAY)] == tables(path, "pruned")["pruned"]


def test_a_storm_of_denials_goes_and_the_sessions_stay(ledger: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """After thirty days thousands of raw denials are gone; sessions, counters and windows are as they were."""
    rules = kept(denials=30, live=30)
    commit_days(ledger, range(60))
    commit_days(ledger, range(60, 61), denials=3 * SLICE)
    commit_days(ledger, range(61, 100))
    untouched = ("session", "change", "wait", "checkin", "episode", "lifecycle", "total", "denial_total")
    before, hours = tables(path, *untouched), windows(ledger, "hourly")
    keep_house(ledger, rules, clock)

    assert 30 == len(times(path, "denial", "time"))
    assert before == tables(path, *untouched)
    assert hours == windows(ledger, "hourly")
    assert 3 * SLICE + 99 == sum(row.fields[15] for row in hours)


def test_denials_of_no_window_go(ledger: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """A name that was only denied as unsupported has no windows to wait for."""
    commit_days(ledger, range(100))
    unsupported = ledger.names.product("srv", "brookd", "brook_old")

    def deny(batch: Batch) -> None:
        denial = facts_of_day(1, 3).denials[0]
        batch.facts.denials.append(denial._replace(product=unsupported, at=78, kind="unsupported"))
        batch.facts.totals[unsupported] = type(batch.facts.totals[PRODUCT])(denials={"unsupported": 1})

    add_facts(ledger, 99, deny)
    keep_house(ledger, MONTH, clock)

    assert 78 not in times(path, "denial", "at")


def test_the_file_gets_smaller(hundred_days: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """The room of what went is given back to the disk, but for a hundredth of the file."""
    commit_days(hundred_days, range(100, 101), denials=20 * SLICE)
    keep_house(hundred_days, kept(), clock)
    commit_days(hundred_days, range(101, 140))
    keep_house(hundred_days, kept(), clock)
    clock.time += 40 * DAY
    before = path.stat().st_size
    keep_house(hundred_days, MONTH, clock)

    assert path.stat().st_size < before / 2
    ((free,),), ((pages,),) = (hundred_days.ask(f"PRAGMA {what}") for what in ("freelist_count", "page_count"))
    assert free <= pages / 100 + 1


def test_lines_wait_for_a_few_slices_only(
    hundred_days: SqliteLedger, path: Path, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a growing log a call makes at most `SLICES` small transactions, and the next goes on where it ended."""
    monkeypatch.setattr(housekeeping, "SLICE", 50)
    keep_house(hundred_days, kept(), clock)
    some = Housekeeping(hundred_days, MONTH, clock, at_once=False)
    sessions = []
    for _ in range(8):
        ((revision,),) = hundred_days.ask("SELECT revision FROM meta")
        some()
        ((later,),) = hundred_days.ask("SELECT revision FROM meta")
        assert later - revision <= SLICES
        sessions.append(len(times(path, "session", "end")))

    assert sessions[0] > sessions[1] > sessions[-1] == 30 * 12


def test_a_quiet_hour_writes_nothing(hundred_days: SqliteLedger, clock: StandingClock) -> None:
    """Once all is done nothing is written, however often it is looked."""
    some = Housekeeping(hundred_days, MONTH, clock, at_once=True)
    some()
    ((revision,),) = hundred_days.ask("SELECT revision FROM meta")
    for _ in range(5):
        clock.time += EVERY
        some()

    assert [(revision,)] == hundred_days.ask("SELECT revision FROM meta")


PLACES = ("txn-begin", "mid-windows", "mid-prune", "before-commit", "after-commit", "after-giving-back")


class Killed(BaseException):
    """What a test takes for the end of the process."""


class Deadly:
    """Ends the process at the n-th pass of a place."""

    def __init__(self, place: str, number: int) -> None:
        """Take the place and n."""
        self.place, self.left = place, number

    def __call__(self, name: str) -> None:
        """Pass *name*."""
        self.left -= name == self.place
        if self.left == 0 and name == self.place:
            raise Killed


@pytest.mark.parametrize("place", PLACES)
def test_killed_between_any_two_slices(
    hundred_days: SqliteLedger, path: Path, clock: StandingClock, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is ended, windows are exported as before; the next call does the rest, and all is as without."""
    monkeypatch.setattr(housekeeping, "SLICE", 200)
    expected = {tier: windows(hundred_days, tier) for tier in ("hourly", "longterm")}
    hundred_days.close()
    for number in count(1):
        copy = path.parent / str(number) / path.name
        copytree(path.parent, copy.parent, ignore=lambda folder, names: [name for name in names if name.isdecimal()])
        ledger = SqliteLedger.open(copy, clock, Deadly(place, number))
        try:
            keep_house(ledger, MONTH, clock)
            break
        except Killed:
            ledger.close()
        ledger = SqliteLedger.open(copy, clock, Deadly(place, 0))
        assert expected == {tier: windows(ledger, tier) for tier in expected}
        keep_house(ledger, MONTH, clock)
        assert expected == {tier: windows(ledger, tier) for tier in expected}
        for table in FACTS:
            assert 30 == len(tables(copy, table)[table]) // (12 if table == "session" else 1)
        assert [(PRODUCT, HORIZON)] == tables(copy, "pruned")["pruned"]
        ledger.close()
    ledger.close()
    assert number > (1 if place in ("mid-windows", "after-giving-back") else 4)


@pytest.mark.parametrize("place", ["txn-begin", "mid-prune", "before-commit"])
def test_a_slice_that_fails_is_tried_again(
    hundred_days: SqliteLedger, path: Path, clock: StandingClock, failpoints: Failpoints, place: str
) -> None:
    """A full disk keeps what was there, and the next call does what this one could not."""
    keep_house(hundred_days, kept(), clock)
    before = tables(path, *FACTS)
    keeping = Housekeeping(hundred_days, MONTH, clock, at_once=True)
    failpoints.errors[place] = OSError(28, "No space left on device")
    with pytest.raises(LedgerFull):
        keeping()
    assert before == tables(path, *FACTS)
    keeping()

    assert 30 * 12 == len(times(path, "session", "end"))
