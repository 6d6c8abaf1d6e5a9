"""The windows of the tiers in zones whose clocks are moved, by hours, by half hours and over whole days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, TIERS, Tier
from exporter.tiers.calendar import bounds, window_holding

MADRID = ZoneInfo("Europe/Madrid")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Madrid",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "America/St_Johns",
        "America/Sao_Paulo",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    )
]


def at(text: str) -> int:
    """Return the UTC second of an ISO time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def texts(found: range | list[int]) -> list[str]:
    """Return UTC seconds as ISO times, to the minute."""
    return [datetime.fromtimestamp(second, UTC).strftime("%dT%H:%M") for second in found]


@pytest.mark.parametrize(
    ("tier", "zone", "start", "stop", "expected"),
    [
        (LIVE, "Asia/Kolkata", "2024-03-05T10:19:59", "2024-03-05T10:21:00", ["05T10:19", "05T10:20", "05T10:21"]),
        (HOURLY, "Asia/Kolkata", "2024-03-05T18:10:00", "2024-03-05T18:31:00", ["05T17:30", "05T18:30", "05T19:30"]),
        (LONGTERM, "Asia/Kolkata", "2024-03-05T18:30:00", "2024-03-05T18:30:01", ["05T18:30", "06T18:30"]),
        (HOURLY, "Europe/Madrid", "2024-10-27T00:30:00", "2024-10-27T01:30:00", ["27T00:00", "27T01:00", "27T02:00"]),
        (LONGTERM, "Europe/Madrid", "2024-10-27T12:00:00", "2024-10-27T12:00:01", ["26T22:00", "27T23:00"]),
        (LONGTERM, "Europe/Madrid", "2024-03-31T12:00:00", "2024-03-31T12:00:01", ["30T23:00", "31T22:00"]),
        # The clock goes from 2:00 back to 1:30 at 15:00Z: the half hour that comes twice is a window of its own.
        (HOURLY, "Australia/Lord_Howe", "2024-04-06T14:10:00", "2024-04-06T15:40:00",
         ["06T14:00", "06T15:00", "06T15:30", "06T16:30"]),
        # From 2:00 on to 2:30 at 15:30Z: half an hour is left of the hour.
        (HOURLY, "Australia/Lord_Howe", "2024-10-05T15:00:00", "2024-10-05T16:10:00",
         ["05T14:30", "05T15:30", "05T16:00", "05T17:00"]),
        # Midnight of 4 November 2018 does not exist: the day begins at 1:00.
        (LONGTERM, "America/Sao_Paulo", "2018-11-03T12:00:00", "2018-11-04T12:00:00",
         ["03T03:00", "04T03:00", "05T02:00"]),
        # 30 December 2011 does not exist.
        (LONGTERM, "Pacific/Apia", "2011-12-29T12:00:00", "2011-12-31T00:00:00", ["29T10:00", "30T10:00", "31T10:00"]),
        # At 0:01 the clock goes back to 23:01: the day that has begun stays so.
        (LONGTERM, "America/St_Johns", "2010-11-07T02:31:00", "2010-11-07T02:32:00", ["07T02:30", "08T03:30"]),
    ],
)  # fmt: skip
def test_bounds_by_hand(tier: Tier, zone: str, start: str, stop: str, expected: list[str]) -> None:
    """The bounds of the windows that hold a span are those that a calendar on paper gives."""
    assert expected == texts(list(bounds(tier, ZoneInfo(zone), at(start), at(stop))))


def test_an_empty_span_has_no_bounds() -> None:
    """A span without a second touches no window."""
    assert [[], [], []] == [list(bounds(tier, MADRID, 7200, 7200)) for tier in TIERS]


def test_a_year_of_madrid() -> None:
    """A year has as many hours as its days have, 23 and 25 on two of them."""
    start, stop = at("2023-12-31T23:00:00"), at("2024-12-31T23:00:00")
    days = bounds(LONGTERM, MADRID, start, stop)
    lengths = [end - begin for begin, end in pairwise(days)]

    assert (366, 8784 + 1) == (len(lengths), len(bounds(HOURLY, MADRID, start, stop)))
    assert {23 * 3600: 1, 24 * 3600: 364, 25 * 3600: 1} == {length: lengths.count(length) for length in set(lengths)}


@pytest.mark.parametrize(
    ("zone", "start"),
    [("Australia/Lord_Howe", "2024-04-05T03:20:00"), ("America/St_Johns", "2010-11-05T03:20:00")],
)
def test_hours_of_several_days(zone: str, start: str) -> None:
    """The hours of days around a change of the clock are those that are found one by one."""
    first, local = at(start), ZoneInfo(zone)
    one_by_one = sorted({window_holding(HOURLY, local, first + 60 * minute)[0] for minute in range(4 * 1440)})

    assert one_by_one == list(bounds(HOURLY, local, first, first + 4 * 86400 - 60 + 1))[:-1]


MOMENTS = st.integers(at("1990-01-01T00:00:00"), at("2040-01-01T00:00:00"))


@given(st.sampled_from(TIERS), st.sampled_from(ZONES), MOMENTS, st.integers(1, 86400 * 400))
def test_bounds_hold_the_span_and_no_window_more(tier: Tier, zone: ZoneInfo, start: int, length: int) -> None:
    """Bounds rise, the first window holds the first second and the last window the last one."""
    length = length % (86400 * 2) + 1 if tier is LIVE else length
    found = bounds(tier, zone, start, start + length)

    assert sorted(set(found)) == list(found)
    assert found[0] <= start < found[1]
    assert found[-2] < start + length <= found[-1]


@given(st.sampled_from(TIERS), st.sampled_from(ZONES), MOMENTS, st.integers(0, 86400 * 40))
def test_a_window_is_the_same_wherever_it_is_asked_from(tier: Tier, zone: ZoneInfo, start: int, later: int) -> None:
    """The window that holds an instant is the one that the bounds of a longer span give."""
    instant = start + (later % 86400 if tier is LIVE else later)
    found = bounds(tier, zone, start, instant + 1)

    assert (found[-2], found[-1]) == window_holding(tier, zone, instant)


@given(st.sampled_from(ZONES), MOMENTS, st.data())
def test_an_hour_is_one_hour_of_the_clock(zone: ZoneInfo, moment: int, data: st.DataObject) -> None:
    """All of an hour has one date and hour on the zone's clock, and one offset, and it lasts an hour at most."""
    start, end = window_holding(HOURLY, zone, moment)
    other = data.draw(st.integers(start, end - 1))
    one, two = (datetime.fromtimestamp(second, zone) for second in (moment, other))

    assert (one.date(), one.hour, one.utcoffset()) == (two.date(), two.hour, two.utcoffset())
    assert end - start <= 3600


def days_of(zone: ZoneInfo, *seconds: int) -> list[date]:
    """Return the dates that the zone's clock shows."""
    return [datetime.fromtimestamp(second, zone).date() for second in seconds]


@given(st.sampled_from([zone for zone in ZONES if zone.key != "America/St_Johns"]), MOMENTS)
def test_a_day_is_one_date_of_the_clock(zone: ZoneInfo, moment: int) -> None:
    """A day begins with the first and ends with the last second of its date."""
    start, end = window_holding(LONGTERM, zone, moment)
    before, first, own, last, after = days_of(zone, start - 1, start, moment, end - 1, end)

    assert first == own == last
    assert before < own < after
