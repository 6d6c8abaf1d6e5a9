"""One round of shipping: what is due to a sink is worked out, written as lines, and sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event as Signal

from exporter.all_windows import AllWindows
from exporter.catalog.tiers import LONGTERM, Tier
from exporter.due import Leg, rows_of
from exporter.errors import SinkError
from exporter.ledger.shipments import Advance, Refused, Skipped
from exporter.publish.influxdb.connection import Connection
from exporter.publish.influxdb.lines import Lines
from exporter.publish.influxdb.sending import send
from exporter.records import Happening

BODY = 10_000
"""Lines sent at once: the more, the faster; more than this gains little."""
Row = tuple[Sequence[int], Sequence[float] | None]
"""Starts and fields, see `exporter.due.rows_of`."""
ROUND = 250_000
"""Lines after which a round ends, so that the cursor moves."""


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


class Round:
    """One round to one sink."""

    def __init__(self, connection: Connection, lines: Lines, stop: Signal) -> None:
        """Send by *connection*; end early when *stop* is set."""
        self._connection, self._lines, self._stop = connection, lines, stop
        self._report = Report()
        self._tier: Tier | None = None
        """That of the body."""
        self._body: list[bytes] = []
        self._whole: list[tuple[Leg, int]] = []
        """Legs whose last line is in the body, and before which instant all begin that are covered."""
        self._reach = 0
        self._begun: Leg | None = None
        """The last one of which anything was sent."""
        self._left = ROUND

    def ship(self, windowing: AllWindows, legs: Iterable[Leg], happenings: Iterable[Happening] = ()) -> Report:
        """Send what happened, and then the *legs*."""
        try:
            # They are few: those that the server doesn't take are told as those of days.
            self._tier, self._body = LONGTERM, list(self._lines.events(happenings))
            self._send()
            self._report.told = True
            for leg in legs:
                self._ship(windowing, leg)
                if self._left <= 0 or self._stop.is_set():
                    break
            else:
                self._report.all_of_them = True
            self._send()
        except SinkError as error:
            self._report.error, self._report.failed = error, self._tier
        return self._report

    def _ship(self, windowing: AllWindows, leg: Leg) -> None:
        if self._tier is not leg.tier:
            self._send()
            self._tier = leg.tier
        self._reach = leg.end
        rows = self._noting(rows_of(windowing, leg))
        for line in self._lines.windows(leg.subject.names, rows, leg.subject.measure):
            self._body.append(line)
            if len(self._body) == BODY:
                self._send()
                if (until := _second(line)) >= leg.end:
                    continue  # only zeros come: should the round end among them, all of them go again
                # The window of that line is sent again with what follows, should the round end here.
                self._advance(leg, Advance(leg.tier.seconds, leg.subject.id or 0, until, None))
                if self._left <= 0 or self._stop.is_set():
                    return
        self._whole.append((leg, self._reach))

    def _noting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows, and note up to where any is covered."""
        for starts, fields in rows:
            if fields is not None:
                self._reach = max(self._reach, starts[-1] + 1)
            yield starts, fields

    def _send(self) -> None:
        """Send the body, and let the legs be done that end in it. Raises SinkError."""
        if self._body and self._tier:
            tier, body = self._tier, self._body
            outcome = send(self._connection, tier.name, body)
            self._left -= len(body)
            report = self._report
            report.sent[tier] += outcome.sent
            report.newest[tier] = max(report.newest.get(tier, 0), *map(_second, body))
            if outcome.too_old:
                report.skipped.append(Skipped(tier.seconds, "retention", outcome.too_old))
            if outcome.refused:
                report.skipped.append(Skipped(tier.seconds, "refused", len(outcome.refused)))
                report.refused += [Refused(tier.seconds, *each) for each in outcome.refused]
            self._body = []
        for leg, reach in self._whole:
            self._advance(leg, Advance(leg.tier.seconds, leg.subject.id or 0, leg.end, reach))
        self._whole = []

    def _advance(self, leg: Leg, advance: Advance) -> None:
        if leg.too_old and leg is not self._begun:
            self._report.skipped.append(Skipped(leg.tier.seconds, "retention", leg.too_old))
        self._begun = leg
        self._report.advances.append(advance)


def _second(line: bytes) -> int:
    """Return the time of a line."""
    return int(line[line.rindex(b" ") :])
