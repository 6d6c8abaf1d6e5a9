"""Our hook in a real Lmod, a real shell and a real rsyslogd: what is loaded is in the log once, and nothing else is."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command_line import called, told
from tests.e2e.lmod_shell import LOGGER, Shell, lmod_shell
from tests.servers.syslogd import Syslogd, syslogd

MEAN = "mod ules;touch PWNED'$(touch PWNED)"
"""A folder of modules."""
USER = 'am"b; touch PWNED `touch PWNED` \\ user=root'
CONFIG = """\
site: {name: e2e, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources: [{name: modules, format: lmod, server: hpc, paths: ["log"]}]
prometheus: {listen: null}
"""


@pytest.fixture
def daemon() -> Iterator[Syslogd]:
    """Give a syslog daemon."""
    with syslogd() as running:
        yield running


@pytest.fixture
def shell(daemon: Syslogd, tmp_path: Path) -> Shell:
    """Give a shell with Lmod in which commands run: modules with names that are no good for shells, and the hook."""
    files = {
        "gcc/1.0": 'setenv("GCC", "1")',
        "gcc/2.0": 'setenv("GCC", "2")',
        "fftw/3.3": 'depends_on("gcc/1.0")',
        "odd name/1": 'setenv("ODD", "1")',
        "broken/1": 'load("gcc/1.0")\nLmodError("broken")',
    }
    return lmod_shell(tmp_path, daemon.socket, tmp_path / MEAN, files, USER)


def uses(daemon: Syslogd, folder: Path, lines: int) -> list[list[str]]:
    """Return user, module, path and server of each load that Seatwatch reads of so many lines."""
    assert lines == len(daemon.lines(lines))
    shutil.copy(daemon.folder / "log", folder / "log")
    (folder / "config.yaml").write_text(CONFIG)
    told(called(folder, "collect"))
    rows = list(csv.DictReader(io.StringIO(told(called(folder, "export", "uses")))))
    rows.sort(key=lambda row: (row["time"], row["feature"]))
    return [[row["user"], row["feature"], row["path"], row["server"]] for row in rows]


def test_names_reach_no_shell(shell: Shell, daemon: Syslogd, tmp_path: Path) -> None:
    """User, module and path come through as they are, whatever they hold, and nothing of them is run."""
    ran = shell("module load 'odd name/1' && echo \"$ODD\"", LMOD_SYSHOST="larch")
    path = str(tmp_path / MEAN / "odd name" / "1.lua")

    assert ("1\n", 0) == (ran.stdout, ran.returncode), ran.stderr
    assert [[USER, "odd name/1", path, "larch"]] == uses(daemon, tmp_path, 1)
    assert not list(tmp_path.rglob("PWNED"))


def test_each_load_is_told_once(shell: Shell, daemon: Syslogd, tmp_path: Path) -> None:
    """Loads, what they bring along, and swaps are told; looking, listing, purging and unloading are not."""
    ran = shell(
        "module load fftw; module load gcc/2.0; module swap gcc gcc/1.0; module avail; module show gcc; module list\n"
        "module unload gcc; module purge; module load gcc/2.0; echo $GCC"
    )
    found = [module for _, module, *_ in uses(daemon, tmp_path, 5)]

    assert "2\n" == ran.stdout[-2:]
    assert ["fftw/3.3", "gcc/1.0", "gcc/1.0", "gcc/2.0", "gcc/2.0"] == sorted(found)


def test_a_load_that_fails_is_not_told(shell: Shell, daemon: Syslogd, tmp_path: Path) -> None:
    """Neither the module that fails nor what it had loaded by then, nor one that isn't there."""
    ran = shell("module load broken; module load nowhere; module load gcc/2.0; echo $GCC")

    assert "2\n" == ran.stdout
    assert ["gcc/2.0"] == [module for _, module, *_ in uses(daemon, tmp_path, 1)]


def test_a_logger_that_is_missing_harms_no_command(shell: Shell, tmp_path: Path) -> None:
    """Modules are loaded as if nothing were wrong, and nothing is said."""
    hook = tmp_path / "hook" / "SitePackage.lua"
    hook.write_text(hook.read_text("utf-8").replace(LOGGER, "/nowhere/logger"))
    ran = shell("module load gcc/1.0; echo $GCC")

    assert ("1\n", "", 0) == (ran.stdout, ran.stderr, ran.returncode)
