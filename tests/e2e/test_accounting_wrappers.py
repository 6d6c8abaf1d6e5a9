"""The wrappers that write START/STOP accounting, through a real rsyslogd into the ledger."""

from __future__ import annotations

import csv
import os
import shlex
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporter.clock import SystemClock
from tests.e2e.command_line import called, told
from tests.e2e.running import until
from tests.servers.installed import installed
from tests.servers.syslogd import Syslogd, syslogd

WRAPPERS = Path(__file__).resolve().parents[2] / "deploy" / "wrappers"
RUN = str(WRAPPERS / "run-with-accounting")
CONFIG = """\
site: {{name: wrappers, timezone: UTC}}
ledger: {{path: ledger.db}}
sources:
  - {{name: acc, format: startstop, server: hosts, timezone: UTC, paths: ["{log}"]}}
"""
SHELLS = ("dash", "bash")


@pytest.fixture
def daemon() -> Iterator[Syslogd]:
    """Give a rsyslogd with a socket of its own."""
    installed("logger", "bsdutils")
    with syslogd() as running:
        yield running


def _surroundings(daemon: Syslogd, **more: str) -> dict[str, str]:
    return {**os.environ, "TZ": "UTC", "ACCOUNTING_SOCKET": str(daemon.socket), **more}


def _ran(daemon: Syslogd, *words: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        words, env=_surroundings(daemon, **more), input=given, capture_output=True, text=True, timeout=30, check=False
    )


def _said(line: str) -> list[str]:
    """Return application, word, user, label and process of a line of syslog."""
    app, word, _, *rest = line.partition("LIC_ACC: ")[2].split(" ")
    return [app, word, *rest]


@pytest.mark.parametrize("shell", SHELLS)
def test_status_and_streams_are_those_of_the_application(daemon: Syslogd, shell: str) -> None:
    """What it is given, writes and ends with is as without the wrapper, and start and stop carry one process."""
    ended = _ran(daemon, installed(shell, shell), RUN, "sh", "-c", "cat; echo oops >&2; exit 7", given="hello")

    assert (7, "hello", "oops\n") == (ended.returncode, ended.stdout, ended.stderr)
    start, stop = map(_said, daemon.lines(2))
    assert ["sh", "START", "PID:"] == [start[0], start[1], start[3]]
    assert [start[0], "STOP", *start[2:]] == stop


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_the_application_and_is_recorded(daemon: Syslogd, shell: str, number: signal.Signals) -> None:
    """A signal to the group ends the application; the wrapper writes the stop and tells which signal it was."""
    program = subprocess.Popen(
        # Whoever runs the tests in the background ignores SIGINT, and what is ignored at its start no shell can trap.
        ["env", "--default-signal=INT", installed(shell, shell), RUN, "sleep", "60"],
        env=_surroundings(daemon),
        start_new_session=True,
    )
    daemon.lines(1)
    until("the application runs", lambda: b"sleep" in _commands(program.pid))
    os.killpg(program.pid, number)

    assert 128 + number == program.wait(30)
    assert "STOP" == _said(daemon.lines(2)[1])[1]


def _commands(group: int) -> set[bytes]:
    """Return the programs of a process group."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_bytes().partition(b"(")[2].rpartition(b") ")
        except OSError:
            continue
        if int(rest.split()[2]) == group:
            found.add(name)
    return found


@pytest.mark.parametrize("name", ["my app", "a'b", 'a"b', "$(touch harm)", "`touch harm`", "a;touch harm", "-t"])
def test_a_name_is_data(daemon: Syslogd, tmp_path: Path, name: str) -> None:
    """No name of an application or a user is a command or an option, and blanks don't make two words of one."""
    ended = _ran(
        daemon, "sh", "-c", f"cd {tmp_path} && {WRAPPERS}/start-recording {shlex.quote(name)} 7", ACCOUNTING_USER="a b"
    )

    assert (0, "") == (ended.returncode, ended.stderr)
    assert [name.replace(" ", "_"), "START", "a_b", "PID:", "7"] == _said(daemon.lines(1)[0])
    assert [] == list(tmp_path.iterdir())


def test_a_shell_records_itself(daemon: Syslogd) -> None:
    """Without a process, start and stop carry that of the shell that calls."""
    ended = _ran(daemon, "sh", "-c", f"{WRAPPERS}/start-recording mesh; {WRAPPERS}/stop-recording mesh; echo $$")

    assert [["mesh", word, "PID:", ended.stdout.strip()] for word in ("START", "STOP")] == [
        [said[0], said[1], said[3], said[4]] for said in map(_said, daemon.lines(2))
    ]


def test_pam_records_logins(daemon: Syslogd) -> None:
    """Opening and closing a session are start and stop of the service, for the user that PAM names."""
    for kind in ("open_session", "close_session", "auth"):
        _ran(daemon, str(WRAPPERS / "pam-recording"), PAM_TYPE=kind, PAM_USER="fir", PAM_SERVICE="sshd")

    start, stop = map(_said, daemon.lines(2))
    assert (["login-sshd", "START", "fir"], ["login-sshd", "STOP", "fir"]) == (start[:3], stop[:3])
    assert start[3:] == stop[3:]


def test_without_a_log_the_application_runs(tmp_path: Path) -> None:
    """Where nothing takes the lines, they are lost, and nothing else."""
    surroundings = {**os.environ, "ACCOUNTING_SOCKET": str(tmp_path / "none")}
    ended = subprocess.run([RUN, "sh", "-c", "exit 3"], env=surroundings, capture_output=True, timeout=30, check=False)

    assert 3 == ended.returncode


@pytest.mark.parametrize("words", [[RUN], [str(WRAPPERS / "start-recording")], [str(WRAPPERS / "stop-recording"), ""]])
def test_wrong_usage_is_told(words: list[str]) -> None:
    """Without an application there is nothing to do."""
    ended = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)

    assert 2 == ended.returncode
    assert ended.stderr.startswith("usage: ")


def test_two_hundred_at_once_are_two_hundred_sessions(daemon: Syslogd, tmp_path: Path) -> None:
    """Starts and stops pair through a real rsyslogd; wrappers killed by SIGKILL leave sessions that expire."""
    killed = 15
    runs = [
        subprocess.Popen(
            [RUN, "sleep", "60" if number < killed else "0.05"], env=_surroundings(daemon), start_new_session=True
        )
        for number in range(200)
    ]
    daemon.lines(200)
    for run in runs[killed:]:
        assert 0 == run.wait(60)
    daemon.lines(400 - killed)
    for run in runs[:killed]:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait(30)

    log, later = tmp_path / "acc.log", datetime.fromtimestamp(SystemClock().now(), UTC) + timedelta(days=8)
    log.write_text("\n".join([*daemon.lines(400 - killed), f"{later:%b %e %H:%M:%S} ws-1 cron[1]: tidy"]) + "\n")
    os.utime(log, (later.timestamp(), later.timestamp()))
    (tmp_path / "config.yaml").write_text(CONFIG.format(log=log))
    told(called(tmp_path, "collect"))
    rows = list(csv.DictReader(told(called(tmp_path, "export", "sessions")).splitlines()))

    assert Counter({"returned": 200 - killed, "expired": killed}) == Counter(row["end_reason"] for row in rows)
    assert {"sleep"} == {row["feature"] for row in rows}
    assert "0 unmatched stops" in told(called(tmp_path, "status"))
