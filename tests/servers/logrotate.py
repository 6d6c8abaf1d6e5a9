"""Debian's logrotate with one of our files, in a folder of its own."""

from __future__ import annotations

import grp
import pwd
import signal
from collections.abc import Mapping
from pathlib import Path

from exporter.clock import SystemClock
from tests.e2e.running import until
from tests.servers.installed import installed
from tests.servers.setting_up import set_up
from tests.servers.unprivileged import Unprivileged

_FILES = Path(__file__).resolve().parents[2] / "deploy" / "logrotate"


class Logrotate:
    """Rotates at once what the rules name, whenever it is asked to."""

    def __init__(self, rules: str, yours: Mapping[str, str]) -> None:
        """Take the rules of that name, with other values where they may be set; these may hold {folder} and {owner}."""
        self._program = installed("logrotate", "logrotate")
        self._server = Unprivileged("logrotate")
        self.folder = self._server.folder
        user = self.folder.stat()
        owner = f"{pwd.getpwuid(user.st_uid).pw_name} {grp.getgrgid(user.st_gid).gr_name}"
        mine = {old: new.format(folder=self.folder, owner=owner) for old, new in yours.items()}
        self._rules = self.folder / "rules"
        self._rules.write_text(set_up(_FILES / rules, mine))
        self._rules.chmod(0o644)
        self._last = 0

    def rotate(self) -> None:
        """Rotate, in another second than the last time: rotated logs are named by it."""
        clock = SystemClock()
        until("another second", lambda: int(clock.now()) > self._last)
        assert "" == self._run("--force")
        self._last = int(clock.now())

    def check(self) -> str:
        """Return what it would do."""
        return self._run("--debug")

    def _run(self, word: str) -> str:
        """Run it to its end; return what it says."""
        running = self._server.start(self._program, word, "--state", str(self.folder / "state"), str(self._rules))
        status = running.ended()
        self._server.end(signal.SIGTERM)
        assert 0 == status, running.errors
        return running.errors

    def remove(self) -> None:
        """Remove its folder."""
        self._server.remove()
