"""
A sink: the thread that ships to one server, and its cursor in the ledger, which the pipeline's thread keeps.

A server that is away, slow or wrong holds up nothing but its own cursor: an outage costs a catch-up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from math import inf
from threading import Event as Signal
from typing import Any, Protocol

from exporter.all_windows import AllWindows
from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, TIERS, Tier
from exporter.due import Leg, due, gone
from exporter.errors import ConfigError, LedgerError, LedgerFull, SinkAway, SinkError, SinkRefuses
from exporter.health import Health, SinkHealth
from exporter.ledger.happenings import read_happenings
from exporter.ledger.shipments import Shipments, read_skipped
from exporter.ledger.windows import Ask
from exporter.logs import StateLog
from exporter.ports import Clock
from exporter.publish.influxdb.connection import Connection
from exporter.publish.influxdb.lines import Lines
from exporter.publish.influxdb.sending import Backoff
from exporter.records import Happening, Kept
from exporter.shipping import Report, Round

OPEN_EVERY: Mapping[Tier, int] = {HOURLY: 300, LONGTERM: 3600}
"""Seconds after which the open window of a tier is sent again."""

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
        site: str,
        ledger: SinkLedger,
        kept: Kept,
        clock: Clock,
        health: Health,
        connect: Callable[[], Connection],
        reading: Callable[[], AbstractContextManager[Ask]],
        chance: Callable[[], float],
    ) -> None:
        """
        Begin where the ledger says that *name* stands; nothing is asked of the server yet.

        *kept* says how long the server keeps the tiers. *connect* may raise ConfigError. *reading* gives one committed
        state of the ledger, in whatever thread asks. *chance* draws numbers from 0 to 1.
        """
        self.name = name
        self._ledger, self._clock, self._health = ledger, clock, health
        self._kept: Mapping[Tier, int | None] = {LIVE: kept.live, HOURLY: kept.hourly, LONGTERM: kept.longterm}
        self._connect, self._reading = connect, reading
        self._backoff = Backoff(clock.monotonic, chance)
        self._lines = Lines(site)
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"sink-{name}")
        self._running: Future[Report] | None = None
        self._untaken: Report | None = None
        """What came of a round, and isn't in the ledger yet."""
        self._stop = Signal()
        self._opened: dict[Tier, float] = {}
        """The monotonic second at which the open windows of a tier were sent last."""
        self._opening: Sequence[Tier] = ()
        """Tiers of which they are due in this round."""
        self._telling: int | None = None
        """The revision up to which the round tells what happened; None: nothing did."""
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
        if not self._backoff.left and any(due_now := self._due()):
            self._running = self._thread.submit(self._ship, *due_now)

    def drain(self, progress: Callable[[int, int], None]) -> None:
        """
        Ship all that is due, or find out that it can't be (see `problem`).

        *progress* is told how many windows were shipped, and about how many there are in all. Raises LedgerFull.
        """
        shipped = 0
        while any(due_now := self._due()):
            self._untaken = self._ship(*due_now)
            shipped += self._untaken.sent.total()
            self._take()
            progress(shipped, shipped + sum(standing.pending for standing in self._standing.values()))
            if self.problem:
                return

    def close(self) -> None:
        """End the round that is under way, keep what it has done, and let go of the server."""
        self._stop.set()
        self._thread.shutdown()
        if self._running is not None:
            self._untaken, self._running = self._running.result(), None
        with suppress(LedgerFull):  # it is sent again
            self._take()
        if self._connection is not None:
            self._connection.close()

    def _due(self) -> tuple[list[Leg], list[Happening]]:
        """Return what is due, noted in the ledger, and what happened since the sink was told last."""
        shipments = self._ledger.shipments
        sink = shipments.open(self.name)
        stands = shipments.stands(sink)
        windowing = AllWindows(self._ledger.ask)
        now = self._clock.now()
        oldest = {tier: 0 if keep is None else max(int(now) - keep, 0) for tier, keep in self._kept.items()}
        moment = self._clock.monotonic()
        opened = [tier for tier, every in OPEN_EVERY.items() if moment >= self._opened.get(tier, -inf) + every]
        legs = [*due(windowing, stands, oldest, opened), *gone(self._ledger.ask, stands, oldest)]
        self._opening = opened
        for tier in TIERS:
            waiting = sum(leg.pending for leg in legs if leg.tier is tier)
            self._stand(tier, pending=waiting, skipped=read_skipped(self._ledger.ask, sink, tier.seconds))
        ((revision,),) = self._ledger.ask("SELECT revision FROM meta")
        told = shipments.told(sink)
        happenings = list(read_happenings(self._ledger.ask, told, oldest[LONGTERM]))
        self._telling = revision if happenings else None
        if legs:
            shipments.begin(sink, [leg.intent for leg in legs])
        return legs, happenings

    def _ship(self, legs: Sequence[Leg], happenings: Sequence[Happening]) -> Report:
        """Ship once; in the sink's own thread, or in that of `collect`."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            with self._reading() as ask:
                return Round(self._connection, self._lines, self._stop).ship(AllWindows(ask), legs, happenings)
        except SinkError as error:
            return Report(error=error)
        except LedgerError as error:  # it can't be read just now
            return Report(error=SinkAway(str(error)))
        except ConfigError as error:  # a secret can't be read
            return Report(error=SinkRefuses(str(error)))
        except Exception:  # noqa: BLE001 -- a fault of ours here must not end the reading of logs
            _log.exception("Shipping failed.", extra={"sink": self.name})
            return Report(error=SinkAway("Shipping to InfluxDB failed by a fault of Seatwatch's own: see its log."))

    def _take(self) -> None:
        """Keep what a round has done."""
        report = self._untaken
        if report is None:
            return
        problem = None if report.error is None else str(report.error)
        if report.advances or report.skipped or report.refused or problem != self.problem:
            shipments = self._ledger.shipments
            sink = shipments.open(self.name)
            shipments.advance(sink, report.advances, report.skipped, report.refused, problem)
        if report.told and self._telling is not None:
            self._ledger.shipments.tell(self._ledger.shipments.open(self.name), self._telling)
        self._untaken, self._telling, self.problem = None, None, problem
        moment = self._clock.monotonic()
        if report.error is None:
            self._backoff.succeeded()
            if report.all_of_them:
                self._opened |= dict.fromkeys(self._opening, moment)
        else:
            self._backoff.failed(report.error)
            if isinstance(report.error, SinkRefuses) and self._connection is not None:
                self._connection.close()
                self._connection = None  # the next one is made with the secrets as they are then
        for tier in TIERS:
            if report.error is not None and tier is report.failed:
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
