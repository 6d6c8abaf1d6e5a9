"""
One InfluxDB to set up and to look at: what it is, what manages its tiers, and what was stored last.

Questions are asked in InfluxQL, as dashboards ask them, which all generations answer at ``/query``.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from exporter.catalog.influxdb import USAGE
from exporter.errors import SinkAway, SinkRefuses, SinkRejects
from exporter.publish.influxdb.answers import Answer, retry_after
from exporter.publish.influxdb.buckets import Buckets
from exporter.publish.influxdb.client import Access, Client
from exporter.publish.influxdb.connection import Api, connect
from exporter.publish.influxdb.influxql import held, identifier, rows
from exporter.publish.influxdb.policies import Policies
from exporter.publish.influxdb.setup import Management
from exporter.publish.influxdb.unmanaged import Unmanaged

_MAJOR = re.compile(r"v?(\d+)\.")
_NO_POINTS = b"#\n"
"""A comment: servers look whether they would store points there, and store none."""
_DEFAULT = {"v1": 1, "v2": 2}
"""The generation where the server tells no version."""


class Administration:
    """A server, reached as its sink reaches it; used by one thread at a time."""

    def __init__(self, access: Access, *, database: str, api: Api, org: str | None, tag_tier: bool) -> None:
        """Take how the server is reached, and whether windows tell their tier; nothing is asked yet."""
        self._access = access
        self._connection = connect(**asdict(access), database=database, api=api, org=org)
        self._client = Client(access)
        self._database = database
        self._api = api
        self._org = org
        self._tag_tier = tag_tier
        self._version: str | None = None

    @property
    def version(self) -> str:
        """What the server calls its version, "" where it does not say. Raises SinkAway, SinkRefuses."""
        if self._version is None:
            answer = self._client.ask("GET", "/ping", {}, basic=self._basic)
            if answer.status >= 400:
                raise self._refused(answer, "tell us its version")
            self._version = answer.headers.get("X-Influxdb-Version", "")
        return self._version

    def management(self) -> Management:
        """Return what manages a server of this generation. Raises SinkAway, SinkRefuses."""
        match = _MAJOR.match(self.version)
        generation = int(match[1]) if match else _DEFAULT.get(self._api, 0)
        if generation == 1:
            return Policies(self.influxql, self._database)
        if generation == 2:
            if self._org is None:
                raise SinkRefuses(f"{self._access} keeps buckets in organisations; name yours in org.")
            return Buckets(self._client, self._refused, self._org, self._database)
        return Unmanaged(self._database, version_3=generation >= 3, tag_tier=self._tag_tier)

    def may_write(self, tier: str) -> None:
        """Return if points of the tier would be stored. Raises SinkAway, SinkRefuses."""
        try:
            self._connection.write(tier, _NO_POINTS)
        except SinkRejects:
            return  # looked at, and no points found

    def newest(self, tier: str, site: str) -> int | None:
        """
        Return the UTC second of a site's newest window, None where there is none.

        Raises SinkAway, SinkRefuses, and SinkRejects where the server does not understand the question.
        """
        field = identifier(USAGE.fields[0].name)
        points = f"{identifier(tier)}.{identifier(USAGE.name)}"
        found = self.influxql(f'SELECT last({field}) FROM {points} WHERE "site" = {held(site)}')
        if found and "time" not in found[0]:
            raise SinkRejects("The server understands no InfluxQL, so its newest window can't be told.")
        return int(found[0]["time"]) if found else None

    def influxql(self, statement: str) -> list[dict[str, Any]]:
        """Run one statement; return its rows by column, times as UTC seconds. Raises SinkAway, SinkRefuses."""
        asks = statement.startswith(("SELECT", "SHOW"))
        query = {"db": self._database, "epoch": "s", "q": statement}
        answer = self._client.ask("GET" if asks else "POST", "/query", query, basic=self._basic)
        if answer.status != 200:
            raise self._refused(answer, "read" if asks else "manage databases")
        try:
            return rows(json.loads(answer.body))
        except ValueError:
            raise SinkRefuses(f"{self._access} answers as no InfluxDB does; is url right?") from None
        except SinkRefuses as error:
            raise SinkRefuses(f"{self._access} says: {error}.") from None

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()
        self._client.close()

    @property
    def _basic(self) -> bool:
        return self._access.token is None

    def _refused(self, answer: Answer, what: str) -> SinkAway | SinkRefuses:
        """Return what it means that the server answered so when it should do *what*."""
        key = "user and password_file (or password_env)" if self._basic else "token_file (or token_env)"
        said = f"{answer.status}: {answer.words}" if answer.words else str(answer.status)
        if answer.status == 429 or answer.status >= 500:
            return SinkAway(f"{self._access} can't {what} now ({said}).", retry_after(answer.headers))
        if answer.status == 401:
            return SinkRefuses(f"{self._access} does not know us; correct {key} ({said}).")
        if answer.status == 403:
            return SinkRefuses(f"{self._access} does not let us {what}; give {key} the right to ({said}).")
        return SinkRefuses(f"{self._access} does not {what} ({said}); are url, api and org right?")
