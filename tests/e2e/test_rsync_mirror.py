"""Real rsync, by the script in deploy/rsync, mirrors logs while they are rotated; Seatwatch reads the mirror."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import shutil
import stat
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.busy import Busy, StartBusy
from tests.e2e.command_line import Command, called, told
from tests.e2e.conftest import StartService
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import DEADLINE, until
from tests.servers.installed import installed

CONFIG = """\
site: {name: e2e, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: lic, format: flexlm, server: lic1, timezone: UTC, paths: ["mirror/lic1/lic.log*"]}
prometheus: {listen: "127.0.0.1:0"}
log: {format: json}
"""
_SSH = """\
#!/bin/sh
# What sshd does with a key for which authorized_keys says: command="rrsync -ro FOLDER"
while :; do
    case $1 in
        -o | -l) shift 2 ;;
        *) break ;;
    esac
done
shift
SSH_ORIGINAL_COMMAND="$*" exec rrsync -ro "$LOGS"
"""


class Mirror:
    """A licence server's folder, and the mirror of it."""

    def __init__(self, folder: Path, script: Path) -> None:
        """Make the folders, and list the server with its local path."""
        installed("rsync", "rsync")
        self._script = script
        self._bin = folder / "bin"
        self.logs, self.mirror, self.list = folder / "server", folder / "mirror", folder / "mirrors"
        for made in (self._bin, self.logs, self.mirror):
            made.mkdir()
        self.list.write_text(f"lic1 {self.logs}/\n")
        (folder / "config.yaml").write_text(CONFIG)

    def command(self, name: str, text: str) -> None:
        """Put a command of our own before the system's."""
        path = self._bin / name
        path.write_text(text)
        path.chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run the script once."""
        words = (self._script, self.list, self.mirror)
        env = {**os.environ, "PATH": f"{self._bin}:{os.environ['PATH']}", "LOGS": str(self.logs)}
        return subprocess.run(words, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False)

    def bring(self) -> None:
        """Run the script, which has nothing to say."""
        done = self.run()
        assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


@pytest.fixture
def mirror(tmp_path: Path, root: Path) -> Mirror:
    """Give a server's folder whose mirror is empty."""
    return Mirror(tmp_path, root / "deploy" / "rsync" / "seatwatch-mirror")


@pytest.fixture
def collect(tmp_path: Path) -> Callable[[], None]:
    """Read all that the mirror has."""
    return lambda: (told(called(tmp_path, "collect", "--config", "config.yaml")), None)[1]


def _sessions(seatwatch: Command) -> Counter[str]:
    text = told(seatwatch("export", "sessions", "--config", "config.yaml"))
    return Counter(row["user"] for row in csv.DictReader(io.StringIO(text)))


def _gaps(seatwatch: Command) -> list[str]:
    return told(seatwatch("export", "gaps", "--config", "config.yaml")).splitlines()[1:]


def _rename(log: Path) -> Iterator[None]:
    """Rotate by renaming."""
    log.rename(log.with_name("lic.log-20261120-1795161600"))
    yield
    log.touch()
    yield


def _copy_and_truncate(log: Path) -> Iterator[None]:
    """Rotate by copying and truncating."""
    copy = log.with_name("lic.log-20261120-1795161600")
    copy.write_bytes(log.read_bytes()[:-100])
    yield
    shutil.copy2(log, copy)
    yield
    os.truncate(log, 0)
    yield


@pytest.mark.parametrize("rotate", [_rename, _copy_and_truncate])
def test_brought_at_any_moment_of_a_rotation(
    rotate: Callable[[Path], Iterator[None]], mirror: Mirror, collect: Callable[[], None], tmp_path: Path
) -> None:
    """The script and then a reading come between any two steps of a rotation: each line is counted once."""
    log = FlexlmLog(mirror.logs / "lic.log")
    users = iter(range(100))
    for _ in range(10):
        log.check_out(f"user{next(users)}")
    mirror.bring()
    collect()
    log.check_out(f"user{next(users)}")
    for _ in rotate(log.path):
        mirror.bring()
        collect()
    log.check_out(f"user{next(users)}")
    mirror.bring()
    collect()
    mirror.bring()
    collect()

    seatwatch = partial(called, tmp_path)
    assert Counter(f"user{user}" for user in range(next(users))) == _sessions(seatwatch)
    assert [] == _gaps(seatwatch)
    assert {path.name for path in mirror.logs.iterdir()} == {path.name for path in (mirror.mirror / "lic1").iterdir()}


