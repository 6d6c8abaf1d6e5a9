"""Whatever is read, corrected, lost or killed: in the end the sink holds what the ledger holds."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter import shipping
from exporter.catalog.tiers import LIVE, TIERS
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.errors import SinkAway
from exporter.health import Health
from exporter.ledger.reader import LedgerReader
from exporter.ledger.windows import Ask
from exporter.publish.influxdb.connection import go_ahead
from exporter.publish.influxdb.lines import Lines
from exporter.records import Kept
from exporter.sink import Sink
from exporter.windowing import Windowing
from tests.property.ledger_site import LedgerSite, Names
from tests.property.test_windows_of_the_ledger import scenes
from tests.reference.site_facts import site_of
from tests.unit.pipeline.pipeline_fakes import FakeClock

Points = dict[tuple[Names, int], tuple[float, ...]]
SIZES = [{"BODY": shipping.BODY, "ROUND": shipping.ROUND}, {"BODY": 100, "ROUND": 1_000}]
"""Of bodies and rounds, as they are and so small that they end within what a subject has to send."""

_ZEROS = next(Lines("").windows(LIVE, ("",), [((0,), None)])).rsplit(b" ", 2)[1]
"""The fields of a window that is covered no more."""


class Server:
    """A server in memory: by tier the newest points of all series that aren't zero; it may go away in the middle."""

    def __init__(self) -> None:
        """Begin empty."""
        self._points: defaultdict[str, dict[tuple[bytes, bytes], bytes]] = defaultdict(dict)
        self.dies_after: int | None = None
        """Lines that it takes before the answer is lost."""

    def write(self, tier: str, body: bytes, turn: Callable[[], None] = go_ahead) -> None:
        """Take whole lines."""
        turn()
        lines = body.splitlines()
        for line in lines[: self.dies_after]:
            if line.startswith(b"licence_events"):
                continue
            head, fields, second = line.rsplit(b" ", 2)
            if fields == _ZEROS:
                self._points[tier].pop((head, second), None)
            else:
                self._points[tier][head, second] = fields
        if self.dies_after is not None:
            if self.dies_after <= len(lines):
                self.dies_after = None
                raise SinkAway("gone")
            self.dies_after -= len(lines)

    def close(self) -> None:
        """Nothing is held."""

    def points(self, tier: str) -> Points:
        """Return what is not zero."""
        return {(_names(head), int(second)): _numbers(fields) for (head, second), fields in self._points[tier].items()}


@cache
def _names(head: bytes) -> Names:
    """Return the names of a series, whose tags are in the order of their own names."""
    tags = dict(tag.split("=") for tag in head.decode().replace("\\ ", "\0").split(",")[1:])
    return tuple(tags[key].replace("\0", " ") for key in ("server", "vendor", "feature", "product") if key in tags)


@cache
def _numbers(fields: bytes) -> tuple[float, ...]:
    values = dict(field.split("=") for field in fields.decode().split(","))
    return tuple(float(values[field.name].rstrip("i")) for field in WINDOW_FIELDS)


class Shipping:
    """A site, a server and the sink between them."""

    def __init__(self, site: LedgerSite, path: Path) -> None:
        """Begin with a server that holds nothing."""
        self.site, self.server, self._path = site, Server(), path
        self.sink = self._sink()

    def ship(self, random: Random) -> None:
        """
        Let the sink do what it does now; the answer, the server or the process may be lost in the middle.

        What it has done may be taken note of only after more was read.
        """
        self.sink._take()
        if random.random() < 0.3:
            self.server.dies_after = random.randrange(60)
        what = random.random()
        if what > 0.8:
            self._call()
        elif what < 0.6:
            done = self.sink._ship(*self.sink._due())
            if what < 0.3:  # killed before it has kept what was sent
                self.sink = self._sink()
            else:
                self.sink._untaken = done
        else:
            self.sink.drain(lambda _, __: None)
        self.server.dies_after = None

    def ship_all(self, random: Random) -> None:
        """Ship what is due, after the ledger has kept house as it does before every round."""
        self.sink._take()
        self.site.store()
        if random.random() < 0.5:
            self.sink.drain(lambda _, __: None)
        else:
            self._call()
        assert self.sink.problem is None

    def _call(self) -> None:
        """Let the sink do what it does in `run`, until it has nothing to do."""
        self.sink._backoff.succeeded()
        self.sink()
        while self.sink._running is not None:
            self.sink._running.result()
            self.sink()

    def see_the_same(self) -> None:
        """See that every closed window is at the server as it is in the ledger, and whatever else is there is zero."""
        windowing = Windowing(self.site.ledger.ask)
        for tier in TIERS:
            wanted: Points = {}
            opened = set()
            for subject in [*windowing.features(), *windowing.products()]:
                end = windowing.closed_until(tier, subject)
                for starts, sums in windowing.windows(tier, subject):
                    rounded = tuple(round(value, 6) for value in sums.fields())
                    wanted |= {(subject.names, start): rounded for start in starts if start < end and any(rounded)}
                    opened |= {(subject.names, start) for start in starts if start >= end}
            found = self.server.points(tier.name)
            differing = {key for key in {**wanted, **found} if wanted.get(key) != found.get(key)} - opened
            assert [] == [(tier.name, *key, wanted.get(key), found.get(key)) for key in sorted(differing)]

    def _sink(self) -> Sink:
        return Sink(
            "main",
            "any",
            self.site.ledger,
            Kept(),
            FakeClock(),
            Health(lambda: 0, lambda: 0),
            lambda: self.server,
            Lines("any"),
            self._reading,
            lambda: 0.5,
        )

    @contextmanager
    def _reading(self) -> Iterator[Ask]:
        with closing(LedgerReader(self._path)) as reader, reader.snapshot():
            yield reader.ask


@settings(max_examples=settings.default.max_examples // 10)
@given(scenes(), st.integers(0, 1 << 16).map(Random), st.sampled_from(SIZES))
def test_any_history_of_a_sink(
    scene: tuple[list[Any], list[Any], dict[str, Any]], random: Random, sizes: dict[str, int]
) -> None:
    """Shipped at any time, with answers lost and processes killed, the windows are in the end those of the ledger."""
    logs_, _, config = scene
    holes = patch("exporter.due.HOLE", random.choice([1, 2, 100]))
    with tempfile.TemporaryDirectory() as folder, holes, patch.multiple(shipping, **sizes):
        path = Path(folder) / "ledger.db"
        site = LedgerSite(path, site_of(config), logs_)
        shipped = Shipping(site, path)
        site.read_in_pieces(random, lambda: shipped.ship(random))
        shipped.ship_all(random)
        shipped.see_the_same()
        site.close()
