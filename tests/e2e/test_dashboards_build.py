"""The command `dashboards build`: which files it writes, and which it leaves alone."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, called, told
from tests.e2e.flexlm_log import FlexlmLog

CONFIG = """\
site: {name: e2e, timezone: Europe/Madrid}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: a, format: flexlm, server: lic1, timezone: UTC, paths: [a.log]}
  - {name: b, format: flexlm, server: "lic$2", timezone: UTC, paths: [b.log]}
  - {name: m, format: lmod, server: hpc, timezone: UTC, paths: [modules.log]}
alerts: {rules: [{alert: saturated, threshold: 70}, {alert: expires, threshold: 61d}]}
"""
OURS = ["denials", "feature", "history", "longterm", "modules", "overview", "people", "pipeline"]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run commands in a folder with a site of two licence servers and a cluster."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    for name in ("a.log", "b.log"):
        FlexlmLog(tmp_path / name).check_out("amber")
    (tmp_path / "modules.log").write_text("")
    return partial(called, tmp_path)


def names(folder: Path) -> list[str]:
    """Return the names of the boards in a folder."""
    return sorted(path.stem for path in folder.iterdir())


def overview(folder: Path) -> str:
    """Return the queries of the overview."""
    return "\n".join(
        target["expr"]
        for panel in json.loads((folder / "overview.json").read_text())["panels"]
        for one in (panel, *panel.get("panels", ()))
        for target in one.get("targets", ())
    )


def test_without_a_ledger(command: Command, tmp_path: Path) -> None:
    """Boards of what the configured logs tell of are written, in the site's zone, with thresholds of the alerts."""
    done = command("dashboards", "build", "--out", "new/boards")

    assert 0 == done.status, done.err
    assert OURS == names(tmp_path / "new/boards")
    assert "boards written to new/boards" in done.err
    assert "" == done.out
    assert "Europe/Madrid" == json.loads((tmp_path / "new/boards/feature.json").read_text())["timezone"]
    assert ">= 0.7)" in overview(tmp_path / "new/boards")
    assert f'"value": {61 * 86400}' in (tmp_path / "new/boards/feature.json").read_text()
    assert 'server="' not in overview(tmp_path / "new/boards")


def test_the_ledger_tells_the_servers(command: Command, tmp_path: Path) -> None:
    """Servers whose features the ledger knows have panels of their own; a dollar in a name is none of Grafana's."""
    told(command("collect"))
    command("dashboards", "build", "--out", "boards")

    assert 'server="lic1"' in overview(tmp_path / "boards")
    assert 'server="lic\\x242"' in overview(tmp_path / "boards")


def test_built_again(command: Command, tmp_path: Path) -> None:
    """Boards of an earlier call are replaced, nothing but boards is left, and one that is no longer made is told."""
    out = tmp_path / "boards"
    command("dashboards", "build", "--out", "boards")
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "overview.json").write_text(first["overview.json"].decode().replace("now-24h", "now-1h"))
    config = tmp_path / "config.yaml"
    config.write_text("\n".join(line for line in CONFIG.splitlines() if "lmod" not in line))
    done = command("dashboards", "build", "--out", "boards")

    assert 0 == done.status
    assert first == {path.name: path.read_bytes() for path in out.iterdir()} | {"overview.json": first["overview.json"]}
    assert "now-24h" in (out / "overview.json").read_text()
    assert "boards/modules.json is of an earlier call, and no log tells of what it shows now: remove it." in done.err


@pytest.mark.parametrize("held", ["mine", "[]", '{"uid": "other"}', '{"uid": "seatwatch-overview"}'])
def test_a_file_of_others_stays(command: Command, tmp_path: Path, held: str) -> None:
    """Where a name is taken by anything but that board, nothing at all is written, unless it is forced."""
    out = tmp_path / "boards"
    out.mkdir()
    (out / "feature.json").write_text(held)
    done = command("dashboards", "build", "--out", "boards")

    assert 2 == done.status
    assert "Nothing was written: boards/feature.json would be lost. Choose another --out, or add --force." in done.err
    assert ["feature"] == names(out)
    assert held == (out / "feature.json").read_text()
    assert 0 == command("dashboards", "build", "--out", "boards", "--force").status
    assert "seatwatch-feature" == json.loads((out / "feature.json").read_text())["uid"]


def test_a_folder_that_cannot_be(command: Command, tmp_path: Path) -> None:
    """A file in the folder's place is told, and what to do."""
    (tmp_path / "taken").write_text("")
    done = command("dashboards", "build", "--out", "taken")

    assert 2 == done.status
    assert "taken can't be made: File exists. Choose another --out." in done.err
