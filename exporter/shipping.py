"""
One round of shipping: what is due to a sink is worked out, written as lines, and sent.

While the server takes one body the next is made and packed, so neither waits for the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Event as Signal

from exporter.all_windows import AllWindows
from exporter.apart import apart
from exporter.catalog.tiers import LONGTERM, Tier
from exporter.due import Leg, rows_of
from exporter.errors import SinkAway, SinkError
from exporter.ledger.shipments import Advance, Refused, Skipped
from exporter.publish.influxdb.connection import Connection, go_ahead
from exporter.publish.influxdb.lines import Lines
from exporter.publish.influxdb.sending import Outcome, send
from exporter.records import Happening

BODY = 10_000
"""Lines sent at once: the more, the faster; more than this gains little."""
FEWEST = 100
"""And to a server that gave no answer in time."""
Row = tuple[Sequence[int], Sequence[float] | None]
"""Starts and fields, see `exporter.due.rows_of`."""
ROUND = 250_000
"""Lines after which a round ends, so that the cursor moves."""


def fewer(at_once: int) -> int:
    """Return how many lines to send at once after so many were too much for a server."""
    return max(at_once // 2, FEWEST)


@dataclass
class Report:
    """What came of a round."""

    advances: list[Advance] = field(default_factory=list)
    sent: Counter[Tier] = field(default_factory=Counter)
    """Lines that the sink has stored."""
    newest: dict[Tier, int] = field(default_factory=dict)
    """The UTC second of the newest of these."""
    skipped: list[Skipped] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    told: bool = False
    """The sink knows what happened."""
    all_of_them: bool = False
    """Nothing was left out."""
    error: SinkError | None = None
    """Why it ended early, and with which tier."""
    failed: Tier | None = None


@dataclass
class _Body:
    """Lines of one tier that are sent together."""

    tier: Tier
    lines: list[bytes] = field(default_factory=list)
    newest: int = 0
    """The UTC second of the newest of them."""
    advances: list[tuple[Leg, Advance]] = field(default_factory=list)
    """What is true once they are stored."""


class Round:
    """One round to one sink."""

    def __init__(self, connection: Connection, lines: Lines, stop: Signal, at_once: int) -> None:
        """Send so many lines *at_once* by *connection*; end early when *stop* is set."""
        self._connection, self._lines, self._stop, self._at_once = connection, lines, stop, at_once
        self._report = Report()
        self._body = _Body(LONGTERM)
        """The one that is being made."""
        self._under_way: tuple[_Body, Future[Outcome]] | None = None
        self._reach = 0
        self._begun: Leg | None = None
        """The last one of which anything was sent."""
        self._left = ROUND

    def ship(self, windowing: AllWindows, legs: Iterable[Leg], happenings: Iterable[Happening] = ()) -> Report:
        """Send what happened, and then the *legs*."""
        report = self._report
        try:
            # They are few: those that the server doesn't take are told as those of days.
            for line in self._lines.events(happenings):
                self._body.lines.append(line)
                self._body.newest = max(self._body.newest, _second(line))
                if len(self._body.lines) == self._at_once:
                    self._send()
            self._send()
            self._settle()
            report.told = True
            for leg in legs:
                self._ship(windowing, leg)
                if self._left <= 0 or self._stop.is_set():
                    break
            else:
                report.all_of_them = True
            self._send()
            self._settle()
        except SinkError as error:
            # Its traceback would hold the body and this round, in a circle, until Python looks for such.
            error.__context__ = None
            report.error = error.with_traceback(None)
        finally:
            if self._under_way is not None:  # after a fault: nobody else may use the connection before
                follows = self._under_way[1].exception()
                if follows is not None:
                    follows.__traceback__ = None
                self._under_way = None
        return report

    def _ship(self, windowing: AllWindows, leg: Leg) -> None:
        if self._body.tier is not leg.tier:
            self._send(leg.tier)
        self._reach = leg.end
        line = b""
        rows = self._noting(rows_of(windowing, leg))
        for line in self._lines.windows(leg.tier, leg.subject.names, rows, leg.subject.measure):
            self._body.lines.append(line)
            if len(self._body.lines) == self._at_once:
                self._body.newest = max(self._body.newest, until := _second(line))
                # Where only zeros come, and the round ends among them, all of them go again.
                if until < leg.end:
                    # The window of that line is sent again with what follows, should the round end here.
                    self._reached(leg, until, None)
                self._send()
                if until < leg.end and (self._left <= 0 or self._stop.is_set()):
                    return
        if self._body.lines and line:
            self._body.newest = max(self._body.newest, _second(line))
        self._reached(leg, leg.end, self._reach)

    def _noting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows, and note up to where any is covered."""
        for starts, fields in rows:
            if fields is not None:
                self._reach = max(self._reach, starts[-1] + 1)
            yield starts, fields

    def _reached(self, leg: Leg, until: int, reach: int | None) -> None:
        """Note how far a leg is once the body is stored."""
        self._body.advances.append((leg, Advance(leg.tier.seconds, leg.subject.id or 0, until, reach)))

    def _send(self, tier: Tier | None = None) -> None:
        """
        Let the body be made ready, and sent once the one before is stored, and begin the next one.

        Raises SinkError.
        """
        before, self._under_way = self._under_way, None
        body, self._body = self._body, _Body(tier or self._body.tier)
        self._left -= len(body.lines)
        if body.lines or body.advances:
            turn = partial(_come_after, before[1]) if before else go_ahead
            sending = apart("sending", partial(send, self._connection, body.tier.name, body.lines, turn))
            self._under_way = body, sending
        if before is not None:
            self._report_on(*before)

    def _settle(self) -> None:
        """Wait until the body that is under way is stored, and report it. Raises SinkError."""
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            self._report_on(*under_way)

    def _report_on(self, body: _Body, sending: Future[Outcome]) -> None:
        """Wait until a body is stored, and report it. Raises SinkError."""
        tier, report = body.tier, self._report
        try:
            outcome = sending.result()
        except SinkError:
            report.failed = tier
            raise
        report.sent[tier] += outcome.sent
        report.newest[tier] = max(report.newest.get(tier, 0), body.newest)
        if outcome.too_old:
            report.skipped.append(Skipped(tier.seconds, "retention", outcome.too_old))
        if outcome.refused:
            report.skipped.append(Skipped(tier.seconds, "refused", len(outcome.refused)))
            report.refused += [Refused(tier.seconds, *each) for each in outcome.refused]
        for leg, advance in body.advances:
            if leg.too_old and leg is not self._begun:
                report.skipped.append(Skipped(leg.tier.seconds, "retention", leg.too_old))
            self._begun = leg
            report.advances.append(advance)


def _come_after(before: Future[Outcome]) -> None:
    """Wait until a body is stored. Raises SinkAway where it isn't: none may overtake it."""
    if before.exception() is not None:
        raise SinkAway("What was sent before was not stored.")


def _second(line: bytes) -> int:
    """Return the time of a line."""
    return int(line[line.rindex(b" ") :])
