"""Days of a site at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from exporter.simulate.accounting import AccountingEngine
from exporter.simulate.engine import Engine
from exporter.simulate.journal import Line
from exporter.simulate.localtime import LocalTime
from exporter.simulate.logins import LoginEngine
from exporter.simulate.modules import ModulesEngine
from exporter.simulate.pace import WorkingWeek
from exporter.simulate.site import Site
from exporter.simulate.transfers import TransfersEngine

MakeEngine = type[Engine] | type[AccountingEngine] | type[ModulesEngine] | type[LoginEngine] | type[TransfersEngine]
"""What writes the log, by its format."""
ENGINES: Mapping[str, MakeEngine] = {
    "flexlm": Engine,
    "startstop": AccountingEngine,
    "lmod": ModulesEngine,
    "wtmp": LoginEngine,
    "metpx": TransfersEngine,
}
_MORNING = 8
_WORKING_HOURS = 12


class Simulation:
    """
    A site over whole local days; the same seed, site, zone and days give the same lines.

    Times are UTC seconds and never decrease; the text shows the wall clock of *zone*. Where the clock is set back, a
    line stands in the last second before and in the first second after it.
    """

    def __init__(self, seed: int, site: Site, zone: ZoneInfo, engine: MakeEngine = Engine) -> None:
        """Take the seed, the site and the server's zone, and what is made of them."""
        self.local = LocalTime(zone)
        self._engine = engine(seed, site, self.local, WorkingWeek(self.local))
        self._over = False

    def days(self, start: date, days: int) -> Iterator[Line]:
        """Yield the lines of *days* local days from *start*, those of FlexNet from a start of lmgrd on; once."""
        engine = self._engine
        begin, end = (self.local.at(start + timedelta(days=number), 0) for number in (0, days))
        engine.begin(begin)
        for number in range(days):
            morning = self.local.at(start + timedelta(days=number), _MORNING)
            engine.plan_day(number, morning, _WORKING_HOURS * 3600)
        for moment in self.local.set_backs(begin, end):
            engine.agenda.at(moment - 1, engine.mark)
            engine.agenda.at(moment, engine.mark)
        yield from engine.lines()
        while engine.step(end):
            yield from engine.lines()
        self._over = True

    def truth(self) -> Iterator[dict[str, Any]]:
        """
        Yield sessions, denials and waits as JSON objects, each once: those that ended since the last call.

        After the last line also those that are still open, with ``end`` null.
        """
        return self._engine.truth(self._over)
