"""Ten years of transfers in a ledger that keeps their minutes for five weeks: what the tiers show stays exact."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from tests.e2e.command_line import called, told

CONFIG = """\
site: {name: px, timezone: Europe/Madrid}
ledger: {path: ledger.db}
sources: [{name: px, format: metpx, server: px1, timezone: Europe/Madrid, paths: ["tx_pier.log*"]}]
facts: {keep: 35d}
"""
MADRID = ZoneInfo("Europe/Madrid")
BEGIN = int(datetime(2014, 1, 1, 4, 30, tzinfo=UTC).timestamp())
EVERY = 6 * 3600
"""Seconds: so no file is sent in the hour of autumn that comes twice."""
REPORT = ("report", "transfers", "--format", "json")


def test_ten_years_of_totals(tmp_path: Path) -> None:
    """Totals and medians of each year are those of the files; hours of long ago, kept by the day only, are told."""
    chance = Random(10)  # noqa: S311 -- no secret is made of it
    truth = defaultdict[int, list[int]](list)
    with (tmp_path / "tx_pier.log").open("w") as log:
        for second in range(BEGIN, BEGIN + 3650 * 86_400, EVERY):
            moment, took = datetime.fromtimestamp(second, MADRID), min(int(chance.expovariate(0.15)), 57)
            stamp = datetime.fromtimestamp(second - took, UTC)
            name = f"a:b:c:RADAR:3::{stamp:%Y%m%d%H%M%S}"
            log.write(f"{moment:%Y-%m-%d %H:%M:%S},000 [INFO] (50 Bytes) Message {name}  delivered\n")
            truth[moment.year].append(took)
    (tmp_path / "config.yaml").write_text(CONFIG)
    told(called(tmp_path, "collect"))

    assert len(truth) == 10
    for year, latencies in truth.items():
        span = "--start", f"{year}-01-01", "--end", f"{year + 1}-01-01"
        (row,) = json.loads(told(called(tmp_path, *REPORT, *span)))["rows"]
        latencies.sort()
        assert (
            len(latencies),
            sum(one > 15 for one in latencies),
            latencies[-1],
            latencies[(len(latencies) - 1) // 2],
        ) == (*(row[key] for key in ("files", "late_files", "latency_max", "latency_median")),)

    files = sum(map(len, truth.values()))
    hours, days = (json.loads(told(called(tmp_path, *REPORT, "--step", step))) for step in ("1h", "1d"))
    assert (0, files) == (days["left_out"], sum(row["files"] for row in days["rows"]))
    assert files == hours["left_out"] + sum(row["files"] for row in hours["rows"])
    assert hours["left_out"] == 4 * (3650 - 731)
    shown = told(called(tmp_path, *REPORT[:2], "--step", "1h"))
    assert f"Left out: {hours['left_out']:,} files of longer ago" in shown
