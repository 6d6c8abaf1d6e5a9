"""Seatwatch in the test's own process, driven cycle by cycle: what one cycle does can be counted."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import cast

from exporter.config.loading import load
from exporter.health import Health
from exporter.pipeline import Pipeline
from exporter.tail.follower import Follower
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.faults.harness.life import ToldClock
from tests.faults.harness.log_lines import NOW
from tests.faults.harness.oracle import Found

_CONFIG = """
site: {name: faults, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources: [{name: lic, format: flexlm, server: "{server}", timezone: UTC, paths: ["logs/{server}.log*"]}]
prometheus: {listen: null}
"""


class Inside:
    """The logs in ``logs/``, each of a server of its own, and the Seatwatch that reads them."""

    def __init__(self, folder: Path) -> None:
        """Build it in *folder*; Seatwatch runs from `start` on."""
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir()
        (folder / "config.yaml").write_text(_CONFIG)
        self.ledger = folder / "ledger" / "seatwatch.db"
        self.clock = ToldClock(NOW, 1_000.0)
        self._collector: Collector | None = None

    @property
    def pipeline(self) -> Pipeline:
        """The loop over its streams."""
        assert self._collector is not None, "Seatwatch doesn't run"
        return self._collector.pipeline

    @property
    def followers(self) -> dict[str, Follower]:
        """What follows each log, by its server."""
        return {stream._parts.server: cast(Follower, stream._lines) for stream in self.pipeline.streams}

    def start(self) -> None:
        """Start it, or start it again."""
        self.close()
        config = load(self.folder / "config.yaml", FORMATS)
        self._collector = Collector(config, self.clock, Health(lambda: 0, lambda: 0), importing=False)

    def advance(self, seconds: float) -> None:
        """Let time pass while nobody looks."""
        self.clock.wait(Event(), seconds)

    def poll(self, after: float = 2.0) -> int:
        """Let time pass and read all there is to read; return the number of cycles."""
        self.advance(after)
        cycles = 1
        while self.pipeline.cycle():
            cycles += 1
        return cycles

    def found(self) -> Found:
        """Return what the ledger holds now."""
        return Found(self.ledger)

    def close(self) -> None:
        """End it."""
        if self._collector is not None:
            self._collector.close()
            self._collector = None