def test_brought_all_the_while(mirror: Mirror, run: StartService, start_busy: StartBusy, seatwatch: Command) -> None:
    """By way of ssh and rrsync, while lines are written and the log is renamed and packed: each is counted once."""
    installed("rrsync", "rsync")
    mirror.command("ssh", _SSH)
    mirror.list.write_text("lic1 seatwatch-logs@lic1.example.org:/")
    log = FlexlmLog(mirror.logs / "lic.log")
    mirror.bring()
    service = run(mirror.list.with_name("config.yaml"))
    writer = start_busy(lambda user: log.check_out(f"user{user}"))
    runs = start_busy(lambda _: mirror.bring())
    for second in range(3):
        _both_more(writer, runs)
        rotated = log.path.rename(log.path.with_name(f"lic.log-20261120-{1795161600 + second}"))
        _both_more(writer, runs)
        subprocess.run(["gzip", rotated], check=True)
    _both_more(writer, runs)
    writer.stop()
    runs.more(2)
    runs.stop()

    service.shows("licence_checkouts_total{acorn_base,lic1,acornd}", writer.users)
    assert Counter(f"user{user}" for user in range(writer.users)) == _sessions(seatwatch)
    until("no gap is left", lambda: not _gaps(seatwatch))


def _both_more(writer: Busy, runs: Busy) -> None:
    """Wait until there are lines more, and the script has run in between."""
    writer.more(50)
    runs.more(1)


def test_only_plain_files_of_one_folder_are_brought(mirror: Mirror, tmp_path: Path) -> None:
    """No link, pipe or folder of a server comes to the mirror, and no mode of its own; what is gone there goes here."""
    (mirror.logs / "lic.log").write_text("old\n")
    (mirror.logs / "lic.log").chmod(0o777)
    (mirror.logs / "gone.log").write_text("gone\n")
    mirror.bring()
    (mirror.logs / "gone.log").unlink()
    (mirror.logs / "link.log").symlink_to(tmp_path / "mirrors")
    os.mkfifo(mirror.logs / "pipe.log")
    (mirror.logs / "folder").mkdir()
    (mirror.logs / "folder" / "deep.log").write_text("deep\n")
    mirror.bring()

    there = list((mirror.mirror / "lic1").iterdir())
    assert ["lic.log"] == [path.name for path in there]
    assert 0o640 == stat.S_IMODE(there[0].stat().st_mode)


def test_what_is_wrong_in_the_list_is_told(mirror: Mirror, tmp_path: Path) -> None:
    """A name that could lead elsewhere, or a line that makes no sense, is refused; the other hosts are mirrored."""
    (mirror.logs / "lic.log").write_text("line\n")
    good = f"{mirror.logs}/"
    odd = [f"../out {good}", f"a/b {good}", f"-x {good}", f". {good}", f"$(id) {good}"]
    odd += ["bare", f"noslash {mirror.logs}", "option --version/", f"more {good} words"]
    mirror.list.write_text(
        "\n".join(["# comment", "", *odd, f"lic1 {good}", f"absent {tmp_path}/absent/", f"lic2 {good}"])
    )
    done = mirror.run()

    assert (1, "") == (done.returncode, done.stdout)
    told_of = [line for line in done.stderr.splitlines() if line.startswith("seatwatch-mirror: ")]
    assert len(odd) + 1 == len(told_of)
    assert ["absent", "lic1", "lic2"] == sorted(p.name for p in mirror.mirror.iterdir() if not p.name.startswith("."))
    assert (mirror.mirror / "lic2" / "lic.log").exists()


@pytest.mark.parametrize(("status", "expected"), [(24, 0), (23, 1)])
def test_a_file_that_goes_away_is_no_fault(mirror: Mirror, status: int, expected: int) -> None:
    """Rsync's 24, for a log that was rotated under its hands, is passed over; any other status is told."""
    mirror.command("rsync", f"#!/bin/sh\nexit {status}\n")

    done = mirror.run()

    assert expected == done.returncode
    assert bool(expected) == (f"rsync ended with {status}" in done.stderr)


def test_one_run_at_a_time(mirror: Mirror) -> None:
    """While a run is under way, another one leaves without a word and without having touched anything."""
    (mirror.logs / "lic.log").write_text("line\n")
    with (mirror.mirror / ".seatwatch-mirror.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mirror.bring()
        assert not (mirror.mirror / "lic1").exists()
    mirror.bring()

    assert (mirror.mirror / "lic1" / "lic.log").exists()


@pytest.mark.parametrize("words", [[], ["absent", "."], ["/etc/hosts", "absent"]])
def test_how_it_is_called_is_told(words: list[str], root: Path, tmp_path: Path) -> None:
    """Without a list that can be read and a folder that exists it says what it needs."""
    script = root / "deploy" / "rsync" / "seatwatch-mirror"
    done = subprocess.run([script, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 2 == done.returncode
    assert done.stderr.startswith("usage: ")
