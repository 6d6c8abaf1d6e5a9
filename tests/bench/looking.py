"""What a sink costs the thread that reads logs while nothing is due: it is asked every ten seconds."""

from __future__ import annotations

import json
import os
import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from gzip import decompress
from pathlib import Path
from threading import Event

from exporter.config.loading import load
from exporter.health import Health
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.bench.collecting import write_config
from tests.bench.made_log import VENDOR
from tests.bench.measuring import BenchFault
from tests.bench.quiet import SteppedClock
from tests.servers.recorder import Recorder, recorded

FEATURES = 10_000
_BEGIN = 1_709_294_400
"""A noon."""
_LOOKS = 50


@dataclass(frozen=True, slots=True)
class Looking:
    """Seconds of a look in the middle of many, of a sink to which all of so many *features* was sent."""

    features: int
    seconds: float


def measure_looking(folder: Path, features: int = FEATURES) -> Looking:
    """Measure in the empty *folder*. Raises BenchFault when not all was sent before."""
    log = folder / "logs" / "wide.log"
    log.parent.mkdir()
    log.write_text(_text(features), encoding="ascii")
    os.utime(log, (_BEGIN, _BEGIN))
    config = write_config(folder, str(log))
    settings = json.loads(config.read_text("utf-8"))
    clock, health = SteppedClock(_BEGIN), Health(lambda: 0, lambda: 0)
    with closing(Recorder(folder / "sent")) as recorder:
        settings |= {"prometheus": {"listen": None}, "influxdb": [{"name": "bench", "url": recorder.url}]}
        config.write_text(json.dumps(settings), encoding="utf-8")
        with closing(Collector(load(config, FORMATS), clock, health, importing=False)) as collector:
            for _ in range(2):  # the second minute is all that is sent of minutes
                while collector.pipeline.cycle():
                    pass
                clock.wait(Event(), 60)
            (sink,) = collector.sinks
            sink.drain(lambda _, __: None)
            sink()
            seconds = []
            for _ in range(_LOOKS):
                begun = time.perf_counter()
                sink()
                seconds.append(time.perf_counter() - begun)
    sent = sum(decompress(request.body).count(b"\n") for request in recorded(folder / "sent") if request.encoding)
    if sent < 2 * features:  # the open hour and the open day of each
        raise BenchFault(f"wrong: {sent:,} windows of {features:,} features were sent.")
    return Looking(features, statistics.median(seconds))


def _text(features: int) -> str:
    """Return a log in which each feature is checked out."""
    lines = [f"({VENDOR}) TIMESTAMP {time.strftime('%m/%d/%Y', time.gmtime(_BEGIN))}"]
    lines += [
        f'({VENDOR}) OUT: "feat_{number:05}" user{number % 500}@node{number % 90}  ' for number in range(features)
    ]
    frame = time.strftime("%H:%M:%S ", time.gmtime(_BEGIN))
    return "".join(f"{frame}{line}\n" for line in lines)
