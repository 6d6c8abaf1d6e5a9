"""How long the minutes of a day take: they are stored nowhere, and worked out of the ledger when somebody asks."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from exporter.catalog.tiers import LIVE
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.ledger.reader import LedgerReader
from exporter.records import WindowsAsked
from exporter.windowing import Windowing
from tests.bench.collecting import LEDGER, collect
from tests.bench.made_log import FEATURES, MadeLog, busy
from tests.bench.measuring import BenchFault

THREE_DAYS = busy(192_000, days=3)
"""About 30,000 sessions a day of two hours each."""
_RUNS = 5
_DAY, _MINUTE = 86_400, 60
_CHECKOUTS = [field.name for field in WINDOW_FIELDS].index("checkouts")


@dataclass(frozen=True, slots=True)
class Live:
    """Seconds for all minutes of the second of three days, in the middle of some runs, and what was in them."""

    seconds: float
    windows: int
    checkouts: int


def measure_live(log: MadeLog, folder: Path) -> Live:
    """Measure on *log*, of `THREE_DAYS`, in the empty *folder*. Raises BenchFault when the minutes are wrong."""
    collect(log, folder)
    begin = THREE_DAYS.begin + _DAY
    asked = WindowsAsked(LIVE.name, product=False, start=begin, end=begin + _DAY)
    ledger = LedgerReader(folder / LEDGER)
    try:
        runs = [_timed(ledger, asked) for _ in range(_RUNS)]
    finally:
        ledger.close()
    (found,) = {(windows, checkouts) for _, windows, checkouts in runs}
    wanted = FEATURES * _DAY // _MINUTE, _checkouts_of_second_day(log.path)
    if found != wanted:
        raise BenchFault(f"wrong: the minutes of a day are {found}, and {wanted} are its (minutes, check-out lines).")
    return Live(statistics.median(seconds for seconds, _, _ in runs), *found)


def _timed(ledger: LedgerReader, asked: WindowsAsked) -> tuple[float, int, int]:
    """Return the seconds that the windows took, how many there are, and the check-outs in them."""
    windows = checkouts = 0
    begun = time.perf_counter()
    with ledger.snapshot():
        for row in Windowing(ledger.ask).rows(asked):
            windows += 1
            checkouts += int(row.fields[_CHECKOUTS])
    return time.perf_counter() - begun, windows, checkouts


def _checkouts_of_second_day(log: Path) -> int:
    """Count the check-out lines of the second day in the text."""
    day, counted = "", 0
    with log.open(encoding="ascii") as lines:
        for line in lines:
            _, stamp, date = line.partition(" TIMESTAMP ")
            day = date if stamp else day
            counted += " OUT: " in line and day.startswith("3/2/")
    return counted
