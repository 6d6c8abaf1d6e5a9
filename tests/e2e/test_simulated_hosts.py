"""Two made months of accounting on many hosts, through the real command line: every run is told, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import called, told

CONFIG = """\
site: {name: hosts, timezone: Europe/Madrid}
ledger: {path: ledger.db}
sources:
  - {name: acc, format: startstop, server: hosts, timezone: Europe/Madrid, paths: ["acc.log*"]}
"""
MADE = ("--format", "startstop", "--zone", "Europe/Madrid", "--start", "2024-09-20", "--days", "45", "--scale", "0.5")
WHO = ("server", "vendor", "feature", "user", "host")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the log, over the night on which the clock is set back, in files of 200 kB, and collect it."""
    folder = tmp_path_factory.mktemp("hosts")
    (folder / "config.yaml").write_text(CONFIG)
    told(called(folder, "simulate", "acc.log", *MADE, "--rotate", "200000", "--truth", "truth.jsonl"))
    told(called(folder, "collect"))
    return folder


def _iso(second: int | None) -> str | None:
    return None if second is None else datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sessions(rows: list[Mapping[str, Any]]) -> Counter[tuple[object, ...]]:
    return Counter((*(row[key] for key in WHO), row["start"], row["end"], row["end_reason"]) for row in rows)


def test_every_run_is_a_session(made: Path) -> None:
    """Runs that were stopped, that a boot ended, whose stop was lost, and that still run: none is missing or more."""
    truth = [json.loads(line) for line in (made / "truth.jsonl").read_text("utf-8").splitlines()]
    for row in truth:
        row["start"], row["end"] = _iso(row["start"]), _iso(row["end"])
    exported = [json.loads(line) for line in told(called(made, "export", "sessions", "--format", "jsonl")).splitlines()]

    assert _sessions(truth) == _sessions(exported)
    assert {"returned", "reset", "expired", None} == {row["end_reason"] for row in exported}
    assert (made / "acc.log.3").exists()


def test_the_hours_of_all_hosts_hold_all_that_ran(made: Path) -> None:
    """The seat seconds of the windows are those of the sessions, host by host."""
    exported: Counter[str] = Counter()
    for line in told(called(made, "export", "windows", "--tier", "hourly", "--format", "jsonl")).splitlines():
        row = json.loads(line)
        exported[row["server"]] += row["seat_seconds"]
    sessions: Counter[str] = Counter()
    for line in told(called(made, "export", "sessions", "--format", "jsonl")).splitlines():
        row = json.loads(line)
        sessions[row["server"]] += row["seat_seconds"]

    assert sessions == exported
