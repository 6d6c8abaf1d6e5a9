"""
Lines as a syslog daemon writes them to a file: a prefix with time, host, tag and process, then the message.

    Nov  9 07:47:40 wks12 TAG[599]: text                       RFC 3164, and rsyslog's traditional file format
    2026-11-20T07:47:40.123456+01:00 wks12 TAG[599]: text      rsyslog's file format
    2026-11-20T07:47:40.123456+01:00 wks12 TAG[599] text       the same, of a message that came by RFC 5424
    <134>1 2026-11-20T07:47:40+01:00 wks12 TAG 599 - - text    RFC 5424

The first has no year, and is in local time. A priority in angle brackets may stand before each. A time without offset
is local, too. Rsyslog's template RSYSLOG_SyslogProtocol23Format writes the third.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporter.events import Event
from exporter.formats.date_forms import MONTHS
from exporter.formats.dated import Local, When, Yearless
from exporter.formats.linewise import LinewiseReader

_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?[0-5]\d)?"
MINUTE = r"[A-Z][a-z]{2}\ (?:\ ?[1-9]|0[1-9]|[12]\d|3[01])\ (?:[01]\d|2[0-3]):[0-5]\d"
"""A regular expression of month, day, hour and minute, as in RFC 3164."""
_PLAIN = re.compile(
    rf"(?:<\d{{1,3}}>)?(?:({MINUTE}):([0-5]\d)(?:\.\d+)?"
    rf"|({_ISO})"
    r"\ +(\S+)\ ([^\s:\[\]]+)(?:\[([^\]\s]*)\](?::|(?=\ ))|:)\ *(.*)",
    re.ASCII | re.DOTALL,
)
"""Groups: month, day, hour and minute; second; date and time with year; offset; host; tag; process; message."""
_RFC_5424 = re.compile(
    rf"<\d{{1,3}}>1\ (?:-|({_ISO})\ (\S+)\ (\S+)\ (\S+)\ \S+\ "
    r'(?:-|(?:\[[^\s\]"]+(?:\ [^\s=\]"]+="(?:[^"\\]|\\.)*")*\])+)(?:\ (?:\xef\xbb\xbf)?\ *(.*))?',
    re.ASCII | re.DOTALL,
)
"""Groups: date and time; offset; host; application; process; message."""
_DAYS = dict(zip(MONTHS, (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True))
_NIL = "-"


class Message(NamedTuple):
    """A line of syslog, all of it raw."""

    when: When | None
    """What the prefix tells of the time; None: that it isn't known."""
    host: str
    tag: str
    process: str
    """Its process id; "" where there is none."""
    text: str


def message_of(line: str) -> Message | None:
    """Return what *line* says, None when it has no prefix of syslog."""
    found = _PLAIN.match(line)
    if found is not None:
        minute, second, moment, offset, host, tag, process, text = found.groups()
        when = _yearless(minute, int(second)) if minute else _with_year(moment, offset)
        return None if when is None else Message(when, host, tag, process or "", text)
    found = _RFC_5424.match(line)
    if found is None:
        return None
    moment, offset, host, tag, process, text = found.groups()
    when = _with_year(moment, offset) if moment else None
    if moment and when is None:
        return None
    return Message(when, host, tag, "" if process == _NIL else process, text or "")


def _yearless(minute: str, second: int) -> Yearless | None:
    found = minute_of(minute)
    return None if found is None else Yearless(found.month, found.mday, found.tod + second)


@lru_cache(maxsize=4096)
def minute_of(text: str) -> Yearless | None:
    """Return what a text as in `MINUTE` says, None when there is no such day."""
    name, day, clock = text.split()
    if name not in _DAYS or int(day) > _DAYS[name]:
        return None
    return Yearless(MONTHS.index(name) + 1, int(day), int(clock[:2]) * 3600 + int(clock[3:]) * 60)


def _with_year(moment: str, offset: str | None) -> int | Local | None:
    """Return the UTC second, or the local time where there is no *offset*; None when there is no such time."""
    try:
        said = datetime.fromisoformat(moment + (offset or ""))
    except ValueError:
        return None
    if offset:
        return int(said.timestamp())
    return Local(said.toordinal(), said.hour * 3600 + said.minute * 60 + said.second)


class SyslogReader(LinewiseReader):
    """Reads the messages of some tags; all other lines only tell the time."""

    def __init__(self, zone: ZoneInfo, tags: Collection[str], first_year: int | None = None) -> None:
        """Begin a new stream; *tags* are raw, the rest is as in `LinewiseReader`."""
        super().__init__(zone, first_year)
        self._tags = frozenset(tags)

    def when(self, message: Message) -> When | None:
        """Return what a message of the tags tells of its time; where its text doesn't, that is what the prefix does."""
        return message.when

    @abstractmethod
    def read_message(self, message: Message, at: int) -> Sequence[Event]:
        """
        Return the events of a message of the tags, at offset *at*; none where it is noise.

        Calls `at_time`. Raises Unreadable, NotBelieved.
        """

    def knows(self, line: str) -> bool:
        """Say whether *line* is a message of the tags."""
        message = message_of(line)
        return message is not None and message.tag in self._tags

    def stamp(self, line: str) -> When | None:
        """Return what *line* tells of its time."""
        message = message_of(line)
        if message is None:
            return None
        return self.when(message) if message.tag in self._tags else message.when

    def tell(self, line: str, at: int) -> Sequence[Event]:
        """Return the events of *line*."""
        message = message_of(line)
        if message is None:
            return ()
        if message.tag in self._tags:
            return self.read_message(message, at)
        if message.when is not None:
            self.at_time(message.when)
        return ()
