"""
FlexNet / FLEXlm debug log (lmgrd and vendor daemons): blocks of lines become events.

Most lines of a busy log are check-outs and check-ins in one plain shape; one regular expression reads these for a whole
block at once, and hands every other line whole to the complete grammar (`flexlm_grammar`), in order. Dates are inferred
per stream (`clock`): the first anchor is looked for before the first line is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from exporter.catalog import silence
from exporter.events import Passed, Start, Stop
from exporter.formats import flexlm_dates as dates
from exporter.formats import flexlm_grammar as grammar
from exporter.formats.clock import LAST_DAY, LogClock, Stamp, first_day, mover, nearest_day, utc
from exporter.formats.flexlm_daemons import Daemon, Daemons, life_of
from exporter.formats.flexlm_events import event_of
from exporter.records import Block, Json, Position, Reading, Sample

STALE_AFTER = silence.STALE_AFTER["flexlm"]  # lmgrd writes a TIMESTAMP every six hours

_LINE = re.compile(
    r"""^(
        ((?:[ 01]?\d|2[0-3]):[0-5]\d):([0-5]\d)\ \(([^()\s]+)\)\ (?:
            (OUT|IN):\ "([^"\n]+)"\ ([^\s@"()\[\]\0]+@[^\s@"()\[\]\0]+)(?:\ +\(([1-9]\d{,8})\ licenses\))?\ *\r?
            |([^\n]*)
        )
        |[^\n]*
    )$""",
    re.ASCII | re.MULTILINE | re.VERBOSE,
)
"""
Groups: the line; hour:minute, second, daemon where it is framed in the usual way; then verb, feature, who and count of
a plain event, or the message.
"""

_SECONDS = {f"{second:02}": second for second in range(60)}
_BOM = "\xef\xbb\xbf"
_new = tuple.__new__  # half the price of calling the class; the fields are in the order of `exporter.events`


class FlexlmReader:
    """Reads one stream of FlexNet debug log; implements `exporter.ports.Format`."""

    look_ahead = 64 << 20  # to the first anchor

    def __init__(self, zone: ZoneInfo) -> None:
        """Begin a new stream whose lines are in local time of *zone*."""
        self.stale_after: int | None = STALE_AFTER
        self._clock, self._day_first = LogClock(zone), False
        self._daemons = Daemons()
        self._reading = Reading(Position(0, 0))
        self._not_after, self._every_line, self._wrong_by = 0, False, 0
        self._time: int | None = None

    @property
    def undated(self) -> bool:
        """Whether the date of the next line is unknown."""
        return self._clock.day is None

    @property
    def frontier(self) -> int | None:
        """The last dated second + 1 of the stretch being read."""
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
        """Vendor daemons: whether they run, and the time of their newest line."""
        return self._daemons.running()

    def first_date(self, head: bytes) -> int | None:
        """Return the UTC second of the first line in *head*, the beginning of a log, that carries its date."""
        block = Block(Position(0, 0), head, Position(0, len(head)), utc(self._clock.zone, LAST_DAY, 0))
        for stamp in self._stamps(block):
            if stamp.day is not None:
                return utc(self._clock.zone, stamp.day, stamp.tod)
        return None

    def date_by(self, ahead: Iterable[Block], written: int) -> None:
        """Find the date of the first line (see `first_day`); *written*: when the newest line of *ahead* was."""
        found = first_day(self._clock.zone, (stamp for block in ahead for stamp in self._stamps(block)), written)
        if found is not None:
            day, inferred = found
            self._clock.begin(day, inferred=inferred)

    def read(self, block: Block, *, every_line: bool = False) -> Reading:
        """Read a block; see `exporter.records.Reading`."""
        reading = self._reading = Reading(block.end)
        self._not_after, self._every_line = block.not_after, every_line
        self._daemons.begin_block()
        text, at = block.data.decode("latin-1"), block.start.offset
        if at == 0 and text:
            line, end, _ = block.data.partition(b"\n")
            head = (line + end).decode("latin-1")
            mark = len(_BOM) if head.startswith(_BOM) else 0
            time = self._read_lines(head[mark:], Position(block.start.generation, mark))
            reading.first = (hashlib.blake2b(line, digest_size=16).hexdigest(), time)
            text, at = text[len(head) :], len(head)
        if reading.redate is not None:
            reading.end = block.start  # a byte order mark belongs to the first line
        elif text:
            self._read_lines(text, Position(block.start.generation, at))
        self._daemons.revive(reading.events)
        return reading

    def _read_lines(self, text: str, start: Position) -> int | None:
        """Read lines that begin at *start*; return the UTC second of the first that has one."""
        reading, at = self._reading, start.offset
        clock, daemons, emit = self._clock, self._daemons.by_name, reading.events.append
        plain, this_minute = 0, ""
        first = None
        base = time = oldest = newest = 0
        for line, minute, second, name, verb, feature, who, count, message in _LINE.findall(
            text, 0, len(text) - text.endswith("\n")
        ):
            if not minute or (
                message and grammar.NOTABLE.match(message) and not message.startswith(grammar.EVENT_WORDS)
            ):
                # Unframed, framed in an unusual way, or a line that may tell a date or of the daemon's life.
                if this_minute:
                    clock.settle(time, oldest, newest)
                    this_minute = ""
                if not self._read_other(line, at):
                    reading.end = Position(start.generation, at)
                    break
                first = first or self._time
                at += len(line) + 1
                continue
            if minute == this_minute:
                # Within one minute nothing can happen to the date.
                time = base + _SECONDS[second]
                if time > newest:  # max() and min() cost as much as all the rest of this branch
                    newest = time
                elif time < oldest:
                    oldest = time
            else:
                if this_minute:
                    clock.settle(time, oldest, newest)
                hour, _, minutes = minute.partition(":")
                moment = clock.advance(int(hour) * 3600 + int(minutes) * 60 + _SECONDS[second], self._not_after)
                if moment is None:
                    this_minute = ""
                    self._refuse(line, at)
                    at += len(line) + 1
                    continue
                time = oldest = newest = moment
                base = moment - _SECONDS[second]
                # The last minute that is believed may not be believed to its end.
                this_minute = minute if base + 59 <= self._not_after else ""
                first = first or moment
            daemon = daemons.get(name) or self._daemons.meet(name, time, at, emit)
            if verb == "OUT":
                emit(_new(Start, (time, at, daemon.name, feature, who, "", int(count or 1), "", None, "")))
                daemon.package, daemon.proven = "", True
                plain += 1
            elif verb:
                emit(_new(Stop, (time, at, daemon.name, feature, who, "", int(count or 1), "returned", "", None, "")))
                daemon.package, daemon.proven = "", True
                plain += 1
            else:
                self._count(self._read_message(daemon, message.rstrip(grammar.BLANKS), time, at))
            daemon.last = time
            at += len(line) + 1
        if this_minute:
            clock.settle(time, oldest, newest)
        reading.tally["understood"] = reading.tally.get("understood", 0) + plain
        return first

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
        """Carry out the move that the last reading asked for, on what reading remembers."""
        self._daemons.move(mover(self._clock.zone, self._wrong_by))
        self._clock.redate(self._wrong_by)

    def state(self) -> dict[str, Json]:
        """Return what `restore` needs."""
        return {"clock": self._clock.state(), "day_first": self._day_first, "daemons": self._daemons.state()}

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        self._clock.restore(state["clock"])
        self._day_first = state["day_first"]
        self._daemons.restore(state["daemons"])

    def _read_other(self, line: str, at: int) -> bool:
        """
        Read a line of any shape, and leave its time (None: it has none) in `_time`.

        False: the stream has to be re-dated first, and this line read again.
        """
        self._time = None
        frame = grammar.FRAME.match(line.strip(grammar.BLANKS))
        if frame is None:
            self._count("noise")
            return True
        tod, message = dates.time_of_day(frame), frame[7] or ""
        anchor = dates.anchor_of(frame[6], message, day_first=self._day_first)
        day = self._day_of(frame, anchor, tod)
        if day is None:
            time = self._clock.advance(tod, self._not_after)
        elif not self._clock.believes(day, tod, self._not_after):
            time = None
        else:
            if self._clock.inferred and anchor is not None:
                self._wrong_by = day - self._clock.peek(tod)[0]
                if self._wrong_by:
                    self._reading.redate = mover(self._clock.zone, self._wrong_by)
                    return False
                self._clock.inferred = False
            if self._clock.falls_a_day(day, tod):
                self._daemons.rebase(self._clock.last or 0, at, self._reading.events.append)
                self._reading.stretches.append(self._clock.stretch or (0, 0))
                self._clock.rebase()
            time = self._clock.anchor(day, tod, self._not_after)
            self._day_first = anchor.day_first if anchor else self._day_first
        if time is None:
            self._refuse(line, at)
            return True
        self._time = time
        emit = self._reading.events.append
        daemon = self._daemons.by_name.get(frame[6]) or self._daemons.meet(frame[6], time, at, emit)
        outcome = self._read_message(daemon, message, time, at)
        daemon.last = time
        if anchor is not None:
            outcome = "understood"
            daemon.proven = True
            daemon.up = daemon.up or message.startswith("TIMESTAMP")
        self._count(outcome)
        return True

    def _read_message(self, daemon: Daemon, message: str, time: int, at: int) -> str:
        """Emit what a message says; return the line's outcome."""
        if self._every_line:
            self._reading.events.append(Passed(time, at))
        if not (daemon.package or grammar.NOTABLE.match(message)):
            return "noise"
        emit = self._reading.events.append
        if message.startswith(grammar.EVENT_WORDS):
            daemon.package, daemon.proven = "", True
            parts = grammar.event(message)
            if isinstance(parts, str):
                self._reading.samples.append(Sample(at, message, parts))
                return "unparsed"
            emit(event_of(parts, daemon.name, time, at))
            return "understood"
        if (life := life_of(daemon.name, message)) is not None:
            daemon.proven = True
            self._daemons.live(life, time, at, emit)
            return "understood"
        daemon.proven = daemon.proven or message.startswith("Server started on ")
        return "understood" if self._daemons.list_package(daemon, message, time, at, emit) else "noise"

    def _day_of(self, frame: grammar.Frame, anchor: dates.Anchor | None, tod: int) -> int | None:
        """Return the day that the line itself tells, None if it tells none."""
        if anchor is not None:
            return dates.day_at(anchor, tod)
        if frame[1] is None or self._clock.day is None:
            return None
        return nearest_day((int(frame[1]), int(frame[2])), self._clock.peek(tod)[0])

    def _stamps(self, block: Block) -> Iterator[Stamp]:
        """Yield what each framed line of a block tells of its time; a date that isn't believed tells nothing."""
        for line in block.data.decode("latin-1").split("\n"):
            stamp = dates.stamp_of(line.removeprefix(_BOM), day_first=self._day_first)
            if stamp is not None and (stamp.day is None or self._clock.believes(stamp.day, stamp.tod, block.not_after)):
                yield stamp

    def _refuse(self, line: str, at: int) -> None:
        self._count("refused")
        self._count("unparsed")
        self._reading.samples.append(Sample(at, line, "its time is more than a day ahead, or before 1990"))

    def _count(self, outcome: str) -> None:
        self._reading.tally[outcome] = self._reading.tally.get(outcome, 0) + 1
