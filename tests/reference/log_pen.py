"""Writes framed lines with the manners of one server, whose clock may be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

LATER = 1_800_000_000
"""A moment after every line that can be drawn; anchors beyond it are not believed."""


class Manners(NamedTuple):
    """
    How a server writes; *line_ends* and *marks* (a BOM) change with the generation; *patience* is the most
    seconds of silence before a move.
    """

    zero_padded: bool
    seconds: bool
    prefix: bool
    day_first: bool
    stripped: bool
    line_ends: list[bytes]
    marks: list[bool]
    verbose: frozenset[bytes]
    torn: bool
    patience: int
    banner: bool
    unfinished: bytes


class Pen:
    """A server that writes framed lines: true time, the error of its clock, its zone."""

    def __init__(self, manners: Manners, zone: ZoneInfo, begin: int) -> None:
        """Begin at a UTC second with a right clock."""
        self.manners = manners
        self.zone = zone
        self.utc = begin
        self.error = 0
        self.shown = begin
        self.anchored = False
        self.last: datetime | None = None
        self.written_by: set[bytes] = set()
        self.generations: list[list[bytes]] = [[]]

    def files(self) -> list[bytes]:
        """Join the lines of each generation."""
        files = []
        for number, lines in enumerate(self.generations):
            end = self.manners.line_ends[number % len(self.manners.line_ends)]
            mark = b"\xef\xbb\xbf" if self.manners.marks[number % len(self.manners.marks)] else b""
            data = mark + b"".join(line + end for line in lines)
            if number == len(self.generations) - 1:
                data += self.manners.unfinished
            elif self.manners.torn:
                data = data.removesuffix(end)
            files.append(data)
        return files

    def local(self) -> datetime:
        """Return what the server's clock shows."""
        moment = datetime.fromtimestamp(self.utc + self.error, self.zone)
        return moment if self.manners.seconds else moment.replace(second=0)

    def comes_back_into_the_repeated_hour(self, moment: datetime) -> bool:
        """Whether the clock went from after a repeated hour back into it, where no rule says which pass that is."""
        if self.last is None or not is_repeated(moment) or is_repeated(self.last):
            return False
        return timedelta(0) < self.last.replace(tzinfo=None) - moment.replace(tzinfo=None) < timedelta(days=3)

    def line(self, daemon: bytes, message: bytes) -> bool:
        """Write a framed line; False when it is better left out."""
        moment = self.local()
        if self.comes_back_into_the_repeated_hour(moment):
            return False
        hour = f"{moment.hour:02}" if self.manners.zero_padded else f"{moment.hour:2}"
        frame = hour + moment.strftime(":%M:%S" if self.manners.seconds else ":%M")
        if self.manners.prefix:
            frame = f"{moment.month}/{moment.day:02} {frame}"
        text = frame.encode() + b" (" + daemon + b") " + message
        self.generations[-1].append(text.rstrip(b" ") if self.manners.stripped else text)
        self.last = moment
        self.shown = int(moment.replace(fold=0).timestamp())
        self.written_by.add(daemon)
        return True


def is_repeated(moment: datetime) -> bool:
    """Whether the clock shows this local time twice."""
    first, second = (moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return second > first
