"""
START/STOP accounting: lines that a wrapper around an application writes to syslog when it begins and when it ends.

    Nov 20 07:47:40 wks12 LIC_ACC: app1 START 20001120-0747 fiore PID: 599
    Nov 20 08:11:14 wks12 LIC_ACC: app1 STOP 20001120-0811 fiore PID: 599

The host that runs it is the server, the tag of syslog the vendor, the application the feature; a session is known by
host, application, user and process. The date in the message tells the year; the prefix the seconds, where the two agree
within two minutes. In another zone or after a delay they don't: then the message is right. A boot that the log tells
of, by a message of the tag or of the kernel, ends what is open on its host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporter.catalog.accounting import LINE_FIELDS, parts_of_line
from exporter.events import Event, Reset, Seen, Start, Stop
from exporter.formats.clock import DAY, local, nearest_day, utc
from exporter.formats.date_forms import DateForm
from exporter.formats.dated import Local, When, Yearless
from exporter.formats.linewise import Unreadable
from exporter.formats.syslog import MINUTE, Message, SyslogReader, message_of, minute_of
from exporter.names import encode
from exporter.records import Json

MAX_SESSION = 7 * DAY
"""Seconds after which a session ends, where nothing else is said (design rule 3.6)."""
_AGREE = 120
_ANY_DAY = 730_000
"""Where neither the prefix nor the message has a year, they are compared about this day."""
_CACHED = 100_000
_new = tuple.__new__  # half the price of calling the class; the fields are in the order of `exporter.events`
_KERNEL, _BOOTED = "kernel", re.compile(r"(?:\[ *[\d.]+\] )?Linux version ")


class Wording(NamedTuple):
    """How a site writes its accounting lines; readable, as in the configuration."""

    tags: Sequence[str] = ("LIC_ACC",)
    start: Sequence[str] = ("START",)
    stop: Sequence[str] = ("STOP", "END")
    boot: Sequence[str] = ("BOOT",)
    """Words that alone are a message: the host has been started."""
    line: str = "{app} {word} {date} {user} PID: {pid}"
    """See `exporter.catalog.accounting`; without a date, the prefix tells the time."""
    date: str = "YYYYMMDD-HHMI"


class StartStopReader(SyslogReader):
    """Reads one stream of START/STOP accounting."""

    def __init__(self, zone: ZoneInfo, wording: Wording | None = None, first_year: int | None = None) -> None:
        """Begin a new stream whose times are local to *zone*; see `LinewiseReader` for *first_year*."""
        wording = wording or Wording()
        super().__init__(zone, [encode(tag) for tag in wording.tags], first_year)
        self._date = DateForm(wording.date)
        self._boots = frozenset(map(encode, wording.boot))
        self._starts = frozenset(map(encode, wording.start))
        self._words = self._starts | frozenset(map(encode, wording.stop))
        self._line = re.compile(_pattern(wording.line, self._date, self._words), re.ASCII)
        fields = self._line.groupindex
        self._has_date, self._has_host, self._has_pid = "date" in fields, "host" in fields, "pid" in fields
        tags = "|".join(map(re.escape, sorted(self._tags)))
        self._usual = re.compile(
            rf"({MINUTE}):([0-5]\d) (\S+) ({tags})(?:\[[^\]\s]*\])?: {self._line.pattern}", re.ASCII
        )
        """Groups: minute, second, host and tag of the usual prefix, then those of the message."""
        self._minutes: dict[tuple[str, str], Local | None] = {}
        """By minute of the prefix and date of the message, that minute, where they tell the same; a cache."""
        self._seen: set[str] = set()
        """Tags that had an event."""

    def when(self, message: Message) -> When | None:
        """Return what a message tells of its time."""
        found = self._line.fullmatch(message.text)
        return message.when if found is None else self._when(message, found)

    def knows(self, line: str) -> bool:
        """Say whether *line* is a message of the tags, or tells of a boot."""
        message = message_of(line)
        return message is not None and (message.tag in self._tags or _is_of_boot(message))

    def tell(self, line: str, at: int) -> Sequence[Event]:
        """Return the events of *line*."""
        found = self._usual.fullmatch(line) if self._has_date else None
        if found is not None:
            told = self._tell_usual(found, at)
            if told is not None:
                return told
        message = message_of(line)
        if message is not None and message.when is not None and _is_of_boot(message):
            return (_boot(self.at_time(message.when), at, message.host),)
        return super().tell(line, at)

    def read_message(self, message: Message, at: int) -> Sequence[Event]:
        """Return the events of a message of the tags. Raises Unreadable, NotBelieved."""
        found = self._line.fullmatch(message.text)
        when = message.when if found is None else self._when(message, found)
        if when is None:
            raise Unreadable("there is no such date, or none at all")
        time = self.at_time(when)
        if found is None:
            if message.text.strip() in self._boots:
                return (_boot(time, at, message.host),)
            if not self._words.isdisjoint(message.text.split()):
                raise Unreadable("its words are not in the order that `startstop.line` in the configuration says")
            return ()
        return self._event(time, at, message.host, message.tag, found)

    def _tell_usual(self, found: re.Match[str], at: int) -> Sequence[Event] | None:
        """Return the event of a line whose prefix and message tell the same minute, None where they don't."""
        key = found[1], found["date"]
        try:
            minute = self._minutes[key]
        except KeyError:
            minute = self._minutes[key] = self._same_minute(*key)
            if len(self._minutes) > _CACHED:
                self._minutes.clear()
        if minute is None:
            return None
        time = self.at_second(minute, int(found[2]))
        return self._event(time, at, found[3], found[4], found)

    def _same_minute(self, prefix: str, date: str) -> Local | None:
        """Return the minute that both tell, None where they tell another."""
        told, near = self._date.read(date), minute_of(prefix)
        if not isinstance(told, Local) or near is None or told.tod // 60 != near.tod // 60:
            return None
        return _in_year(near, told.day) if _in_year(near, told.day).day == told.day else None

    def _event(self, time: int, at: int, host: str, tag: str, found: re.Match[str]) -> Sequence[Event]:
        """Return the event of a line of *tag*, sent by *host*, whose words were *found*."""
        user = found["user"]
        host = found["host"] if self._has_host else host
        handle = f"{found['pid']} {user}" if self._has_pid else ""
        who = f"{user}@{host}"
        event: Event
        if found["word"] in self._starts:
            event = _new(Start, (time, at, tag, found["app"], who, "", 1, handle, None, host))
        else:
            event = _new(Stop, (time, at, tag, found["app"], who, "", 1, "returned", handle, None, host))
        if tag in self._seen:
            return (event,)
        self._seen.add(tag)
        return (Seen(time, at, tag), event)

    def state(self) -> dict[str, Json]:
        """Return what `restore` needs."""
        return {**super().state(), "seen": sorted(self._seen)}

    def restore(self, state: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        super().restore(state)
        self._seen = set(state["seen"])

    def _when(self, message: Message, found: re.Match[str]) -> When | None:
        """Return what a line tells of its time: its prefix, where its message agrees with that, else the message."""
        if not self._has_date:
            return message.when
        told = self._date.read(found["date"])
        return told if told is None or message.when is None else agreed(self.zone, message.when, told)


def agreed(zone: ZoneInfo, prefix: When, told: Local | Yearless) -> When:
    """Return the time of a *prefix*, with the year, where it is two minutes at most from what is *told*; else that."""
    if isinstance(prefix, int):
        told = _in_year(told, local(zone, prefix)[0])
        passes = (utc(zone, told.day, told.tod, fold) for fold in (0, 1))
        return prefix if any(abs(prefix - time) <= _AGREE for time in passes) else told
    if isinstance(prefix, Local):
        return prefix if _apart(prefix, _in_year(told, prefix.day)) <= _AGREE else told
    if isinstance(told, Local):
        near = _in_year(prefix, told.day)
        return near if _apart(near, told) <= _AGREE else told
    near = _in_year(prefix, _ANY_DAY)
    return prefix if _apart(near, _in_year(told, near.day)) <= _AGREE else told


def _in_year(when: Local | Yearless, day: int) -> Local:
    """Return a local time in the year in which it is nearest to *day*, where it doesn't tell its year."""
    return when if isinstance(when, Local) else Local(nearest_day((when.month, when.mday), day), when.tod)


def _apart(one: Local, other: Local) -> int:
    return abs((one.day - other.day) * DAY + one.tod - other.tod)


def _is_of_boot(message: Message) -> bool:
    """Say whether it is the first message of a kernel."""
    return message.tag == _KERNEL and _BOOTED.match(message.text) is not None


def _boot(time: int, at: int, host: str) -> Reset:
    return Reset(time, at, "", time, started=True, server=host)


def _pattern(order: str, date: DateForm, words: Iterable[str]) -> str:
    """Return the regular expression of an order of fields, each a group of its name."""
    patterns = dict.fromkeys(LINE_FIELDS, r"\S+") | {
        "word": "|".join(map(re.escape, sorted(words))),
        "date": date.pattern,
    }
    return "".join(
        f"(?P<{part.text}>{patterns[part.text]})"
        if part.is_field
        else re.escape(encode(part.text)).replace("\\ ", " +")
        for part in parts_of_line(order.strip())
    )
