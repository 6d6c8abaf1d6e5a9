"""How fast `collect` reads a whole log into a fresh ledger, and whether the ledger holds what is in the log."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.bench.made_log import SERVER, Counts, MadeLog, all_counts
from tests.bench.measuring import BenchFault, Cost, measure

SEATWATCH = (sys.executable, "-m", "exporter")
LEDGER = "ledger.db"
"""It lies beside the configuration."""


@dataclass(frozen=True, slots=True)
class Collected:
    """One run of `collect`."""

    cost: Cost
    ledger_bytes: int


def write_config(folder: Path, paths: str, server: str = SERVER) -> Path:
    """Write the configuration of a collector whose ledger lies in *folder*, and return its path."""
    config = folder / "config.yaml"
    settings = {  # JSON is YAML
        "site": {"name": "bench", "timezone": "UTC"},
        "ledger": {"path": LEDGER},
        "sources": [{"name": "bench", "format": "flexlm", "server": server, "timezone": "UTC", "paths": [paths]}],
        "prometheus": {"listen": "127.0.0.1:0"},
        "log": {"format": "json"},
    }
    config.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    return config


def collect(log: MadeLog, folder: Path) -> Collected:
    """Collect *log* into a new ledger in the empty *folder*. Raises BenchFault when the ledger is wrong."""
    return collect_into(write_config(folder, str(log.path.resolve())), log)


def collect_into(config: Path, *logs: MadeLog) -> Collected:
    """
    Collect what is new for the ledger beside *config*, which then has to hold what is in *logs*, and no more.

    Raises BenchFault when it doesn't.
    """
    folder = config.parent
    cost, _ = measure([*SEATWATCH, "collect", "--config", str(config)], folder)
    with open_ledger(folder) as ledger:
        compare(all_counts(logs), ledger_counts(ledger), "the ledger")
        (still_open,) = ledger.execute("SELECT count(*) FROM session WHERE end IS NULL").fetchone()
    if still_open != (left := sum(log.open_sessions for log in logs)):
        raise BenchFault(f"wrong: the ledger has {still_open} open sessions, the log leaves {left} open.")
    return Collected(cost, ledger_bytes(folder))


def open_ledger(folder: Path) -> closing[sqlite3.Connection]:
    """Open the ledger in *folder* for asking; one that isn't there is not made."""
    return closing(sqlite3.connect((folder / LEDGER).resolve().as_uri() + "?mode=ro", uri=True))


def ledger_bytes(folder: Path) -> int:
    """Return what the ledger in *folder* takes on disk, with all that lies beside it."""
    return sum(path.stat().st_size for path in folder.glob(f"{LEDGER}*"))


def ledger_counts(ledger: sqlite3.Connection) -> Counts:
    """Return what the ledger counted, by verb and feature."""
    totals = "SELECT feature, {} FROM product JOIN {} ON product.id = product GROUP BY feature"
    asked = {
        "OUT": totals.format("sum(checkouts)", "total"),
        "IN": totals.format("sum(checkins)", "total"),
        "DENIED": totals.format("sum(denials)", "denial_total"),
    }
    return {verb: Counter(dict(ledger.execute(sql).fetchall())) for verb, sql in asked.items()}


def compare(expected: Counts, counted: Counts, who: str) -> None:
    """Raise BenchFault where *counted*, the counts of *who*, are not what is in the log."""
    for verb, features in expected.items():
        if counted[verb] != features:
            wrong = sum(1 for name in features | counted[verb] if features[name] != counted[verb][name])
            raise BenchFault(
                f"wrong: of {features.total()} {verb} lines {who} has {counted[verb].total()}; {wrong} features differ."
            )
