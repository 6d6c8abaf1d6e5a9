"""A site that works now, for watching."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from exporter.simulate.engine import Engine
from exporter.simulate.localtime import LocalTime
from exporter.simulate.model import MakeEngine
from exporter.simulate.pace import Always
from exporter.simulate.site import Site

DEFAULT_SPEED = 60.0
"""An hour of the site in a minute."""
_WORKING_HOURS = 10 * 3600


class LiveSimulation:
    """
    A site driven by a clock from outside.

    Lines carry the second in which they are asked for, by the wall clock of *zone*; *speed* makes sessions shorter and
    requests denser and never moves the clock.
    """

    def __init__(
        self, seed: int, site: Site, zone: ZoneInfo, speed: float = DEFAULT_SPEED, engine: MakeEngine = Engine
    ) -> None:
        """Take the seed, the site, the server's zone, the factor (more than 0), and what is made of them."""
        pace = Always(speed)
        self._engine = engine(seed, site, LocalTime(zone), pace)
        self._day = pace.seconds(_WORKING_HOURS)
        self._begun = False

    def due(self, now: float) -> list[str]:
        """
        Return the lines to append at *now* (UTC seconds), without line ends; the first call begins.

        After a pause (a suspended machine) what was due in it happens now; while the clock is behind, nothing does.
        """
        engine = self._engine
        if not self._begun:
            self._begun = True
            engine.begin(now)
            self._plan_day(now, 0)
        second = float(int(now))
        while engine.step(now, second):
            pass
        return [line.text for line in engine.lines()]

    def truth(self, over: bool = False) -> Iterator[dict[str, Any]]:
        """Yield what has ended since the last call; with *over* also what is still open, with ``end`` null."""
        return self._engine.truth(over)

    def _plan_day(self, time: float, number: int) -> None:
        self._engine.plan_day(number, time, self._day)
        self._engine.agenda.at(time + self._day, self._plan_day, number + 1)
