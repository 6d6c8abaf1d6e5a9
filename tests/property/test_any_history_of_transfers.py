"""Whatever is sent, late, forgotten or lost on its way: the ledger and in the end the sink hold what was read."""

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

from exporter.catalog.influxdb import TRANSFERS
from exporter.catalog.tiers import TIERS, Tier
from exporter.errors import SinkAway
from exporter.events import Transfer
from exporter.failpoint import failpoint
from exporter.health import Health
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
BEGIN = 1_711_834_020
"""In the night in which the clocks of Madrid go forward."""
SPAN = 30_000
Names = tuple[str, ...]
"""Machine, direction, client and product."""
Points = dict[tuple[Names, int], tuple[int, ...]]
"""Fields by names and start."""


class Sent(NamedTuple):
    """A transfer that was read, or an error."""

    time: int
    client: str
    product: str
    size: int
    latency: int | None
    error: bool


sendings = st.builds(
    Sent,
    st.integers(BEGIN, BEGIN + SPAN),
    st.sampled_from(["pier", "gulf 2"]),
    st.sampled_from(["SA", "SM", "a=b"]),
    st.integers(0, 9000),
    st.one_of(st.none(), st.integers(0, 57)),
    st.sampled_from([False, False, False, True]),
)
logs = st.lists(st.lists(st.lists(sendings, max_size=8), max_size=5), min_size=1, max_size=3)
"""Of each log, each that of a machine, the transfers of each commit."""


def counted(machine: str, read: list[Sent], tier: Tier) -> Points:
    """Return what a window holds, file by file."""
    held: defaultdict[tuple[Names, int], list[Sent]] = defaultdict(list)
    for one in read:
        names = machine, "tx", one.client, "" if one.error else one.product
        held[names, window_holding(tier, MADRID, one.time)[0]].append(one)
    return {key: fields_of(inside) for key, inside in held.items()}


def fields_of(inside: list[Sent]) -> tuple[int, ...]:
    """Return the fields of a window with these in it; late is what took more than 15 s, 0 s was less than nothing."""
    files = [one for one in inside if not one.error]
    times = sorted(one.latency for one in files if one.latency is not None)
    least, most = (times[0], times[-1]) if times else (0, 0)
    shares = (times[int(share * (len(times) - 1))] if times else 0 for share in (0.5, 0.95, 0.99))
    return (
        *(len(files), sum(one.size for one in files), len(inside) - len(files), sum(time > 15 for time in times)),
        *(times.count(0), len(times), least, most, sum(times), *shares),
    )


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
            head, fields, second = line.replace("\\ ", "\0").replace("\\=", "\1").split(" ")
            measurement, *tags = head.split(",")
            assert measurement in {"transfers", "licence_events"}
            if measurement == "transfers":
                said = dict(tag.replace("\0", " ").split("=") for tag in tags)
                names = (said["machine"], said["direction"], said["client"], said["product"].replace("\1", "="))
                values = dict(field.split("=") for field in fields.split(","))
                numbers = tuple(int(values[field.name].rstrip("i")) for field in TRANSFERS.fields)
                self.points[tier][(*names[:3], "" if names[3] == "%" else names[3]), int(second)] = numbers

    def close(self) -> None:
        """Nothing is held."""


class Site:
    """A ledger, its sink, and everything that was read, by machine."""

    def __init__(self, path: Path) -> None:
        """Begin a ledger at *path*."""
        self.ledger = SqliteLedger.open(path, FakeClock(), failpoint())
        self.ledger.adopt(Rules("Europe/Madrid", 10, 1200), lambda lines, frontier: [])
        self.read: defaultdict[str, list[Sent]] = defaultdict(list)
        self.server = Server()
        self._path = path
        self.sink = self._sink()

    def commit(self, machine: str, new: list[Sent]) -> None:
        """Commit a block of a log, as a stream does, from what the ledger knows of it."""
        point = self.ledger.checkpoint(machine, machine, machine)
        pairing = SessionPairing(machine, self.ledger.names, EpisodeRule(), 86_400, 10, point)
        offset = point.position.offset if point.position else 0
        generation = point.generations[-1].id if point.generations else self.ledger.next_generation()
        events = [
            Transfer(one.time, offset + n, "tx", one.client, "", error=True)
            if one.error
            else Transfer(
                *(one.time, offset + n, "tx", one.client, one.product, one.size, one.latency, one.latency == 0),
                late=one.latency is not None and one.latency > 15,
            )
            for n, one in enumerate(new)
        ]
        pairing.apply(generation, events)
        self.read[machine] += new
        offset += len(new)
        end = BEGIN + SPAN + 1
        record = Generation(generation, machine, 1, 1, "ab", 9, "cd", 9, offset, offset, False, "ef", BEGIN)
        state = {"format": {}, "pairing": pairing.state(), "since": None}
        batch = Batch(
            *(point.stream, Position(generation, offset), [record], state, pairing.take(end), end, end - 1, {}, [], []),
            coverage=[Covered(0, BEGIN, end)],
        )
        self.ledger.commit([batch])

    def forget(self, machine: str) -> None:
        """Take a log out of the ledger, between one process that ships and the next."""
        self.sink = self._sink()
        self.ledger.reset(machine)
        self.read[machine].clear()

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
        """See that the server holds every closed window, and zeros besides; and that counters count every file."""
        self.sink._take()
        self.sink.drain(lambda _, __: None)
        assert self.sink.problem is None
        for tier in TIERS:
            closed = window_holding(tier, MADRID, BEGIN + SPAN + 1)[0]
            wanted: Points = {}
            for machine, read in self.read.items():
                wanted |= {key: fields for key, fields in counted(machine, read, tier).items() if key[1] < closed}
            found = {key: numbers for key, numbers in self.server.points[tier.name].items() if key[1] < closed}
            assert wanted == {key: numbers for key, numbers in found.items() if any(numbers)}, tier
        for machine, read in self.read.items():
            totals = self.ledger.checkpoint(machine, machine, machine).transfer_totals.values()
            summed = sum(total.files for total in totals), sum(total.errors for total in totals)
            assert (sum(not one.error for one in read), sum(one.error for one in read)) == summed

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
def test_any_history_of_transfers(written: list[list[list[Sent]]], random: Random) -> None:
    """Files of several machines in any order, late lines and resets: each window counts every file once."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "ledger.db")
        blocks = [(f"px{number}", block) for number, log in enumerate(written) for block in log]
        random.shuffle(blocks)
        for machine, block in blocks:
            site.commit(machine, block)
            if random.random() < 0.4:
                site.ship(random)
            if random.random() < 0.1:
                site.forget(machine)
        site.see_the_same()
        site.ledger.close()
