"""What a ledger tells of one feature, as rows: from these its windows are made. Times are UTC seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class SessionRow(NamedTuple):
    """A session; *end* is None while it is open."""

    start: int
    end: int | None
    generation: int
    at: int
    n: int
    """1: the second half of a line that changed the seats of a session nobody knew."""
    first_seats: int
    seats: int
    """The last value."""
    inferred: int
    end_generation: int | None
    """The line that ended it, with *end_at*; None: no line did."""
    end_at: int | None
    suspect: int | None
    checkin: int | None
    holder: int


class ChangeRow(NamedTuple):
    """A change of the seats of the session of the line (generation, at), and the line that told of it."""

    generation: int
    at: int
    n: int
    time: int
    seats: int
    line_generation: int
    line_at: int


class WaitRow(NamedTuple):
    """A wait in the queue, and the line that ended it."""

    start: int
    generation: int
    at: int
    seats: int
    end: int | None
    end_generation: int | None
    end_at: int | None


@dataclass(slots=True)
class StreamRows:
    """What one stream tells of a feature."""

    stream: int
    first: int | None
    """First sight."""
    coverage: Sequence[tuple[int, int]]
    """Time that the stream tells of, sorted."""
    stopless: Sequence[tuple[int, int]] = ()
    """Time in which the feature's daemon wrote no ends."""
    sessions: list[SessionRow] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
    """Of these sessions, by session in the order of the changes."""
    waits: list[WaitRow] = field(default_factory=list)
    checkins: list[int] = field(default_factory=list)
    """Check-in lines that ended no session, sorted; the other lines of moments alike."""
    denials: list[int] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    """First lines of the episodes that ended so."""
    refused: list[int] = field(default_factory=list)


class FeatureRows(NamedTuple):
    """All that is known of a feature."""

    streams: Sequence[StreamRows]
    """In the order of their ids."""
    issued: Sequence[tuple[int, int]]
    """(from, seats), sorted."""
