"""
Dates for lines that carry only a time of day (design rules 3.1 and 3.2).

`LogClock` follows one stream: a fall of the time of day by more than twelve hours is midnight, a smaller one is a clock
step; an anchor sets the date. Local time becomes UTC by the IANA zone: a time that does not exist moves forward, the
repeated hour is its first pass until a line steps back by half an hour or more inside it.

Days are proleptic ordinals (`datetime.date.toordinal`), times of day seconds since local midnight, times UTC seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporter.records import Json

DAY = 86_400
MIDNIGHT_FALL = 12 * 3600
SECOND_PASS_FALL = 30 * 60
STEP_OVER_MIDNIGHT = 5 * 60
"""A step back by less than this over midnight looks like a rise of almost a day, and is taken for what it is."""
EARLIEST = 631_152_000
"""1990-01-01: no licence log is older."""

FIRST_DAY, LAST_DAY = date(1989, 12, 31).toordinal(), date(2199, 12, 31).toordinal()

_HALF_A_YEAR = 182
_EPOCH = date(1970, 1, 1).toordinal()


def utc(zone: ZoneInfo, day: int, tod: int, fold: int = 0) -> int:
    """Return the UTC second of a local day and time of day; *fold* 1 is the second pass of a repeated hour."""
    local = datetime.fromordinal(day) + timedelta(seconds=tod)
    offset = local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()
    return (day - _EPOCH) * DAY + tod - int(offset.total_seconds())


def repeated(zone: ZoneInfo, day: int, tod: int) -> bool:
    """Say whether this local time comes twice."""
    return utc(zone, day, tod, 0) < utc(zone, day, tod, 1)


def local(zone: ZoneInfo, time: int) -> tuple[int, int, int]:
    """Return (day, time of day, fold) of a UTC second."""
    moment = datetime.fromtimestamp(time, zone)
    return moment.toordinal(), moment.hour * 3600 + moment.minute * 60 + moment.second, moment.fold


def mover(zone: ZoneInfo, days: int) -> Callable[[int], int]:
    """Return a function that moves a UTC second by whole local *days*."""

    def move(time: int) -> int:
        day, tod, fold = local(zone, time)
        return utc(zone, day + days, tod, fold)

    return move


def newest_day(zone: ZoneInfo, tod: int, written: int) -> int:
    """Return the latest day on which *tod* is not after the UTC second *written*, with a minute of slack."""
    day, now, _ = local(zone, written + 60)
    return day if tod <= now else day - 1


class Stamp(NamedTuple):
    """What a line tells of its time: time of day, its day where it is an anchor, (month, day) where it is prefixed."""

    tod: int
    day: int | None
    month_day: tuple[int, int] | None


def first_day(zone: ZoneInfo, stamps: Iterable[Stamp], written: int) -> tuple[int, bool] | None:
    """
    Return (day of the first line, whether it was inferred), None when there is no line.

    Midnights are counted up to the first anchor, whose day less their number is the first line's. Without an anchor the
    newest line was written at the UTC second *written*, and the date is inferred.
    """
    rolls = years = 0
    newest: Stamp | None = None
    prefixed: tuple[int, int] | None = None
    first_prefix: tuple[int, tuple[int, int]] | None = None
    for stamp in stamps:
        if newest is not None:
            rolls += newest.tod - stamp.tod > MIDNIGHT_FALL
            rolls -= stamp.tod - newest.tod > DAY - STEP_OVER_MIDNIGHT
        newest = stamp
        if stamp.day is not None:
            return _in_range(stamp.day - rolls), False
        if stamp.month_day is not None:
            if prefixed is not None:
                years += prefixed[0] - stamp.month_day[0] > 6
                years -= stamp.month_day[0] - prefixed[0] > 6
            first_prefix = first_prefix or (rolls, stamp.month_day)
            prefixed = stamp.month_day
    if newest is None:
        return None
    if first_prefix is not None and prefixed is not None:
        day, _, _ = local(zone, written)
        year = date.fromordinal(day).year
        year -= day_of(year, prefixed) > day + 1
        return _in_range(day_of(min(max(year - years, MINYEAR), MAXYEAR), first_prefix[1]) - first_prefix[0]), True
    return _in_range(newest_day(zone, newest.tod, written) - rolls), True


def nearest_day(month_day: tuple[int, int], day: int) -> int:
    """Return the day of this (month, day) that is nearest to *day*."""
    year = date.fromordinal(day).year
    near = day_of(year, month_day)
    if abs(near - day) < _HALF_A_YEAR:
        return near
    return min((day_of(y, month_day) for y in (year - 1, year, year + 1)), key=lambda found: abs(found - day))


def _in_range(day: int) -> int:
    """Return a day that calendars have: times thrown at random count more midnights than there were."""
    return min(max(day, FIRST_DAY), LAST_DAY)


def day_of(year: int, month_day: tuple[int, int]) -> int:
    """Return the day of a (month, day) in a year; one that the month lacks, such as 29 February, is its 28th."""
    month, day = min(max(month_day[0], 1), 12), min(max(month_day[1], 1), 31)
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        # 29 February of another year, or a day that the month lacks.
        return date(year, month, 28).toordinal()


class LogClock:
    """The date and time a stream has come to; plain values, so that it can be saved and restored."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Begin undated in *zone*."""
        self.zone = zone
        self._midnight: tuple[int, int | None] = (0, None)
        """The day whose UTC midnight is known; None on a day on which the zone's offset changes."""
        self.day: int | None = None
        self.tod = 0
        self.fold = 0
        self.last: int | None = None
        """UTC second of the newest line."""
        self.latest: int | None = None
        """Latest UTC second since the stream began or was re-based."""
        self.second: int | None = None
        """Local second, since day 0, of the newest line in the second pass of a repeated hour."""
        self.stretch: tuple[int, int] | None = None
        """Earliest UTC second and the one after the latest since the stream began, was re-based or lost something."""
        self.inferred = False
        """The day was guessed from a file's or the wall clock's time; the first anchor decides."""

    def begin(self, day: int, *, inferred: bool) -> None:
        """Set the day of the first line."""
        self.day, self.inferred = day, inferred

    def peek(self, tod: int) -> tuple[int, int]:
        """Return (day, fold) that a line at *tod* would have."""
        day = self.day or 0
        if self.last is None:
            return day, 0
        fall = self.tod - tod
        if fall > MIDNIGHT_FALL:
            return day + 1, 0
        if fall < STEP_OVER_MIDNIGHT - DAY:
            # Two processes write one log: the slower clock is still before the midnight that the other has passed.
            return day - 1, 0
        if self._plain(day) is not None or not repeated(self.zone, day, tod):
            # After the repeated hour its pass is remembered: a small step may lead back into it.
            return day, int(self.fold == 1 and fall <= 0)
        return day, int(self.fold == 1 or (fall >= SECOND_PASS_FALL and repeated(self.zone, day, self.tod)))

    def advance(self, tod: int, not_after: int) -> int | None:
        """
        Return the UTC second of a line at *tod* and move on to it.

        None, and nothing moves, when it lies after *not_after* or before 1990: such a time is not believed.
        """
        day, fold = self.peek(tod)
        return self._move(day, tod, fold, not_after)

    def settle(self, time: int, earliest: int, latest: int) -> None:
        """Take over *time*, of a line in the minute of the last one, and the *earliest* and *latest* time between."""
        if self.last is not None:
            self.tod += time - self.last
        self.last = time
        self._reach(earliest, latest)

    def believes(self, day: int, tod: int, not_after: int) -> bool:
        """Say whether a time may be that of a line: not after *not_after*, not before 1990."""
        return FIRST_DAY <= day <= LAST_DAY and EARLIEST <= utc(self.zone, day, tod) <= not_after

    def anchor(self, day: int, tod: int, not_after: int) -> int | None:
        """Take *day* as the date of a line at *tod*; else as `advance`."""
        guessed, fold = self.peek(tod)
        if day != guessed:  # back from a day that was told wrong: a second pass that has begun goes on
            begun = self.second is not None and abs(day * DAY + tod - self.second) < MIDNIGHT_FALL
            fold = int(begun and repeated(self.zone, day, tod))
        return self._move(day, tod, fold, not_after)

    def falls_a_day(self, day: int, tod: int) -> bool:
        """Say whether a line at *day* and *tod* lies a day or more before the line read last: a re-base."""
        return self.last is not None and ((self.day or 0) - day) * DAY + self.tod - tod >= DAY

    def rebase(self) -> None:
        """Forget the stretch so far: the next line begins a new one."""
        self.last = self.latest = self.second = self.stretch = None
        self.fold = 0

    def redate(self, days: int) -> None:
        """Move by whole days: the guessed date was wrong."""
        move = mover(self.zone, days)
        self.day = (self.day or 0) + days
        self.second = None if self.second is None else self.second + days * DAY
        self.last = None if self.last is None else move(self.last)
        self.latest = None if self.latest is None else move(self.latest)
        self.stretch = None if self.stretch is None else (move(self.stretch[0]), move(self.stretch[1] - 1) + 1)
        self.inferred = False

    def state(self) -> dict[str, Json]:
        """Return what `restore` needs."""
        return {name: getattr(self, name) for name in _STATE}

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        for name in _STATE:
            setattr(self, name, state[name])
        self.stretch = None if self.stretch is None else (self.stretch[0], self.stretch[1])

    def go_by(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state, but keep the latest time and the stretch."""
        latest, stretch = self.latest, self.stretch
        self.restore(state)
        self.stretch = stretch
        if latest is not None:
            self.latest = max(latest, self.latest or latest)

    def _move(self, day: int, tod: int, fold: int, not_after: int) -> int | None:
        midnight = self._plain(day)
        time = utc(self.zone, day, tod, fold) if midnight is None else midnight + tod
        if time > not_after or time < EARLIEST:
            return None
        self.day, self.tod, self.fold, self.last = day, tod, fold, time
        if fold and repeated(self.zone, day, tod):
            self.second = day * DAY + tod
        elif self.second is not None and day * DAY + tod < self.second:
            self.second = None
        self._reach(time, time)
        return time

    def _reach(self, earliest: int, latest: int) -> None:
        """Take note that lines lie between *earliest* and *latest*."""
        if self.latest is None or latest > self.latest:
            self.latest = latest
        begin, end = self.stretch or (earliest, latest)
        if earliest < begin or latest >= end:
            self.stretch = min(begin, earliest), max(end, latest + 1)

    def _plain(self, day: int) -> int | None:
        """Return the UTC second of local midnight of a day without a change of offset, else None."""
        if self._midnight[0] != day:
            begin, end = utc(self.zone, day, 0), utc(self.zone, day + 1, 0, 1)
            self._midnight = (day, begin if end - begin == DAY and not repeated(self.zone, day, 0) else None)
        return self._midnight[1]


_STATE = ("day", "tod", "fold", "last", "latest", "second", "stretch", "inferred")
