"""What tests of sinks share: connections and what stands between them and a server, which end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ssl import SSLContext
from typing import Any

import pytest

from exporter.clock import SystemClock
from exporter.publish.influxdb.connection import Connection, connect
from tests.servers.between import Between

Open = Callable[..., Connection]
"""Takes a server's URL and what else `connect` knows; the database is `licences` unless it is said."""
PutBetween = Callable[..., Between]
"""Takes the URL of a server, and returns what stands before it and looks like it."""


@pytest.fixture
def now() -> int:
    """Give the begin of this hour."""
    return int(SystemClock().now()) // 3600 * 3600


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open connections."""
    connections: list[Connection] = []

    def begin(url: str, **keys: Any) -> Connection:
        connections.append(connect(url, **{"database": "licences", **keys}))
        return connections[-1]

    yield begin
    for connection in connections:
        connection.close()


@pytest.fixture
def put_between() -> Iterator[PutBetween]:
    """Put something that does harm on demand before a server."""
    made: list[Between] = []

    def begin(url: str, trust: SSLContext | None = None) -> Between:
        made.append(Between(url.removeprefix("http://"), trust))
        return made[-1]

    yield begin
    for between in made:
        between.close()
