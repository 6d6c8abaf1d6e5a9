"""How long a scrape of many series takes, of a `run` with nothing else to do."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.collecting import write_config
from tests.bench.made_log import SERVER, VENDOR
from tests.bench.measuring import BenchFault
from tests.bench.serving import running

SERIES = 10_000
_FEATURES = 800
"""Each has 13 series: all have a capacity, and one class of denials; the peak comes after five minutes."""
_SCRAPES = 50


@dataclass(frozen=True, slots=True)
class Scraped:
    """Seconds of one scrape in the middle of many, and the series and bytes in it."""

    seconds: float
    series: int
    bytes: int


def measure_scrape(folder: Path) -> Scraped:
    """Measure in the empty *folder*. Raises BenchFault when it shows too few series."""
    log = folder / "logs" / "wide.log"
    log.parent.mkdir()
    log.write_text(_text(), encoding="ascii")
    config = write_config(folder, str(log))
    settings = json.loads(config.read_text("utf-8"))
    settings["capacity"] = [
        {"server": SERVER, "vendor": VENDOR, "feature": _feature(number), "seats": 1, "from": "2001-01-01"}
        for number in range(_FEATURES)
    ]
    config.write_text(json.dumps(settings), encoding="utf-8")
    with running(config) as served:
        served.wait_until_ready()
        seconds = []
        for _ in range(_SCRAPES):
            begun = time.perf_counter()
            _, page = served.get("/metrics")
            seconds.append(time.perf_counter() - begun)
    series = sum(1 for line in page.splitlines() if not line.startswith(b"#"))
    if series < SERIES:
        raise BenchFault(f"wrong: a scrape shows {series:,} series, and {SERIES:,} at the least are in the log.")
    return Scraped(statistics.median(seconds), series, len(page))


def _text() -> str:
    """Return a log of today in which each feature is checked out and denied."""
    now = time.gmtime()
    messages = [time.strftime("TIMESTAMP %m/%d/%Y", now)]
    for number in range(_FEATURES):
        feature = _feature(number)
        messages.append(f'OUT: "{feature}" user{number:04}@node{number % 90:03}  ')
        messages.append(f'DENIED: "{feature}" user{number + 1:04}@node001  (Licensed number exceeded. (-4,342))')
    frame = time.strftime(f"%H:%M:%S ({VENDOR}) ", now)
    return "".join(f"{frame}{message}\n" for message in messages)


def _feature(number: int) -> str:
    return f"feature_{number:04}"
