"""What a ledger tells of one feature, as rows: from these its windows are made. Times are UTC seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.int64]
"""Whole numbers, one a row; as many as there are rows."""
EVER = 1 << 62
"""An instant after all others."""
NOTHING: Column = np.empty(0, dtype=np.int64)
"""The column of no rows."""


class SessionColumns(NamedTuple):
    """Sessions, column by column: there may be a million. One that is open ends at the frontier."""

    start: Column = NOTHING
    generation: Column = NOTHING
    """The line that began it, with *at*; both -1: no line did, it is inferred."""
    at: Column = NOTHING
    n: Column = NOTHING
    first_seats: Column = NOTHING
    end: Column = NOTHING
    end_generation: Column = NOTHING
    """The line that ended it, with *end_at*; both -1: no line did."""
    end_at: Column = NOTHING
    seats: Column = NOTHING
    """The last value."""
    checkins: Column = NOTHING
    """Times of the check-in lines that ended sessions; fewer likewise."""
    holder: Column = NOTHING
    suspect: Column = NOTHING
    """Since when it is in doubt; EVER: it isn't."""
    checkouts: Column = NOTHING
    """Times of the check-out lines; fewer, for an inferred session has none, nor one that a change of seats began."""


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
    frontier: int | None
    """Up to where it has been read: there ends what is open. A re-base may have put it before the end of coverage."""
    sessions: SessionColumns
    changes: Sequence[ChangeRow]
    """Of these sessions; of each in their order."""
    waits: Sequence[WaitRow]
    checkins: Column
    """Check-in lines that ended no session; the other lines of moments alike."""
    denials: Column
    waited: Column
    """First lines of the episodes that ended so."""
    refused: Column
    stopless: Sequence[tuple[int, int]] = ()
    """Time in which the feature's daemon wrote no ends."""


class FeatureRows(NamedTuple):
    """All that is known of a feature."""

    streams: Sequence[StreamRows]
    """In the order of their ids."""
    issued: Sequence[tuple[int, int]]
    """(from, seats), sorted."""
