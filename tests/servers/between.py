"""Something between a client and a server that does harm on demand, and writes down what passes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from ssl import SSLContext
from threading import Event, Thread
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.servers.joined import JoinedServer


class Seen(NamedTuple):
    """One request."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


class Says(NamedTuple):
    """It answers instead of the server, which is not asked."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Cuts(NamedTuple):
    """It cuts the connection; where *passed*, after the server has done what it was asked for."""

    passed: bool


class Waits(NamedTuple):
    """It keeps the server's answer to itself until it is closed, and the client waiting."""


Harm = Says | Cuts | Waits
_OF_THE_WAY = {"host", "connection", "transfer-encoding", "content-length", "date", "server"}


class Between:
    """Listens on a port of its own; requests pass to *target* (HOST:PORT) but for those that harm is put up for."""

    def __init__(self, target: str, trust: SSLContext | None = None) -> None:
        """Begin to listen; by TLS where *trust* has a certificate for it."""
        self.seen: list[Seen] = []
        self._harm: deque[Harm] = deque()
        self._closing = Event()
        between = self

        class Handler(BaseHTTPRequestHandler):
            """Hands requests over."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """Take a question."""
                between.handle(self, target)

            def do_POST(self) -> None:
                """Take a write."""
                between.handle(self, target)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = JoinedServer(("127.0.0.1", 0), Handler)
        self.url = f"{'https' if trust else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        if trust:
            self._server.socket = trust.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def does(self, *harm: Harm) -> None:
        """Do these to the next requests, one each."""
        self._harm += harm

    def close(self) -> None:
        """Let go of all who wait, and listen no more."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def handle(self, request: BaseHTTPRequestHandler, target: str) -> None:
        """Write a request down; pass it on, or do harm."""
        url = urlsplit(request.path)  # as a proxy it is asked by a whole URL
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.seen.append(Seen(request.command, url.path, parse_qs(url.query), dict(request.headers), body))
        harm = self._harm.popleft() if self._harm else None
        answer = harm if isinstance(harm, Says) else None
        if harm is None or harm == Cuts(passed=True):
            answer = self._passed(request, url.netloc or target, f"{url.path}?{url.query}", body)
        if isinstance(harm, Waits):
            self._closing.wait(60)
        if answer is None or isinstance(harm, Cuts):
            request.close_connection = True
            return
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        if answer.status != 204:
            request.send_header("Content-Length", str(len(answer.body)))
        request.end_headers()
        request.wfile.write(answer.body)

    def _passed(self, request: BaseHTTPRequestHandler, target: str, path: str, body: bytes) -> Says | None:
        host, _, port = target.partition(":")
        connection = HTTPConnection(host, int(port), timeout=60)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _OF_THE_WAY}
            connection.request(request.command, path, body, headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _OF_THE_WAY}
            return Says(answer.status, kept, answer.read())
        except OSError:
            return None
        finally:
            connection.close()
