"""From the rows of a ledger to the facts of a feature: its part of each stream that tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from exporter.feature_rows import ChangeRow, FeatureRows, SessionRow, StreamRows, WaitRow
from exporter.tiers.facts import BEFORE_LINES, NO_STEPS, Issued, Seq, Step, Steps, SubjectFacts, Use
from exporter.tiers.products import Part

_Move = tuple[int, Seq, int]
"""Time, place and seats of a step."""
_TIME_AND_PLACE = itemgetter(0, 1)


def gather(rows: FeatureRows, users: Mapping[int, str]) -> list[Part]:
    """Return the parts of a feature's facts; *users* are the names, case folded, of the holders in *rows*."""
    issued: Sequence[Issued] = [Issued(*row) for row in rows.issued]
    parts = []
    for stream in rows.streams:
        parts.append(Part(stream.stream, _facts(stream, users, issued)))
        issued = ()  # what is issued, is issued once
    return parts


def _facts(rows: StreamRows, users: Mapping[int, str], issued: Sequence[Issued]) -> SubjectFacts:
    known = max((end for _, end in rows.coverage), default=0)
    sessions = rows.sessions
    checkins = [session.checkin for session in sessions if session.checkin is not None]
    sights = [time for time in (rows.first, issued[0].start if issued else None) if time is not None]
    return SubjectFacts(
        first=min(sights, default=None),
        coverage=rows.coverage,
        levels=_levels(sessions, rows.changes, known),
        uses=sorted(
            [
                Use(row.start, max(row.start, known) if row.end is None else row.end, users[row.holder])
                for row in sessions
            ]
        ),
        checkouts=sorted([row.start for row in sessions if not (row.inferred or row.n)]),
        checkins=sorted(checkins + rows.checkins),
        denials=rows.denials,
        waited=rows.waited,
        refused=rows.refused,
        queued=_queued(rows.waits, known),
        suspect=_suspect(sessions, known),
        issued=issued,
        stopless=rows.stopless,
    )


def _levels(sessions: Iterable[SessionRow], changes: Iterable[ChangeRow], known: int) -> Steps:
    """Return the steps of the seats in use; what is open adds nothing after *known*, where coverage ends."""
    moves: list[_Move] = []
    changed: dict[tuple[int, int, int], list[ChangeRow]] = {}
    for change in changes:
        changed.setdefault(change[:3], []).append(change)
    for row in sessions:
        start, end, generation, at, n, first_seats, seats, inferred, end_generation, end_at = row[:10]
        moves.append((start, BEFORE_LINES if inferred else (generation, at), first_seats))
        if changed and (generation, at, n) in changed:
            before = first_seats
            for change in changed[generation, at, n]:
                moves.append((change.time, (change.line_generation, change.line_at), change.seats - before))
                before = change.seats
        if end is None:
            moves.append((max(start, known), BEFORE_LINES, -seats))
        elif end_generation is None or end_at is None:
            moves.append((end, BEFORE_LINES, -seats))
        else:
            moves.append((end, (end_generation, end_at), -seats))
    return _columns(moves)


def _queued(waits: Iterable[WaitRow], known: int) -> Steps:
    moves: list[_Move] = []
    for start, generation, at, seats, end, end_generation, end_at in waits:
        moves.append((start, (generation, at), seats))
        if end is None or end_generation is None or end_at is None:
            moves.append((max(start, known) if end is None else end, BEFORE_LINES, -seats))
        else:
            moves.append((end, (end_generation, end_at), -seats))
    return _columns(moves)


def _suspect(sessions: Iterable[SessionRow], known: int) -> Steps:
    """Return the seats in doubt: of a session from the gap on, until it is heard of or coverage ends."""
    moves: list[_Move] = []
    for row in sessions:
        if row.suspect is not None:
            end = known if row.end is None else row.end
            moves += [(row.suspect, BEFORE_LINES, row.seats), (max(row.suspect, end), BEFORE_LINES, -row.seats)]
    return _columns(moves)


def _columns(moves: list[_Move]) -> Steps:
    """Put steps in order; what one line does is one step."""
    if not moves:
        return NO_STEPS
    moves.sort()
    times, seqs, deltas = map(list, zip(*moves, strict=True))
    if len(set(map(_TIME_AND_PLACE, moves))) == len(moves):
        return Steps(times, seqs, deltas)
    return Steps.of(Step(*move) for move in moves)
