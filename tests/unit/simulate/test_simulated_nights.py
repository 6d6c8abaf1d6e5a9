"""The nights on which the clock changes, and the wall clock that shows it."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from exporter.simulate.localtime import LocalTime
from exporter.simulate.model import Simulation
from exporter.simulate.site import demo_site

MADRID = ZoneInfo("Europe/Madrid")
SET_BACK = 1_729_990_800  # 2024-10-27T01:00:00Z, from 3:00 CEST to 2:00 CET


def wall(text: str) -> int:
    """Give the seconds since midnight that a line shows."""
    hour, minute, second = text[:8].split(":")
    return int(hour) * 3600 + int(minute) * 60 + int(second)


def test_the_repeated_hour_can_be_known_by_its_lines() -> None:
    """In the autumn night exactly one line steps back, by more than half an hour: the first after the change."""
    simulation = Simulation(3, demo_site(scale=0.01), MADRID)
    lines = list(simulation.days(date(2024, 10, 26), 2))
    back = [
        (later.time, wall(earlier.text) - wall(later.text))
        for earlier, later in pairwise(lines)
        if 0 < wall(earlier.text) - wall(later.text) < 12 * 3600
    ]
    assert back == [(SET_BACK, 3599)]


def test_the_missing_hour_is_on_no_line() -> None:
    """In the spring night no line shows a time between 2:00 and 3:00."""
    lines = list(Simulation(3, demo_site(scale=5), MADRID).days(date(2024, 3, 31), 1))
    assert [line.text for line in lines if line.text.startswith(" 2:")] == []
    assert [line for line in lines if line.text.startswith(" 3:")]


def test_a_day_of_25_hours_is_covered_whole() -> None:
    """The lines of the autumn day lie within its 25 hours, and its last hour has some."""
    lines = list(Simulation(3, demo_site(), MADRID).days(date(2024, 10, 27), 1))
    begin = LocalTime(MADRID).at(date(2024, 10, 27), 0)
    assert lines[0].time == begin
    assert begin + 24 * 3600 <= lines[-1].time < begin + 25 * 3600


def test_set_backs_are_found_and_set_forwards_are_not() -> None:
    """Over a year the one autumn change is found to the second; a zone without changes has none."""
    begin, end = 1_704_067_200, 1_735_689_600
    assert LocalTime(MADRID).set_backs(begin, end) == [SET_BACK]
    assert LocalTime(ZoneInfo("UTC")).set_backs(begin, end) == []
