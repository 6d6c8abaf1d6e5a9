"""`collect`: all of it, one source of several, or only as a trial; and what it shows on a terminal and in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, environment, told
from tests.e2e.flexlm_log import FlexlmLog

CONFIG = """\
site: {name: e2e, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: one, format: flexlm, server: lic1, timezone: UTC, paths: ["logs/one.log"]}
  - {name: two, format: flexlm, server: lic2, timezone: UTC, paths: ["logs/two.log"]}
"""


@pytest.fixture
def two_logs(tmp_path: Path) -> tuple[FlexlmLog, FlexlmLog]:
    """Begin the logs of two servers, each with an open session, and configure them."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG)
    logs = FlexlmLog(tmp_path / "logs" / "one.log"), FlexlmLog(tmp_path / "logs" / "two.log")
    for log, user in zip(logs, ("amber", "birch"), strict=True):
        log.check_out(user)
    return logs


def _users(seatwatch: Command) -> list[str]:
    rows = told(seatwatch("export", "sessions")).splitlines()[1:]
    return [row.split(",")[3] for row in rows]


@pytest.mark.usefixtures("two_logs")
def test_one_source_of_two(seatwatch: Command) -> None:
    """`--source` reads that source and leaves the other for later."""
    told(seatwatch("collect", "--source", "two"))
    assert ["birch"] == _users(seatwatch)

    told(seatwatch("collect"))
    assert ["amber", "birch"] == sorted(_users(seatwatch))


@pytest.mark.usefixtures("two_logs")
def test_a_source_that_is_not_there(seatwatch: Command) -> None:
    """An unknown source is wrong usage, and the sentence names those there are."""
    ran = seatwatch("collect", "--source", "three")

    assert 2 == ran.status
    assert "There is no source 'three': choose one of one, two." in ran.err


def test_a_trial_changes_nothing(two_logs: tuple[FlexlmLog, FlexlmLog], seatwatch: Command, tmp_path: Path) -> None:
    """`--dry-run` counts what it would read, with and without a ledger, and the ledger stays as it is."""
    ran = seatwatch("collect", "--dry-run")
    assert (0, "8 lines of 2 logs would be in the ledger.\n") == (ran.status, ran.err)
    assert not (tmp_path / "ledger").exists()

    told(seatwatch("collect"))
    two_logs[0].check_out("clover")
    ran = seatwatch("collect", "--dry-run")
    assert (0, "9 lines of 2 logs would be in the ledger.\n") == (ran.status, ran.err)
    assert ["amber", "birch"] == sorted(_users(seatwatch))


@pytest.mark.usefixtures("two_logs")
def test_a_bar_for_people_and_none_for_pipes(seatwatch: Command, tmp_path: Path) -> None:
    """On a terminal progress is drawn while it reads; in a pipe there is only the last sentence."""
    assert "8 lines of 2 logs are in the ledger.\n" == seatwatch("collect").err

    (tmp_path / "ledger" / "seatwatch.db.id").unlink()
    for file in (tmp_path / "ledger").glob("seatwatch.db*"):
        file.unlink()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "exporter", "collect"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**environment(), "TERM": "xterm"}, stderr=theirs, check=False, timeout=60
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert 0 == done.returncode
    assert "Reading" in shown
    assert "8 lines of 2 logs are in the ledger." in shown
