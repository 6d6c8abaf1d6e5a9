"""Made weeks of module loads, through the real command line: every load is told once, and in every sum."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from tests.e2e.command_line import called, told
from tests.e2e.conftest import StartService

CONFIG = """\
site: {name: cluster, timezone: Europe/Madrid}
ledger: {path: ledger/ledger.db}
sources: [{name: modules, format: lmod, server: modules, timezone: Europe/Madrid, paths: ["modules.log*"]}]
prometheus: {listen: "127.0.0.1:0"}
log: {format: json}
"""
MADE = ("--format", "lmod", "--zone", "Europe/Madrid", "--start", "2024-10-20", "--days", "14", "--scale", "0.5")
WHO = ("server", "vendor", "feature", "user", "host", "path")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the log, over the night on which the clock is set back, in files of 200 kB, and collect it."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "config.yaml").write_text(CONFIG)
    told(called(folder, "simulate", "modules.log", *MADE, "--rotate", "200000", "--truth", "truth.jsonl"))
    told(called(folder, "collect"))
    return folder


def _truth(made: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (made / "truth.jsonl").read_text("utf-8").splitlines()]


def test_every_load_is_there_once(made: Path) -> None:
    """Cluster, module, user, host, path and second of each, in files that were rotated."""
    truth = Counter(
        (*(row[key] for key in WHO), datetime.fromtimestamp(int(row["time"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        for row in _truth(made)
    )
    exported = [json.loads(line) for line in told(called(made, "export", "uses", "--format", "jsonl")).splitlines()]

    assert truth == Counter((*(row[key] for key in WHO), row["time"]) for row in exported)
    assert {1} == {row["uses"] for row in exported}
    assert (made / "modules.log.2").exists()


def test_a_report_of_a_week_counts_its_users(made: Path) -> None:
    """The first week ends at midnight of the site, and users whose case differs only are one."""
    end = int(datetime(2024, 10, 26, 22, tzinfo=UTC).timestamp())
    users: dict[str, set[str]] = {}
    for row in _truth(made):
        if int(row["time"]) < end:
            users.setdefault(row["path"], set()).add(row["user"].casefold())
    report = told(called(made, "report", "modules", "usage", "--end", "2024-10-27", "--format", "csv"))

    assert sorted([path, str(len(known))] for path, known in users.items()) == sorted(
        list(csv.reader(io.StringIO(report)))[1:]
    )


def test_sums_tell_what_single_loads_told(made: Path, tmp_path: Path) -> None:
    """With `facts.uses` older loads are rows of a minute, and every number of a report is the same."""
    folder = copytree(made, tmp_path / "copy")
    report = ("report", "modules", "counts", "--start", "2024-10-22", "--end", "2024-10-30T12:00", "--format", "json")
    before = json.loads(told(called(folder, *report)))["rows"]
    (folder / "config.yaml").write_text(CONFIG + "facts: {uses: 4d}\n")
    told(called(folder, "collect"))
    exported = [json.loads(line) for line in told(called(folder, "export", "uses", "--format", "jsonl")).splitlines()]
    sums = [row for row in exported if row["time"] < "2024-10-28T23:00:00Z"]

    assert before == json.loads(told(called(folder, *report)))["rows"]
    assert len(_truth(made)) == sum(row["uses"] for row in exported)
    assert {"00Z"} == {row["time"][-3:] for row in sums}
    assert {"00Z"} < {row["time"][-3:] for row in exported}


def test_a_service_counts_what_is_appended(tmp_path: Path, run: StartService) -> None:
    """While it runs, and after a new start, the counter goes on and nothing counts twice."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    log = tmp_path / "modules.log"
    load = "Apr 27 03:22:57 n1 ModuleUsageTracking: user=ann module=gcc/5 path=/m host=n1.larch time=1682580177.{}\n"
    log.write_text(load.format(1))
    service = run(tmp_path / "config.yaml")
    service.shows("licence_uses_total{larch,lmod}", 1)
    with log.open("a") as more:
        more.write(load.format(2) + load.format(3))
    service.shows("licence_uses_total{larch,lmod}", 3)
    service.stop()
    with log.open("a") as more:
        more.write(load.format(4))

    run(tmp_path / "config.yaml").shows("licence_uses_total{larch,lmod}", 4)
