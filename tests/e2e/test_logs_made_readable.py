"""deploy/systemd/seatwatch-may-read on a real file system: one more user may read the logs, and nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.installed import installed
from tests.servers.logrotate import Logrotate
from tests.servers.unprivileged import Unprivileged

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "systemd" / "seatwatch-may-read"
READER, STRANGER = 64_001, 64_002
"""Users that own nothing."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be one user after the other")


class LogFolder:
    """A folder of nobody's, with one log that only its owner may read."""

    def __init__(self) -> None:
        """Make folder and log."""
        installed("setfacl", "acl")
        self._owner = Unprivileged("acl")
        self.folder = self._owner.folder
        self.folder.chmod(0o755)
        self.logs = self.folder / "logs"
        self.does("umask 077; mkdir logs; echo line > logs/lic.log")

    def does(self, command: str) -> None:
        """Let the owner do something in the folder."""
        running = self._owner.start("sh", "-c", f"cd {self.folder}; {command}")
        status = running.ended()
        self._owner.end(signal.SIGTERM)
        assert 0 == status, running.errors

    def gives(self) -> None:
        """Let the owner run the script."""
        # Read by the shell: who may not reach the project may run it all the same.
        self.does(f"sh -s {READER} {self.logs} <<'SCRIPT'\n{SCRIPT.read_text()}SCRIPT")

    def read_by(self, user: int) -> set[str]:
        """Return the names of the files in the folder that a user may read."""
        names = sorted(path.name for path in self.logs.iterdir())
        may = 'for name; do cat "$name" >/dev/null 2>&1 && echo "$name"; done; true'
        done = subprocess.run(
            ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "sh", "-c", may, "sh"]
            + [str(self.logs / name) for name in names],
            capture_output=True,
            text=True,
            check=True,
        )
        return {Path(line).name for line in done.stdout.splitlines()}

    def remove(self) -> None:
        """Remove it all."""
        self._owner.remove()


@pytest.fixture
def there() -> Iterator[LogFolder]:
    """Give a folder with a log."""
    made = LogFolder()
    yield made
    made.remove()


def test_logs_that_are_there_and_that_come(there: LogFolder) -> None:
    """The user may read old, new, renamed and packed logs, made with a umask of 077, and no other user may."""
    before = there.read_by(READER)
    there.gives()
    there.does("umask 077; cd logs; mv lic.log lic.log.1; echo new > lic.log; cp lic.log.1 lic.log.2; gzip lic.log.2")

    assert set() == before
    assert {"lic.log", "lic.log.1", "lic.log.2.gz"} == there.read_by(READER)
    assert set() == there.read_by(STRANGER)


def test_a_umask_of_the_server_is_no_longer_needed(there: LogFolder) -> None:
    """A log made with a umask of 0 is still for its owner and the user only."""
    there.gives()
    there.does("umask 000; echo new > logs/new.log")

    assert {"lic.log", "new.log"} == there.read_by(READER)
    assert set() == there.read_by(STRANGER)


def test_a_log_that_is_shut_again_is_given_again(there: LogFolder) -> None:
    """A log that its server makes with mode 0600, or changes to it, can be read after the script has run again."""
    there.gives()
    there.does("install -m 0600 logs/lic.log logs/own.log; chmod 600 logs/lic.log")
    shut = there.read_by(READER)
    there.gives()

    assert set() == shut
    assert {"lic.log", "own.log"} == there.read_by(READER)
    assert set() == there.read_by(STRANGER)


def test_a_link_leads_nowhere(there: LogFolder) -> None:
    """What a link in the folder points to stays what it was."""
    there.does("umask 077; echo secret > secret; ln -s ../secret logs/link.log")
    there.gives()

    assert {"lic.log"} == there.read_by(READER)


def test_a_list_that_somebody_made_stays(there: LogFolder) -> None:
    """A default list with another user in it goes on giving him what it gave."""
    there.does(f"setfacl -m u:{STRANGER}:rx logs; setfacl -d -m u:{STRANGER}:r logs")
    there.gives()
    there.does("umask 077; echo new > logs/new.log")

    assert {"lic.log", "new.log"} == there.read_by(READER)
    assert {"new.log"} == there.read_by(STRANGER)


def test_what_logrotate_leaves_can_be_read(there: LogFolder) -> None:
    """After two rotations by our rules log, copy and packed copy can be read by the user, and by nobody else."""
    there.gives()
    yours = {
        "/var/log/flexlm/*.log": f"{there.logs}/*.log",
        "/var/log/rlm/*.dlog": f"{there.logs}/*.dlog",
        "su lmadmin lmadmin": "su {owner}",
    }
    rotation = Logrotate("seatwatch-licence-servers", yours)
    try:
        rotation.rotate()
        there.does("echo more >> logs/lic.log")
        rotation.rotate()
    finally:
        rotation.remove()

    left = {path.name for path in there.logs.iterdir()}
    assert [".gz", ".log", ".log"] == sorted(Path(name).suffix.partition("-")[0] for name in left), left
    assert left == there.read_by(READER)
    assert set() == there.read_by(STRANGER)
