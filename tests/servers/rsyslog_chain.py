"""Node, relay and tracking host, each a real rsyslogd with the file that is for it; RELP between them."""

from __future__ import annotations

from pathlib import Path

from tests.servers.rsyslogd import Rsyslogd, free_port
from tests.servers.setting_up import set_up

_FILES = Path(__file__).resolve().parents[2] / "deploy" / "rsyslog"
_SPOOL = '"/var/spool/rsyslog"'


class Chain:
    """The three hosts; what is logged at the node comes to the logs of the tracking host."""

    def __init__(self) -> None:
        """Configure the hosts; nothing runs yet."""
        self._hosts: list[Rsyslogd] = []
        self._port, port = free_port(), free_port()
        self.tracking, self.relay = self._host("tracking"), self._host("relay")
        self.accounting = self.tracking.folder / "accounting.log"
        self.modules = self.tracking.folder / "modules.log"
        logs = {f'"/var/log/seatwatch/{log.name}"': f'"{log}"' for log in (self.accounting, self.modules)}
        listens = {'address="0.0.0.0" port="20514"': f'address="127.0.0.1" port="{port}"'}
        self.tracking.configure(set_up(_FILES / "10-seatwatch-tracking.conf", logs | listens), [port])
        sends = {'target="tracking.example.org" port="20514"': f'target="127.0.0.1" port="{port}"'}
        listens = {'address="0.0.0.0" port="20514"': f'address="127.0.0.1" port="{self._port}"'}
        spool = {_SPOOL: f'"{self.relay.folder}"'}
        self.relay.configure(set_up(_FILES / "10-seatwatch-relay.conf", sends | listens | spool), [self._port])
        self.node = self.make_node("node")

    def make_node(self, name: str) -> Rsyslogd:
        """Return another host that sends to the relay; *name* is what it calls itself."""
        node = self._host("node")
        sends = {'target="relay.example.org" port="20514"': f'target="127.0.0.1" port="{self._port}"'}
        text = set_up(_FILES / "10-seatwatch-node.conf", sends | {_SPOOL: f'"{node.folder}"'})
        node.configure(f'global(localHostname="{name}")\n{text}', local=True)
        return node

    def start(self) -> None:
        """Start all hosts."""
        for host in self._hosts:
            host.start()

    def remove(self) -> None:
        """End all hosts, and remove what they had."""
        for host in self._hosts:
            host.remove()

    def _host(self, name: str) -> Rsyslogd:
        self._hosts.append(Rsyslogd(name))
        return self._hosts[-1]
