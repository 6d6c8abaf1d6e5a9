"""The files in deploy/ that bring logs to Seatwatch are sound: the programs that they are for say so."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.servers.installed import has_module, installed
from tests.servers.logrotate import Logrotate
from tests.servers.setting_up import set_up

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def _say(*words: str | Path) -> str:
    """Return all that a command says, which must go well."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("host", ["node", "relay", "tracking"])
def test_rsyslog_takes_the_file_as_it_is(host: str) -> None:
    """Rsyslogd's own check finds nothing in the file of a host."""
    has_module("rsyslog", "omrelp", "rsyslog-relp")
    said = _say(installed("rsyslogd", "rsyslog"), "-N1", "-f", DEPLOY / "rsyslog" / f"10-seatwatch-{host}.conf")

    assert 2 == len(said.splitlines()), said
    assert "End of config validation run. Bye." in said


def test_tags_are_the_same_on_all_hosts() -> None:
    """What a node sends on is what relay and tracking host let in."""
    files = [(DEPLOY / "rsyslog" / f"10-seatwatch-{host}.conf").read_text() for host in ("node", "relay", "tracking")]

    for tag in ("LIC_ACC", "ModuleUsageTracking", "kernel"):
        assert [1, 1, 1] == [file.count(f'"{tag}"') for file in files]


@pytest.mark.parametrize(
    ("rules", "yours", "logs"),
    [
        ("seatwatch-collected", {}, 1),
        ("seatwatch-licence-servers", {"su lmadmin lmadmin": "su {owner}"}, 1),
    ],
)
def test_logrotate_takes_the_rules(rules: str, yours: dict[str, str], logs: int) -> None:
    """Logrotate's own check finds nothing in the rules, and has something to do by them."""
    rotation = Logrotate(rules, yours)
    try:
        said = rotation.check()
    finally:
        rotation.remove()

    assert "error" not in said
    assert f"Handling {logs} logs" in said


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Systemd's own check finds nothing in service and timer."""
    folder = DEPLOY / "rsync"
    service = set_up(folder / "seatwatch-mirror.service", {"/usr/local/bin/": f"{folder}/"})
    (tmp_path / "seatwatch-mirror.service").write_text(service)
    (tmp_path / "seatwatch-mirror.timer").write_text((folder / "seatwatch-mirror.timer").read_text())
    units = [tmp_path / f"seatwatch-mirror.{kind}" for kind in ("service", "timer")]

    assert "" == _say(installed("systemd-analyze", "systemd"), "verify", *units)


def test_timer_and_cron_run_the_same() -> None:
    """The command in the file for cron is that of the service."""
    folder = DEPLOY / "rsync"
    service = (folder / "seatwatch-mirror.service").read_text().splitlines()
    (command,) = [line.removeprefix("ExecStart=") for line in service if line.startswith("ExecStart=")]

    assert f"\n* * * * * seatwatch {command}\n" in (folder / "seatwatch-mirror.cron").read_text()


def test_the_script_is_sound() -> None:
    """The script can be run, and shellcheck finds nothing in it."""
    script = DEPLOY / "rsync" / "seatwatch-mirror"

    assert os.access(script, os.X_OK)
    assert "" == _say("sh", "-n", script)
    assert "" == _say(installed("shellcheck", "shellcheck"), script)


def test_the_list_of_mirrors_is_an_example(tmp_path: Path) -> None:
    """The list as it is names no host, so nothing is mirrored by mistake."""
    script = DEPLOY / "rsync" / "seatwatch-mirror"

    assert "" == _say(script, DEPLOY / "rsync" / "mirrors", tmp_path)
    assert [".seatwatch-mirror.lock"] == [path.name for path in tmp_path.iterdir()]
