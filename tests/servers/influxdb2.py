"""
A server that manages buckets and takes points as InfluxDB 2 does, for there is none to be had.

Every request and every answer is held against InfluxDB's own description of its API; what does not fit is kept in
`faults`. Only /query is not described there (it is version 1's): it is answered as 1.6 does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.joined import JoinedServer
from tests.servers.openapi import Answer, Description, Request

TOKEN = "t0p-s3cret"  # noqa: S105  # of this server only
ORG = "example"
_ORG_ID = "0a0b0c0d0e0f0001"
_API = "/api/v2"
_HOUR = 3600


class FakeInfluxdb2:
    """What the server holds; a test may look at it and change it."""

    def __init__(self, description: Description) -> None:
        """Hold no buckets."""
        self._description = description
        self.buckets: list[dict[str, Any]] = []
        """As the API tells them."""
        self.version = "v2.7.1"
        """As it tells it; nothing where it is ""."""
        self.may_manage = True
        """Whether the token is allowed more than to read and write."""
        self.newest: dict[str, int] = {}
        """The second of the newest point, by retention policy."""
        self.queries: list[str] = []
        """What was asked in InfluxQL."""
        self.tells_organisations = True
        """Whether the token may see the organisation that it belongs to."""
        self.takes_comments = True
        """Whether a body without points is fine to it."""
        self.mapped = True
        """Whether it maps names of buckets to databases and policies by itself."""
        self.changes = 0
        """Buckets made or changed."""
        self.faults: list[str] = []
        """What did not fit the description."""

    def add(self, name: str, every: int, shard: int | None = None) -> dict[str, Any]:
        """Make a bucket."""
        number = f"{len(self.buckets) + 1:016x}"
        rule = {"type": "expire", "everySeconds": every} | (
            {} if shard is None else {"shardGroupDurationSeconds": shard}
        )
        bucket = {
            "id": number,
            "orgID": _ORG_ID,
            "type": "user",
            "name": name,
            "retentionRules": [rule],
            "createdAt": "2024-05-01T00:00:00Z",
            "updatedAt": "2024-05-01T00:00:00Z",
            "links": {"self": f"{_API}/buckets/{number}", "org": f"{_API}/orgs/{_ORG_ID}"},
            "labels": [],
        }
        self.buckets.append(bucket)
        return bucket

    def rules(self) -> dict[str, dict[str, Any]]:
        """Return the rule of each bucket by its name."""
        return {bucket["name"]: bucket["retentionRules"][0] for bucket in self.buckets}

    def answer(self, request: Request) -> Answer:
        """Answer, and hold both against the description."""
        path = urlsplit(request.target).path
        answer = self._answered(request, path)
        if path != "/query":
            self.faults += self._description.faults(request, answer)
        return answer

    def _answered(self, request: Request, path: str) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        if path == "/ping":
            return Answer(204)
        if request.headers.get("authorization") != f"Token {TOKEN}":
            return _error(401, "unauthorized", "unauthorized access")
        if path == "/query":
            return self._asked(
                parse_qs(request.body.decode()) if request.body else parse_qs(urlsplit(request.target).query)
            )
        if query.get("org", ORG) != ORG:
            return _error(404, "not found", f'organization name "{query["org"]}" not found')
        if path == f"{_API}/orgs":
            organisations = [{"id": _ORG_ID, "name": ORG}] if self.tells_organisations else []
            return Answer(200, {"links": {"self": path}, "orgs": organisations})
        if path == f"{_API}/write":
            return self._written(query)
        if (request.method, path) == ("GET", f"{_API}/buckets"):
            return self._listed(query)
        if not self.may_manage:
            return _error(403, "forbidden", "write:orgs/0a0b0c0d0e0f0001/buckets is unauthorized")
        body = json.loads(request.body)
        if (request.method, path) == ("POST", f"{_API}/buckets"):
            return self._made(body)
        return self._changed(path.rpartition("/")[2], body)

    def _listed(self, query: dict[str, str]) -> Answer:
        limit = int(query.get("limit", "20"))
        ids = [bucket["id"] for bucket in self.buckets]
        begin = ids.index(query["after"]) + 1 if "after" in query else 0
        page = self.buckets[begin : begin + limit]
        links = {"self": f"{_API}/buckets"} | ({"next": f"{_API}/buckets?offset={limit}"} if len(page) == limit else {})
        return Answer(200, {"links": links, "buckets": page})

    def _made(self, body: dict[str, Any]) -> Answer:
        if body["orgID"] != _ORG_ID:
            return _error(404, "not found", "organization not found")
        if body["name"] in self.rules():
            return _error(422, "unprocessable entity", f"bucket with name {body['name']} already exists")
        (rule,) = body["retentionRules"]
        if refused := _refused(rule):
            return refused
        self.changes += 1
        return Answer(201, self.add(body["name"], rule["everySeconds"], rule["shardGroupDurationSeconds"]))

    def _changed(self, number: str, body: dict[str, Any]) -> Answer:
        bucket = next((one for one in self.buckets if one["id"] == number), None)
        if bucket is None:
            return _error(404, "not found", "bucket not found")
        if refused := _refused(body["retentionRules"][0]):
            return refused
        self.changes += 1
        bucket.update({key: body[key] for key in ("name", "description", "retentionRules") if key in body})
        return Answer(200, bucket)

    def _written(self, query: dict[str, str]) -> Answer:
        if query["bucket"] not in self.rules():
            return _error(404, "not found", f'bucket "{query["bucket"]}" not found')
        if not self.takes_comments:
            return _error(400, "invalid", "writing requires points")
        return Answer(204)

    def _asked(self, query: dict[str, list[str]]) -> Answer:
        (statement,), (database,) = query["q"], query["db"]
        self.queries.append(statement)
        policy = next((policy for policy in self.newest if f'"{policy}"."licence_usage"' in statement), None)
        if not self.mapped:
            return Answer(200, {"results": [{"statement_id": 0, "error": f"database not found: {database}"}]})
        if policy is None:
            return Answer(200, {"results": [{"statement_id": 0}]})
        series = {"name": "licence_usage", "columns": ["time", "last"], "values": [[self.newest[policy], 1.5]]}
        return Answer(200, {"results": [{"statement_id": 0, "series": [series]}]})


@contextmanager
def served(influxdb: FakeInfluxdb2) -> Iterator[str]:
    """Serve on a free port of this machine; give the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = influxdb.answer(Request(self.command, self.path, headers, self.rfile.read(length)))
            body = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            if influxdb.version:
                self.send_header("X-Influxdb-Version", influxdb.version)
            if answer.status != 204:
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _take  # noqa: N815  # http.server's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = JoinedServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _refused(rule: dict[str, Any]) -> Answer | None:
    every, shard = rule["everySeconds"], rule["shardGroupDurationSeconds"]
    if every and every < _HOUR:
        return _error(422, "unprocessable entity", "expiration seconds must be greater than or equal to one hour")
    if every and shard > every:
        return _error(422, "unprocessable entity", "retention policy duration must be greater than the shard duration")
    return None


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"code": code, "message": message})
