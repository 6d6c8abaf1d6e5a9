"""A file of syslog with accounting and module loads in it, through the real command line."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.e2e.command_line import called, told

CONFIG = """\
site: {name: two, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - {name: hosts, format: [startstop, lmod], server: hosts, timezone: Europe/Madrid, paths: ["messages"]}
"""
LOG = """\
Apr 27 05:22:57 ws-1 LIC_ACC: mesh START 20230427-0522 fir PID: 599
Apr 27 05:22:57 ws-1 cron[1]: tidy
Apr 27 05:22:58 ws-1 ModuleUsageTracking: user=gum module=gcc/12 path=/m/gcc/12.lua host=n1.larch.org time=1682565778.5
Apr 27 05:23:40 ws-1 LIC_ACC: mesh STOP 20230427-0523 fir PID: 599
Apr 27 05:23:41 ws-1 last message repeated 2 times
"""


def test_each_line_goes_to_its_format(tmp_path: Path) -> None:
    """Sessions and loads come out of one log, which `init` proposes by itself; nothing is taken for the other."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "messages").write_text(LOG)
    told(called(tmp_path, "collect"))

    (session,) = csv.DictReader(told(called(tmp_path, "export", "sessions")).splitlines())
    (use,) = csv.DictReader(told(called(tmp_path, "export", "uses")).splitlines())
    assert ("ws-1", "mesh", "2023-04-27T03:22:57Z", "43") == tuple(
        session[key] for key in ("server", "feature", "start", "seat_seconds")
    )
    assert ("larch", "gcc/12") == (use["server"], use["feature"])
    assert "3 understood, 2 noise, 0 unparsed" in told(called(tmp_path, "status"))
    assert "format: [lmod, startstop]" in told(called(tmp_path, "init", "messages"))
