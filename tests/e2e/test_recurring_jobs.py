"""The jobs of deploy/systemd/seatwatch-job, which timers and cron start, do what they are for."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command_line import DEADLINE, ROOT, environment, spawned, told
from tests.e2e.conftest import WriteConfig
from tests.e2e.flexlm_log import FlexlmLog
from tests.servers.setting_up import set_up


class Jobs:
    """The script, set up for one folder."""

    def __init__(self, folder: Path) -> None:
        """Set the script up: three copies are kept."""
        self.folder, self.backups, self.audits = folder, folder / "backups", folder / "audits"
        self._program, self._script = folder / "seatwatch", folder / "seatwatch-job"
        self.program(f'{shlex.quote(sys.executable)} -m exporter "$@"')
        yours = {
            "program=/opt/seatwatch/bin/seatwatch": f"program={self._program}",
            "backups=/var/lib/seatwatch/backups": f"backups={self.backups}",
            "keep=14": "keep=3",
            "audits=/etc/seatwatch/audits": f"audits={self.audits}",
        }
        self._script.write_text(set_up(ROOT / "deploy" / "systemd" / "seatwatch-job", yours))
        self._script.chmod(0o755)

    def program(self, text: str) -> None:
        """Put this script in the place of the command."""
        self._program.write_text(f"#!/bin/sh\n{text}\n")
        self._program.chmod(0o755)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a job to its end."""
        env = {**environment(), "SEATWATCH_CONFIG": str(self.folder / "config.yaml"), "TMPDIR": str(self.folder)}
        return subprocess.run(
            [self._script, *words], env=env, capture_output=True, text=True, timeout=DEADLINE, check=False
        )


@pytest.fixture
def jobs(tmp_path: Path, log: FlexlmLog, config: WriteConfig) -> Jobs:
    """Give the script beside a configuration and a log with one session."""
    log.check_out("amber")
    config()
    return Jobs(tmp_path)


def test_collect_and_status(jobs: Jobs) -> None:
    """Collect reads the log, and status tells of it."""
    collected = jobs.run("collect")
    status = jobs.run("status")

    assert (0, 0) == (collected.returncode, status.returncode), collected.stderr + status.stderr
    assert "lic" in status.stdout


def test_backups_are_made_and_the_oldest_go(jobs: Jobs, tmp_path: Path) -> None:
    """Of five copies the three newest stay, each for its owner only; one of today is replaced, and can be put back."""
    jobs.run("collect")
    jobs.backups.mkdir()
    old = [jobs.backups / f"seatwatch-2024-02-2{day}.db" for day in range(6, 10)]
    for path in old:
        path.touch()
    other = jobs.backups / "seatwatch-before-the-move.db"
    other.touch()
    done = [jobs.run("backup"), jobs.run("backup")]
    (today,) = {*jobs.backups.iterdir()} - {*old, other}

    assert [0, 0] == [one.returncode for one in done], done[0].stderr
    assert {old[2], old[3], today, other} == {*jobs.backups.iterdir()}
    assert 0 == today.stat().st_mode & 0o077
    told(spawned(tmp_path, "restore", today))


def test_a_backup_that_fails_removes_nothing(jobs: Jobs) -> None:
    """Without a ledger there is no copy, the job fails, and the old copies stay."""
    jobs.backups.mkdir()
    old = {jobs.backups / f"seatwatch-2024-02-2{day}.db" for day in range(5, 10)}
    for path in old:
        path.touch()

    assert 0 != jobs.run("backup").returncode
    assert old == {*jobs.backups.iterdir()}


def test_each_server_is_asked_and_compared(jobs: Jobs) -> None:
    """What a command prints reaches `audit --status`; one that fails is told, and the next comes all the same."""
    jobs.program('echo "$1 $2"; cat "$3"')
    jobs.audits.write_text("# servers\n\nlic1 printf %s\\n $HOME; *\nlic2 /bin/false\nlic3 echo three")
    done = jobs.run("audit")

    assert ["lic1:", "audit --status", "$HOME;", "*", "lic2:", "lic3:", "audit --status", "three"] == done.stdout.split(
        "\n"
    )[:-1]
    assert f"seatwatch-job: {jobs.audits}: lic2: the command failed: /bin/false\n" == done.stderr
    assert 1 == done.returncode
    assert [] == [path for path in jobs.folder.iterdir() if path.name.startswith("tmp.")]


def test_a_difference_fails_the_audit(jobs: Jobs) -> None:
    """When the comparison fails, so does the job; when none does, the job is well."""
    jobs.audits.write_text("lic1 echo one\n")
    jobs.program("exit 0")
    well = jobs.run("audit").returncode
    jobs.program("exit 1")

    assert (0, 1) == (well, jobs.run("audit").returncode)


@pytest.mark.parametrize("words", [(), ("restore",), ("",)])
def test_what_is_no_job_is_refused(jobs: Jobs, words: tuple[str, ...]) -> None:
    """Without a job, or with one that there isn't, the usage is told and nothing is done."""
    before = {*jobs.folder.iterdir()}
    done = jobs.run(*words)

    assert (2, "usage: seatwatch-job collect | backup | audit | status\n") == (done.returncode, done.stderr)
    assert before == {*jobs.folder.iterdir()}
