"""
Module loads of a make-believe site: people load what they work with, on a login node or in their jobs.

What a program needs comes along with it, a line each, as Lmod's hooks write it. Some names need quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from exporter.simulate.agenda import Agenda
from exporter.simulate.journal import Line
from exporter.simulate.localtime import LocalTime
from exporter.simulate.pace import Pace
from exporter.simulate.site import Site

TAG = "ModuleUsageTracking"
_LOGINS = ("login1", "login2")
_IN_A_JOB = 0.3
"""Share of the commands that come from a node."""
_ALONG = ("gcc/13.2.0", "openmpi/5.0.2", "hdf5/1.14.3")
"""What programs need: of this so many, and all before it."""


class ModulesEngine:
    """A cluster and who works on it; everything random comes from one generator."""

    def __init__(self, seed: int, site: Site, local: LocalTime, pace: Pace) -> None:
        """Take the site's people, and its features as programs; the cluster is called as the site."""
        self.agenda = Agenda()
        self._local, self._pace = local, pace
        self._random = Random(seed)  # noqa: S311 - a repeatable sequence is the point
        self._cluster, self._scale, self._people = site.name, site.scale, site.people
        self._programs = [feature for vendor in site.vendors for feature in vendor.features]
        self._lines: list[Line] = []
        self._loads: list[dict[str, Any]] = []
        self._now = 0

    def begin(self, time: float) -> None:
        """Let people come."""
        self._now = int(time)
        for number in range(len(self._programs)):
            self._plan(time, number)

    def plan_day(self, number: int, morning: float, seconds: float) -> None:
        """Do nothing: no day is special to modules."""

    def mark(self, _time: float) -> None:
        """Write a line of noise; a reader knows the second pass of a repeated hour by it."""
        self._write("login1", "systemd[1]: Started Daily Cleanup of Temporary Directories.")

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

    def truth(self, _over: bool) -> Iterator[dict[str, Any]]:
        """Yield the loads since the last call; nothing of them is ever open."""
        loads, self._loads = self._loads, []
        yield from loads

    def _plan(self, time: float, number: int) -> None:
        hourly = self._programs[number].hourly * self._scale
        self.agenda.at(time + self._pace.seconds(self._random.expovariate(hourly) * 3600), self._command, number)

    def _command(self, time: float, number: int) -> None:
        """Let somebody load a program, if people are at work."""
        self._plan(time, number)
        if self._random.random() >= self._pace.activity(time):
            return
        person, program = self._random.choice(self._people), self._programs[number]
        node = person.node.partition(".")[0] if self._random.random() < _IN_A_JOB else self._random.choice(_LOGINS)
        needed = _ALONG[: number % (len(_ALONG) + 1)]
        for module in (*needed, f"{program.name}/{2024 + number % 3}"):
            self._load(node, person.user, module)

    def _load(self, node: str, user: str, module: str) -> None:
        path, host = f"/apps/modules/{module}.lua", f"{node}.{self._cluster}.example"
        said = f"user={_quoted(user)} module={module} path={path} host={host} time={self._now}.000000"
        self._write(node, f"{TAG}: {said}")
        key = {"server": self._cluster, "vendor": "lmod", "feature": module, "user": user, "host": host}
        self._loads.append({"kind": "use", **key, "path": path, "time": self._now})

    def _write(self, host: str, text: str) -> None:
        moment = self._local.moment(self._now)
        self._lines.append(Line(self._now, f"{moment:%b} {moment.day:2} {moment:%H:%M:%S} {host} {text}"))


def _quoted(name: str) -> str:
    """Return a name as one word of a line."""
    return name if name.isalnum() else '"' + name.replace("\\", "\\\\") + '"'
