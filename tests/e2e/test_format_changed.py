"""The format of a source is changed in the configuration while its log goes on."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.e2e.command_line import called, told

CONFIG = """\
site: {{name: changed, timezone: UTC}}
ledger: {{path: ledger.db}}
sources:
  - {{name: hosts, format: {formats}, server: hosts, paths: ["messages"]}}
"""
START = "Apr 27 05:22:57 ws-1 LIC_ACC: mesh START 20230427-0522 fir PID: 599\n"
LOAD = "Apr 27 05:22:58 ws-1 ModuleUsageTracking: user=gum module=gcc/12 path=/m host=n1.larch.org time=1682572978.5\n"
STOP = "Apr 27 05:23:40 ws-1 LIC_ACC: mesh STOP 20230427-0523 fir PID: 599\n"


def _collect(folder: Path, formats: str, *more: str) -> list[str]:
    """Append lines, collect them as *formats*, and return how long each session lasted."""
    (folder / "config.yaml").write_text(CONFIG.format(formats=formats))
    with (folder / "messages").open("a") as log:
        log.writelines(more)
    told(called(folder, "collect"))
    return [row["seat_seconds"] for row in csv.DictReader(told(called(folder, "export", "sessions")).splitlines())]


def _loads(folder: Path) -> int:
    return len(told(called(folder, "export", "uses")).splitlines()) - 1


def test_a_format_is_added_and_taken_away(tmp_path: Path) -> None:
    """What is open goes on, lines of the new format count from there on, and nothing is read twice."""
    assert ["1"] == _collect(tmp_path, "startstop", START)
    assert ["2"] == _collect(tmp_path, "[startstop, lmod]", LOAD)
    assert (["43"], 1) == (_collect(tmp_path, "startstop", STOP, LOAD), _loads(tmp_path))


def test_a_wrong_format_is_put_right(tmp_path: Path) -> None:
    """Corrected, the log is read on; reset, it is read anew."""
    assert [] == _collect(tmp_path, "flexlm", START)
    assert ["0"] == _collect(tmp_path, "startstop", STOP), "the start was read as noise"

    told(called(tmp_path, "reset", "--source", "hosts", "--yes"))
    assert ["43"] == _collect(tmp_path, "startstop")
