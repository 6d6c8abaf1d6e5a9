"""What an operator does with the ledger: backup, restore and reset, as the command line has them."""

from __future__ import annotations

import gzip
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, environment, told
from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog

LEDGER = Path("ledger") / "seatwatch.db"


def _sessions(seatwatch: Command) -> list[str]:
    return told(seatwatch("export", "sessions")).splitlines()[1:]


def test_back_and_forth(log: FlexlmLog, config: WriteConfig, seatwatch: Command, tmp_path: Path) -> None:
    """A backup comes back after the ledger went on, and reading goes on from there to the same tables."""
    config()
    log.check_out("amber")
    told(seatwatch("collect"))
    backed_up = _sessions(seatwatch)
    ran = seatwatch("backup", "safe.db")
    assert (0, "") == (ran.status, ran.out)
    assert ran.err.startswith("safe.db holds the ledger as it was at 20")
    assert 0o600 == stat.S_IMODE((tmp_path / "safe.db").stat().st_mode)
    log.check_out("birch")
    told(seatwatch("collect"))
    before = _sessions(seatwatch)

    ran = seatwatch("restore", "safe.db")
    assert 0 == ran.status
    again, kept, then = ran.err.splitlines()
    assert again.startswith(f"The ledger {tmp_path / LEDGER} is again as it was at 20")
    assert f"What was there before is kept as {tmp_path / LEDGER}.before-restore-" in kept
    assert "reads the logs on from where they stood then" in then
    assert len(backed_up) == len(_sessions(seatwatch)) == 1
    told(seatwatch("collect"))
    assert before == _sessions(seatwatch)


def test_a_backup_of_a_running_service(
    log: FlexlmLog, config: WriteConfig, run: StartService, seatwatch: Command, tmp_path: Path
) -> None:
    """`run` goes on while a backup is made; a restore and a reset are refused and name it until it has ended."""
    in_use = "licence_feature_in_use{acorn_base,lic1,acornd}"
    service = run(config())
    log.check_out("amber")
    service.shows(in_use, 1)
    told(seatwatch("backup", "safe.db"))
    log.check_out("birch")
    service.shows(in_use, 2)
    for words in (("restore", "safe.db"), ("reset", "--source", "lic")):
        ran = seatwatch(*words)
        assert 1 == ran.status
        assert f"Another seatwatch (process {service.pid}) writes the ledger {tmp_path / LEDGER}" in ran.err
    assert 0 == service.stop()
    assert 0 == seatwatch("restore", "safe.db").status

    run(config()).shows(in_use, 2)


def test_wrong_usage(log: FlexlmLog, config: WriteConfig, seatwatch: Command, tmp_path: Path) -> None:
    """A file that exists, a backup that is missing and an unknown source are told as what they are."""
    config()
    ran = seatwatch("backup", "safe.db")
    assert (1, True) == (ran.status, f"There is no ledger at {tmp_path / LEDGER}" in ran.err)
    told(seatwatch("collect"))
    told(seatwatch("backup", "safe.db"))
    ran = seatwatch("backup", "safe.db")
    assert (2, True) == (
        ran.status,
        "exists: choose another file for the backup, or replace it with --force" in ran.err,
    )
    told(seatwatch("backup", "safe.db", "--force"))
    ran = seatwatch("restore", "sae.db")
    assert (1, True) == (ran.status, "Nothing was changed: choose another backup." in ran.err)
    ran = seatwatch("reset", "--source", "lik")
    assert (2, True) == (ran.status, "There is no source 'lik': choose one of lic." in ran.err)


def test_a_source_is_read_again(log: FlexlmLog, config: WriteConfig, seatwatch: Command, tmp_path: Path) -> None:
    """Reset says what goes and what can't come back, and does it; what exists is read again to the same sessions."""
    config("logs/lic.log*")
    log.check_out("amber")
    told(seatwatch("collect"))
    oldest, older = (log.path.with_name(f"lic.log.{number}") for number in (2, 1))
    log.path.rename(oldest)
    log.check_out("birch")
    told(seatwatch("collect"))
    log.path.rename(older)
    log.check_out("clover")
    told(seatwatch("collect"))
    before = _sessions(seatwatch)
    older.with_name("lic.log.1.gz").write_bytes(gzip.compress(older.read_bytes()))
    older.unlink()
    oldest.unlink()

    ran = seatwatch("reset", "--source", "lic")
    assert 0 == ran.status
    summary, gone, name, done, then = ran.err.splitlines()
    assert f"Source lic in the ledger {tmp_path / LEDGER}: 1 log with 3 sessions (3 open)" in summary
    assert "nothing of them will be read again" in gone
    assert name.startswith(f"    {oldest} (")
    assert done.startswith("Taken out: 1 log with 3 sessions")
    assert "reads its logs as if they were new" in then
    assert [] == _sessions(seatwatch)
    told(seatwatch("collect"))
    assert [row for row in before if "amber" not in row] == _sessions(seatwatch)
    told(seatwatch("reset", "--source", "lic"))
    ran = seatwatch("reset", "--source", "lic")
    assert (0, "The ledger holds nothing of source lic.\n") == (ran.status, ran.err)


def test_a_source_that_is_configured_no_more(log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """What is only in the ledger can be reset too, with a word that nothing of it will be read again."""
    file = config()
    log.check_out("amber")
    told(seatwatch("collect"))
    file.write_text(file.read_text().replace("name: lic,", "name: new,").replace("logs/lic.log", "logs/other.log"))
    ran = seatwatch("reset", "--source", "lic")

    assert 0 == ran.status
    assert "No source of the configuration is called lic: nothing of it will be read again." in ran.err
    assert [] == _sessions(seatwatch)


@pytest.mark.parametrize(("answer", "status", "left"), [("n", 1, 1), ("y", 0, 0)])
def test_on_a_terminal_it_asks(
    log: FlexlmLog, config: WriteConfig, seatwatch: Command, tmp_path: Path, answer: str, status: int, left: int
) -> None:
    """A person is asked before a reset, and without a yes nothing is done; with `--yes` nobody is asked."""
    config()
    log.check_out("amber")
    told(seatwatch("collect"))
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    command = [sys.executable, "-m", "exporter", "reset", "--source", "lic"]

    def reset(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *more], cwd=tmp_path, env=environment(), stdin=theirs, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip

    done = reset()
    assert status == done.returncode
    assert "Take it out? [y/N]:" in done.stderr
    assert "" == done.stdout.strip()
    assert left == len(_sessions(seatwatch))
    done = reset("--yes")
    os.close(theirs)
    os.close(ours)
    assert (0, False) == (done.returncode, "Take it out?" in done.stderr)
    assert [] == _sessions(seatwatch)
