"""Licence files from the configuration to exports, windows, metrics and reports; a change of them while `run` is up."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path

import pytest

from exporter.config.loading import load
from exporter.errors import LedgerFull
from exporter.health import Health
from exporter.ledger.licences import LicenceKeeper
from exporter.publish.board import Board
from exporter.publish.prometheus import Exposition
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.e2e.command_line import Command, told
from tests.e2e.conftest import StartService
from tests.e2e.stepped_site import Log
from tests.unit.pipeline.pipeline_fakes import NOON, FakeClock

CONFIG = """\
site: {name: e2e, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: lic, format: flexlm, server: lic1, timezone: UTC, paths: ["lic.log"]}
capacity:
  - {server: lic1, licence_files: acorn.lic}
prometheus: {listen: "127.0.0.1:0"}
log: {format: json}
"""
LICENCES = """\
SERVER lic-host1 ANY 27000
VENDOR v
PACKAGE suite v 1.0 COMPONENTS="base view" OPTIONS=SUITE SIGN="0"
INCREMENT suite v 1.0 5-mar-2024 3 START=1-mar-2024 SIGN="0"
INCREMENT base v 1.0 permanent 2 ISSUED=1-mar-2024 SIGN="00 \\
  11"
INCREMENT node v 1.0 permanent uncounted HOSTID=ANY SIGN="0"
JUNK
"""
OPTIONS = "RESERVE 1 base USER amber\nMAX 2 suite GROUP oaks\nGROUP oaks amber bea\nNOLOG QUEUED\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder with a log, a licence file with an options file beside it, and their configuration."""
    for name, text in (("config.yaml", CONFIG), ("acorn.lic", LICENCES), ("v.opt", OPTIONS)):
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (NOON - 3600, NOON - 3600))
    clock = FakeClock()
    log = Log(tmp_path / "lic.log", clock)
    for words in ('OUT: "suite" amber@ws', 'OUT: "base" amber@ws', 'OUT: "suite" bea@ws'):
        log.write(words)
        clock.time += 3600
    log.write('IN: "base" amber@ws')
    return tmp_path


def test_collect_takes_them_over(site: Path, seatwatch: Command) -> None:
    """Rows tell file and line and end with the licence; windows have the seats; lines that can't be used are told."""
    collected = seatwatch("collect")
    assert 0 == collected.status
    assert "1 line of licence and options files can't be used; `seatwatch check-config` tells why." in collected.err
    file = site / "acorn.lic"
    assert [
        "server,vendor,feature,from,seats,origin",
        f"lic1,v,base,2024-03-01T00:00:00Z,2,{file}:5",
        f"lic1,v,suite,2024-03-01T00:00:00Z,3,{file}:4",
        f"lic1,v,suite,2024-03-06T00:00:00Z,0,{file}:4 (ended)",
    ] == told(seatwatch("export", "capacity")).splitlines()
    windows = csv.DictReader(told(seatwatch("export", "windows", "--tier", "hourly")).splitlines())
    issued = {(row["feature"], row["start"]): row["issued"] for row in windows}
    assert ("3.000000", "2.000000") == tuple(issued[name, "2024-03-05T13:00:00Z"] for name in ("suite", "base"))


def test_an_options_file_on_another_machine_is_no_failure(site: Path, seatwatch: Command) -> None:
    """A licence file that was copied from its server names paths there: `collect` ends well, and tells of it."""
    text = LICENCES.replace("VENDOR v\n", "VENDOR v options=/none/v.opt\n").replace("JUNK\n", "")
    (site / "acorn.lic").write_text(text)
    collected = seatwatch("collect")
    assert 0 == collected.status
    assert "1 line of licence and options files can't be used" in collected.err
    checked = told(seatwatch("check-config"))
    assert f"{site}/acorn.lic, line 2: names the options file /none/v.opt, which can't be read" in checked


def test_a_package_counts_alone_in_a_product(site: Path, seatwatch: Command) -> None:
    """What the licence file tells of packages leaves their components out of products, though no log tells of it."""
    members = ", ".join(f"{{server: lic1, vendor: v, feature: {name}}}" for name in ("suite", "base"))
    with (site / "config.yaml").open("a") as config:
        config.write(f"products: [{{name: Acorn, members: [{members}]}}]\n")
    told(seatwatch("collect"))
    rows = csv.DictReader(told(seatwatch("export", "windows", "--tier", "hourly", "--product")).splitlines())
    (at_noon, *_) = [row for row in rows if row["start"] == "2024-03-05T13:00:00Z"]
    assert ("1", "3.000000") == (at_noon["in_use_max"], at_noon["issued"])


