"""The wtmp of a busy host: how fast `collect` reads it into a fresh ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.bench.collecting import SEATWATCH, open_ledger
from tests.bench.measuring import BenchFault, Cost, measure
from tests.reference.wtmp_life import BEGIN, living
from tests.reference.wtmp_records import USER

RECORDS = 300_000
_DENSER = 20
"""Times as many logins as one host has, so that they are those of half a year and not of ten."""


@dataclass(frozen=True, slots=True)
class Logins:
    """One run."""

    records: int
    cost: Cost


def write_logins(path: Path, records: int) -> tuple[int, int]:
    """Write a wtmp of about so many *records*, and return how many there are, and how many of them are logins."""
    written = logins = 0
    life = living(12)
    with path.open("wb") as wtmp:
        while written < records:
            for record in next(life):
                wtmp.write(record._replace(time=BEGIN + (record.time - BEGIN) // _DENSER).packed())
                written += 1
                logins += record.type == USER
    return written, logins


def measure_logins(folder: Path, records: int = RECORDS) -> Logins:
    """Read a made wtmp of about so many *records* in the empty *folder*. Raises BenchFault when the ledger is wrong."""
    wtmp = folder / "wtmp"
    written, logins = write_logins(wtmp, records)
    config = folder / "config.yaml"
    settings = {  # JSON is YAML
        "site": {"name": "bench", "timezone": "UTC"},
        "ledger": {"path": "ledger.db"},
        "sources": [{"name": "logins", "format": "wtmp", "server": "host", "paths": [str(wtmp)]}],
        "log": {"format": "json"},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    cost, _ = measure([*SEATWATCH, "collect", "--config", str(config)], folder)
    with open_ledger(folder) as ledger:
        ((kept,),) = ledger.execute("SELECT count(*) FROM session").fetchall()
    if kept != logins:
        raise BenchFault(f"wrong: of {logins} logins the ledger has {kept}.")
    return Logins(written, cost)
