"""Our hook in a real Lmod, a real shell and a real rsyslogd: what is loaded is in the log once, and nothing else is."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.command_line import called, told
from tests.servers.installed import installed_file
from tests.servers.syslogd import Syslogd, syslogd

HOOK = Path(__file__).resolve().parents[2] / "deploy" / "lmod" / "SitePackage.lua"
INIT = Path("/usr/share/lmod/lmod/init/bash")
LOGGER = "/usr/bin/logger"
MEAN = "mod ules;touch PWNED'$(touch PWNED)"
"""A folder of modules."""
USER = 'am"b; touch PWNED `touch PWNED` \\ user=root'
CONFIG = """\
site: {name: e2e, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources: [{name: modules, format: lmod, server: hpc, paths: ["log"]}]
prometheus: {listen: null}
"""
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def daemon() -> Iterator[Syslogd]:
    """Give a syslog daemon."""
    with syslogd() as running:
        yield running


@pytest.fixture
def shell(daemon: Syslogd, tmp_path: Path) -> Shell:
    """Give a shell with Lmod in which commands run: modules with names that are no good for shells, and the hook."""
    init = installed_file(INIT, "lmod")
    text = HOOK.read_text("utf-8")
    assert 1 == text.count(f"{LOGGER} --tag")
    hook, modules = tmp_path / "hook", tmp_path / MEAN
    for name, content in (
        ("gcc/1.0", 'setenv("GCC", "1")'),
        ("gcc/2.0", 'setenv("GCC", "2")'),
        ("fftw/3.3", 'depends_on("gcc/1.0")'),
        ("odd name/1", 'setenv("ODD", "1")'),
        ("broken/1", 'load("gcc/1.0")\nLmodError("broken")'),
    ):
        file = modules / f"{name}.lua"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    hook.mkdir()
    (hook / "SitePackage.lua").write_text(text.replace(f"{LOGGER} --tag", f"{LOGGER} --socket {daemon.socket} --tag"))

    def run(commands: str, **more: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        env = {**kept, "LMOD_PACKAGE_PATH": str(hook), "MODULEPATH": str(modules), "USER": USER, **more}
        script = f"source {init}\n{commands}\n"
        return subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False
        )

    return run


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
