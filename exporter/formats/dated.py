"""
Times of lines that carry their date, with or without the year.

A line says one of three things: the UTC second itself, a local date and time, or a local month, day and time of day
without a year. Without it, a day goes on from that of the line before, by less than a year; a line may come late by a
month (`LATE`). The year of the first line is counted back from one that is known (see `first_day`). Days and times of
day are as in `exporter.formats.clock`.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporter.formats.clock import EARLIEST, FIRST_DAY, LAST_DAY, LogClock, day_of, local


class Local(NamedTuple):
    """A local day (`datetime.date.toordinal`) and the seconds since its midnight."""

    day: int
    tod: int


class Yearless(NamedTuple):
    """A local day without its year, and the seconds since its midnight."""

    month: int
    mday: int
    tod: int


When = int | Local | Yearless
"""What a line says of its time; an int is the UTC second."""

LATE = 30
"""Days that a line without year may lie before the one before it: forwarded late, or by a clock that is off."""
SILENCE = 180
"""Days without a line after which a year more may have passed, where lines don't tell it."""
_LEAP_YEAR = 2000
_LEAP_CYCLE = 4
_LEAP_DAY = (2, 29)


class DatedClock(LogClock):
    """The time a stream has come to, whose lines carry their date."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Begin undated in *zone*."""
        super().__init__(zone)
        self.silences: list[tuple[int, int]] = []
        """Those of more than `SILENCE` days before a line without year: UTC second of the line before, and the day."""

    def take(self, when: When, not_after: int) -> int | None:
        """
        Return the UTC second of a line, and move on to it.

        None, and nothing moves, when it lies after *not_after* or before 1990: such a time is not believed.
        """
        if isinstance(when, int):
            return self._take_utc(when, not_after)
        if isinstance(when, Local):
            return self.anchor(when.day, when.tod, not_after) if FIRST_DAY <= when.day <= LAST_DAY else None
        before, last = self.day or FIRST_DAY, self.last
        day = day_after((when.month, when.mday), before)
        time = self.anchor(day, when.tod, not_after) if day <= LAST_DAY else None
        if time is not None and last is not None and day - before > SILENCE:
            self.silences.append((last, day))
        return time

    def _take_utc(self, time: int, not_after: int) -> int | None:
        if not EARLIEST <= time <= not_after:
            return None
        if self.last != time:
            self.day, self.tod, self.fold = local(self.zone, time)
        self.last, self.second = time, None
        self._reach(time, time)
        return time


def day_after(month_day: tuple[int, int], before: int) -> int:
    """Return the day of this (month, day) that follows the day *before*, or is late by up to `LATE` days."""
    earliest = before - LATE
    year = date.fromordinal(earliest).year
    day = day_of(year, month_day)
    return day if day >= earliest else day_of(year + 1, month_day)


def first_day(zone: ZoneInfo, stamps: Iterable[When], written: int) -> int | None:
    """
    Return the day of the first of *stamps*, None when there is none.

    The years' ends are counted from it to the first one that tells its year. Where none does, the newest line lies in
    the latest year in which it isn't after the UTC second *written*, and 29 February is in leap years.
    """
    first: Yearless | None = None
    years, newest = 0, (1, 1)
    leaps: set[int] = set()
    for stamp in stamps:
        if not isinstance(stamp, Yearless):
            known = _told_day(zone, stamp)
            return known if first is None else _before(first, _newest_before(newest, known), years)
        if first is None:
            first, newest = stamp, (stamp.month, stamp.mday)
        elif newest != (stamp.month, stamp.mday):
            before, newest = day_of(_LEAP_YEAR, newest), (stamp.month, stamp.mday)
            years += date.fromordinal(day_after(newest, before)).year - _LEAP_YEAR
        if newest == _LEAP_DAY:
            leaps.add(years)
    if first is None:
        return None
    last = _newest_before(newest, local(zone, written)[0] + 1)
    year = date.fromordinal(last).year - years
    shift = next((by for by in range(_LEAP_CYCLE) if all(isleap(year - by + leap) for leap in leaps)), 0)
    return _before(first, last, years + shift)


def first_day_in(year: int, zone: ZoneInfo, stamps: Iterable[When]) -> int | None:
    """Return the day of the first of *stamps*, which lies in *year* where it doesn't tell; None when there is none."""
    for stamp in stamps:
        return day_of(year, (stamp.month, stamp.mday)) if isinstance(stamp, Yearless) else _told_day(zone, stamp)
    return None


def _told_day(zone: ZoneInfo, stamp: int | Local) -> int:
    return stamp.day if isinstance(stamp, Local) else local(zone, stamp)[0]


def _newest_before(month_day: tuple[int, int], limit: int) -> int:
    """Return the latest day of this (month, day) that isn't after the day *limit*."""
    year = date.fromordinal(limit).year
    day = day_of(year, month_day)
    return day if day <= limit else day_of(year - 1, month_day)


def _before(first: Yearless, newest: int, years: int) -> int:
    """Return the day of the first line, so many *years* before that of the day *newest*."""
    year = date.fromordinal(newest).year - years
    return day_of(min(max(year, MINYEAR), MAXYEAR), (first.month, first.mday))
