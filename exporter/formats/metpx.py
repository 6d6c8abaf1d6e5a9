"""
MetPX's logs of what is received and sent: each file is a `Transfer`, by the rules of pxStats.

    2013-06-06 14:47:11,368 [INFO] (86 Bytes) Message radar.gif:URP:XSS:RADAR:GIF::20130606144709  delivered
    2006-10-08 00:24:36,556 [INFO] (107 Bytes) Ingested in DB as /px/SM/SMCN37_CWAO:file:CWAO:SM:3:Direct:20061008042436

The first was sent: its words are parted by single blanks, the seventh is the file, and ends in the UTC second at which
it was received. The second was received, and tells no latency. A log knows neither the machine nor the client or
source: its path does. Lines that lack a number they should have count for nothing, as in pxStats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporter.catalog.transfers import BOTH, OTHER, RECEIVED, SENT, pattern_of
from exporter.events import Transfer
from exporter.formats.clock import DAY
from exporter.formats.dated import Local, When
from exporter.formats.linewise import LinewiseReader, Unreadable
from exporter.names import encode

MAX_LATENCY = 15
"""Seconds; a file that took longer is late."""
_PATH = re.compile(rf"({RECEIVED}|{SENT}|{BOTH})_(.+?)(?:\.log)?", re.DOTALL)
_FRAME = re.compile(r"(\d{4}-\d\d-\d\d (?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d),", re.ASCII)
_PART = "[^ :/]*"
_USUAL = re.compile(
    rf"{_FRAME.pattern}\d* \[INFO\] \((\d{{1,12}}) Bytes\) [^ ]* "
    rf"(?:[^ :]*/)?({_PART}:{_PART}:{_PART}:({_PART}):{_PART}:{_PART}:(\d{{14}})[^ /]*)(?= |$)",
    re.ASCII,
)
"""Groups: minute, second, bytes, name, type and stamp of a file that was sent, as nearly all lines say it."""
_BYTES = re.compile(r"\s*(\d{1,12})\s*", re.ASCII)
"""A file of a terabyte is none: such numbers would add up to more than the ledger holds."""
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_CACHED = 20_000
_new = tuple.__new__  # half the price of calling the class; the fields are in the order of `exporter.events`


class Place(NamedTuple):
    """What the path of a log tells of all its lines."""

    direction: str
    """rx, tx or trx."""
    client: str
    """The client, or the source; raw."""


class Rules(NamedTuple):
    """How a site counts."""

    products: Sequence[str] = ()
    """Patterns as pxStats takes them; none: a product is the type that is a part of a file's name."""
    max_latency: int = MAX_LATENCY
    raw: bool = False
    """Latencies as pxStats gives them: the log's clock less the stamp, whatever their zones."""


def place_of(name: str, parts: Mapping[str, str]) -> Place | None:
    """
    Return what a log's path tells: by its last component *name*, without rotation mark, and its named *parts*.

    The parts ``direction`` and ``client``, or ``source``, go before the name. None where they don't tell all.
    """
    found = _PATH.fullmatch(name)
    direction = parts.get("direction") or (found[1] if found else "")
    client = parts.get("client") or parts.get("source") or (found[2] if found else "")
    return Place(direction, client) if direction in {RECEIVED, SENT, BOTH} and client else None


