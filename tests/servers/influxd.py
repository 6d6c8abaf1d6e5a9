"""InfluxDB 1.6, as Debian ships it, on a port and in a folder of its own; it is ready in some 40 ms."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.e2e.running import until
from tests.servers.installed import installed
from tests.servers.unprivileged import Unprivileged

_SETTINGS = {
    "INFLUXDB_REPORTING_DISABLED": "true",
    "INFLUXDB_MONITOR_STORE_ENABLED": "false",
    "INFLUXDB_DATA_INDEX_VERSION": "tsi1",
    "INFLUXDB_HTTP_LOG_ENABLED": "false",
    "INFLUXDB_BIND_ADDRESS": "127.0.0.1:0",
}
_LISTENS = re.compile(r'msg="Listening on HTTP".* addr=(127\.0\.0\.1:(\d+)) ')


class Stored(NamedTuple):
    """One point; fields are as JSON has them."""

    tags: Mapping[str, str]
    second: int
    fields: Mapping[str, Any]


class Influxd:
    """A server that can be killed and started again with what it had."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        """Take *settings* beside the usual ones, as variables of its environment."""
        self._words = (installed("influxd", "influxdb"), "run", "-config", "/dev/null")
        self._server = Unprivileged("influxd")
        folder = self._server.folder
        folders = {"META_DIR": "meta", "DATA_DIR": "data", "DATA_WAL_DIR": "wal"}
        self._settings = {f"INFLUXDB_{key}": str(folder / name) for key, name in folders.items()}
        self._settings |= {**_SETTINGS, **(settings or {})}
        self.port = 0

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    def set(self, **settings: str) -> None:
        """Take further settings for the next start."""
        self._settings |= settings

    def start(self) -> None:
        """Start it, again on the port that it had, and wait until it serves."""
        address = {"INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{self.port}"}
        running = self._server.start(*self._words, env=self._settings | address)

        def listens() -> re.Match[str] | None:
            assert running.runs, running.errors
            return _LISTENS.search(running.errors)

        self.port = int(until("influxd serves", listens)[2])

    def kill(self) -> None:
        """Kill it."""
        self._server.end(signal.SIGKILL)

    def remove(self) -> None:
        """End it, and remove all that it had."""
        self.kill()
        self._server.remove()

    def ask(self, query: str, database: str = "licences", **more: str) -> list[dict[str, Any]]:
        """Return the series that InfluxQL gives; times are seconds. *more* are parameters: ``u`` and ``p``."""
        url = f"{self.url}/query?{urlencode({'q': query, 'db': database, 'epoch': 's', **more})}"
        try:
            with urlopen(Request(url, method="POST")) as answer:  # noqa: S310 -- of a server on this machine
                told = json.load(answer)
        except HTTPError as error:
            with error:
                told = json.load(error)
        (result,) = told.get("results", [told])
        assert "error" not in result, (query, result)
        found: list[dict[str, Any]] = result.get("series", [])
        return found

    def make(self, database: str = "licences", **keep: str) -> None:
        """Make a database with a retention policy for each of *keep*: ``live="35d"``, ``hourly="inf"``."""
        self.ask(f'CREATE DATABASE "{database}" WITH DURATION inf')
        for name, duration in keep.items():
            self.ask(f'CREATE RETENTION POLICY "{name}" ON "{database}" DURATION {duration} REPLICATION 1')

    def points(self, measurement: str, tier: str = "live", database: str = "licences") -> list[Stored]:
        """Return all points of a measurement in a tier, series by series."""
        found = []
        for series in self.ask(f'SELECT * FROM "{tier}"."{measurement}" GROUP BY *', database):
            for time, *values in series["values"]:
                found.append(
                    Stored(series.get("tags", {}), time, dict(zip(series["columns"][1:], values, strict=True)))
                )
        return found
