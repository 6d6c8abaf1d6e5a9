"""From the rows of a ledger to the facts of a feature: its part of each stream that tells of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exporter.feature_rows import EVER, ChangeRow, Column, FeatureRows, SessionColumns, StreamRows, WaitRow
from exporter.tiers.facts import AFTER_LINES, BEFORE_LINES, NO_STEPS, Issued, Step, Steps, SubjectFacts, Uses
from exporter.tiers.products import Part


def gather(rows: FeatureRows, users: Column) -> list[Part]:
    """Return the parts of a feature's facts; *users* are the numbers of all holders' users, -1 for nobody's."""
    issued: Sequence[Issued] = [Issued(*row) for row in rows.issued]
    parts = []
    for stream in rows.streams:
        parts.append(Part(stream.stream, _facts(stream, users, issued)))
        issued = ()  # what is issued, is issued once
    return parts


def _facts(rows: StreamRows, users: Column, issued: Sequence[Issued]) -> SubjectFacts:
    sessions = rows.sessions
    sights = [time for time in (rows.first, issued[0].start if issued else None) if time is not None]
    return SubjectFacts(
        first=min(sights, default=None),
        coverage=rows.coverage,
        levels=_levels(sessions, rows.changes),
        uses=_uses(sessions, users),
        checkouts=np.sort(sessions.checkouts),
        checkins=np.sort(np.concatenate((sessions.checkins, rows.checkins))),
        denials=rows.denials,
        waited=rows.waited,
        refused=rows.refused,
        queued=_queued(rows.waits, rows.frontier or 0),
        suspect=_suspect(sessions),
        issued=issued,
        stopless=rows.stopless,
    )


def _uses(sessions: SessionColumns, users: Column) -> Uses:
    """Return who had sessions open; those of a name that is none are nobody's."""
    uses = Uses(sessions.start, sessions.end, users[sessions.holder])
    named = uses.users >= 0
    return uses if named.all() else Uses(*(column[named] for column in uses))


def _levels(sessions: SessionColumns, changes: Sequence[ChangeRow]) -> Steps:
    """Return the steps of the seats in use."""
    changed, heard = _changed(sessions, changes) if changes else (NO_STEPS, sessions.start)
    # Those that no line ended may end in the second of their own last line.
    late = (sessions.end_generation < 0) & (sessions.end <= heard)
    end_generation, end_at = sessions.end_generation.copy(), sessions.end_at.copy()
    end_generation[late], end_at[late] = AFTER_LINES
    return Steps.ordered(
        np.concatenate((sessions.start, sessions.end, changed.times)),
        np.concatenate((sessions.generation, end_generation, changed.seqs[:, 0])),
        np.concatenate((sessions.at, end_at, changed.seqs[:, 1])),
        np.concatenate((sessions.first_seats, -sessions.seats, changed.deltas)),
    )


def _changed(sessions: SessionColumns, changes: Sequence[ChangeRow]) -> tuple[Steps, Column]:
    """Return the steps of *changes*, and the time of the last line of each session but for its end."""
    keys = zip(sessions.generation.tolist(), sessions.at.tolist(), sessions.n.tolist(), strict=True)
    rows = {key: row for row, key in enumerate(keys)}
    before, heard = sessions.first_seats.tolist(), sessions.start.copy()
    steps = []
    for change in changes:
        row = rows[change[:3]]
        steps.append(Step(change.time, (change.line_generation, change.line_at), change.seats - before[row]))
        before[row], heard[row] = change.seats, change.time
    return Steps.of(steps), heard


def _queued(waits: Sequence[WaitRow], frontier: int) -> Steps:
    steps = []
    for start, generation, at, seats, end, end_generation, end_at in waits:
        steps.append(Step(start, (generation, at), seats))
        if end is None or end_generation is None or end_at is None:
            steps.append(Step(max(start, frontier) if end is None else end, BEFORE_LINES, -seats))
        else:
            steps.append(Step(end, (end_generation, end_at), -seats))
    return Steps.of(steps) if steps else NO_STEPS


def _suspect(sessions: SessionColumns) -> Steps:
    """Return the seats in doubt: of a session from the gap on, up to the frontier."""
    doubtful = np.flatnonzero(sessions.suspect < EVER)
    if not len(doubtful):
        return NO_STEPS
    seats = sessions.seats[doubtful]
    begin = np.maximum(sessions.suspect[doubtful], sessions.start[doubtful])  # the log's clock may have stepped back
    times = np.concatenate((begin, np.maximum(begin, sessions.end[doubtful])))
    generations, offsets = (np.full_like(times, place) for place in BEFORE_LINES)
    return Steps.ordered(times, generations, offsets, np.concatenate((seats, -seats)))
