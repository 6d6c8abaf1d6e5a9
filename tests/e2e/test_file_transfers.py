"""File transfers through the command line: two machines from log to report, and a log that tells no client."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.e2e.command_line import called, told

CONFIG = """
site: {name: test, timezone: America/Toronto}
ledger: {path: ledger.db}
sources:
  - {name: px, format: metpx, server: "{machine}", paths: ["logs/{machine}/*.log"], product_patterns: [SA*, radar]%s}
prometheus: {listen: null}
"""
SENT = "2024-03-05 03:%02d:16,616 [INFO] (%d Bytes) Message %s:file:CWAO:T:3::20240305%s  delivered\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder with the logs of two machines, which send to one client."""
    (tmp_path / "config.yaml").write_text(CONFIG % "")
    for machine, minute in (("px1", 0), ("px2", 59)):
        folder = tmp_path / "logs" / machine
        folder.mkdir(parents=True)
        log = folder / "tx_harbour_2.log"
        log.write_text(
            SENT % (minute, 100, "SACN31", f"08{minute:02}06")
            + SENT % (minute, 300, "x-radar.gif", f"08{minute - 1:02}46" if minute else "080010")
            + "2024-03-05 03:59:59,000 [ERROR] No connection\n"
        )
        os.utime(log, (1_709_640_000, 1_709_640_000))
    return tmp_path


def test_two_machines_are_merged(site: Path) -> None:
    """A row for the client has the files of both, with means of files; a machine asked for stands alone."""
    told(called(site, "collect"))
    values = "files,bytes,errors,late_files,mean_bytes,latencies,negative_latencies"
    took = "latency_mean,latency_min,latency_median,latency_p95,latency_max,machines"

    assert f"direction,client,{values},{took}\ntx,harbour_2,4,800,2,1,200.0,4,0,14.0,6,10,10,30,2\n" == told(
        called(site, "report", "transfers", "--format", "csv")
    )
    assert (
        f"direction,client,machine,{values},{took}\ntx,harbour_2,px2,2,400,1,1,200.0,2,0,20.0,10,10,10,30,1\n"
        == told(called(site, "report", "transfers", "--machine", "px2", "--format", "csv"))
    )
    table = told(called(site, "report", "transfers", "--by", "product", "--step", "30m"))
    assert "Data of 2 machines: px1, px2." in table
    assert ["2024-03-05T08:00:00Z tx SA* 1 100 0 0 10.0 10 10 10"] == [
        " ".join(line.split()) for line in table.splitlines() if "T08:00" in line and "SA" in line
    ]


def test_a_report_in_json_tells_what_it_rests_on(site: Path) -> None:
    """The rows, the machines, and the trust figures; of errors only there is no mean."""
    told(called(site, "collect"))
    found = json.loads(told(called(site, "report", "transfers", "--by", "product", "--format", "json")))

    assert (["px1", "px2"], 0) == (found["machines"], found["trust"]["gaps"])
    assert {"understood": 6, "noise": 0, "unparsed": 0, "oversize": 0} == found["trust"]["lines"]
    assert [("", 2, None), ("SA*", 0, 100.0), ("radar", 0, 300.0)] == [
        (row["product"], row["errors"], row["mean_bytes"]) for row in found["rows"]
    ]


def test_raw_latencies_are_a_key_of_the_source(site: Path) -> None:
    """With `latency: raw` the clock of Toronto counts as UTC: all is negative, and told."""
    (site / "config.yaml").write_text(CONFIG % ", latency: raw")
    told(called(site, "collect"))
    (row,) = json.loads(told(called(site, "report", "transfers", "--format", "json")))["rows"]
    assert (4, 0, 0) == (row["negative_latencies"], row["latency_max"], row["late_files"])


def test_types_are_no_more_than_the_limit(site: Path) -> None:
    """Types of a client over `limits.breakdown` are `other`, over a restart too; patterns are never too many."""
    (site / "config.yaml").write_text(CONFIG % "" + "limits: {breakdown: 1}\n")
    told(called(site, "collect"))
    asked = ("report", "transfers", "--by", "product", "--format", "json")
    assert ["", "SA*", "radar"] == [row["product"] for row in json.loads(told(called(site, *asked)))["rows"]]

    without = (CONFIG % "").replace(", product_patterns: [SA*, radar]", "").replace("ledger.db", "other.db")
    (site / "config.yaml").write_text(without + "limits: {breakdown: 1}\n")
    for kind in "UXT":
        log = site / "logs" / "px1" / "tx_harbour_2.log"
        log.write_text(log.read_text() + (SENT % (58, 1, "SA", "085800")).replace(":T:", f":{kind}:"))
        told(called(site, "collect"))
    assert [("T", 5), ("other", 2)] == [
        (row["product"], row["files"]) for row in json.loads(told(called(site, *asked)))["rows"] if row["product"]
    ]


def test_a_span_that_holds_nothing_is_refused(site: Path) -> None:
    """An end before its start is wrong usage, and a sentence."""
    ran = called(site, "report", "transfers", "--start", "2024-03-06", "--end", "2024-03-05")
    assert (2, True) == (ran.status, "--start 2024-03-06" in ran.err)


def test_a_log_without_client_is_not_read(site: Path) -> None:
    """Its path tells nothing: the others are read, and status says what to do."""
    (site / "logs" / "px1" / "today.log").write_text(SENT % (0, 1, "a", "080000"))
    called(site, "collect")
    status = called(site, "status", "--format", "json").out
    problems = [stream["problem"] for stream in json.loads(status)["streams"]]
    assert 1 == sum("call it tx_CLIENT.log" in (problem or "") for problem in problems)
    assert 4 == sum(
        json.loads(line)["files"]
        for line in told(called(site, "export", "transfers", "--format", "jsonl")).splitlines()
    )
