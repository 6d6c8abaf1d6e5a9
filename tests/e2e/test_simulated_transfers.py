"""A made log of transfers, from the simulator to the report: every file is there once, with its latency."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import called, told
from tests.e2e.conftest import StartService

CONFIG = """\
site: {name: px, timezone: Europe/Madrid}
ledger: {path: ledger/ledger.db}
sources: [{name: px, format: metpx, server: px1, timezone: Europe/Madrid, paths: ["tx_pier.log*"]}]
prometheus: {listen: "127.0.0.1:0"}
log: {format: json}
"""
MADE = ("--format", "metpx", "--zone", "Europe/Madrid", "--start", "2024-10-24", "--days", "6", "--scale", "0.5")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the log, over the night on which the clock is set back, in files of 200 kB, and collect it."""
    folder = tmp_path_factory.mktemp("transfers")
    (folder / "config.yaml").write_text(CONFIG)
    told(called(folder, "simulate", "tx_pier.log", *MADE, "--rotate", "200000", "--truth", "truth.jsonl"))
    told(called(folder, "collect"))
    return folder


def _truth(made: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (made / "truth.jsonl").read_text("utf-8").splitlines()]


def test_every_file_is_there_once(made: Path) -> None:
    """By product: files, bytes, late ones, and the latencies to the second, in files that were rotated."""
    files = defaultdict(list)
    for row in _truth(made):
        if row["kind"] == "file":
            files[row["product"]].append((row["bytes"], row["latency"]))
    rows = json.loads(told(called(made, "report", "transfers", "--by", "product", "--format", "json")))["rows"]

    assert len(list(made.glob("tx_pier.log*"))) > 2
    assert {
        product: (
            *(len(sent), sum(size for size, _ in sent), sum(took > 15 for _, took in sent)),
            *(max(took for _, took in sent), sorted(took for _, took in sent)[(len(sent) - 1) // 2]),
        )
        for product, sent in files.items()
    } == {
        row["product"]: tuple(row[key] for key in ("files", "bytes", "late_files", "latency_max", "latency_median"))
        for row in rows
        if row["product"]
    }
    assert sum(row["kind"] == "error" for row in _truth(made)) == sum(row["errors"] for row in rows) > 0


def test_no_latency_is_negative(made: Path) -> None:
    """The clock of Madrid is turned into UTC right, in the hour that comes twice, too."""
    rows = json.loads(told(called(made, "report", "transfers", "--format", "json")))["rows"]
    assert [0] == [row["negative_latencies"] for row in rows]


def test_a_running_process_counts_what_comes(run: StartService, tmp_path: Path) -> None:
    """Lines that are added are counted, and after a restart the counters go on from where they were."""
    log = tmp_path / "tx_pier.log"
    (tmp_path / "config.yaml").write_text(CONFIG)
    sent = "2024-10-24 12:00:0{},000 [INFO] (50 Bytes) Message a:b:c:T:3::20241024100000  delivered\n"
    log.write_text(sent.format(1))
    service = run(tmp_path / "config.yaml")
    service.shows("transfer_files_total{pier,tx,px1}", 1)
    with log.open("a") as more:
        more.write(sent.format(2) + sent.format(3))
    service.shows("transfer_bytes_total{pier,tx,px1}", 150)
    service.stop()
    with log.open("a") as more:
        more.write(sent.format(4))

    service = run(tmp_path / "config.yaml")
    service.shows("transfer_files_total{pier,tx,px1}", 4)
    service.shows("transfer_latency_seconds_sum{tx,px1}", 10)
