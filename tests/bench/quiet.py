"""
What a `run` writes while 200 features are quiet: its parts in this process, and a clock that is stepped by minutes.

Quiet is a server that lives: its daemons write a TIMESTAMP every six hours, and nobody checks anything out or in.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from exporter.config.loading import load
from exporter.health import Health
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.bench.collecting import open_ledger, write_config
from tests.bench.made_log import SERVER, VENDOR
from tests.bench.measuring import BenchFault

FEATURES, DAYS = 200, 2
_BEGIN = 1_709_294_400
"""A noon."""
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_TIMESTAMP_EVERY = 6 * _HOUR


@dataclass(frozen=True, slots=True)
class Quiet:
    """What *days* of quiet wrote, after one that is not counted."""

    features: int
    days: int
    bytes_a_day: float
    """By which the ledger grew."""
    minute_rows: int
    """Rows written in the minute that wrote most, of those in which no hour ended and no line came."""
    most_rows: int
    """Rows written in the minute that wrote most of all."""


class SteppedClock:
    """Stands still until it is told to go on."""

    def __init__(self, begin: float) -> None:
        """Begin there."""
        self._now = begin

    def now(self) -> float:
        """Return the wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Return the same: it is never set back."""
        return self._now

    def wait(self, signal: Event, seconds: float) -> bool:
        """Let the time pass at once."""
        self._now += seconds
        return signal.is_set()


def measure_quiet(folder: Path, features: int = FEATURES, days: int = DAYS) -> Quiet:
    """Measure in the empty *folder*. Raises BenchFault when not every hour and day was stored."""
    log = folder / "logs" / "quiet.log"
    log.parent.mkdir()
    config = _write_config(folder, log, features)
    clock = SteppedClock(_BEGIN)
    _append(log, _BEGIN, _first_lines(features))
    site = load(config, FORMATS)
    with closing(Collector(site, clock, Health(lambda: 0, lambda: 0), importing=False)) as collector:
        rows = _Rows(collector)
        for _ in _minutes(1, log, clock):
            rows.of_a_look()
        before, known = _size(folder), _stored(folder)
        minutes = [(ordinary, rows.of_a_look()) for ordinary in _minutes(days, log, clock)]
        grown, stored = _size(folder) - before, _stored(folder) - known
    # Of each feature one seat is in use all the time, in 24 hours and in a day.
    wanted = Counter(windows=25 * features * days, seat_seconds=2 * _DAY * features * days)
    if stored != wanted:
        raise BenchFault(f"wrong: of {features} quiet features {dict(stored)} were stored and not {dict(wanted)}.")
    usual = max(count for ordinary, count in minutes if ordinary)
    return Quiet(features, days, grown / days, usual, max(count for _, count in minutes))


class _Rows:
    """Counts what a look writes."""

    def __init__(self, collector: Collector) -> None:
        self._pipeline = collector.pipeline
        self._ledger = collector._ledger

    def of_a_look(self) -> int:
        """Return how many rows one look writes, the row aside in which each commit has its number."""
        before = self._written()
        while self._pipeline.cycle():
            pass
        return self._written() - before

    def _written(self) -> int:
        ((commits,),) = self._ledger.ask("SELECT revision FROM meta")
        return self._ledger._db.connection().total_changes - int(commits)


def _minutes(days: int, log: Path, clock: SteppedClock) -> Iterator[bool]:
    """Let days pass, minute by minute, and say of each whether neither an hour ended nor a line was written in it."""
    for _ in range(days * _DAY // _MINUTE):
        clock.wait(Event(), _MINUTE)
        now = int(clock.now())
        if now % _TIMESTAMP_EVERY == 0:
            day = time.strftime("%m/%d/%Y", time.gmtime(now))
            _append(log, now, [f"({daemon}) TIMESTAMP {day}" for daemon in ("lmgrd", VENDOR)])
        yield now % _HOUR >= 2 * _MINUTE  # of an hour it is known only a moment later that it is over


def _first_lines(features: int) -> Iterator[str]:
    """Yield what happened before the quiet: two check-outs of each feature, and the check-in of one."""
    yield "(lmgrd) TIMESTAMP " + time.strftime("%m/%d/%Y", time.gmtime(_BEGIN))
    for number in range(features):
        for verb, user in (("OUT", 1), ("OUT", 2), ("IN", 1)):
            yield f'({VENDOR}) {verb}: "feat_{number:03}" user{user}@node{number:03}  '


def _append(log: Path, now: int, messages: Iterator[str] | list[str]) -> None:
    """Write lines at UTC second *now*, and let the file's time be that too."""
    frame = time.strftime("%H:%M:%S ", time.gmtime(now))
    with log.open("a", encoding="ascii") as file:
        file.writelines(f"{frame}{message}\n" for message in messages)
    os.utime(log, (now, now))


def _write_config(folder: Path, log: Path, features: int) -> Path:
    config = write_config(folder, str(log))
    settings = json.loads(config.read_text("utf-8"))
    settings["prometheus"] = {"listen": None}
    settings["capacity"] = [
        {"server": SERVER, "vendor": VENDOR, "feature": f"feat_{number:03}", "seats": 4, "from": "2024-01-01"}
        for number in range(features)
    ]
    config.write_text(json.dumps(settings), encoding="utf-8")
    return config


def _size(folder: Path) -> int:
    """Return the bytes of the ledger in *folder*, its write-ahead log folded in."""
    with open_ledger(folder) as ledger:
        pages, each = (ledger.execute(f"PRAGMA page_{what}").fetchone()[0] for what in ("count", "size"))
    return int(pages) * int(each)


def _stored(folder: Path) -> Counter[str]:
    """Return how many windows are stored, and what they sum up to."""
    with open_ledger(folder) as ledger:
        windows, seat_seconds = ledger.execute("SELECT sum(n), sum(n * seat_seconds) FROM window").fetchone()
    return Counter(windows=windows, seat_seconds=seat_seconds)
