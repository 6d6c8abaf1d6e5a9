"""Two made months of logins, through the real command line: every session is told, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.e2e.command_line import called, told

CONFIG = """\
site: {name: host, timezone: Europe/Madrid}
ledger: {path: ledger.db}
sources:
  - {name: logins, format: wtmp, server: lic-host1, paths: ["wtmp*"]}
"""
MADE = ("--format", "wtmp", "--start", "2024-09-20", "--days", "60", "--rotate", "200000", "--compress")
KEY = ("server", "vendor", "feature", "user", "host", "display", "seats")


def _iso(second: int | None) -> str | None:
    return None if second is None else datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sessions(rows: list[Mapping[str, Any]]) -> Counter[tuple[object, ...]]:
    return Counter((*(row[key] for key in KEY), row["start"], row["end"], row["end_reason"]) for row in rows)


def test_every_login_is_a_session(tmp_path: Path) -> None:
    """Logouts, lost logouts, shutdowns, crashes and who is still there: none is missing or more, over packed files."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    told(called(tmp_path, "simulate", "wtmp", *MADE, "--truth", "truth.jsonl"))
    told(called(tmp_path, "collect"))
    truth = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text("utf-8").splitlines()]
    for row in truth:
        row["start"], row["end"] = _iso(row["start"]), _iso(row["end"])
    exported = [
        json.loads(line) for line in told(called(tmp_path, "export", "sessions", "--format", "jsonl")).splitlines()
    ]

    assert _sessions(truth) == _sessions(exported)
    assert {"returned", "superseded", "shutdown", "reset", None} <= {row["end_reason"] for row in exported}
    assert (tmp_path / "wtmp.3.gz").exists()
