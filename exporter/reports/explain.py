"""The answer behind ``explain``: the sessions that make up a level, each with its lines and its rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from exporter.records import Position
from exporter.reports import rules
from exporter.reports.printable import clean, path_text
from exporter.reports.products import Product, find_products
from exporter.reports.reader import Reader

LineOf = Callable[[str, int], tuple[int, str] | None]
"""Gives (line number, text) of the line at a byte offset of a file, or None when it can't be read any more."""

_SESSIONS = """
SELECT session.generation, session.at, session.n, holder.user, holder.host, holder.display,
       session.start, session.end, session.reason, session.inferred,
       session.end_generation, session.end_at, session.suspect
FROM session JOIN holder ON holder.id = session.holder
WHERE session.product = ? AND session.start <= ? AND (session.end IS NULL OR session.end > ?)
ORDER BY session.start, session.generation, session.at, session.n
"""
_SPANS = """
SELECT ordinal, "from", "to", seats FROM span WHERE generation = ? AND at = ? AND n = ? ORDER BY ordinal
"""
_CHANGE_LINE = """
SELECT line_generation, line_at FROM change WHERE generation = ? AND at = ? AND n = ? AND ordinal = ?
"""
_BEHIND = """
SELECT stream.name, known.frontier FROM total JOIN stream ON stream.id = total.stream JOIN known USING (stream)
WHERE total.product = ? AND known.frontier <= ? ORDER BY stream.name
"""
_ISSUED = """
SELECT seats, start, origin FROM capacity WHERE product = ? AND start <= ? ORDER BY start DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log; *number* and *text* are None when the file can't be read any more."""

    file: str
    offset: int
    number: int | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """Why a session begins, changes or ends: a rule in words, and the line it was applied to, where there is one."""

    rule: str
    line: Line | None


@dataclass(frozen=True, slots=True)
class Share:
    """What one session adds to a level: the seats of its span [*span_from*, *span_to*). Times are UTC seconds."""

    user: str
    host: str
    display: str
    seats: int
    start: int
    end: int | None
    """None: still open; then the span runs as far as the log is known."""
    end_reason: str | None
    start_inferred: bool
    suspect: int | None
    """Where the gap begins that may hide the end of an open session; None: it is sure."""
    span_from: int
    span_to: int | None
    begun: Step
    """For an inferred start, the line is the stop that told of the session."""
    changed: Step | None
    """The change that gave the span its seats; None for the first span."""
    ended: Step


@dataclass(frozen=True, slots=True)
class Behind:
    """A log that is not known as far as the instant asked for."""

    stream: str
    frontier: int


class Issued(NamedTuple):
    """How many seats there were."""

    seats: int
    since: int
    """UTC second."""
    origin: str
    """``FILE:LINE`` of licence files, or ``config``."""


@dataclass(frozen=True, slots=True)
class Level:
    """The level of one product key."""

    server: str
    vendor: str
    feature: str
    shares: tuple[Share, ...]
    """By start."""
    behind: tuple[Behind, ...]
    """Logs that end before the instant: of theirs, the sessions still open at their end are here."""
    issued: Issued | None
    """None: unknown."""

    @property
    def seats(self) -> int:
        """The level: the sum of the shares."""
        return sum(share.seats for share in self.shares)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The levels of a feature at the UTC second *at*, by server and vendor."""

    feature: str
    at: int
    levels: tuple[Level, ...]


class _Found(NamedTuple):
    """A session with the span that holds the instant."""

    begun: Position
    user: str
    host: str
    display: str
    start: int
    end: int | None
    reason: str | None
    inferred: int
    ended: Position | None
    suspect: int | None
    span_from: int
    span_to: int | None
    seats: int
    before: int
    changed: Position | None


def explain(
    ledger: Reader,
    feature: str,
    at: int,
    line_of: LineOf,
    *,
    server: str | None = None,
    vendor: str | None = None,
    record_of: Mapping[str, LineOf] = MappingProxyType({}),
) -> Explanation:
    """
    Return what the level of *feature* at the UTC second *at* is made of, of one *server* or *vendor* where given.

    *line_of* is asked once for each line, in rising offsets of one file after the other; where logs have records, the
    one in *record_of* of their vendor. Raises UsageError when the ledger has no such feature.
    """
    products = find_products(ledger, feature, server=server, vendor=vendor)
    found = [list(_found(ledger, product, at)) for product in products]
    lines: dict[Position, Line] = {}
    for asked in (line_of, *record_of.values()):
        theirs = (
            sessions
            for product, sessions in zip(products, found, strict=True)
            if record_of.get(product.vendor, line_of) is asked
        )
        lines |= _lines(ledger, [one for sessions in theirs for one in sessions], asked)
    return Explanation(
        feature,
        at,
        tuple(
            Level(
                product.server,
                product.vendor,
                product.feature,
                tuple(_share(one, lines) for one in sessions),
                tuple(Behind(path_text(name), frontier) for name, frontier in ledger.ask(_BEHIND, product.id, at)),
                next((Issued(*row) for row in ledger.ask(_ISSUED, product.id, at)), None),
            )
            for product, sessions in zip(products, found, strict=True)
        ),
    )


def _found(ledger: Reader, product: Product, at: int) -> Iterator[_Found]:
    """Yield the sessions of *product* whose span holds *at*."""
    for row in ledger.ask(_SESSIONS, product.id, at, at):
        generation, offset, n, user, host, display, start, end, reason, inferred, end_generation, end_at, suspect = row
        before = 0
        for ordinal, span_from, span_to, seats in ledger.ask(_SPANS, generation, offset, n):
            if span_from <= at and (span_to is None or at < span_to):
                change = next(iter(ledger.ask(_CHANGE_LINE, generation, offset, n, ordinal)), None)
                yield _Found(
                    Position(generation, offset),
                    user,
                    host,
                    display,
                    start,
                    end,
                    reason,
                    inferred,
                    None if end_at is None else Position(end_generation, end_at),
                    suspect,
                    span_from,
                    span_to,
                    seats,
                    before,
                    None if change is None else Position(*change),
                )
            before = seats


def _lines(ledger: Reader, found: list[_Found], line_of: LineOf) -> dict[Position, Line]:
    """Return every line that the sessions name, by its position."""
    paths = dict(ledger.ask("SELECT id, path FROM generation"))
    wanted = {position for one in found for position in (one.begun, one.changed, one.ended) if position is not None}
    lines = {}
    for position in sorted(wanted):
        path = paths[position.generation]
        number, text = line_of(os.fsdecode(path), position.offset) or (None, None)
        lines[position] = Line(path_text(path), position.offset, number, None if text is None else clean(text))
    return lines


def _share(one: _Found, lines: dict[Position, Line]) -> Share:
    """Return a session with its rules and lines."""
    return Share(
        user=one.user,
        host=one.host,
        display=one.display,
        seats=one.seats,
        start=one.start,
        end=one.end,
        end_reason=one.reason,
        start_inferred=bool(one.inferred),
        suspect=one.suspect,
        span_from=one.span_from,
        span_to=one.span_to,
        begun=Step(rules.INFERRED if one.inferred else rules.BEGUN, lines[one.begun]),
        changed=one.changed and Step(rules.changed(one.before, one.seats), lines[one.changed]),
        ended=Step(
            rules.ENDED[one.reason] if one.reason else rules.OPEN if one.suspect is None else rules.SUSPECT,
            None if one.ended is None else lines[one.ended],
        ),
    )
