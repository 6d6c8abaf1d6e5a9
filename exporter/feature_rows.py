"""What a ledger tells of one feature, as rows: from these its windows are made. Times are UTC seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class SessionColumns(NamedTuple):
    """Sessions, column by column: there may be a million. One that is open ends at the frontier."""

    start: Sequence[int] = ()
    generation: Sequence[int] = ()
    """The line that began it, with *at*; both -1: no line did, it is inferred."""
    at: Sequence[int] = ()
    n: Sequence[int] = ()
    first_seats: Sequence[int] = ()
    end: Sequence[int] = ()
    end_generation: Sequence[int] = ()
    """The line that ended it, with *end_at*; both -1: no line did."""
    end_at: Sequence[int] = ()
    seats: Sequence[int] = ()
    """The last value."""
    checkout: Sequence[int | None] = ()
    """Time of the check-out line; None: an inferred session, or one that a change of seats began."""
    checkin: Sequence[int | None] = ()
    holder: Sequence[int] = ()
    suspect: Sequence[int | None] = ()
    """Since when it is in doubt."""


NO_SESSIONS = SessionColumns()


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
    frontier: int | None = None
    """Up to where it has been read: there ends what is open. A re-base may have put it before the end of coverage."""
    stopless: Sequence[tuple[int, int]] = ()
    """Time in which the feature's daemon wrote no ends."""
    sessions: SessionColumns = NO_SESSIONS
    changes: list[ChangeRow] = field(default_factory=list)
    """Of these sessions; of each in their order."""
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
