"""Drives the FlexNet reader over logs that lie in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from exporter.events import Event
from exporter.formats.flexlm import FlexlmReader
from exporter.records import Block, Position, Sample

LATER = 4_000_000_000
"""After every line of these tests."""
WRITTEN = 1_709_640_000
"""2024-03-05T12:00:00Z, when the newest line of a log without dates was written."""


def block(data: bytes, start: int = 0, generation: int = 1, not_after: int = LATER) -> Block:
    """Make the block that holds *data* at offset *start*."""
    return Block(Position(generation, start), data, Position(generation, start + len(data)), not_after)


def blocks(log: bytes, lines: int, generation: int = 1, not_after: int = LATER) -> list[Block]:
    """Cut *log* into blocks of so many *lines*."""
    whole = log.split(b"\n")
    pieces = [line + b"\n" for line in whole[:-1]] + ([whole[-1]] if whole[-1] else [])
    cut, offset = [], 0
    for first in range(0, len(pieces), lines):
        data = b"".join(pieces[first : first + lines])
        cut.append(block(data, offset, generation, not_after))
        offset += len(data)
    return cut


def begin(log: bytes, zone: str = "UTC", written: int = WRITTEN, not_after: int = LATER) -> FlexlmReader:
    """Return a reader that has looked ahead over *log*."""
    reader = FlexlmReader(ZoneInfo(zone))
    reader.date_by([block(log, not_after=not_after)], written)
    return reader


@dataclass
class Told:
    """What was read."""

    events: list[Event] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)

    def of(self, *kinds: type) -> list[Event]:
        """Return the events of some kinds."""
        return [event for event in self.events if isinstance(event, kinds)]


def read(reader: FlexlmReader, pieces: Iterable[Block]) -> Told:
    """Read *pieces*, none of which may ask for a new date."""
    told = Told()
    for piece in pieces:
        reading = reader.read(piece)
        assert reading.redate is None, "the log contradicts its inferred date"
        assert piece.end == reading.end
        told.events += reading.events
        told.tally.update({outcome: count for outcome, count in reading.tally.items() if count})
        told.samples += reading.samples
    return told


def told_by(log: bytes, zone: str = "UTC", written: int = WRITTEN, not_after: int = LATER) -> Told:
    """Read a whole log at once."""
    return read(begin(log, zone, written, not_after), [block(log, not_after=not_after)])


def utc(text: str) -> int:
    """Return the UTC second of an ISO time, taken as UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def iso(time: int | None) -> str:
    """Write a UTC second for people."""
    return "" if time is None else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")
