"""VictoriaMetrics, as Debian ships it: another program that takes the writes of InfluxDB 2."""

from __future__ import annotations

import json
import signal
import socket
from typing import Any
from urllib.parse import urlencode

from tests.e2e.running import fetch, until
from tests.servers.installed import installed
from tests.servers.unprivileged import Unprivileged


class VictoriaMetrics:
    """A server that keeps ten years."""

    def __init__(self) -> None:
        """Make its folder."""
        self._path = installed("victoria-metrics", "victoria-metrics")
        self._server = Unprivileged("victoria-metrics")
        self.url = ""

    def start(self) -> None:
        """Start it, and wait until it serves."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        running = self._server.start(
            self._path,
            f"-storageDataPath={self._server.folder / 'data'}",
            f"-httpListenAddr={address}",
            "-retentionPeriod=10y",
            "-search.latencyOffset=0s",
        )
        self.url = f"http://{address}"

        def serves() -> bool:
            assert running.runs, running.errors
            return fetch(f"{self.url}/health").status == 200

        until("victoria-metrics serves", serves)

    def remove(self) -> None:
        """End it, and remove all that it had."""
        self._server.end(signal.SIGKILL)
        self._server.remove()

    def samples(self, name: str, at: int, span: str = "1h") -> list[tuple[dict[str, str], list[tuple[int, float]]]]:
        """Return the series of a metric, with the samples of *span*, such as the hour, before *at*."""
        fetch(f"{self.url}/internal/force_flush")
        found = fetch(f"{self.url}/api/v1/query?{urlencode({'query': f'{name}[{span}]', 'time': at})}")
        assert 200 == found.status, found.text
        series: list[dict[str, Any]] = json.loads(found.text)["data"]["result"]
        return [(one["metric"], [(int(second), float(value)) for second, value in one["values"]]) for one in series]
