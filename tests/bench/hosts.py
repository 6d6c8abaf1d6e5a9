"""START/STOP accounting of many hosts: how fast `collect` reads it into a fresh ledger, beside `grep -c` on the log."""

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
_SECONDS = 30 * 86_400
_HOSTS, _APPS = 40, 5
_OPEN = 2_000
"""Runs at once, once they are so many."""
_TAG = "LIC_ACC"


@dataclass(frozen=True, slots=True)
class Hosts:
    """One run."""

    lines: int
    cost: Cost
    grep: Cost


def write_runs(path: Path, lines: int) -> Counter[str]:
    """Write a log of *lines* starts and stops, and return how many starts each host has."""
    random = Random(12)  # noqa: S311 -- a made log, the same each time
    counts = Counter[str]()
    runs: list[tuple[str, str, str, int]] = []
    with path.open("w", encoding="ascii") as log:
        for number in range(lines):
            stops = len(runs) >= _OPEN or (len(runs) > 0 and random.random() < 0.4)
            if stops:
                place = random.randrange(len(runs))
                runs[place], runs[-1] = runs[-1], runs[place]
                run = runs.pop()
            else:
                host, app = f"ws-{random.randrange(_HOSTS):02}", f"app{random.randrange(_APPS)}"
                run = host, app, f"user{random.randrange(400):03}", number
                runs.append(run)
                counts[host] += 1
            moment = datetime.fromtimestamp(BEGIN + number * _SECONDS // lines, UTC)
            said = f"{run[1]} {'STOP' if stops else 'START'} {moment:%Y%m%d-%H%M} {run[2]} PID: {run[3]}"
            log.write(f"{moment:%b %e %H:%M:%S} {run[0]} {_TAG}: {said}\n")
    return counts


def measure_hosts(folder: Path, lines: int = LINES) -> Hosts:
    """Read a made log of *lines* in the empty *folder*. Raises BenchFault when the ledger is wrong."""
    log = folder / "hosts.log"
    counts = write_runs(log, lines)
    config = folder / "config.yaml"
    source = {"name": "hosts", "format": "startstop", "server": "hosts", "timezone": "UTC", "paths": [str(log)]}
    settings = {  # JSON is YAML
        "site": {"name": "bench", "timezone": "UTC"},
        "ledger": {"path": "ledger.db"},
        "sources": [source],
        "log": {"format": "json"},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    grep, found = measure(["grep", "-c", _TAG, str(log)], folder)
    cost, _ = measure([*SEATWATCH, "collect", "--config", str(config)], folder)
    with open_ledger(folder) as ledger:
        asked = "SELECT server, count(*) FROM session JOIN product ON product.id = product GROUP BY server"
        kept = Counter(dict(ledger.execute(asked).fetchall()))
    if kept != counts or int(found) != lines:
        raise BenchFault(f"wrong: of {counts.total()} runs the ledger has {kept.total()}.")
    return Hosts(lines, cost, grep)
