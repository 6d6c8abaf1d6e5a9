"""
How fast a year of windows goes to InfluxDB, held against its own bytes, posted once more by a client that does no more.

What is posted is first taken down by a server that stores nothing: that tells our own share of the time, and gives the
bodies. Then an InfluxDB gets the windows from the ledger, and another one the bodies, both empty; some times.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from gzip import decompress
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from exporter.catalog.influxdb import USAGE
from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM
from exporter.ledger.reader import LedgerReader
from exporter.windowing import Windowing
from tests.bench.collecting import LEDGER, collect, write_config
from tests.bench.made_log import MadeLog, Shape
from tests.bench.measuring import BenchFault, Cost, measure
from tests.servers.influxd import Influxd
from tests.servers.recorder import Recorder, recorded

YEAR = Shape(1_000_000, date(2024, 3, 1), 365, 400)
"""Three or more sessions a day of each of 200 features."""
MOST_MB = 200
"""What shipping may take of memory, however many windows there are."""
_RUNS = 3
_TIERS = (HOURLY, LONGTERM)
"""Minutes of that year are too old to be sent."""


class Drained(NamedTuple):
    """Shipping once: the seconds from the first question to the ledger to the last answer of the server."""

    seconds: float
    process: Cost
    """That of the process, from its start to its end."""


class Run(NamedTuple):
    """Shipping once, and the seconds in which a bare client posted the same."""

    ours: Drained
    bare_seconds: float


@dataclass(frozen=True, slots=True)
class Shipped:
    """What it took to ship so many *points*; *runs* are empty without InfluxDB."""

    points: int
    to_nothing: Drained
    """To a server that stores nothing."""
    runs: Sequence[Run]

    @property
    def rss_mb(self) -> float:
        """The most memory that any run took."""
        return max(drained.process.rss_mb for drained in (self.to_nothing, *(run.ours for run in self.runs)))


def influxd_path() -> str | None:
    """Return where InfluxDB is installed, None if it isn't."""
    return shutil.which("influxd")


def measure_shipping(log: MadeLog, folder: Path) -> Shipped:
    """Measure on *log* in the empty *folder*. Raises BenchFault when a point is missing, or memory grows."""
    kept, bodies = folder / "kept", folder / "bodies"
    kept.mkdir()
    collect(log, kept)
    wanted = _windows_in(kept / LEDGER)
    with closing(Recorder(bodies)) as recorder:
        nothing = _ship(kept, log, recorder.url)
    runs = []
    for _ in range(_RUNS if influxd_path() else 0):
        with _influxd() as server:
            ours = _ship(kept, log, server.url)
            _compare(wanted, server)
        with _influxd() as server:
            runs.append(Run(ours, _post(bodies, server.port)))
            _compare(wanted, server)
    bodies_sent = (decompress(one.body) if one.encoding else one.body for one in recorded(bodies))
    shipped = Shipped(sum(body.count(b"\n") for body in bodies_sent), nothing, runs)
    if shipped.rss_mb >= MOST_MB:
        raise BenchFault(f"wrong: shipping took {shipped.rss_mb:.0f} MB of memory, and {MOST_MB} MB is too much.")
    return shipped


def _ship(kept: Path, log: MadeLog, url: str) -> Drained:
    """Ship what a copy of the ledger in *kept* holds to the server at *url*."""
    folder = kept.with_name("shipping")
    shutil.copytree(kept, folder)
    config = write_config(folder, str(log.path.resolve()))
    settings = json.loads(config.read_text("utf-8"))
    settings["tiers"] = {LIVE.name: {"keep": "1h"}} | {tier.name: {"keep": "forever"} for tier in _TIERS}
    settings["influxdb"] = [{"name": "bench", "url": url}]
    config.write_text(json.dumps(settings), encoding="utf-8")
    cost, told = measure([sys.executable, "-m", "tests.bench.draining", str(config)], folder)
    shutil.rmtree(folder)
    return Drained(float(told), cost)


def _post(bodies: Path, port: int) -> float:
    """Post what was recorded once more, over one connection; return the seconds that it took."""
    begun = time.perf_counter()
    with closing(HTTPConnection("127.0.0.1", port)) as client:
        for request in recorded(bodies):
            headers = {"Content-Encoding": request.encoding} if request.encoding else {}
            client.request("POST", request.path, request.body, headers)
            answer = client.getresponse()
            answer.read()
            if answer.status != 204:
                raise BenchFault(f"wrong: the bare client was answered {answer.status}.")
    return time.perf_counter() - begun


@contextmanager
def _influxd() -> Iterator[Influxd]:
    """Give an InfluxDB that holds nothing."""
    server = Influxd()
    server.start()
    try:
        server.make(**{tier.name: "inf" for tier in (LIVE, *_TIERS)})
        yield server
    finally:
        server.remove()


def _windows_in(ledger: Path) -> Counter[str]:
    """Return how many windows, closed or open, there are of each tier."""
    counts = Counter[str]()
    with closing(LedgerReader(ledger)) as reader, reader.snapshot():
        windowing = Windowing(reader.ask)
        for tier in _TIERS:
            ((counts[tier.name],),) = reader.ask("SELECT sum(n) FROM window WHERE tier = ?", tier.seconds)
            for feature in windowing.features():
                opened = windowing.windows(tier, feature, windowing.closed_until(tier, feature))
                counts[tier.name] += sum(len(starts) for starts, _ in opened)
    return counts


def _compare(wanted: Counter[str], server: Influxd) -> None:
    """Raise BenchFault where the *server* does not hold as many points of each tier as *wanted*."""
    for tier, count in wanted.items():
        series = server.ask(f'SELECT count("{USAGE.fields[0].name}") FROM "{tier}"."{USAGE.name}"')
        found = series[0]["values"][0][1] if series else 0
        if found != count:
            raise BenchFault(f"wrong: InfluxDB holds {found:,} windows of the tier {tier}, and there are {count:,}.")
