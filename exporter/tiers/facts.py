"""
What the windows of one subject are made from, and how a session and a wait become steps of a level.

Times are UTC seconds. Everything a line does to a level is one step: it makes one state. Steps are ordered by (time,
seq), where *seq* is the place of the line in its stream, (generation, offset). What begins at a time and not with a
line comes before the lines of its second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from exporter.feature_rows import EVER, NOTHING, Column
from exporter.tiers.intervals import Interval

Seq = tuple[int, int]
"""The place of a line: generation, byte offset."""
BEFORE_LINES: Seq = (-1, -1)
"""The place of what begins before the lines of its second: an inferred session, the level carried into a span."""

AFTER_LINES: Seq = (EVER, 0)
"""The place of what ends in the second in which it began, and not with a line."""


class Step(NamedTuple):
    """A line that moves a level by *delta* seats."""

    time: int
    seq: Seq
    delta: int


class Steps(NamedTuple):
    """All steps of a level, one a line, in their order, column by column."""

    times: Column
    seqs: Column
    """Shape (steps, 2)."""
    deltas: Column

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Steps:
        """Put the steps of one stream in order; what one line does is one step."""
        rows = np.array([(time, *seq, delta) for time, seq, delta in steps], dtype=np.int64).reshape(-1, 4)
        return cls.ordered(*rows.T)

    @classmethod
    def ordered(cls, times: Column, generations: Column, offsets: Column, deltas: Column) -> Steps:
        """Put the steps of one stream, column by column, in order; what one line does is one step."""
        lines = np.array((offsets, generations, times))
        order = np.lexsort(lines)
        lines, deltas = lines[:, order], deltas[order]
        same = (lines[:, 1:] == lines[:, :-1]).all(axis=0)
        if same.any():
            first = np.concatenate(([0], np.flatnonzero(~same) + 1))
            lines, deltas = lines[:, first], np.add.reduceat(deltas, first)
        return cls(lines[2], lines[1::-1].T, deltas)


NO_STEPS = Steps(NOTHING, NOTHING.reshape(0, 2), NOTHING)


class Use(NamedTuple):
    """A user, who has a number, had a session open from *start* to *end* (None: still open)."""

    start: int
    end: int | None
    user: int


class Uses(NamedTuple):
    """All uses of a subject, in any order, column by column; one that is still open ends at EVER."""

    starts: Column
    ends: Column
    users: Column
    """Numbers from 0 on; names that differ in case only have one."""

    @classmethod
    def of(cls, uses: Iterable[Use]) -> Uses:
        """Take them one by one."""
        rows = [(start, EVER if end is None else end, user) for start, end, user in uses]
        return cls(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)


NO_USES = Uses(NOTHING, NOTHING, NOTHING)

Times = Sequence[int] | Column
"""Sorted UTC seconds."""


class Issued(NamedTuple):
    """From *start* on so many seats are issued."""

    start: int
    seats: int


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """
    The facts of one subject; all sequences are sorted by time, *coverage*, *stopless* and *uses* may be in any order.

    For some windows only, it is enough to give what begins before their end and ends after their beginning: a level
    carried into them may be one step, earlier than they are.
    """

    first: int | None
    """First sight; None: never seen, no windows."""
    coverage: Sequence[Interval]
    """Time that the subject's stream tells of."""
    levels: Steps = NO_STEPS
    """Seats in use."""
    uses: Uses = NO_USES
    checkouts: Times = ()
    """Times of OUT lines."""
    checkins: Times = ()
    """Times of IN lines, unmatched ones too."""
    denials: Times = ()
    """Times of raw denials of every class."""
    waited: Times = ()
    """First lines of the episodes that ended so; *refused* likewise."""
    refused: Times = ()
    queued: Steps = NO_STEPS
    """Seats waited for."""
    suspect: Steps = NO_STEPS
    """Seats of the sessions in doubt, each from its gap on."""
    issued: Sequence[Issued] = ()
    """Seats issued, unknown before the first."""
    stopless: Sequence[Interval] = ()
    """Time in which no ends were written: it has no levels."""
