"""How busy the site is at a time, and how long things take."""

from __future__ import annotations

from math import pi, sin
from typing import Protocol

from exporter.simulate.localtime import LocalTime

# Share of the people at work, at each full hour of a working day; straight lines between them.
_HOURS = (3, 2, 2, 2, 2, 3, 6, 20, 65, 95, 100, 95, 80, 55, 75, 98, 95, 75, 40, 20, 12, 8, 6, 4)
_WEEKEND = 0.06


class Pace(Protocol):
    """What is asked of a pace."""

    def activity(self, time: float) -> float:
        """Return the share of requests, 0 to 1, that come at *time*."""
        ...

    def seconds(self, seconds: float) -> float:
        """Return how long something takes that takes *seconds* at a real site."""
        ...


class WorkingWeek:
    """Real time: working hours and weekends by the wall clock."""

    def __init__(self, local: LocalTime) -> None:
        """Take the wall clock."""
        self._local = local

    def activity(self, time: float) -> float:
        """Return the share for the local hour and day of the week."""
        second = int(time)
        hour, rest = divmod(self._local.of_day(second), 3600)
        share = _HOURS[hour] + (_HOURS[(hour + 1) % 24] - _HOURS[hour]) * rest / 3600
        return share / 100 * (_WEEKEND if self._local.weekday(second) > 4 else 1)

    def seconds(self, seconds: float) -> float:
        """Return *seconds*."""
        return seconds


class Always:
    """Working hours without end, *speed* times as dense: for watching."""

    def __init__(self, speed: float) -> None:
        """Take the factor by which sessions are shorter and requests denser."""
        self._speed = speed

    def activity(self, time: float) -> float:
        """Return a share that swings gently, once in two hours of the site."""
        return 0.85 + 0.15 * sin(2 * pi * time * self._speed / 7200)

    def seconds(self, seconds: float) -> float:
        """Return *seconds* by the factor shorter."""
        return seconds / self._speed
