"""File transfers: how fast `collect` reads them into a fresh ledger, beside `grep -c` on the same log."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.bench.collecting import SEATWATCH, open_ledger
from tests.bench.measuring import BenchFault, Cost, measure

LINES = 1_000_000
BEGIN = 1_709_251_200
"""2024-03-01."""
_KINDS = ("SA", "SM", "FT", "RADAR", "GIF")


@dataclass(frozen=True, slots=True)
class Transfers:
    """One run."""

    lines: int
    cost: Cost
    grep: Cost


def write_transfers(path: Path, lines: int) -> Counter[str]:
    """Write a log of *lines* files that were sent, and return how many there are of each type."""
    random = Random(12)  # noqa: S311 -- a made log, the same each time
    counts = Counter[str]()
    time = BEGIN * 1.0
    with path.open("w", encoding="ascii") as log:
        for _ in range(lines):
            time += random.expovariate(4)
            kind, size = random.choice(_KINDS), random.randrange(40, 90_000)
            left, came = (datetime.fromtimestamp(moment, UTC) for moment in (time, time - random.expovariate(0.2)))
            name = f"S{kind}{random.randrange(90)}_CWAO_{left:%d%H%M}:file:CWAO:{kind}:3:Direct:{came:%Y%m%d%H%M%S}"
            counts[kind] += 1
            stamp = f"{left:%Y-%m-%d %H:%M:%S},{left.microsecond // 1000:03}"
            log.write(f"{stamp} [INFO] ({size} Bytes) Bulletin {name}  delivered\n")
    return counts


def measure_transfers(folder: Path, lines: int = LINES) -> Transfers:
    """Read a made log of *lines* in the empty *folder*. Raises BenchFault when the ledger is wrong."""
    log = folder / "tx_harbour.log"
    counts = write_transfers(log, lines)
    config = folder / "config.yaml"
    source = {"name": "px", "format": "metpx", "server": "px1", "timezone": "UTC", "paths": [str(log)]}
    settings = {  # JSON is YAML
        "site": {"name": "bench", "timezone": "UTC"},
        "ledger": {"path": "ledger.db"},
        "sources": [source],
        "log": {"format": "json"},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    grep, found = measure(["grep", "-c", "Bytes", str(log)], folder)
    cost, _ = measure([*SEATWATCH, "collect", "--config", str(config)], folder)
    with open_ledger(folder) as ledger:
        kept = Counter(dict(ledger.execute("SELECT kind, sum(files) FROM transfer GROUP BY kind").fetchall()))
    if kept != counts or int(found) != lines:
        raise BenchFault(f"wrong: of {counts.total()} files the ledger has {kept.total()}.")
    return Transfers(lines, cost, grep)
