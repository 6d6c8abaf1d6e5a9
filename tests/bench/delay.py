"""
From the append of a line to the scrape that shows it.

The endpoint is asked again and again without a pause, each scrape made by the process that also reads the log: the
delays hold the cost of that, and one scrape each.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tests.bench.collecting import write_config
from tests.bench.made_log import VENDOR
from tests.bench.measuring import BenchFault, percentile
from tests.bench.serving import PATIENCE, Running, running

APPENDS = 500
_SCRAPES = 50
_FEATURE = "feat_000"
_LEVEL = re.compile(rb"^licence_feature_in_use\{[^}]*\} (\S+)$", re.MULTILINE)
"""The level; there is only one feature."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from append to scrape; *scrape* is the median of a scrape while nothing happens."""

    p50: float
    p99: float
    worst: float
    scrape: float


def measure_delays(folder: Path) -> Delays:
    """Measure in the empty *folder*. Raises BenchFault when a line isn't shown."""
    log = folder / "logs" / "live.log"  # beside the ledger, each commit would hint at something new in the log's folder
    log.parent.mkdir()
    log.write_text(_line("TIMESTAMP " + time.strftime("%m/%d/%Y", time.gmtime())), encoding="ascii")
    out = os.open(log, os.O_WRONLY | os.O_APPEND)
    pause = Event()
    try:
        with running(write_config(folder, str(log))) as served:
            served.wait_until_ready()
            delays = []
            for level in range(1, APPENDS + 1):
                delays.append(_append_and_see(served, out, level))
                pause.wait(level * 7 % 50 / 1000)  # so that appends meet the reader in every phase of its work
            scrapes = [_timed_scrape(served) for _ in range(_SCRAPES)]
    finally:
        os.close(out)
    return Delays(percentile(delays, 0.5), percentile(delays, 0.99), max(delays), statistics.median(scrapes))


def _append_and_see(served: Running, out: int, level: int) -> float:
    """Append the check-out that makes *level* and return the seconds until a scrape shows it."""
    line = _line(f'OUT: "{_FEATURE}" user{level:04}@node{level:03}  ').encode("ascii")
    begun = time.perf_counter()
    os.write(out, line)
    while True:
        _, page = served.get("/metrics")
        seconds = time.perf_counter() - begun
        shown = _LEVEL.search(page)
        if shown and float(shown[1]) == level:
            return seconds
        if seconds > PATIENCE:
            raise BenchFault(f"wrong: check-out {level} was not shown within {PATIENCE:.0f} s of its append.")


def _timed_scrape(served: Running) -> float:
    begun = time.perf_counter()
    served.get("/metrics")
    return time.perf_counter() - begun


def _line(message: str) -> str:
    """Return a line of the vendor daemon, written now."""
    return f"{time.strftime('%H:%M:%S', time.gmtime())} ({VENDOR}) {message}\n"
