"""
A sink: the thread that ships to one server, and its cursor in the ledger, which the pipeline's thread keeps.

A server that is away, slow or wrong holds up nothing but its own cursor: an outage costs a catch-up.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from itertools import accumulate
from math import inf
from threading import Event as Signal
from typing import Any, Protocol

from exporter.all_windows import AllWindows
from exporter.apart import apart
from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, TIERS, Tier
from exporter.due import Leg, due, gone
from exporter.errors import ConfigError, LedgerError, LedgerFull, SinkAway, SinkError, SinkRefuses, SinkSlow
from exporter.health import Health, SinkHealth
from exporter.ledger.happenings import read_happenings
from exporter.ledger.shipments import Shipments, read_moves, read_skipped
from exporter.ledger.windows import Ask
from exporter.logs import StateLog
from exporter.ports import Clock
from exporter.publish.influxdb.connection import Connection
from exporter.publish.influxdb.lines import Lines
from exporter.publish.influxdb.sending import Backoff
from exporter.records import Happening, Kept
from exporter.shipping import BODY, ROUND, Report, Round, fewer

OPEN_EVERY: Mapping[Tier, int] = {HOURLY: 300, LONGTERM: 3600}
"""Seconds after which the open window of a tier is sent again."""

PATIENCE = 3.0
"""Seconds for which the end of a round is waited for when all is to end."""

_log = logging.getLogger(__name__)


class SinkLedger(Protocol):
    """A ledger as a sink needs it; its methods raise LedgerFull."""

    @property
    def shipments(self) -> Shipments:
        """What has gone to the sinks."""
        ...

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Give the rows of a question, as of the last commit."""
        ...


