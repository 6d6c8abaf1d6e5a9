"""Whatever is loaded, late, summed up, forgotten or lost on its way: in the end the sink holds what was read."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.catalog.tiers import TIERS, Tier
from exporter.errors import SinkAway
from exporter.events import Use
from exporter.failpoint import failpoint
from exporter.health import Health
from exporter.housekeeping import Housekeeping
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.ledger.windows import Ask
from exporter.publish.influxdb.connection import go_ahead
from exporter.publish.influxdb.lines import Lines
from exporter.records import Batch, Covered, Generation, Kept, Position
from exporter.rules import Rules
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.pairing import SessionPairing
from exporter.sink import Sink
from exporter.tiers.calendar import window_holding
from tests.unit.pipeline.pipeline_fakes import FakeClock

MADRID = ZoneInfo("Europe/Madrid")
BEGIN = 1_711_834_000
"""In the night in which the clocks of Madrid go forward."""
SPAN = 30_000
Points = dict[tuple[str, str, int], tuple[int, int]]
"""Loads and users by cluster, module and start."""


class Load(NamedTuple):
    """A load that was read."""

    time: int
    server: str
    module: str
    user: str
    path: str
    uses: int


loads = st.builds(
    Load,
    st.integers(BEGIN, BEGIN + SPAN),
    st.sampled_from(["c1", "c2"]),
    st.sampled_from(["gcc/5", "tcl/8", "a b"]),
    st.sampled_from(["ann", "Ann", "bo", "b%o"]),
    st.sampled_from(["/opt/a", "/opt/A", "/opt/b_c", "/usr/a", ""]),
    st.integers(1, 3),
)
logs = st.lists(st.lists(st.lists(loads, max_size=6), max_size=6), min_size=1, max_size=3)
"""Of each log the loads of each commit."""


def counted(read: list[Load], tier: Tier) -> Points:
    """Return what a window holds, use by use."""
    held: defaultdict[tuple[str, str, int], list[Load]] = defaultdict(list)
    for load in read:
        held[load.server, load.module, window_holding(tier, MADRID, load.time)[0]].append(load)
    return {
        key: (sum(load.uses for load in inside), len({load.user.lower() for load in inside}))
        for key, inside in held.items()
    }


class Server:
    """A server in memory: by tier the newest points; an answer of it may be lost."""

    def __init__(self) -> None:
        """Begin empty."""
        self.points: defaultdict[str, Points] = defaultdict(dict)
        self.dies_after: int | None = None

    def write(self, tier: str, body: bytes, turn: Callable[[], None] = go_ahead) -> None:
        """Take whole lines."""
        turn()
        for line in body.decode().splitlines():
            if self.dies_after == 0:
                self.dies_after = None
                raise SinkAway("gone")
            self.dies_after = None if self.dies_after is None else self.dies_after - 1
            head, fields, second = line.replace("\\ ", "\0").split(" ")
            measurement, *tags = head.split(",")
            assert measurement in {"module_loads", "licence_events"}
            if measurement == "module_loads":
                names = dict(tag.replace("\0", " ").split("=") for tag in tags)
                values = dict(field.split("=") for field in fields.split(","))
                numbers = int(values["loads"].rstrip("i")), int(values["users"].rstrip("i"))
                self.points[tier][names["server"], names["module"], int(second)] = numbers

    def close(self) -> None:
        """Nothing is held."""


class Site:
    """A ledger, its sink, and everything that was read."""

    def __init__(self, path: Path) -> None:
        """Begin a ledger at *path*."""
        self.ledger = SqliteLedger.open(path, FakeClock(), failpoint())
        self.ledger.adopt(Rules("Europe/Madrid", 10, 1200), lambda lines, frontier: [])
        self.read: defaultdict[str, list[Load]] = defaultdict(list)
        self.server = Server()
        self._path = path
        self.sink = self._sink()

    def commit(self, name: str, new: list[Load]) -> None:
        """Commit a block of a log, as a stream does, from what the ledger knows of it."""
        point = self.ledger.checkpoint(name, "srv", name)
        pairing = SessionPairing("srv", self.ledger.names, EpisodeRule(), 86_400, 10, point)
        offset = point.position.offset if point.position else 0
        generation = point.generations[-1].id if point.generations else self.ledger.next_generation()
        events = [
            Use(load.time, offset + n, load.server, "lmod", load.module, f"{load.user}@n1", load.path, load.uses)
            for n, load in enumerate(new)
        ]
        pairing.apply(generation, events)
        self.read[name] += new
        offset += len(new)
        end = BEGIN + SPAN + 1
        record = Generation(generation, name, 1, 1, "ab", 9, "cd", 9, offset, offset, False, "ef", BEGIN)
        state = {"format": {}, "pairing": pairing.state(), "since": None}
        covered = [Covered(0, BEGIN, end)]
        batch = Batch(
            *(point.stream, Position(generation, offset), [record], state, pairing.take(end), end, end - 1, {}, [], []),
            coverage=covered,
        )
        self.ledger.commit([batch])

    def forget(self, name: str) -> None:
        """Take a log out of the ledger, between one process that ships and the next."""
        self.sink = self._sink()
        self.ledger.reset(name)
        self.read[name].clear()

    def sum_up(self, seconds: int) -> None:
        """Keep what is older than so many seconds as sums only."""
        Housekeeping(self.ledger, Kept(uses=seconds), FakeClock(), at_once=True)()

    def ship(self, random: Random) -> None:
        """Ship; the answer may be lost in the middle, and the process before it has kept what it sent."""
        if random.random() < 0.3:
            self.server.dies_after = random.randrange(20)
        self.sink._take()
        done = self.sink._ship(*self.sink._due())
        if random.random() < 0.3:
            self.sink = self._sink()
        else:
            self.sink._untaken = done
        self.server.dies_after = None

    def see_the_same(self) -> None:
        """See that the server holds every closed window, and zeros besides."""
        self.sink._take()
        self.sink.drain(lambda _, __: None)
        assert self.sink.problem is None
        read = [load for log in self.read.values() for load in log]
        for tier in TIERS:
            closed = window_holding(tier, MADRID, BEGIN + SPAN + 1)[0]
            wanted = {key: numbers for key, numbers in counted(read, tier).items() if key[2] < closed}
            found = {key: numbers for key, numbers in self.server.points[tier.name].items() if key[2] < closed}
            assert wanted == {key: numbers for key, numbers in found.items() if numbers != (0, 0)}, tier

    def _sink(self) -> Sink:
        health = Health(lambda: 0, lambda: 0)
        return Sink(
            *("main", "any", self.ledger, Kept(), FakeClock(), health),
            *(lambda: self.server, Lines("any"), self._reading, lambda: 0.5),
        )

    @contextmanager
    def _reading(self) -> Iterator[Ask]:
        with closing(LedgerReader(self._path)) as reader, reader.snapshot():
            yield reader.ask


@settings(max_examples=settings.default.max_examples // 10)
@given(logs, st.integers(0, 1 << 16).map(Random))
def test_any_history_of_loads(written: list[list[list[Load]]], random: Random) -> None:
    """Loads of several logs in any order, late ones, sums and resets: each window counts every load once."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "ledger.db")
        blocks = [(f"/log{number}", block) for number, log in enumerate(written) for block in log]
        random.shuffle(blocks)
        for name, block in blocks:
            site.commit(name, block)
            if random.random() < 0.4:
                site.ship(random)
            if random.random() < 0.3:
                site.sum_up(random.randrange(SPAN))
            if random.random() < 0.1:
                site.forget(name)
        site.see_the_same()
        site.ledger.close()
