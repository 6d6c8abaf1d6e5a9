"""Alertmanager, as Debian ships it."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.request import Request, urlopen

from tests.e2e.running import DEADLINE, fetch, until
from tests.servers.installed import installed
from tests.servers.unprivileged import Unprivileged


class Alertmanager:
    """A server with a configuration of the test's."""

    def __init__(self) -> None:
        """Make its folder."""
        self._path = installed("prometheus-alertmanager", "prometheus-alertmanager")
        self._server = Unprivileged("alertmanager")
        self.url = ""

    def start(self, config: str) -> None:
        """Start it with the text of a configuration, and wait until it serves."""
        file = self._server.folder / "alertmanager.yml"
        file.write_text(config)
        file.chmod(0o644)
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        running = self._server.start(
            self._path,
            f"--config.file={file}",
            f"--storage.path={self._server.folder / 'data'}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",
        )
        self.url = f"http://{address}"

        def serves() -> bool:
            assert running.runs, running.errors
            return fetch(f"{self.url}/-/ready").status == 200

        until("alertmanager serves", serves)

    def tell(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Tell alerts, as Prometheus does."""
        asked = Request(  # noqa: S310  # of a server on this machine
            f"{self.url}/api/v2/alerts", json.dumps(alerts).encode(), {"Content-Type": "application/json"}
        )
        with urlopen(asked, timeout=DEADLINE) as answer:  # noqa: S310  # the same
            assert 200 == answer.status

    def remove(self) -> None:
        """End it, and remove all that it had."""
        self._server.end(signal.SIGTERM)
        self._server.remove()
