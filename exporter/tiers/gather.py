"""From the rows of a ledger to the facts of a feature: its part of each stream that tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import neg

from exporter.feature_rows import ChangeRow, FeatureRows, SessionColumns, StreamRows, WaitRow
from exporter.tiers.facts import AFTER_LINES, BEFORE_LINES, Issued, Seq, Steps, SubjectFacts, Use
from exporter.tiers.products import Part

_Move = tuple[int, int, int, int]
"""Time, place (generation, offset) and seats of a step."""


def gather(rows: FeatureRows, users: Mapping[int, str]) -> list[Part]:
    """Return the parts of a feature's facts; *users* are the names, case folded, of the holders in *rows*."""
    issued: Sequence[Issued] = [Issued(*row) for row in rows.issued]
    parts = []
    for stream in rows.streams:
        parts.append(Part(stream.stream, _facts(stream, users, issued)))
        issued = ()  # what is issued, is issued once
    return parts


def _facts(rows: StreamRows, users: Mapping[int, str], issued: Sequence[Issued]) -> SubjectFacts:
    sessions = rows.sessions
    sights = [time for time in (rows.first, issued[0].start if issued else None) if time is not None]
    return SubjectFacts(
        first=min(sights, default=None),
        coverage=rows.coverage,
        levels=_levels(sessions, rows.changes),
        uses=sorted(
            map(Use._make, zip(sessions.start, sessions.end, map(users.__getitem__, sessions.holder), strict=True))
        ),
        checkouts=sorted(time for time in sessions.checkout if time is not None),
        checkins=sorted(chain((time for time in sessions.checkin if time is not None), rows.checkins)),
        denials=rows.denials,
        waited=rows.waited,
        refused=rows.refused,
        queued=_queued(rows.waits, rows.frontier or 0),
        suspect=_suspect(sessions),
        issued=issued,
        stopless=rows.stopless,
    )


def _levels(sessions: SessionColumns, changes: Iterable[ChangeRow]) -> Steps:
    """Return the steps of the seats in use."""
    start, generation, at, n, first_seats, end, end_generation, end_at, seats, *_ = sessions
    moves: list[_Move] = [
        *zip(start, generation, at, first_seats, strict=True),
        *zip(end, end_generation, end_at, map(neg, seats), strict=True),
    ]
    heard: dict[tuple[int, int, int], int] = {}
    if changes:
        before = dict(zip(zip(generation, at, n, strict=True), first_seats, strict=True))
        for change in changes:
            moves.append((change.time, change.line_generation, change.line_at, change.seats - before[change[:3]]))
            before[change[:3]], heard[change[:3]] = change.seats, change.time
    for number in (number for number, ended in enumerate(end_generation) if ended < 0):
        # No line ended it, and it may end in the second of its own last line.
        if end[number] <= heard.get((generation[number], at[number], n[number]), start[number]):
            moves[len(start) + number] = end[number], *AFTER_LINES, -seats[number]
    return _columns(moves)


def _queued(waits: Iterable[WaitRow], frontier: int) -> Steps:
    moves: list[_Move] = []
    for start, generation, at, seats, end, end_generation, end_at in waits:
        moves.append((start, generation, at, seats))
        if end is None or end_generation is None or end_at is None:
            moves.append((max(start, frontier) if end is None else end, *BEFORE_LINES, -seats))
        else:
            moves.append((end, end_generation, end_at, -seats))
    return _columns(moves)


def _suspect(sessions: SessionColumns) -> Steps:
    """Return the seats in doubt: of a session from the gap on, up to the frontier."""
    moves: list[_Move] = []
    for since, start, end, seats in zip(sessions.suspect, sessions.start, sessions.end, sessions.seats, strict=True):
        if since is not None:
            begin = max(since, start)  # the log's clock may have stepped back
            moves += [(begin, *BEFORE_LINES, seats), (max(begin, end), *BEFORE_LINES, -seats)]
    return _columns(moves)


def _columns(moves: list[_Move]) -> Steps:
    """Put steps in order; what one line does is one step."""
    moves.sort()
    times: list[int] = []
    places: list[Seq] = []
    deltas: list[int] = []
    last = None
    for time, generation, at, delta in moves:
        if last == (time, generation, at):
            deltas[-1] += delta
            continue
        last = time, generation, at
        times.append(time)
        places.append((generation, at))
        deltas.append(delta)
    return Steps(times, places, deltas)
