"""`run` in the test's own process, at a clock that the test steps: cycle by cycle, each round of a sink to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from exporter.config.loading import load
from exporter.health import Health
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.unit.pipeline.pipeline_fakes import FakeClock


class Stepped:
    """What reads logs and ships windows of a configuration, a step at a time."""

    def __init__(self, collector: Collector, clock: FakeClock) -> None:
        """Drive *collector*, which looks at *clock*."""
        self.clock = clock
        self._collector = collector

    def step(self, seconds: float) -> None:
        """Let time pass, read what is there, and let each sink end its round."""
        self.clock.time += seconds
        while self._collector.pipeline.cycle():
            pass
        for sink in self._collector.sinks:
            if sink._running is not None:
                sink._running.result()

    def settle(self) -> None:
        """Let an hour pass, so that the open windows are due, and are sent as they are then."""
        for _ in range(2):
            self.step(10)  # what was sent before is taken note of
        self.step(3600)

    @property
    def problems(self) -> list[str | None]:
        """Why nothing can be sent, by sink."""
        return [sink.problem for sink in self._collector.sinks]


class Log:
    """A FlexNet log that is written at the time of a clock, in UTC."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        """Begin it."""
        self.path, self._clock = path, clock
        self.write()

    def write(self, *words: str) -> None:
        """Write a time stamp, and lines of *words*."""
        now = datetime.fromtimestamp(self._clock.time, UTC)
        lines = [f"(v) TIMESTAMP {now.month}/{now.day}/{now.year}", *(f"(v) {line}" for line in words)]
        with self.path.open("a") as out:
            out.writelines(f"{now:%H:%M:%S} {line}\n" for line in lines)


@contextmanager
def stepped(folder: Path, clock: FakeClock) -> Iterator[Stepped]:
    """Give what runs by ``config.yaml`` in *folder*; it ends in good order."""
    health = Health(lambda: 0, lambda: 0)
    collector = Collector(load(folder / "config.yaml", FORMATS), clock, health, importing=False)
    try:
        yield Stepped(collector, clock)
    finally:
        collector.close()
