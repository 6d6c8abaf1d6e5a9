"""Logs that can't be had: shown by metric, log line and status, tried again, and read once they can be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.command_line import Command, environment, told
from tests.e2e.conftest import WriteConfig
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import Service

UP = "seatwatch_source_up{lic}"
IN_USE = "licence_feature_in_use{acorn_base,lic1,acornd}"
WITHOUT_OVERRIDE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all")
"""Root may read everything but for this."""


class Trouble(NamedTuple):
    """A path that can't be read: the pattern, how the path gets into trouble, out of it, and the sentence about it."""

    pattern: str
    begin: Callable[[Path], object]
    end: Callable[[Path], object]
    sentence: str


TROUBLES = {
    "missing": Trouble("logs/lic.log", lambda log: None, lambda log: None, "lic.log does not exist"),
    "no-match": Trouble("logs/l*.log", lambda log: None, lambda log: None, "no file matches "),
    "a-folder": Trouble("logs/lic.log", Path.mkdir, Path.rmdir, "lic.log is a folder, not a log file"),
    "a-pipe": Trouble("logs/lic.log", os.mkfifo, Path.unlink, "lic.log is a named pipe, not a log file"),
    "dangling": Trouble(
        "logs/lic.log",
        lambda log: log.symlink_to("gone"),
        Path.unlink,
        "lic.log is a link to gone, which does not exist",
    ),
    "unreadable": Trouble(
        "logs/lic.log",
        lambda log: log.touch(mode=0o000),
        Path.unlink,
        "lic.log can't be read: the permission to read this file (r) is missing for this user",
    ),
    "closed-folder": Trouble(
        "logs/lic.log",
        lambda log: log.parent.chmod(0o000),
        lambda log: log.parent.chmod(0o755),
        "logs can't be read: the permission to list this folder (r) is missing for this user",
    ),
}


@pytest.fixture
def mortal() -> tuple[str, ...]:
    """Give the words before a command that is to respect permissions; the test is skipped where there are none."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root reads everything, and setpriv (util-linux) is missing")
    return WITHOUT_OVERRIDE


@pytest.mark.parametrize("name", sorted(TROUBLES))
def test_a_log_that_cannot_be_read(
    name: str,
    config: WriteConfig,
    seatwatch: Command,
    mortal: tuple[str, ...],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """Metric, one log line and `status` say what is wrong; once it is put right the log is read with no new start."""
    trouble = TROUBLES[name]
    log = tmp_path / "logs" / "lic.log"
    log.parent.mkdir()
    file = config(trouble.pattern)
    trouble.begin(log)
    request.addfinalizer(lambda: log.parent.chmod(0o755))
    service = Service(tmp_path, "run", *mortal, sys.executable, "-m", "exporter", "run", env=environment())
    request.addfinalizer(service.stop)
    service.shows(UP, 0)
    asked = subprocess.run(
        [*mortal, sys.executable, "-m", "exporter", "status"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert trouble.sentence in " ".join(asked.stdout.split())
    trouble.end(log)
    FlexlmLog(log).check_out("amber")
    service.shows(UP, 1)
    service.shows(IN_USE, 1)
    said = [line for line in service.errors.splitlines() if trouble.sentence in line]
    assert len(said) == 1
    assert "Traceback" not in service.errors
    assert trouble.sentence not in told(seatwatch("status", "--config", file))
