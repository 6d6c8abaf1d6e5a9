"""
wtmp, the log of logins on a Linux host: blocks of binary records become events.

Records are glibc's ``struct utmp`` of 384 bytes, little endian (<bits/utmp.h>). Logins, their ends and crashes are
those that ``last`` of util-linux shows, in the order of the file: its times may step back. They are seconds since 1970,
so no zone has a part in them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from struct import Struct

from exporter.catalog.vendors import WTMP
from exporter.events import Lifecycle, Passed, Reset, Seen, Start, Stop
from exporter.formats.wtmp_layouts import EARLIEST, RECORD, TYPES, refuse_other_layouts
from exporter.formats.wtmp_sessions import Open
from exporter.records import Block, Json, Position, Reading, Sample

MAX_SESSION = 7 * 86_400
"""Seconds after which a session ends as expired, where the configuration says nothing (design rule 3.6)."""

_FIELDS = Struct("<hxxB3x32s4x32s256s8xI40x")
"""ut_type, the low byte of ut_pid, ut_line, ut_user, ut_host, and the seconds of ut_tv (unsigned: good until 2106)."""
_RUN_LVL, _BOOT_TIME, _NEW_TIME, _OLD_TIME, _USER_PROCESS, _DEAD_PROCESS = 1, 2, 3, 4, 7, 8
_HALTING = (ord("0"), ord("6"))
"""Run levels that take the host down."""


class WtmpReader:
    """Reads the wtmp of one host; implements `exporter.ports.Format`."""

    stale_after: int | None = None
    """A host where nobody logs in is none that is dead."""
    look_ahead = 0
    undated = False
    """Every record has its time."""

    def __init__(self, feature: str, host: str, machine: str = "") -> None:
        """
        Begin a new stream; the logins that it tells of use *feature*: ``login``, or a lab.

        *host* is whose life it tells; *machine* is the same where the server is several machines, else ''.
        """
        self._feature, self._host = feature, host
        self._open = Open(machine)
        self._last: int | None = None
        self._latest: int | None = None
        self._stretch: tuple[int, int] | None = None
        self._up: bool | None = None
        """Whether the host runs; None: nothing has told yet."""
        self._reading, self._at = Reading(Position(0, 0)), 0
        self._time: int | None = None
        """Of the record being read; None where it is not believed."""

    @property
    def frontier(self) -> int | None:
        """The latest second + 1."""
        return None if self._latest is None else self._latest + 1

    @property
    def stretch(self) -> tuple[int, int] | None:
        """The stretch being read, from its earliest second to the one after its latest."""
        return self._stretch

    @property
    def last_line(self) -> int | None:
        """UTC second of the newest record."""
        return self._last

    @property
    def daemons(self) -> Mapping[str, tuple[bool, int]]:
        """None: a host that is switched off is no licence server that is down."""
        return {}

    def first_date(self, head: bytes) -> int | None:
        """Return the UTC second of the first record in *head* that has one."""
        whole = len(head) - len(head) % RECORD
        times = (fields[-1] for fields in _FIELDS.iter_unpack(head[:whole]))
        return next((time for time in times if time >= EARLIEST), None)

    def date_by(self, ahead: Iterable[Block], written: int) -> None:
        """Do nothing: no date has to be found."""

    def read(self, block: Block, *, every_line: bool = False) -> Reading:
        """Read a block; see `exporter.records.Reading`. Raises ForeignLayout at the begin of a file of another kind."""
        reading = self._reading = Reading(block.end)
        data, self._at = block.data, block.start.offset
        begins = self._at == 0 and bool(data)
        if begins:
            refuse_other_layouts(data)
        whole = len(data) - len(data) % RECORD
        for kind, level, line, user, host, time in _FIELDS.iter_unpack(data[:whole] if whole < len(data) else data):
            self._time = time if EARLIEST <= time <= block.not_after and kind in TYPES else None
            if self._time is not None:
                self._come_to(self._time)
            told = len(reading.events)
            if begins and self._at == 0:
                reading.first = hashlib.blake2b(data[:RECORD], digest_size=16).hexdigest(), self._time
            self._count(kind, self._take(kind, level, _text(line), _text(user), _text(host)))
            if every_line and self._time is not None and len(reading.events) == told:
                reading.events.append(Passed(self._time, self._at))
            self._at += RECORD
        if whole < len(data):
            self._cannot_read(f"the file ends inside a record: {len(data) - whole} of its {RECORD} bytes are there")
        return reading

    def date_state(self) -> Json | None:
        """Return None: the time of a record depends on no other."""
        return None

    def go_by(self, dates: Json) -> None:
        """Do nothing: the time of a record depends on no other."""

    def begin_stretch(self) -> None:
        """Let the next record begin a new stretch: records before it are lost."""
        self._stretch = None

    def redate(self) -> None:
        """Do nothing: no date is inferred."""

    def state(self) -> dict[str, Json]:
        """Return what `restore` needs."""
        return {
            "last": self._last,
            "latest": self._latest,
            "stretch": self._stretch,
            "up": self._up,
            "open": self._open.state(),
        }

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        self._last, self._latest, self._up = state["last"], state["latest"], state["up"]
        self._stretch = None if state["stretch"] is None else (state["stretch"][0], state["stretch"][1])
        self._open.restore(state["open"])

    def _come_to(self, time: int) -> None:
        """Move on to a record at *time*."""
        if self._last is None:
            # A logout without a login tells of nobody: what is open at the begin of the log can't be inferred.
            self._reading.events += (
                Seen(time, self._at, WTMP),
                Reset(time, self._at, WTMP, time, started=True),
            )
        self._last = time
        if self._latest is None or time > self._latest:
            self._latest = time
        begin, end = self._stretch or (time, time + 1)
        if time < begin or time >= end or self._stretch is None:
            self._stretch = min(begin, time), max(end, time + 1)

    def _take(self, kind: int, level: int, line: str, user: str, host: str) -> str:
        """Emit what a record says; return its outcome."""
        if kind not in TYPES:
            return "unparsed"
        about_host = line.startswith("~")
        if about_host or kind in (_BOOT_TIME, _RUN_LVL):
            what = _life(kind, level, user if about_host else "")
            if what is not None:
                self._live(what)
            return "noise" if what is None else "understood"
        if kind in (_OLD_TIME, _NEW_TIME):
            if kind == _NEW_TIME and self._time is not None:
                self._reading.events.append(Lifecycle(self._time, self._at, self._host, "clock set", up=None))
            return "understood"
        if kind == _USER_PROCESS and user and line:
            self._log_in(line, user, host)
            return "understood"
        # As `last` has it: a record without a name ends the session on its line, whatever its type.
        return "understood" if (kind == _DEAD_PROCESS or not user) and self._log_out(line) else "noise"

    def _log_in(self, line: str, user: str, host: str) -> None:
        """Take a login; it supersedes the session that is open on the line."""
        if self._time is not None:
            held = self._open.begin(line, self._feature, user, host)
            self._reading.events.append(Start(self._time, self._at, WTMP, *held, line))
            self._up = True

    def _log_out(self, line: str) -> bool:
        """Take a logout; return whether somebody was logged in on the line."""
        held, moment = self._open.end(line), self._moment()
        if held is None or moment is None:
            return False
        self._reading.events.append(Stop(moment, self._at, WTMP, *held, "returned", line))
        return True

    def _live(self, what: str) -> None:
        """Take that the host goes down or was booted: every session is over then."""
        moment, halts = self._moment(), what == "halted"
        news = (self._up is not False) if halts else True
        if moment is not None and news:
            reason = "shutdown" if halts else "reset"
            self._open.end_all()
            self._reading.events += (
                Reset(moment, self._at, WTMP, moment, started=True, reason=reason),
                Lifecycle(moment, self._at, self._host, "crashed" if self._up and not halts else what, up=None),
            )
        self._up = not halts

    def _moment(self) -> int | None:
        """Return when what ends by this record ends: a time that isn't believed is put where the record before is."""
        return self._last if self._time is None else self._time

    def _count(self, kind: int, outcome: str) -> None:
        """Count the record, and keep a sample of one that can't be read."""
        if outcome == "unparsed":
            self._cannot_read(f"ut_type is {kind}, which no record of a wtmp has")
        elif outcome == "understood" and self._time is None:
            self._reading.tally["refused"] = self._reading.tally.get("refused", 0) + 1
            self._cannot_read("its time is more than a day ahead, or before 1990")
        else:
            self._reading.tally[outcome] = self._reading.tally.get(outcome, 0) + 1

    def _cannot_read(self, why: str) -> None:
        self._reading.tally["unparsed"] = self._reading.tally.get("unparsed", 0) + 1
        self._reading.samples.append(Sample(self._at, f"record {self._at // RECORD + 1}", why))


def _life(kind: int, level: int, user: str) -> str | None:
    """Return what a record tells of the host's life (see `exporter.events.LIFECYCLE`), None for nothing."""
    if user.startswith("shutdown"):
        return "halted"
    if user.startswith("reboot"):
        return "booted"
    if kind == _RUN_LVL or user.startswith("runlevel"):
        return "halted" if level in _HALTING else None
    return "booted" if kind == _BOOT_TIME else None


def _text(field: bytes) -> str:
    """Return the raw name in a field: up to the first NUL, or all of it."""
    return field.partition(b"\0")[0].decode("latin-1")
