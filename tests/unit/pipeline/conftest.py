"""What the tests of the loop share: a site with logs, a ledger and one process after the other."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from exporter.formats.flexlm import FlexlmReader
from exporter.health import Health
from exporter.pipeline import Found, Pipeline
from exporter.records import Checkpoint
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.lifetimes import LifetimeRule
from exporter.sessions.pairing import SessionPairing
from exporter.stream import Stream
from exporter.stream_parts import StreamParts
from exporter.views import View
from tests.unit.pipeline.pipeline_fakes import DAY, FakeClock, FakeLedger, FakeLines, Kept


class Killed(BaseException):
    """The process died."""


class Site:
    """Logs by name, a ledger, and the process that reads the ones into the other."""

    def __init__(self) -> None:
        """Begin without a log."""
        self.clock = FakeClock()
        self.ledger = FakeLedger()
        self.health = Health(lambda: 0, lambda: 0)
        self.lines: dict[str, FakeLines] = {}
        self.streams: dict[str, Stream] = {}
        self.problems: dict[str, str | None] = {}
        self.discoveries = 0
        self.hits: list[str] = []
        self.shown: list[View] = []
        """Every view that was put up."""
        self.windows_left = 0
        """So many times there is more to store; once less after each."""
        self.stored_windows = 0
        """How often windows were stored."""
        self.die_at = ""
        self.open_limit = 1000
        self.lifetime = LifetimeRule()
        self.redundant = False
        self.live = True
        self._new: list[Stream] = []
        self._claims: dict[tuple[str, str], str] = {}
        self.pipeline = self._process()

    def log(self, name: str, *generations: bytes, server: str = "srv", written: int | None = None) -> FakeLines:
        """Put up a log; the process finds it when it looks next."""
        checkpoint = self.ledger.checkpoint("lic", server, name)
        options = {} if written is None else {"written": written}
        lines = FakeLines(
            name, *generations, next_generation=self.ledger.next_generation, checkpoint=checkpoint, **options
        )
        parts = StreamParts(
            source="lic",
            server=server,
            lines=lines,
            format=FlexlmReader(ZoneInfo("Europe/Madrid")),
            pairing=self._pairing(server),
            ledger=self.ledger,
            clock=self.clock,
            hit=self._hit,
            claims=self._claims,
            redundant=self.redundant,
            live=self.live,
        )
        self.lines[name] = lines
        self.streams[name] = Stream(parts, checkpoint)
        self._new.append(self.streams[name])
        return lines

    def kept(self, name: str) -> Kept:
        """Return what the ledger has of a log."""
        return self.ledger.streams["lic", name]

    def cycle_to_the_end(self) -> None:
        """Cycle until there is nothing more to do at once."""
        for _ in range(1000):
            if not self.pipeline.cycle():
                return
        raise AssertionError("there is always more to do")

    def die(self) -> None:
        """Begin a new process that knows the ledger and the same files."""
        self._claims, self._new = {}, []
        self.pipeline = self._process()
        self.die_at = ""
        for name, lines in list(self.lines.items()):
            again = self.log(name, *lines.data, written=lines.written())
            again.problem = lines.problem

    def _process(self) -> Pipeline:
        return Pipeline(
            self.ledger, self._discover, self.clock, self.health, self._hit, self.shown.append, self._store_windows
        )

    def _store_windows(self) -> bool:
        self.stored_windows += 1
        self.windows_left = max(self.windows_left - 1, 0)
        return self.windows_left > 0

    def _discover(self) -> Found:
        self.discoveries += 1
        new, self._new = self._new, []
        return Found(new, dict(self.problems))

    def _pairing(self, server: str) -> Callable[[Checkpoint], SessionPairing]:
        return lambda checkpoint: SessionPairing(
            server, self.ledger.names, EpisodeRule(), DAY, self.open_limit, checkpoint, self.lifetime
        )

    def _hit(self, name: str) -> None:
        self.hits.append(name)
        if name == self.die_at:
            raise Killed


@pytest.fixture
def site() -> Site:
    """Give a site without logs."""
    return Site()


@pytest.fixture
def killed() -> type[Killed]:
    """Give what a process dies of."""
    return Killed


@pytest.fixture
def make_site() -> type[Site]:
    """Give a maker of sites."""
    return Site
