"""What happens to a server from day to day: rereads, a crash, maintenance, a power cut, and noise."""

from __future__ import annotations

from random import Random

from exporter.simulate.agenda import Agenda
from exporter.simulate.daemon import VendorDaemon
from exporter.simulate.demand import Demand
from exporter.simulate.pace import Pace
from exporter.simulate.server import LicenceServer

_NOISE = (
    "SERVER-OUT: Failed to send the message(71) <END>",
    "Listener Thread: running",
    "DPLT: waiting for logger to connect",
    "ERROR: Non-activation-capable daemon ignores the request",
    "EXTERNAL FILTERS are OFF",
)


class Incidents:
    """
    The incidents of a site, by a fixed rhythm, so that two weeks show each of them.

    Counted from 0: a reread on every third day, a crash on every fifth (from day 2), maintenance every two weeks
    (from day 4), a power cut every three weeks (from day 8).
    """

    def __init__(
        self,
        *,
        server: LicenceServer,
        daemons: list[VendorDaemon],
        demand: Demand,
        agenda: Agenda,
        pace: Pace,
        rng: Random,
    ) -> None:
        """Take what incidents happen to."""
        self._server = server
        self._daemons = daemons
        self._demand = demand
        self._agenda = agenda
        self._pace = pace
        self._rng = rng

    def plan_day(self, number: int, begin: float, length: float) -> None:
        """Plan day *number*, whose working hours begin at *begin* and last *length* seconds."""
        rng = self._rng
        for _ in range(10):
            self._agenda.at(begin + length * rng.random(), self._noise)
        if number % 3 == 1:
            self._agenda.at(begin + length * 0.02, self._reread)
        if number % 5 == 2:
            self._agenda.at(begin + length * rng.uniform(0.1, 0.45), self._crash)
        if number % 21 == 8:
            self._agenda.at(begin + length * rng.uniform(0.5, 0.7), self._cut_power)
        if number % 14 == 4:
            self._agenda.at(begin + length * 0.85, self._maintain)

    def _noise(self, _time: float) -> None:
        self._rng.choice(self._daemons).noise([self._rng.choice(_NOISE)])

    def _reread(self, _time: float) -> None:
        self._server.reread()

    def _crash(self, time: float) -> None:
        self._demand.resume(time, self._server.crash(time, self._rng.choice(self._daemons)))

    def _cut_power(self, time: float) -> None:
        if self._server.up:
            self._server.cut_power()
            self._start_later(time)

    def _maintain(self, time: float) -> None:
        if self._server.up:
            self._server.shut_down(time)
            self._start_later(time)

    def _start_later(self, time: float) -> None:
        # At least as long as an orderly shutdown takes.
        pause = max(self._pace.seconds(self._rng.uniform(600, 2400)), 5.0)
        self._agenda.at(time + pause, self._start)

    def _start(self, time: float) -> None:
        self._demand.resume(time, self._server.start(time))
