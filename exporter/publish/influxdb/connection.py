"""
One InfluxDB to write to, of any generation.

1.x below 1.8 takes ``/write`` with a database and a retention policy; all others take ``/api/v2/write`` with a bucket,
which is called after both. Which it is, the server is asked once, unless the configuration says it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Literal, Protocol

from exporter.errors import SinkAway, SinkRefuses
from exporter.publish.influxdb.answers import Asked, judged, retry_after
from exporter.publish.influxdb.client import Access, Client

Api = Literal["auto", "v1", "v2"]
_PACKED_FROM = 4096
"""Bytes from which on packing costs less time than it saves; level 1 is the best for both sides."""
_BEFORE_V2 = re.compile(r"v?(0|1\.[0-7])(\D|$)")


def go_ahead() -> None:
    """Let a body go without waiting for another."""


class Connection(Protocol):
    """Takes lines for the tiers; used by one thread at a time, but for bodies that wait for their turn."""

    def write(self, tier: str, body: bytes, turn: Callable[[], None] = go_ahead) -> None:
        """
        Have whole lines stored in the tier of this name: live, hourly or longterm.

        *turn* is called when the body is ready to go; it returns when it may go, or raises. Raises SinkAway,
        SinkRefuses or SinkRejects; when it returns, the server has said that it stored them.
        """
        ...

    def close(self) -> None:
        """Let go of the server."""
        ...


def connect(
    url: str,
    *,
    database: str,
    api: Api = "auto",
    org: str | None = None,
    token: str | None = None,
    user: str | None = None,
    password: str | None = None,
    ca_file: str | None = None,
    proxy: str | None = None,
    timeout: float = 10.0,
) -> Connection:
    """Return a connection; the server is first asked for something by its first write. Raises nothing."""
    return _Server(Access(url, token, user, password, ca_file, proxy, timeout), database, api, org)


class _Server:
    """A connection through the client library."""

    def __init__(self, access: Access, database: str, api: Api, org: str | None) -> None:
        self._access = access
        self._client = Client(access)
        self._database = database
        self._configured = api
        self._api = api
        self._org = org

    def write(self, tier: str, body: bytes, turn: Callable[[], None] = go_ahead) -> None:
        """See `Connection`."""
        headers = {}
        if len(body) >= _PACKED_FROM:
            body, headers = gzip.compress(body, 1, mtime=0), {"Content-Encoding": "gzip"}
        turn()
        if self._api == "auto":
            self._api = self._spoken()
        first = self._api == "v1"
        path, query = self._v1(tier) if first else self._v2(tier)
        answer = self._client.ask("POST", path, query, basic=first, body=body, headers=headers)
        keys = self._access.keys(basic=first)
        wrong = judged(answer, Asked(str(self._access), f"{self._database}/{tier}", self._org, keys))
        if isinstance(wrong, SinkRefuses):
            self._api = self._configured  # perhaps another server answers there by now
        if wrong is not None:
            raise wrong

    def close(self) -> None:
        """See `Connection`."""
        self._client.close()

    def _v1(self, tier: str) -> tuple[str, dict[str, str]]:
        return "/write", {"db": self._database, "rp": tier, "precision": "s"}

    def _v2(self, tier: str) -> tuple[str, dict[str, str]]:
        org = {} if self._org is None else {"org": self._org}
        return "/api/v2/write", {**org, "bucket": f"{self._database}/{tier}", "precision": "s"}

    def _spoken(self) -> Api:
        """Return what the server takes by its version; one that tells none takes v2."""
        answer = self._client.ask("GET", "/ping", {}, basic=self._access.token is None)
        if answer.status == 429 or answer.status >= 500:
            what = f"{self._access} can't tell its version now ({answer.status})."
            raise SinkAway(what, retry_after(answer.headers))
        return "v1" if _BEFORE_V2.match(answer.headers.get("X-Influxdb-Version", "")) else "v2"
