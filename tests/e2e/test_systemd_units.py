"""The units in deploy/systemd are sound and give the service no more than it needs: systemd's own checks say so."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from pathlib import Path

import pytest

from exporter.ledger.place import FOLDER_MODE
from tests.servers.installed import installed
from tests.servers.setting_up import set_up

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
JOBS = ("collect", "backup", "audit", "status")
PROGRAMS = {
    "seatwatch.service": "/opt/seatwatch/bin/seatwatch",
    "seatwatch-job@.service": "/usr/local/bin/seatwatch-job",
    "seatwatch-may-read.service": "/usr/local/bin/seatwatch-may-read",
}


class Unit(configparser.RawConfigParser):
    """A unit's sections; of a key that stands twice the last one."""

    def __init__(self, name: str) -> None:
        """Read the unit."""
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",))
        self.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have capitals
        self.read(UNITS / name)


@pytest.fixture
def installed_units(tmp_path: Path) -> Path:
    """Give a folder with the units, whose programs are there."""
    for path in UNITS.glob("*.*"):
        if path.suffix in (".service", ".timer", ".path"):
            yours = {program: "/bin/true" for name, program in PROGRAMS.items() if name == path.name}
            (tmp_path / path.name).write_text(set_up(path, yours) if yours else path.read_text())
    return tmp_path


def _said(*words: str | Path) -> str:
    """Return all that a command says, which must go well."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_takes_every_unit(installed_units: Path) -> None:
    """Systemd's own check finds nothing in services, timers and the path."""
    units = sorted(installed_units.iterdir())
    said = _said(installed("systemd-analyze", "systemd"), "verify", *units)

    assert {*SERVICES, "seatwatch-may-read.path", *(f"seatwatch-job@{job}.timer" for job in JOBS)} == {
        path.name for path in units
    }
    assert "" == said


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_do_little_harm(installed_units: Path, service: str) -> None:
    """The exposure that systemd finds is at most 2.0 of 10."""
    analyze = installed("systemd-analyze", "systemd")
    said = _said(analyze, "security", "--offline=true", "--threshold=20", "--no-pager", installed_units / service)

    level = re.search(r"Overall exposure level for \S+: (\d+\.\d)", said)
    assert level
    assert float(level[1]) <= 2.0


@pytest.mark.parametrize("service", ["seatwatch.service", "seatwatch-job@.service"])
def test_the_folder_of_the_ledger_is_made_as_seatwatch_makes_it(service: str) -> None:
    """Owner and group may write in the state folder, and what is made there belongs to the group."""
    told = Unit(service)["Service"]

    assert (f"{FOLDER_MODE:o}", "seatwatch") == (told["StateDirectoryMode"], told["StateDirectory"])


def test_the_service_is_watched_and_modest() -> None:
    """It tells how it does, is ended when it hangs, takes a new configuration on reload, and lets others go first."""
    told = Unit("seatwatch.service")["Service"]

    assert ("notify", "10min", "/bin/kill -HUP $MAINPID") == (told["Type"], told["WatchdogSec"], told["ExecReload"])
    assert (20, 20, "1G") == (int(told["CPUWeight"]), int(told["IOWeight"]), told["MemoryMax"])
    assert "2" == told["RestartPreventExitStatus"]


def test_nobody_else_is_spoken_with_until_somebody_says_so() -> None:
    """As they are, the services reach this machine only, and the one that gives rights reaches nothing."""
    network = {name: Unit(name)["Service"] for name in SERVICES}

    assert {"any"} == {told["IPAddressDeny"] for told in network.values()}
    assert {"localhost", None} == {told.get("IPAddressAllow") for told in network.values()}
    assert "yes" == network["seatwatch-may-read.service"]["PrivateNetwork"]


def test_timers_and_cron_do_the_same_at_the_same_time() -> None:
    """For each job there is a timer and a line for cron, which name the same hour and minute."""
    text = (UNITS / "seatwatch.cron").read_text()
    lines = re.findall(r"^(\d+) (\S+) \* \* \* seatwatch (\S+) (\w+)$", text, re.MULTILINE)
    crons = {
        job: "hourly" if hour == "*" else f"*-*-* {int(hour):02}:{int(minute):02}:00" for minute, hour, _, job in lines
    }

    assert {job: Unit(f"seatwatch-job@{job}.timer")["Timer"]["OnCalendar"] for job in JOBS} == crons
    assert {PROGRAMS["seatwatch-job@.service"]} == {program for *_, program, _ in lines}


@pytest.mark.parametrize("script", ["seatwatch-job", "seatwatch-may-read"])
def test_a_script_of_the_units_is_sound(script: str) -> None:
    """The script can be run, and shellcheck finds nothing in it."""
    assert os.access(UNITS / script, os.X_OK)
    assert "" == _said("sh", "-n", UNITS / script)
    assert "" == _said(installed("shellcheck", "shellcheck"), UNITS / script)
