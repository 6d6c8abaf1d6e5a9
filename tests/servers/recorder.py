"""A server that says it is InfluxDB 1.6, stores nothing, and takes down what it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from tests.servers.joined import JoinedServer


class Request(NamedTuple):
    """A write."""

    path: str
    """With its query."""
    encoding: str
    """Of the body: ``gzip``, or nothing."""
    body: bytes


class Recorder:
    """The server, which appends each write to a file."""

    def __init__(self, path: Path) -> None:
        """Serve from now on, and write to *path*."""
        self._file = file = path.open("wb")

        class Handler(BaseHTTPRequestHandler):
            """Answers that all is well."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """Tell the version."""
                self._done()

            def do_POST(self) -> None:
                """Take a write."""
                length = int(self.headers["Content-Length"])
                head = [self.path, self.headers.get("Content-Encoding", ""), length]
                file.write(json.dumps(head).encode() + b"\n" + self.rfile.read(length))
                self._done()

            def _done(self) -> None:
                self.send_response(204)
                self.send_header("X-Influxdb-Version", "1.6.7")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = JoinedServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._file.close()


def recorded(path: Path) -> Iterator[Request]:
    """Yield what a recorder took down, one after the other."""
    with path.open("rb") as file:
        while head := file.readline():
            where, encoding, length = json.loads(head)
            yield Request(where, encoding, file.read(length))
