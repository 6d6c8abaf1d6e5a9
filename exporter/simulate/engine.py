"""The parts of the make-believe server put together and run, at the pace of a week or faster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from exporter.simulate.agenda import Agenda
from exporter.simulate.book import Book
from exporter.simulate.daemon import VendorDaemon
from exporter.simulate.demand import Demand
from exporter.simulate.incidents import Incidents
from exporter.simulate.journal import Journal, Line
from exporter.simulate.localtime import LocalTime
from exporter.simulate.pace import Pace
from exporter.simulate.server import LicenceServer
from exporter.simulate.site import Site


class Engine:
    """A site and its server; everything random comes from one generator."""

    def __init__(self, seed: int, site: Site, local: LocalTime, pace: Pace) -> None:
        """Put the parts together; nothing happens before `begin`."""
        rng = Random(seed)  # noqa: S311 - a repeatable sequence is the point
        self.agenda = Agenda()
        self._journal = Journal(local)
        self._book = Book()
        daemons = [VendorDaemon(vendor, self._journal, self._book) for vendor in site.vendors]
        self.server = LicenceServer(site, daemons, self._journal, self.agenda, rng)
        self._demand = Demand(site, daemons, self.agenda, pace, rng)
        self.incidents = Incidents(
            server=self.server, daemons=daemons, demand=self._demand, agenda=self.agenda, pace=pace, rng=rng
        )

    def begin(self, time: float) -> None:
        """Start the server and let requests come."""
        self._journal.now = int(time)
        self.server.start(time)
        self._demand.begin(time)

    def plan_day(self, number: int, morning: float, seconds: float) -> None:
        """Plan what goes wrong on a day, the *number*-th, in the *seconds* from the *morning* on."""
        self.incidents.plan_day(number, morning, seconds)

    def mark(self, time: float) -> None:
        """Write a line of noise; see `exporter.simulate.server.LicenceServer.mark`."""
        self.server.mark(time)

    def step(self, until: float, not_before: float = 0.0) -> bool:
        """
        Let the next thing happen, if it is due before *until*; tell whether it was.

        What is overdue happens at *not_before*, so that lines never carry an older time.
        """
        entry = self.agenda.next(until)
        if entry is None:
            return False
        time = max(entry.time, not_before)
        self._journal.now = max(self._journal.now, int(time))
        entry.action(time, *entry.given)
        return True

    def lines(self) -> Iterable[Line]:
        """Return the lines written since the last call."""
        return self._journal.take()

    def truth(self, over: bool) -> Iterator[dict[str, Any]]:
        """Yield what has ended since the last call; with *over* also what is still open."""
        yield from self._book.take()
        if over:
            yield from self._book.still_open()
