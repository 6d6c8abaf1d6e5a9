"""Module loads: how fast `collect` reads them into a fresh ledger, beside `grep -c` on the same log."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from random import Random

from tests.bench.collecting import SEATWATCH, open_ledger
from tests.bench.measuring import BenchFault, Cost, measure

LINES = 1_000_000
BEGIN = 1_709_251_200
"""2024-03-01."""
_MODULES = 800
_USERS, _NODES = 400, 64
_ALONG = (1, 1, 2, 3, 3, 4, 6)
"""So many modules come along with one command."""
_TAG = "ModuleUsageTracking"


@dataclass(frozen=True, slots=True)
class Modules:
    """One run."""

    lines: int
    cost: Cost
    grep: Cost


def write_loads(path: Path, lines: int) -> Counter[str]:
    """Write a log of *lines* loads, and return how often each module is loaded."""
    random = Random(11)  # noqa: S311 -- a made log, the same each time
    weights = list(accumulate(1 / rank for rank in range(1, _MODULES + 1)))
    counts = Counter[str]()
    time = BEGIN * 1.0
    with path.open("w", encoding="ascii") as log:
        left = lines
        while left:
            time += random.expovariate(0.5)
            node, user = random.randrange(_NODES), random.randrange(_USERS)
            stamp = datetime.fromtimestamp(time, UTC).strftime("%b %e %H:%M:%S")
            for number in random.choices(range(_MODULES), cum_weights=weights, k=min(random.choice(_ALONG), left)):
                module = f"tool{number}/{number % 9}.{number % 4}.0"
                counts[module] += 1
                left -= 1
                log.write(
                    f"{stamp} n{node:03} {_TAG}: user=user{user:04} module={module} "
                    f"path=/opt/apps/modulefiles/Core/{module}.lua host=n{node:03}.larch.example.org time={time:.6f}\n"
                )
    return counts


def measure_modules(folder: Path, lines: int = LINES) -> Modules:
    """Read a made log of *lines* in the empty *folder*. Raises BenchFault when the ledger is wrong."""
    log = folder / "modules.log"
    counts = write_loads(log, lines)
    config = folder / "config.yaml"
    source = {"name": "modules", "format": "lmod", "server": "modules", "timezone": "UTC", "paths": [str(log)]}
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
        asked = "SELECT feature, sum(uses) FROM used JOIN product ON product.id = product GROUP BY feature"
        kept = Counter(dict(ledger.execute(asked).fetchall()))
    if kept != counts or int(found) != lines:
        raise BenchFault(f"wrong: of {counts.total()} loads the ledger has {kept.total()}.")
    return Modules(lines, cost, grep)
