"""
The part that all formats share whose lines are understood one by one, and carry their date, with or without the year.

Such a format says what a line tells of its time (`stamp`) and which events it holds (`tell`); all else that
`exporter.ports.Format` asks for is here. A time is turned into its UTC second by `at_time`. What a line says may come
late: lines are read in the order of the log, and a fall of its clock ends nothing.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from exporter.events import Event, Passed
from exporter.formats.clock import EARLIEST, LAST_DAY, local, utc
from exporter.formats.dated import DatedClock, Local, When, Yearless, first_day, first_day_in
from exporter.records import Block, Json, Position, Reading, Sample

_BOM = "\xef\xbb\xbf"
_BLANKS = " \t\r\0"
"""What editors, copies and holes leave at the ends of a line."""


class Unreadable(Exception):
    """The line looks like one that counts, and can't be read; the text says why."""


class NotBelieved(Exception):
    """The line's time is more than a day ahead, or before 1990."""


class LinewiseReader(ABC):
    """Reads one stream, line by line; implements `exporter.ports.Format`."""

    stale_after: int | None = None
    """There is no heartbeat: silence says nothing."""
    look_ahead = 1 << 62
    """All there is, where no line tells the year: the years' ends are counted."""

    def __init__(self, zone: ZoneInfo, first_year: int | None = None) -> None:
        """
        Begin a new stream whose lines are in local time of *zone*.

        *first_year* is that of the first line, where lines don't tell it; None: it is found from the newest line.
        """
        self._clock = DatedClock(zone)
        self._first_year = first_year
        self._not_after = 0
        self._time: int | None = None
        """UTC second of the line being read, None while it has none."""
        self._minute: Local | None = None
        """That of the line before, where the whole of it would be believed; it begins at the UTC second `_base`."""
        self._base = 0

    @abstractmethod
    def knows(self, line: str) -> bool:
        """Say whether *line* is one of this format, whatever it says, where a log has several."""

    @abstractmethod
    def stamp(self, line: str) -> When | None:
        """Return what *line* (raw, without blanks at its ends) tells of its time, None when it has none."""

    @abstractmethod
    def tell(self, line: str, at: int) -> Sequence[Event]:
        """
        Return the events of *line* (raw, without blanks at its ends), at offset *at*; none where it is noise.

        Calls `at_time` for every line that has a time, of noise too. Raises Unreadable, NotBelieved.
        """

    def tell_one(self, line: str, at: int) -> Sequence[Event]:
        """Do as `tell`, and leave the time of the line in `time`."""
        self._time = None
        return self.tell(line, at)

    def begin_block(self, not_after: int) -> None:
        """Begin a block, whose lines are believed up to the UTC second *not_after*."""
        self._not_after, self._minute = not_after, None
        self._clock.silences.clear()

    def begin_on(self, day: int) -> None:
        """Let the next line be of about this *day* (see `exporter.formats.clock`)."""
        if day != self._clock.day:
            self._clock.begin(day, inferred=False)
            self._clock.tod, self._minute = 0, None

    def silences(self) -> list[tuple[int, int]]:
        """Return the silences in this block that may hide a year; see `DatedClock`."""
        return self._clock.silences

    @property
    def time(self) -> int | None:
        """UTC second of the line read last, None where it has none."""
        return self._time

    @property
    def day(self) -> int | None:
        """The day of the line read last, or of the first to come; None while it is unknown."""
        return self._clock.day

    def at_time(self, when: When) -> int:
        """Return the UTC second of the line being read. Raises NotBelieved."""
        self._minute = None
        time = self._time = self._clock.take(when, self._not_after)
        if time is None:
            raise NotBelieved
        return time

    def at_second(self, minute: Local, second: int) -> int:
        """Do as `at_time` for a *second* of a *minute*, at a fraction of the cost where the line before was in it."""
        if minute is self._minute:  # nothing can happen to the date within it
            time = self._time = self._base + second
            if time != self._clock.last:
                self._clock.settle(time, time, time)
            return time
        time = self.at_time(Local(minute.day, minute.tod + second))
        self._base = time - second
        self._minute = minute if self._base + 59 <= self._not_after else None
        return time

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the lines."""
        return self._clock.zone

    @property
    def undated(self) -> bool:
        """Whether the date of the next line is unknown."""
        return self._clock.day is None

    @property
    def frontier(self) -> int | None:
        """The latest dated second + 1."""
        return None if self._clock.latest is None else self._clock.latest + 1

    @property
    def stretch(self) -> tuple[int, int] | None:
        """The stretch being read, from its earliest dated second to the one after its latest."""
        return self._clock.stretch

    @property
    def last_line(self) -> int | None:
        """UTC second of the newest line."""
        return self._clock.last

    @property
    def daemons(self) -> Mapping[str, tuple[bool, int]]:
        """Nothing: such a log has no vendor daemons that start and stop."""
        return {}

    def first_date(self, head: bytes) -> int | None:
        """Return the UTC second of the first line in *head*, the beginning of a log, that carries its date."""
        block = Block(Position(0, 0), head, Position(0, len(head)), utc(self.zone, LAST_DAY, 0))
        for stamp in self._stamps(block):
            if not isinstance(stamp, Yearless):
                return utc(self.zone, stamp.day, stamp.tod) if isinstance(stamp, Local) else stamp
        return None

    def date_by(self, ahead: Iterable[Block], written: int) -> None:
        """Find the date of the first line (see `first_day`); *written*: when the newest line of *ahead* was."""
        stamps = (stamp for block in ahead for stamp in self._stamps(block))
        if self._first_year is None:
            day = first_day(self.zone, stamps, written)
        else:
            day = first_day_in(self._first_year, self.zone, stamps)
        if day is not None:
            self.begin_on(day)

    def read(self, block: Block, *, every_line: bool = False) -> Reading:
        """Read a block; see `exporter.records.Reading`."""
        reading = Reading(block.end)
        self.begin_block(block.not_after)
        data, at = block.data, block.start.offset
        if at == 0 and data:
            line, end, data = data.partition(b"\n")
            self._read_lines((line + end).decode("latin-1").removeprefix(_BOM), _mark(line), reading, every=every_line)
            reading.first = (hashlib.blake2b(line, digest_size=16).hexdigest(), self._time)
            at = len(line + end)
        if data:
            self._read_lines(data.decode("latin-1"), at, reading, every=every_line)
        reading.notes = [_note(self.zone, *silence) for silence in self.silences()]
        return reading

    def _read_lines(self, text: str, at: int, reading: Reading, *, every: bool) -> None:
        """Read lines, of which the first is at offset *at*; leave the time of the last in `_time`."""
        events, tell = reading.events, self.tell
        understood = noise = 0
        for line in text.removesuffix("\n").split("\n"):
            self._time = None
            try:
                told = tell(line.strip(_BLANKS), at)
            except Unreadable as why:
                told = ()
                _count(reading, "unparsed")
                reading.samples.append(Sample(at, line, str(why)))
            except NotBelieved:
                told = ()
                _count(reading, "refused")
                _count(reading, "unparsed")
                reading.samples.append(Sample(at, line, "its time is more than a day ahead, or before 1990"))
            else:
                understood += bool(told)
                noise += not told
            if told:
                events += told
            elif every and self._time is not None:
                events.append(Passed(self._time, at))
            at += len(line) + 1
        _count(reading, "understood", understood)
        _count(reading, "noise", noise)

    def date_state(self) -> Json | None:
        """Return what dates the next line, for `go_by`; None before the first date."""
        return None if self._clock.day is None else self._clock.state()

    def go_by(self, dates: Json) -> None:
        """Date the next line by what `date_state` gave; the frontier doesn't fall by that."""
        self._clock.go_by(dates)

    def begin_stretch(self) -> None:
        """Let the next line begin a new stretch: lines before it are lost."""
        self._clock.stretch = None

    def redate(self) -> None:
        """Take the date for known: no reading asks for a move."""
        self._clock.inferred = False

    def state(self) -> dict[str, Json]:
        """Return what `restore` needs."""
        return {"clock": self._clock.state()}

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        self._clock.restore(state["clock"])

    def _stamps(self, block: Block) -> Iterator[When]:
        """Yield what each line of a block tells of its time; a date that isn't believed tells nothing."""
        for line in block.data.decode("latin-1").removeprefix(_BOM).split("\n"):
            stamp = self.stamp(line.strip(_BLANKS))
            if isinstance(stamp, Local):
                believed = self._clock.believes(stamp.day, stamp.tod, block.not_after)
            elif stamp is not None and not isinstance(stamp, Yearless):
                believed = EARLIEST <= stamp <= block.not_after
            else:
                believed = stamp is not None
            if believed and stamp is not None:
                yield stamp


def _note(zone: ZoneInfo, last: int, day: int) -> str:
    since, until = date.fromordinal(local(zone, last)[0]), date.fromordinal(day)
    return (
        f"There is no line from {since} to {until}, and the lines don't tell their year: there may be another year "
        "between. If there is, tell `first_year` of the source, and begin the log again with `seatwatch reset`."
    )


def _mark(line: bytes) -> int:
    """Return the length of the byte order mark that *line* begins with."""
    return len(_BOM) if line.decode("latin-1").startswith(_BOM) else 0


def _count(reading: Reading, outcome: str, by: int = 1) -> None:
    if by:
        reading.tally[outcome] = reading.tally.get(outcome, 0) + by
