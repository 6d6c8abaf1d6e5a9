"""A million lines into a ledger that holds ten years, held against the same lines into an empty one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.bench.collecting import LEDGER, Collected, collect, collect_into, open_ledger, write_config
from tests.bench.made_log import MadeLog, Shape, busy

_DAYS, _PLATEAU = 3_653, 40
_RUNS = 3


@dataclass(frozen=True, slots=True)
class Decade:
    """The ledger of ten years as it was *made*, with its rows by table; then *lines* lines into it, and without it."""

    lines: int
    made: Collected
    rows: dict[str, int]
    into_old: Sequence[Collected]
    into_empty: Sequence[Collected]


def shapes(lines: int = 1_000_000) -> tuple[Shape, Shape]:
    """Return the shapes of ten years of *lines* lines in all, and of a month of as many that follows."""
    month = busy(lines)
    return Shape(lines, month.first - timedelta(days=_DAYS), _DAYS, _PLATEAU), month


def measure_decade(old: MadeLog, new: MadeLog, folder: Path) -> Decade:
    """Measure in the empty *folder*, on the same disk as both logs. Raises BenchFault when a ledger is wrong."""
    grown, kept = folder / "grown", folder / "kept"
    logs = grown / "logs"
    logs.mkdir(parents=True)
    kept.mkdir()
    live = logs / "lic.log"
    os.link(old.path, live)
    config = write_config(grown, str(live))
    made = collect_into(config, old)
    with open_ledger(grown) as ledger:
        tables = ("session", "denial", "window")
        rows = {table: ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    _copy_ledger(grown, kept)
    live.rename(logs / "lic.log.1")
    os.link(new.path, live)
    into_old, into_empty = [], []
    for number in range(_RUNS):
        _copy_ledger(kept, grown)
        into_old.append(collect_into(config, old, new))
        empty = folder / f"empty{number}"
        empty.mkdir()
        into_empty.append(collect(new, empty))
        shutil.rmtree(empty)
    return Decade(new.lines, made, rows, into_old, into_empty)


def _copy_ledger(source: Path, target: Path) -> None:
    """Put the ledger of *source*, with all that lies beside it, in the place of that of *target*."""
    for path in target.glob(f"{LEDGER}*"):
        path.unlink()
    for path in source.glob(f"{LEDGER}*"):
        shutil.copy2(path, target)
