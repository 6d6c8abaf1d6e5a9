"""Debian's rsyslogd with one of our files, in a folder of its own."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterable
from pathlib import Path

from tests.e2e.running import Program, until
from tests.servers.installed import has_module, installed
from tests.servers.unprivileged import Unprivileged

_QUEUED = re.compile(r"^\+iQueueSize:\d+:\d+:(\d+):", re.MULTILINE)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Rsyslogd:
    """A server that can be killed and started again with what it had."""

    def __init__(self, name: str) -> None:
        """Make its folder."""
        self._program = installed("rsyslogd", "rsyslog")
        has_module("rsyslog", "omrelp", "rsyslog-relp")
        self._server = Unprivileged(f"rsyslogd-{name}")
        self._running: Program | None = None
        self.folder = self._server.folder
        self._socket: Path | None = None
        self._ports: list[int] = []

    def configure(self, ours: str, listens: Iterable[int] = (), *, local: bool = False) -> None:
        """Take the text of one of our files; *local*: with a socket, and a file for what is no business of ours."""
        text = ours
        self._ports = list(listens)
        if local:
            self._socket = self.folder / "dev-log"
            hears = f'module(load="imuxsock" sysSock.use="off")\ninput(type="imuxsock" socket="{self._socket}")\n'
            text = f'{hears}{ours}\naction(type="omfile" file="{self.folder}/own.log" template="RSYSLOG_FileFormat")\n'
        (self.folder / "rsyslog.conf").write_text(text)

    @property
    def own(self) -> str:
        """What the host itself has logged."""
        return (self.folder / "own.log").read_text()

    @property
    def queued(self) -> int:
        """How many lines its queue will have if it is killed now."""
        told = [_QUEUED.search(file.read_text()) for file in self.folder.glob("seatwatch_*.qi")]
        return sum(int(found[1]) for found in told if found)

    def start(self) -> None:
        """Start it, and wait until it can be spoken to."""
        if self._socket is not None:
            self._socket.unlink(missing_ok=True)
        words = (self._program, "-n", "-f", str(self.folder / "rsyslog.conf"), "-i", str(self.folder / "pid"))
        running = self._running = self._server.start(*words)

        def hears() -> bool:
            assert running.runs, running.errors
            return (self._socket is None or self._socket.exists()) and all(map(_listened, self._ports))

        until("rsyslogd serves", hears)

    def stop(self) -> None:
        """End it, as its service is stopped."""
        self._server.end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self._server.end(signal.SIGKILL)

    @property
    def socket(self) -> Path:
        """Where programs of this host log."""
        assert self._socket is not None
        return self._socket

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._running is not None
        return self._running.pid

    def log(self, *messages: str) -> None:
        """Write messages to its socket, as `logger` does: ``<134>Nov 20 07:47:40 TAG[599]: text``."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.connect(str(self._socket))
            for message in messages:
                to.send(message.encode())

    def remove(self) -> None:
        """End it, and remove all that it had."""
        self.kill()
        self._server.remove()


def _listened(port: int) -> bool:
    """Whether somebody listens on *port*, without a connection that would be told of in a log."""
    wanted = f"{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if local.endswith(f":{wanted}") and state == "0A":
                return True
    return False
