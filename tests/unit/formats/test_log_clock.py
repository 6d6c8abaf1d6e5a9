"""The clock that a log without dates runs by: midnights, steps, nights of changed clocks, times not believed."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.formats.clock import EARLIEST, LogClock, mover
from tests.unit.formats.flexlm_driving import LATER, iso, utc


def _tod(text: str) -> int:
    """Return the seconds of ``H:MM[:SS]``."""
    hours, minutes, seconds = (int(part) for part in f"{text}:0".split(":")[:3])
    return hours * 3600 + minutes * 60 + seconds


def _clock(zone: str, day: str) -> LogClock:
    """Make a clock that begins on *day*."""
    clock = LogClock(ZoneInfo(zone))
    clock.begin(date.fromisoformat(day).toordinal(), inferred=False)
    return clock


def _times(zone: str, day: str, tods: str) -> list[str]:
    """Let a clock go over the times of day, and give the UTC times it made of them."""
    clock = _clock(zone, day)
    return [iso(clock.advance(_tod(tod), LATER))[5:16] for tod in tods.split()]


@pytest.mark.parametrize(
    ("fall", "day"),
    [
        ("12:00:00 0:00:00", "05"),  # exactly 12 h: the clock was set back
        ("12:00:01 0:00:00", "06"),
        ("23:59:59 0:00:00", "06"),
        ("23:00:00 11:00:00", "05"),
        ("23:00:00 10:59:59", "06"),
    ],
)
def test_a_fall_of_more_than_twelve_hours_is_midnight(fall: str, day: str) -> None:
    """The date moves on when the time of day falls by more than twelve hours, and by no less."""
    clock = _clock("UTC", "2024-03-05")
    times = [iso(clock.advance(_tod(tod), LATER)) for tod in fall.split()]

    assert f"2024-03-{day}" == times[1][:10]


def test_a_smaller_fall_is_a_step_of_the_clock() -> None:
    """A clock that is set back keeps its date, and goes on from there."""
    assert ["03-05 10:00", "03-05 09:44", "03-05 03:00", "03-05 23:00", "03-06 00:10"] == _times(
        "UTC", "2024-03-05", "10:00 9:44 3:00 23:00 0:10"
    )


def test_the_slower_of_two_clocks_may_still_be_before_midnight() -> None:
    """A rise by almost a day is a line from before the midnight that another process has passed already."""
    assert ["03-05 23:59", "03-06 00:00", "03-05 23:59", "03-06 00:00"] == _times(
        "UTC", "2024-03-05", "23:59:00 0:00:01 23:59:58 0:00:03"
    )


def test_the_latest_second_never_goes_back() -> None:
    """A step back leaves the frontier where it was; a re-base forgets it."""
    clock = _clock("UTC", "2024-03-05")
    clock.advance(_tod("10:00"), LATER)
    clock.advance(_tod("9:00"), LATER)
    assert (utc("2024-03-05 10:00"), utc("2024-03-05 09:00")) == (clock.latest, clock.last)

    clock.rebase()
    assert (None, None) == (clock.latest, clock.last)


NIGHTS = [
    # Madrid: 3:00 CEST becomes 2:00 CET.
    ("Europe/Madrid", "2024-10-27", "1:50 2:20 2:50 2:10 2:40 3:10", "23:50 00:20 00:50 01:10 01:40 02:10"),
    # A step back of half an hour begins the second pass, one of a second less does not.
    ("Europe/Madrid", "2024-10-27", "2:45:00 2:15:00", "00:45 01:15"),
    ("Europe/Madrid", "2024-10-27", "2:45:00 2:15:01", "00:45 00:15"),
    # In the second pass a small step leads to no third.
    ("Europe/Madrid", "2024-10-27", "2:50 2:10 2:05 2:40 2:00", "00:50 01:10 01:05 01:40 01:00"),
    # Only a step back inside the hour says that it is the second pass.
    ("Europe/Madrid", "2024-10-27", "1:10 3:30 3:00", "23:10 02:30 02:00"),
    ("Europe/Madrid", "2024-10-27", "2:30 3:30 4:00", "00:30 02:30 03:00"),
    # After the hour a step of seconds leads back into its second pass.
    ("Europe/Madrid", "2024-10-27", "2:50 2:10 3:00:05 2:59:58", "00:50 01:10 02:00 01:59"),
    # The next day has nothing of it.
    ("Europe/Madrid", "2024-10-27", "2:50 2:10 23:00 2:10", "00:50 01:10 22:00 01:10"),
    # Madrid in spring: 2:00 CET becomes 3:00 CEST; what doesn't exist moves forward.
    ("Europe/Madrid", "2024-03-31", "1:59 3:00 3:30", "00:59 01:00 01:30"),
    ("Europe/Madrid", "2024-03-31", "1:59 2:05 3:20", "00:59 01:05 01:20"),
    # Havana changes at midnight: in autumn 1:00 becomes 0:00 of the same day, in spring 0:00 becomes 1:00.
    ("America/Havana", "2024-11-02", "23:50 0:10 0:50 0:05 0:40 1:05", "03:50 04:10 04:50 05:05 05:40 06:05"),
    ("America/Havana", "2024-03-09", "23:50 1:00 2:00", "04:50 05:00 06:00"),
    ("America/Havana", "2024-03-09", "23:50 0:20 1:30", "04:50 05:20 05:30"),
    # Santiago: 24:00 becomes 23:00 of the day that was about to end.
    ("America/Santiago", "2024-04-06", "22:50 23:20 23:55 23:05 23:50 0:10", "01:50 02:20 02:55 03:05 03:50 04:10"),
    # Lord Howe moves by half an hour, which is too short for a step that begins a second pass: its lines are up to half
    # an hour early, and right again after it.
    ("Australia/Lord_Howe", "2024-04-07", "1:20 1:40 1:59:59 1:30 1:50 2:00", "14:20 14:40 14:59 14:30 14:50 15:30"),
    ("Australia/Lord_Howe", "2024-10-06", "1:50 2:30 2:40", "15:20 15:30 15:40"),
    ("Australia/Lord_Howe", "2024-10-06", "1:50 2:10 2:40", "15:20 15:40 15:40"),
    # No night at all.
    ("Asia/Kolkata", "2024-10-27", "2:50 2:10 3:10", "21:20 20:40 21:40"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "tods", "expected"), NIGHTS, ids=str)
def test_nights_of_changed_clocks(zone: str, day: str, tods: str, expected: str) -> None:
    """A repeated hour is its first pass until a line steps back in it; a time that does not exist moves forward."""
    assert expected.split() == [time[6:] for time in _times(zone, day, tods)]


def test_a_second_pass_is_remembered_over_a_saved_state() -> None:
    """A clock restored in the second pass goes on in it."""
    clock = _clock("Europe/Madrid", "2024-10-27")
    for tod in ("2:50", "2:10"):
        clock.advance(_tod(tod), LATER)
    again = LogClock(ZoneInfo("Europe/Madrid"))
    again.restore(json.loads(json.dumps(clock.state())))

    assert "2024-10-27 01:20:00" == iso(again.advance(_tod("2:20"), LATER))


def test_a_second_pass_goes_on_after_a_day_that_was_told_wrong() -> None:
    """A date of another day, taken back within the hour, ends no second pass; one from before the hour does."""
    night, day_after = (date.fromisoformat(day).toordinal() for day in ("2024-10-27", "2024-10-28"))
    clock = _clock("Europe/Madrid", "2024-10-27")
    for tod in ("2:50", "2:10"):
        clock.advance(_tod(tod), LATER)
    clock.anchor(day_after, _tod("2:11"), LATER)

    assert "2024-10-27 01:12:00" == iso(clock.anchor(night, _tod("2:12"), LATER))
    clock.anchor(night - 1, _tod("2:13"), LATER)
    assert "2024-10-27 00:14:00" == iso(clock.anchor(night, _tod("2:14"), LATER))


@pytest.mark.parametrize(
    ("day", "tod", "falls"),
    [
        ("2024-03-05", "9:59:59", False),  # a step, and no date of another day
        ("2024-03-04", "10:00:01", False),
        ("2024-03-04", "10:00:00", True),
        ("2024-03-04", "9:59:59", True),
        ("2023-03-05", "12:00:00", True),
        ("2024-03-07", "9:00:00", False),
    ],
)
def test_a_fall_of_a_whole_day_is_a_rebase(day: str, tod: str, falls: bool) -> None:
    """From 10:00 on 5 March, exactly a day back is a re-base, a second less is not, and forward never is."""
    clock = _clock("UTC", "2024-03-05")
    clock.advance(_tod("10:00:00"), LATER)

    assert falls == clock.falls_a_day(date.fromisoformat(day).toordinal(), _tod(tod))


def test_nothing_falls_before_the_first_line() -> None:
    """A clock that has read nothing has nothing to fall from."""
    clock = _clock("UTC", "2024-03-05")

    assert not clock.falls_a_day(date(2020, 1, 1).toordinal(), 0)


def test_a_time_after_the_bound_is_not_believed() -> None:
    """The second of the bound is believed, the one after is not, and then nothing has moved."""
    clock = _clock("UTC", "2024-03-05")
    clock.advance(_tod("9:00"), LATER)
    before = clock.state()

    assert clock.advance(_tod("10:00:01"), utc("2024-03-05 10:00:00")) is None
    assert before == clock.state()
    assert utc("2024-03-05 10:00") == clock.advance(_tod("10:00"), utc("2024-03-05 10:00:00"))


def test_a_time_before_1990_is_not_believed() -> None:
    """1990 itself is believed, the second before is not."""
    clock = _clock("UTC", "1989-12-31")

    assert clock.advance(_tod("23:59:59"), LATER) is None
    assert not clock.believes(date(1989, 12, 31).toordinal(), _tod("23:59:59"), LATER)
    assert EARLIEST == clock.anchor(date(1990, 1, 1).toordinal(), 0, LATER)


def test_moving_by_days_keeps_the_local_time() -> None:
    """A time moved over a change of the clocks keeps its time of day, not its distance."""
    move = mover(ZoneInfo("Europe/Madrid"), 1)

    assert "2024-03-31 08:00:00" == iso(move(utc("2024-03-30 09:00:00")))
    assert "2024-03-31 01:30:00" == iso(move(utc("2024-03-30 01:30:00")))


@given(
    st.sampled_from(["Europe/Madrid", "America/Havana", "America/Santiago", "Asia/Kolkata", "UTC"]),
    st.sampled_from(["2024-10-26", "2024-03-30", "2024-11-02", "2024-03-09", "2024-04-06", "2024-09-07"]),
    st.lists(st.integers(1, 1700), min_size=1, max_size=200),
)
def test_a_clock_that_is_never_silent_for_long_is_followed_exactly(zone: str, day: str, steps: list[int]) -> None:
    """Over any night the local times of a running server, half an hour apart at most, become its true seconds again."""
    info = ZoneInfo(zone)
    clock = _clock(zone, day)
    moment = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=info).astimezone(ZoneInfo("UTC"))
    expected, found = [], []
    # Half a day without an event brings no clock past what it may count on; lines come all the time.
    for step in [1700] * 20 + steps:
        moment += timedelta(seconds=step)
        here = moment.astimezone(info)
        expected.append(int(moment.timestamp()))
        found.append(clock.advance(here.hour * 3600 + here.minute * 60 + here.second, LATER))

    assert expected == found