def test_status_and_explain_tell_where_seats_come_from(site: Path, seatwatch: Command) -> None:
    """Files, faults, seats, bounds and silence stand in the status, and the line behind the seats in explain."""
    told(seatwatch("collect"))
    table = " ".join(told(seatwatch("status")).split())
    for part in (
        f'problem {site}/acorn.lic, line 8: begins with "JUNK"',
        f"base: 2 seats for ever, 1 reserved for USER amber ({site}/acorn.lic:5)",
        "node: uncounted for ever",
        "suite: expired at 2024-03-06T00:00:00Z, at most 2 for GROUP oaks",
        f"not logged v: QUEUED ({site}/v.opt:4)",
    ):
        assert part in table
    (licences,) = json.loads(told(seatwatch("status", "--format", "json")))["licences"]
    base = licences["features"][0]
    assert (2, None, [f"{site}/acorn.lic:5"]) == (base["seats"], base["expiry"], base["pools"][0]["lines"])
    asked = ("explain", "--feature", "suite", "--at", "2024-03-05T13:30:00Z")
    assert f"3 seats issued since 2024-03-01T00:00:00Z, by {site}/acorn.lic:4." in told(seatwatch(*asked))
    (level,) = json.loads(told(seatwatch(*asked, "--format", "json")))["levels"]
    assert {"seats": 3, "since": "2024-03-01T00:00:00Z", "origin": f"{site}/acorn.lic:4"} == level["issued"]


def test_check_config_reads_them(site: Path, seatwatch: Command) -> None:
    """Lines that can't be used are warnings; files that can't be read are errors; so is what hides them told."""
    checked = seatwatch("check-config")
    assert 0 == checked.status
    assert f'warning capacity[0].licence_files: {site}/acorn.lic, line 8: begins with "JUNK"' in checked.out
    assert "ok      capacity[0].licence_files: capacity of 2 features of lic1" in checked.out
    hand = "  - {server: lic1, vendor: v, feature: base, seats: 9, from: 2024-01-01}\n"
    (site / "config.yaml").write_text(CONFIG.replace("prometheus", hand + "prometheus"))
    hidden = "warning capacity[1]: holds over all that capacity[0].licence_files grant of this feature"
    assert hidden in told(seatwatch("check-config"))
    told(seatwatch("collect"))
    assert "lic1,v,base,2024-01-01T00:00:00Z,9,config" in told(seatwatch("export", "capacity", "--feature", "base"))
    (site / "acorn.lic").unlink()
    checked = seatwatch("check-config")
    assert 1 == checked.status
    assert f"error   capacity[0].licence_files: {site}/acorn.lic can't be read: No such file" in checked.out
    collected = seatwatch("collect")
    assert (1, True) == (collected.status, f"{site}/acorn.lic can't be read" in collected.err)
    assert 3 == len(told(seatwatch("export", "capacity", "--feature", "suite")).splitlines()), "they stay as they were"


def test_metrics_pass_the_checker_of_prometheus(site: Path, run: StartService, promtool: str) -> None:
    """The service shows seats, expiry, reserved seats and packages, and `promtool check metrics` finds no fault."""
    service = run(site / "config.yaml")
    service.shows("licence_feature_expiry_timestamp_seconds{suite,lic1,v}", 1_709_683_200)
    text = service.ask("metrics").text
    for line in (
        'licence_feature_expiry_timestamp_seconds{feature="base",server="lic1",vendor="v"} +Inf',
        'licence_feature_expiry_timestamp_seconds{feature="node",server="lic1",vendor="v"} +Inf',
        'licence_feature_reserved{feature="base",server="lic1",vendor="v"} 1.0',
        'licence_feature_info{counted="true",feature="suite",product="",role="package",server="lic1",vendor="v"} 1.0',
        'licence_feature_info{counted="false",feature="base",product="",role="component",server="lic1",vendor="v"} 1.0',
    ):
        assert line in text
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (0, "") == (checked.returncode, checked.stdout + checked.stderr)