class MetpxReader(LinewiseReader):
    """Reads one log of MetPX."""

    def __init__(self, zone: ZoneInfo, place: Place, rules: Rules) -> None:
        """Begin a new stream whose clock is local to *zone*."""
        super().__init__(zone)
        self._place, self._rules = place, rules
        self._usual = _USUAL.match if place.direction == SENT else _no_match
        self._products = [
            (encode(text), re.compile(translate(encode(pattern_of(text)))).match) for text in rules.products
        ]

    def knows(self, line: str) -> bool:
        """Say whether *line* begins as MetPX's do."""
        return _FRAME.match(line) is not None

    def stamp(self, line: str) -> When | None:
        """Return what *line* tells of its time."""
        found = _FRAME.match(line)
        minute = None if found is None else _minute(found[1])
        return None if found is None or minute is None else Local(minute.day, minute.tod + int(found[2]))

    def tell(self, line: str, at: int) -> Sequence[Transfer]:
        """Return the file that was received or sent, or the error; none for any other line."""
        found = self._usual(line)
        if found is not None and not _of_no_file(line):
            text, second, size, name, kind, stamp = found.groups()
            minute, received = _minute(text), _second(stamp)
            if minute is not None and received is not None:
                product = self._product(name, name) if self._products else kind or OTHER
                left = Local(minute.day, minute.tod + int(second))
                time = self.at_second(minute, int(second))
                return self._sent(time, left, at, int(size), product, received)
        found = _FRAME.match(line)
        minute = None if found is None else _minute(found[1])
        is_file = "[INFO]" in line and "Bytes" in line and not _of_no_file(line)
        is_error = not is_file and "[ERROR]" in line
        if found is None or minute is None:
            if is_file or is_error:
                raise Unreadable("it doesn't begin with a date and time")
            return ()
        second = int(found[2])
        time = self.at_second(minute, second)
        if not is_file:
            return (Transfer(time, at, *self._place, "", error=True),) if is_error else ()
        size, product, received = self._file(line)
        if received is None:
            return (_new(Transfer, (time, at, *self._place, product, size, None, False, False, False)),)
        return self._sent(time, Local(minute.day, minute.tod + second), at, size, product, received)

    def _sent(self, time: int, clock: Local, at: int, size: int, product: str, received: int) -> Sequence[Transfer]:
        """Return a file that was sent at *time*, when the log's *clock* stood so."""
        left = (clock.day - _EPOCH_DAY) * DAY + clock.tod if self._rules.raw else time
        latency = max(left - received, 0)
        late = latency > self._rules.max_latency
        return (_new(Transfer, (time, at, *self._place, product, size, latency, left < received, late, False)),)

    def _file(self, line: str) -> tuple[int, str, int | None]:
        """Return how many bytes a file has, its product, and the UTC second of its reception. Raises Unreadable."""
        size = _BYTES.fullmatch(line[line.find("(") + 1 : max(line.find("Bytes") - 1, 0)])
        if size is None:
            raise Unreadable("it has no number of bytes in brackets")
        words = line.split(" ", 7)
        direction = self._place.direction
        if direction == RECEIVED or (direction == BOTH and words[5:6] == ["Ingested"]):
            whole = line[line.rfind("/") + 1 :]
            return int(size[1]), self._product(whole.partition(":")[0], whole), None
        name = words[6] if len(words) > 6 else ""
        parts = name.split(":", 7)
        received = _second(parts[6][:14]) if len(parts) > 6 else None
        if received is None:
            raise Unreadable("its seventh word is no file whose name ends in the time of its reception")
        name = name[name.rfind("/") + 1 :]
        return int(size[1]), self._product(name, name), received

    def _product(self, name: str, whole: str) -> str:
        """Return the product of a file; *whole* is its name with all its parts."""
        if self._products:
            return next((product for product, fits in self._products if fits(name)), OTHER)
        parts = whole.split(":", 4)
        return parts[3] if len(parts) > 4 and parts[3] else OTHER


def _no_match(_: str) -> re.Match[str] | None:
    return None


def _of_no_file(line: str) -> bool:
    """Say whether a line with bytes tells of something else: a speed, a part, an attempt."""
    return "/sec" in line or " Segment " in line or "SEND TIMEOUT" in line


@lru_cache(maxsize=_CACHED)
def _minute(text: str) -> Local | None:
    """Return ``YYYY-MM-DD HH:MM``, None when there is no such day."""
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Local(day.toordinal(), day.hour * 3600 + day.minute * 60)


@lru_cache(maxsize=_CACHED)
def _second(text: str) -> int | None:
    """Return the UTC second of ``YYYYMMDDHHMMSS``, None when there is none such."""
    if len(text) != 14 or not (text.isascii() and text.isdecimal()) or text[8:10] > "23":
        return None
    try:
        return int(datetime.fromisoformat(f"{text[:8]}T{text[8:]}Z").timestamp())
    except ValueError:
        return None
