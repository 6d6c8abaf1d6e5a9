"""A real rsyslogd that takes messages on a socket of its own and writes them to a file, as nobody where we are root."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM

from tests.e2e.running import until
from tests.servers.installed import installed
from tests.servers.unprivileged import Unprivileged

_CONF = """\
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/socket")
action(type="omfile" file="{folder}/log" template="RSYSLOG_TraditionalFileFormat")
"""


class Syslogd:
    """A running daemon."""

    def __init__(self, server: Unprivileged) -> None:
        """Take the folder of the daemon."""
        self.folder = server.folder
        self.socket: Path = server.folder / "socket"
        self._log = server.folder / "log"

    def lines(self, number: int) -> list[str]:
        """Wait until there are at least *number* lines in the log, and return them."""

        def found() -> list[str]:
            whole = self._log.read_text("latin-1").splitlines() if self._log.exists() else []
            return whole if len(whole) >= number else []

        return until(f"{number} lines of syslog", found)


@contextmanager
def syslogd() -> Iterator[Syslogd]:
    """Run a daemon for as long as the block lasts; without the program the test is skipped (see `installed`)."""
    program = installed("rsyslogd", "rsyslog")
    server = Unprivileged("syslogd")
    try:
        (server.folder / "conf").write_text(_CONF.format(folder=server.folder))
        server.start(program, "-n", "-f", str(server.folder / "conf"), "-i", "NONE")
        daemon = Syslogd(server)
        until("the socket of syslog", daemon.socket.exists)
        yield daemon
    finally:
        server.end(SIGTERM)
        server.remove()
