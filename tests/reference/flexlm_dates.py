"""
Which UTC second each line was written at, for the reference reader.

Local time is counted in naive seconds, *wall* = days * 86400 + second of the day, as the server's clock showed it.

Choice: look-ahead has no limit of bytes here; a log of a test is small.
Choice: the first anchor is the first *believed* one; one that is not believed leaves the clock alone in the
look-ahead too.
Choice: a line whose anchor is not believed is no line at all: no reset, no event, no line of its daemon, no coverage.
Choice: an anchor's fall is measured from the line before, on the local clock: 86400 seconds of it are a re-base,
whatever UTC says.
Choice: on an anchor's own line no midnight is counted: the date is what it says.
Choice: a clock that goes *up* by more than 23 h 55 min was set back over midnight (two processes write one log); by
less, it has stayed on its day.
Choice: once a believed anchor has a first number over 12, the stream writes the day first.
Choice: a fall of exactly 12 h is a clock step.
Choice: no anchor at all: the newest line has the latest day on which it is not later than the moment it was written.
Choice: the second pass needs the line before inside the same repeated hour too; a clock that comes back into the hour
from after it does not begin it. Once begun it is the second pass for every later line in that hour, also after
leaving it; only a line from before the hour makes it forgotten (the night is lived through again).
Choice: the 30 minutes are measured from the line before, not from the latest time seen in the hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.reference.flexlm_lines import Line, anchor_of, is_day_first

DAY = 86400
HALF_DAY = 43200
HALF_HOUR = 1800
YEAR_1990 = 631152000


class Dated(NamedTuple):
    """A line with its UTC second; *rebased* when the clock fell by a day or more before it."""

    line: Line
    time: int
    rebased: bool


def utc_of(wall: int, zone: ZoneInfo, second_pass: bool) -> int:
    """Return the UTC second of a local time; one that does not exist moves forward by what is missing."""
    days, clock = divmod(wall, DAY)
    local = datetime.fromordinal(days) + timedelta(seconds=clock)
    return int(local.replace(tzinfo=zone, fold=1 if second_pass else 0).timestamp())


def is_repeated(wall: int, zone: ZoneInfo) -> bool:
    """Whether the clock shows this local time twice."""
    return utc_of(wall, zone, second_pass=True) > utc_of(wall, zone, second_pass=False)


def is_believed(time: int, written: int) -> bool:
    """Whether a line of a file written at *written* may carry this time."""
    return YEAR_1990 <= time <= written + DAY


def first_day(lines: Sequence[Line], zone: ZoneInfo, written: Sequence[int]) -> int:
    """Return the day (proleptic ordinal) of the first line, counted back from the first anchor, or from the end."""
    midnights = 0
    last: int | None = None
    for line in lines:
        anchor = anchor_of(line.message, day_first=False)
        if anchor is not None:
            time = utc_of(anchor.toordinal() * DAY + line.clock, zone, second_pass=False)
            if not is_believed(time, written[line.generation]):
                continue
        if last is not None and last - line.clock > HALF_DAY:
            midnights += 1
        if last is not None and line.clock - last > DAY - 300:
            midnights -= 1
        last = line.clock
        if anchor is not None:
            return anchor.toordinal() - midnights
    moment = datetime.fromtimestamp(written[-1], UTC).astimezone(zone)
    today = moment.toordinal()
    shown = moment.hour * 3600 + moment.minute * 60 + moment.second
    if last is not None and last > shown:
        today -= 1
    return today - midnights


def date_lines(lines: Sequence[Line], zone: ZoneInfo, written: Sequence[int]) -> tuple[list[Dated], int]:
    """
    Date the lines: (dated lines, how many were not believed).

    *written* holds, a generation, the UTC second that its lines may exceed by a day at most.
    """
    dated: list[Dated] = []
    refused = 0
    if not lines:
        return dated, refused
    begin = first_day(lines, zone, written)
    last: int | None = None
    second_pass_began: int | None = None
    day_first = False
    for line in lines:
        anchor = anchor_of(line.message, day_first)
        if anchor is not None:
            wall = anchor.toordinal() * DAY + line.clock
        elif last is None:
            wall = begin * DAY + line.clock
        elif last % DAY - line.clock > HALF_DAY:
            wall = (last // DAY + 1) * DAY + line.clock
        elif line.clock - last % DAY > DAY - 300:
            wall = (last // DAY - 1) * DAY + line.clock
        else:
            wall = (last // DAY) * DAY + line.clock

        rebased = last is not None and last - wall >= DAY
        second_pass = False
        if is_repeated(wall, zone) and not rebased:
            already = second_pass_began is not None and abs(wall - second_pass_began) < HALF_DAY
            begins = last is not None and is_repeated(last, zone) and HALF_HOUR <= last - wall < HALF_DAY
            second_pass = already or begins

        time = utc_of(wall, zone, second_pass)
        if not is_believed(time, written[line.generation]):
            refused += 1
            continue
        day_first = day_first or (anchor is not None and is_day_first(line.message))
        if rebased:
            second_pass_began = None
        if second_pass:
            second_pass_began = wall
        elif second_pass_began is not None and wall < second_pass_began:
            second_pass_began = None
        last = wall
        dated.append(Dated(line, time, rebased))
    return dated, refused