class Sink:
    """Ships the windows of one ledger to one server; all but the round itself runs in the thread that commits."""

    def __init__(
        self,
        name: str,
        place: str,
        ledger: SinkLedger,
        kept: Kept,
        clock: Clock,
        health: Health,
        connect: Callable[[], Connection],
        lines: Lines,
        reading: Callable[[], AbstractContextManager[Ask]],
        chance: Callable[[], float],
    ) -> None:
        """
        Begin where the ledger says that *name* stands; nothing is asked of the server yet.

        *place* says where its points go, and under which names: where that changes, all are shipped again.

        *kept* says how long the server keeps the tiers. *connect* may raise ConfigError. *lines* writes what is
        sent. *reading* gives one committed state of the ledger, in whatever thread asks. *chance* draws numbers from 0
        to 1.
        """
        self.name, self._place = name, place
        self._ledger, self._clock, self._health = ledger, clock, health
        self._kept: Mapping[Tier, int | None] = {LIVE: kept.live, HOURLY: kept.hourly, LONGTERM: kept.longterm}
        self._connect, self._reading = connect, reading
        self._backoff = Backoff(clock.monotonic, chance)
        self._lines = lines
        self._connection: Connection | None = None
        self._running: Future[Report] | None = None
        self._untaken: Report | None = None
        """What came of a round, and isn't in the ledger yet."""
        self._seen: object = None
        """How things stood when nothing was due."""
        self._stop = Signal()
        self._opened: dict[Tier, float] = {}
        """The monotonic second at which the open windows of a tier were sent last."""
        self._opening: Sequence[Tier] = ()
        """Tiers of which they are due in this round."""
        self._telling: int | None = None
        """The revision up to which the round tells what happened; None: nothing did."""
        self._at_once = BODY
        """Lines that are sent at once: fewer to a server that was too slow for more."""
        self._states = StateLog(_log)
        self._standing = {tier: SinkHealth() for tier in TIERS}
        self.problem: str | None = None
        """Why nothing can be shipped, a sentence; None when all is well."""

    def __call__(self) -> None:
        """Take what the last round has done, and begin the next one where anything is due. Raises LedgerFull."""
        if self._running is not None:
            if not self._running.done():
                return
            self._untaken, self._running = self._running.result(), None
        self._take()
        if self._backoff.left:
            return
        sink = self._ledger.shipments.open(self.name, self._place)
        moves = (self._open_due(), read_moves(self._ledger.ask, sink))
        if moves == self._seen:
            return  # so it is mostly, and to look at each subject takes long
        due_now = self._due()
        if any(due_now):
            self._seen = None
            self._running = apart(f"sink-{self.name}", partial(self._ship, *due_now))
        else:
            self._seen = moves

    def drain(self, progress: Callable[[int, int], None]) -> None:
        """
        Ship all that is due, or find out that it can't be (see `problem`).

        *progress* is told how many windows were shipped, and about how many there are in all. Raises LedgerFull.
        """
        shipped = 0
        while any(due_now := self._due()):
            self._untaken = self._ship(*due_now)
            shipped += self._untaken.sent.total()
            before = self._at_once
            self._take()
            progress(shipped, shipped + sum(standing.pending for standing in self._standing.values()))
            if self.problem and self._at_once == before:
                return

    def close(self) -> None:
        """
        End the round that is under way, keep what it has done, and let go of the server.

        One that still waits for an answer is left alone: nobody knows of what it sends, so that it is sent again.
        """
        self._stop.set()
        if self._running is not None:
            try:
                self._untaken, self._running = self._running.result(PATIENCE), None
            except TimeoutError:
                return
        with suppress(LedgerFull):  # it is sent again
            self._take()
        if self._connection is not None:
            self._connection.close()

    def _due(self) -> tuple[list[Leg], list[Happening]]:
        """Return what is due, noted in the ledger, and what happened since the sink was told last."""
        shipments = self._ledger.shipments
        sink = shipments.open(self.name, self._place)
        stands = shipments.stands(sink)
        windowing = AllWindows(self._ledger.ask)
        now = self._clock.now()
        oldest = {tier: 0 if keep is None else max(int(now) - keep, 0) for tier, keep in self._kept.items()}
        legs = [*due(windowing, stands, oldest, ()), *gone(self._ledger.ask, stands, oldest)]
        self._opening = self._open_due() if sum(leg.pending for leg in legs) < ROUND else []
        if self._opening:  # what is closed comes first
            legs = [*due(windowing, stands, oldest, self._opening), *gone(self._ledger.ask, stands, oldest)]
        for tier in TIERS:
            waiting = sum(leg.pending for leg in legs if leg.tier is tier)
            self._stand(tier, pending=waiting, skipped=read_skipped(self._ledger.ask, sink, tier.seconds))
        ((revision,),) = self._ledger.ask("SELECT revision FROM meta")
        told = shipments.told(sink)
        happenings = list(read_happenings(self._ledger.ask, told, oldest[LONGTERM]))
        self._telling = revision if happenings else None
        # No more than fits into a round: what is noted as begun and isn't covered goes as zeros later.
        before = [0, *accumulate(leg.pending for leg in legs)]
        legs = legs[: bisect_left(before, ROUND)]
        if legs:
            shipments.begin(sink, [leg.intent for leg in legs])
        return legs, happenings

    def _open_due(self) -> list[Tier]:
        """Return the tiers whose open windows are to be sent."""
        moment = self._clock.monotonic()
        return [tier for tier, every in OPEN_EVERY.items() if moment >= self._opened.get(tier, -inf) + every]

    def _ship(self, legs: Sequence[Leg], happenings: Sequence[Happening]) -> Report:
        """Ship once; in the sink's own thread, or in that of `collect`."""
        first = legs[0].tier if legs else LONGTERM
        try:
            if self._connection is None:
                self._connection = self._connect()
            with self._reading() as ask:
                return Round(self._connection, self._lines, self._stop, self._at_once).ship(
                    AllWindows(ask), legs, happenings
                )
        except SinkError as error:
            return Report(error=error, failed=first)
        except LedgerError as error:  # it can't be read just now
            return Report(error=SinkAway(str(error)), failed=first)
        except ConfigError as error:  # a secret can't be read
            return Report(error=SinkRefuses(str(error)), failed=first)
        except Exception:  # noqa: BLE001 -- a fault of ours here must not end the reading of logs
            _log.exception("Shipping failed.", extra={"sink": self.name})
            fault = "Shipping to InfluxDB failed by a fault of Seatwatch's own: see its log."
            return Report(error=SinkAway(fault), failed=first)

    def _take(self) -> None:
        """Keep what a round has done."""
        report = self._untaken
        if report is None:
            return
        problem = None if report.error is None else str(report.error)
        told = self._telling if report.told else None
        if report.advances or report.skipped or report.refused or told is not None or problem != self.problem:
            shipments = self._ledger.shipments
            sink = shipments.open(self.name, self._place)
            shipments.advance(sink, report.advances, report.skipped, report.refused, problem, told)
        self._untaken, self._telling, self.problem = None, None, problem
        moment = self._clock.monotonic()
        if report.error is None:
            self._backoff.succeeded()
            self._at_once = min(2 * self._at_once, BODY)
            if report.all_of_them:
                self._opened |= dict.fromkeys(self._opening, moment)
        else:
            self._backoff.failed(report.error)
            if isinstance(report.error, SinkSlow):
                self._at_once = fewer(self._at_once)
            if isinstance(report.error, SinkRefuses) and self._connection is not None:
                self._connection.close()
                self._connection = None  # the next one is made with the secrets as they are then
        for tier in TIERS:
            if tier is report.failed:
                self._stand(tier, errors=self._standing[tier].errors + 1)
            if sent := report.sent[tier]:
                pending = max(self._standing[tier].pending - sent, 0)
                self._stand(tier, pending=pending, newest=report.newest[tier], last_success=self._clock.now())
        if problem:
            self._states.note("sent", problem, logging.ERROR, "Nothing can be sent.", sink=self.name, why=problem)
        else:
            self._states.note("sent", None, logging.INFO, "Windows can be sent again.", sink=self.name)

    def _stand(self, tier: Tier, **known: Any) -> None:
        """Tell how a tier comes through, as far as it is *known* anew."""
        self._standing[tier] = replace(self._standing[tier], **known)
        self._health.shipped(self.name, tier.name, self._standing[tier])
