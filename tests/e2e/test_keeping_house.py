"""The ledger keeps house however it is ended, and windows are rebuilt, as the command line has them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command_line import DEADLINE, Command, environment, told
from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog

CONFIG = """\
site: {name: season, timezone: Europe/Madrid}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: season, format: flexlm, server: demo, timezone: UTC, paths: ["season.log"]}
"""
KEPT = "facts: {keep: 30d}\ntiers: {live: {keep: 7d}}\n"
MADE = ("--days", "120", "--start", "2024-01-01", "--seed", "7", "--scale", "0.1")


@pytest.fixture
def season(tmp_path: Path, seatwatch: Command) -> Path:
    """Collect the log of some months, and keep all of it as yet; give the folder."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    told(seatwatch("simulate", "season.log", *MADE))
    told(seatwatch("collect"))
    return tmp_path


def _windows(seatwatch: Command) -> list[str]:
    return [told(seatwatch("export", "windows", "--tier", tier)) for tier in ("hourly", "longterm")]


def _killed(folder: Path, place: str, *words: str) -> bool:
    """Run a command that is killed at *place*; return whether it came there."""
    env = {**environment(), "TAIL_FP": place}
    command = [sys.executable, "-m", "exporter", *words]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=DEADLINE, check=False)
    return done.returncode < 0


def test_killed_while_old_facts_go(season: Path, seatwatch: Command) -> None:
    """Killed in each slice and before room is given back, windows are as before, and in the end the file shrinks."""
    before = _windows(seatwatch)
    sessions = told(seatwatch("export", "sessions")).splitlines()
    size = (season / "ledger" / "seatwatch.db").stat().st_size
    (season / "config.yaml").write_text(CONFIG + KEPT)
    for place in ("mid-prune:1", "mid-prune:2", "after-commit:2", "after-giving-back:1"):
        assert _killed(season, place, "collect"), place
        assert before == _windows(seatwatch)
    told(seatwatch("collect"))

    assert before == _windows(seatwatch)
    left = told(seatwatch("export", "sessions")).splitlines()
    assert set(left) < set(sessions)
    assert len(left) < len(sessions) / 3
    assert (season / "ledger" / "seatwatch.db").stat().st_size < size


def test_killed_while_windows_are_rebuilt(season: Path, seatwatch: Command) -> None:
    """A killed rebuild goes on and says so, or `collect` ends it; every window is exported as before at any time."""
    before = _windows(seatwatch)
    assert _killed(season, "mid-windows:3", "rebuild")
    assert before == _windows(seatwatch)
    ran = seatwatch("rebuild")
    assert 0 == ran.status
    assert "An earlier rebuild was stopped; this one goes on from there." in ran.err
    assert _killed(season, "mid-windows:3", "rebuild", "--from", "2024-02-01")
    told(seatwatch("collect"))
    ran = seatwatch("rebuild", "--from", "2024-02-01")

    assert (0, False) == (ran.status, "An earlier" in ran.err)
    assert before == _windows(seatwatch)


def test_another_zone_needs_a_rebuild(season: Path, seatwatch: Command) -> None:
    """`collect` refuses a changed zone, and so does a rebuild of a part; one of all makes the days of that zone."""
    before = _windows(seatwatch)
    config = season / "config.yaml"
    config.write_text(config.read_text().replace("Europe/Madrid", "Asia/Tokyo"))
    for words in (("collect",), ("rebuild", "--from", "2024-02-01")):
        ran = seatwatch(*words)
        assert 1 == ran.status
        assert "are those of Europe/Madrid, and site.timezone is now Asia/Tokyo" in ran.err
    assert before == _windows(seatwatch)
    assert _killed(season, "mid-windows:3", "rebuild")
    assert 0 == seatwatch("rebuild").status
    told(seatwatch("collect"))

    days = [row.split(",")[3] for row in _windows(seatwatch)[1].splitlines()[1:]]
    assert {"15:00:00Z"} == {day[11:] for day in days}
    assert _windows(seatwatch)[0].splitlines()[1:]


def test_a_running_service_refuses_a_rebuild(
    log: FlexlmLog, config: WriteConfig, run: StartService, seatwatch: Command, tmp_path: Path
) -> None:
    """While `run` holds the ledger a rebuild names it; a ledger that never was, and a date that is none, are told."""
    config()
    ran = seatwatch("rebuild")
    assert (1, True) == (ran.status, f"There is no ledger at {tmp_path / 'ledger' / 'seatwatch.db'}" in ran.err)
    service = run(config())
    log.check_out("amber")
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 1)
    ran = seatwatch("rebuild")
    assert (1, True) == (ran.status, f"Another seatwatch (process {service.pid}) writes the ledger" in ran.err)
    ran = seatwatch("rebuild", "--from", "yesterday")

    assert (2, True) == (ran.status, '"yesterday" is not an instant' in ran.err)
