"""
File transfers of a make-believe site: bulletins come at any hour, and are sent to one client.

Most leave within seconds; now and then the client is away, errors are written, and what has waited leaves late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

from exporter.simulate.agenda import Agenda
from exporter.simulate.journal import Line
from exporter.simulate.localtime import LocalTime
from exporter.simulate.pace import Pace
from exporter.simulate.site import Site

_KINDS = (("SACN", "SA"), ("SMCN", "SM"), ("FTCN", "FT"), ("radar", "RADAR"))
_HOURLY = 240
"""Files, of a site of scale 1."""
_AWAY = 0.002
"""Share of the files that find the client away."""


class TransfersEngine:
    """A sender and what it sends; everything random comes from one generator."""

    def __init__(self, seed: int, site: Site, local: LocalTime, pace: Pace) -> None:
        """Take how busy the site is; its people and vendors are of no matter."""
        self.agenda = Agenda()
        self._local, self._pace = local, pace
        self._random = Random(seed)  # noqa: S311 - a repeatable sequence is the point
        self._scale = site.scale
        self._lines: list[Line] = []
        self._files: list[dict[str, Any]] = []
        self._now = 0
        self._back = 0.0
        """When the client is there again."""

    def begin(self, time: float) -> None:
        """Let files come."""
        self._now = int(time)
        self._write("[INFO] Sender has been started")
        self._plan(time)

    def plan_day(self, number: int, morning: float, seconds: float) -> None:
        """Do nothing: weather knows no special days."""

    def mark(self, _time: float) -> None:
        """Write a line of noise; a reader knows the second pass of a repeated hour by it."""
        self._write("[INFO] Number of files in cache: 0")

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
        """Yield the files sent since the last call; nothing of them is ever open."""
        files, self._files = self._files, []
        yield from files

    def _plan(self, time: float) -> None:
        self.agenda.at(time + self._pace.seconds(self._random.expovariate(_HOURLY * self._scale) * 3600), self._come)

    def _come(self, time: float) -> None:
        """Let a file come, which leaves when the client is there."""
        self._plan(time)
        if time > self._back and self._random.random() < _AWAY:
            self._back = time + self._pace.seconds(self._random.uniform(30, 600))
            self._write("[ERROR] Unable to connect to the client: timed out")
            self._files.append({"kind": "error", "time": self._now})
        leaves = max(time, self._back) + self._pace.seconds(self._random.expovariate(0.5))
        self.agenda.at(leaves, self._leave, self._now)

    def _leave(self, _time: float, received: int) -> None:
        stem, product = self._random.choice(_KINDS)
        size = int(self._random.lognormvariate(6, 1.5)) + 1
        stamp = datetime.fromtimestamp(received, UTC)
        title = f"{stem}{self._random.randrange(10, 60)}_CWAO_{stamp:%d%H%M}"
        name = f"{title}:file:CWAO:{product}:3:Direct:{stamp:%Y%m%d%H%M%S}"
        self._write(f"[INFO] ({size} Bytes) Bulletin {name}  delivered")
        sent = {"product": product, "bytes": size, "time": self._now, "latency": self._now - received}
        self._files.append({"kind": "file", **sent})

    def _write(self, text: str) -> None:
        moment = self._local.moment(self._now)
        self._lines.append(Line(self._now, f"{moment:%Y-%m-%d %H:%M:%S},{self._random.randrange(1000):03} {text}"))
