"""
START/STOP accounting of a make-believe site: people start applications on their machines, and a wrapper writes it down.

Now and then a machine is booted, which ends what runs on it, and some stops are never written: those sessions last for
`LONGEST`, as a reader of the log has to take it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from exporter.simulate.agenda import Agenda
from exporter.simulate.journal import Line
from exporter.simulate.localtime import DAY, LocalTime
from exporter.simulate.pace import Pace
from exporter.simulate.site import Site

TAG = "LIC_ACC"
LONGEST = 7 * DAY
_LOST = 0.01
"""Share of the runs whose stop is never written."""
_PIDS = range(300, 32_768)


@dataclass(slots=True, eq=False)
class Run:
    """One run of an application."""

    app: str
    user: str
    host: str
    pid: int
    start: int

    def row(self, end: int | None, reason: str | None) -> dict[str, Any]:
        """Return the run as a row of the truth; *end* is None while it lasts."""
        key = {"server": self.host, "vendor": TAG, "feature": self.app, "user": self.user, "host": self.host}
        times = {"start": self.start, "end": end, "end_reason": reason, "start_inferred": False}
        return {"kind": "session", **key, "display": "", "seats": 1, **times, "spans": [[self.start, end, 1]]}


class AccountingEngine:
    """The machines of a site and who works at them; everything random comes from one generator."""

    def __init__(self, seed: int, site: Site, local: LocalTime, pace: Pace) -> None:
        """Take the site's people, and its features as applications."""
        self.agenda = Agenda()
        self._local, self._pace = local, pace
        self._random = Random(seed)  # noqa: S311 - a repeatable sequence is the point
        self._scale = site.scale
        self._apps = [feature for vendor in site.vendors for feature in vendor.features]
        self._people = [person for person in site.people if " " not in person.user]
        self._runs: dict[tuple[str, int], Run] = {}
        """Those that still run, by host and process."""
        self._lost: deque[Run] = deque()
        """Those whose stop is never written, oldest first."""
        self._lines: list[Line] = []
        self._ended: list[dict[str, Any]] = []
        self._now = 0

    def begin(self, time: float) -> None:
        """Let people come."""
        self._now = int(time)
        for number in range(len(self._apps)):
            self._plan_run(time, number)

    def plan_day(self, number: int, morning: float, seconds: float) -> None:
        """Let a machine be booted in the course of every other day."""
        if number % 2:
            host = self._random.choice(self._people).desk
            self.agenda.at(morning + self._random.random() * seconds, self._boot, host)

    def mark(self, _time: float) -> None:
        """Write a line of noise; a reader knows the second pass of a repeated hour by it."""
        self._write("relay", "systemd[1]: Started Daily Cleanup of Temporary Directories.")

    def step(self, until: float, not_before: float = 0.0) -> bool:
        """Do what `exporter.simulate.engine.Engine.step` does."""
        entry = self.agenda.next(until)
        if entry is None:
            return False
        time = max(entry.time, not_before)
        self._now = max(self._now, int(time))
        entry.action(time, *entry.given)
        return True

    def lines(self) -> Iterable[Line]:
        """Return the lines written since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def truth(self, over: bool) -> Iterator[dict[str, Any]]:
        """Yield what has ended since the last call; with *over* also what is still open."""
        ended, self._ended = self._ended, []
        yield from ended
        if over:
            yield from (run.row(None, None) for run in (*self._runs.values(), *self._lost))

    def _plan_run(self, time: float, number: int) -> None:
        hourly = self._apps[number].hourly * self._scale
        self.agenda.at(time + self._pace.seconds(self._random.expovariate(hourly) * 3600), self._run, number)

    def _run(self, time: float, number: int) -> None:
        self._plan_run(time, number)
        if self._random.random() >= self._pace.activity(time):
            return
        person, pid = self._random.choice(self._people), self._random.choice(_PIDS)
        if (person.desk, pid) in self._runs or any(run.host == person.desk and run.pid == pid for run in self._lost):
            return
        run = Run(self._apps[number].name, person.user, person.desk, pid, self._now)
        self._tell(run, "START")
        if self._random.random() < _LOST:
            self._lost.append(run)
        else:
            self._runs[run.host, run.pid] = run
            seconds = self._random.expovariate(1 / (self._apps[number].minutes * 60))
            self.agenda.at(time + min(self._pace.seconds(seconds), DAY), self._stop, run)

    def _stop(self, _time: float, run: Run) -> None:
        if self._runs.pop((run.host, run.pid), None) is run:
            self._tell(run, "STOP")
            self._ended.append(run.row(self._now, "returned"))

    def _boot(self, _time: float, host: str) -> None:
        self._write(host, f"{TAG}: BOOT")
        for key in [key for key in self._runs if key[0] == host]:
            self._ended.append(self._runs.pop(key).row(self._now, "reset"))
        for run in [run for run in self._lost if run.host == host]:
            self._lost.remove(run)
            self._ended.append(run.row(self._now, "reset"))

    def _tell(self, run: Run, word: str) -> None:
        moment = self._local.moment(self._now)
        self._write(run.host, f"{TAG}: {run.app} {word} {moment:%Y%m%d-%H%M} {run.user} PID: {run.pid}")

    def _write(self, host: str, text: str) -> None:
        while self._lost and self._lost[0].start + LONGEST < self._now:
            run = self._lost.popleft()
            self._ended.append(run.row(run.start + LONGEST, "expired"))
        moment = self._local.moment(self._now)
        self._lines.append(Line(self._now, f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {host} {text}"))