class Running:
    """`run` in this process, at a clock that is stepped, with its endpoint."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        """Begin by ``config.yaml`` in *folder*."""
        self.clock = clock
        health, board = Health(lambda: 0, lambda: 0), Board(clock)
        settings = load(folder / "config.yaml", FORMATS)
        self._collector = Collector(settings, clock, health, importing=False, show=board.show, use=board.use)
        self._exposition = Exposition(board, health, "1")

    def step(self, seconds: float = 3) -> None:
        """Let time pass, and read what is there."""
        self.clock.time += seconds
        while self._collector.pipeline.cycle():
            pass

    def shown(self, metric: str, feature: str = "base") -> float | None:
        """Return what the endpoint shows of a feature."""
        text = self._exposition.scrape("")[1].decode()
        begin = f'{metric}{{feature="{feature}",'
        return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(begin)), None)

    def close(self) -> None:
        """End."""
        self._collector.close()


def test_a_change_while_it_runs(site: Path, seatwatch: Command) -> None:
    """Seats, expiry and reserved seats follow the files within two looks; the past keeps what was granted then."""
    clock = FakeClock()
    clock.time += 3 * 3600 + 60
    running = Running(site, clock)
    running.step()
    assert (2, 1) == (running.shown("licence_feature_issued"), running.shown("licence_feature_reserved"))
    changed = int(clock.time) + 5
    (site / "acorn.lic").write_text('VENDOR v\nINCREMENT base v 1.0 31-dec-2024 7 SIGN="0"\n')
    os.utime(site / "acorn.lic", (changed, changed))
    (site / "v.opt").write_text("RESERVE 4 base USER amber\n")
    for _ in range(4):
        running.step()
    assert (7, 4) == (running.shown("licence_feature_issued"), running.shown("licence_feature_reserved"))
    assert 1_735_689_600 == running.shown("licence_feature_expiry_timestamp_seconds")
    assert running.shown("licence_feature_expiry_timestamp_seconds", "suite") is None, "it is in no file any more"
    assert 0 == running.shown("licence_feature_issued", "suite")
    clock.time = 1_735_689_600 - 3
    Log(site / "lic.log", clock)
    running.step(1)
    assert 7 == running.shown("licence_feature_issued")
    (site / "acorn.lic").unlink()
    running.step(3)
    assert 0 == running.shown("licence_feature_issued"), "the licence ended, though its file can't be read"
    running.close()
    rows = told(seatwatch("export", "capacity", "--feature", "base")).splitlines()[1:]
    assert ["2024-03-01T00:00:00Z,2", "2024-03-05T15:01:08Z,7", "2025-01-01T00:00:00Z,0"] == [
        ",".join(row.split(",")[3:5]) for row in rows
    ]


def test_a_full_disk_only_delays_it(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be committed is not shown, and is taken over once it can be."""
    clock = FakeClock()
    clock.time += 3 * 3600 + 60
    running = Running(site, clock)
    with monkeypatch.context() as patch:
        patch.setattr(LicenceKeeper, "take_over", full)
        running.step()
        assert running.shown("licence_feature_issued") is None
    running.step()
    assert 2 == running.shown("licence_feature_issued")
    running.close()


def full(*_: object) -> None:
    """Say that the disk is full."""
    raise LedgerFull("The ledger can't be written: the disk is full.")


def test_what_changed_while_nobody_looked_is_dated(site: Path, seatwatch: Command) -> None:
    """`collect` dates a change by the file; the same file again changes nothing, and neither does one that is gone."""
    told(seatwatch("collect"))
    before = told(seatwatch("export", "capacity"))
    told(seatwatch("collect"))
    assert before == told(seatwatch("export", "capacity"))
    text = LICENCES.replace("permanent 2 ISSUED", "permanent 6 ISSUED")
    (site / "acorn.lic").write_text(text)
    told(seatwatch("collect"))
    rows = told(seatwatch("export", "capacity", "--feature", "base")).splitlines()[1:]
    assert ["2", "6"] == [row.split(",")[4] for row in rows]
    assert "2024-03-01T00:00:00Z" == rows[0].split(",")[3] != rows[1].split(",")[3]
    (site / "acorn.lic").unlink()
    assert 1 == seatwatch("collect").status
    assert rows == told(seatwatch("export", "capacity", "--feature", "base")).splitlines()[1:]
