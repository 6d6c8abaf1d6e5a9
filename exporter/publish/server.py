"""
Serves the scrape and the pages over HTTP, on a thread of its own and one more for each request.

A slow client holds its own thread only, and no longer than `PATIENCE` for each piece it sends or takes. No request is
logged, and no name is asked of the DNS for it.
"""

from __future__ import annotations

import errno
import gzip
import logging
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any, Protocol

from exporter.errors import ListenError
from exporter.publish import pages
from exporter.publish.board import Shown
from exporter.views import View

PATIENCE = 10.0
"""Seconds to wait for a client to send or to take anything."""

Scrape = Callable[[str], tuple[str, bytes]]
"""Takes the ``Accept`` header and returns content type and text."""

_log = logging.getLogger(__name__)

_ADVICE = {
    errno.EADDRINUSE: "another program listens there; stop it or choose another port",
    errno.EACCES: "this user may not open that port; choose one above 1023",
    errno.EADDRNOTAVAIL: "this machine doesn't have that address; give one of its own, or 0.0.0.0 or [::] for all",
}


class Shows(Protocol):
    """A board: *view* costs nothing, `read` works out what all features show."""

    @property
    def view(self) -> View:
        """The last view."""
        ...

    def read(self) -> Shown:
        """Return all that is shown now."""
        ...


class Server:
    """Answers on one address between `start` and `stop`."""

    def __init__(self, listen: str, scrape: Scrape, board: Shows, version: str) -> None:
        """
        Prepare to serve on *listen*: ``host:port``, ``[IPv6]:port``, or ``:port`` for all addresses.

        Port 0 is any free one. *scrape* and *board* are called from many threads.
        """
        self._listen = listen
        self._site = _Site(scrape, board, version)
        self._running: tuple[_HttpServer, Thread] | None = None

    @property
    def address(self) -> str:
        """The address that is served, with the port that was got; before `start`, the one asked for."""
        if self._running is None:
            return self._listen
        host, port = self._running[0].server_address[:2]
        return f"[{host!s}]:{port}" if ":" in str(host) else f"{host!s}:{port}"

    def start(self) -> None:
        """Begin to serve. Raises ListenError."""
        http = _HttpServer(self._listen, self._site)
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.2}, name="http", daemon=True)
        thread.start()
        self._running = http, thread

    def stop(self) -> None:
        """Stop to serve and free the address; requests that are being answered may end later. Harmless when stopped."""
        if self._running is not None:
            http, thread = self._running
            self._running = None
            http.shutdown()
            http.server_close()
            thread.join()


class _Site:
    """What is found under which path."""

    def __init__(self, scrape: Scrape, board: Shows, version: str) -> None:
        self._scrape = scrape
        self._board = board
        self._readiness: tuple[View | None, pages.Page] = None, pages.health()
        """What was said last of a view: probes ask more often than views change."""
        self._version = version

    def page(self, path: str, accept: str) -> pages.Page:
        match path:
            case "/metrics":
                return pages.Page(HTTPStatus.OK, *self._scrape(accept))
            case "/healthz":
                return pages.health()
            case "/readyz":
                return self._ready()
            case "/":
                return pages.landing(self._board.read(), self._version)
            case _:
                return pages.plain(HTTPStatus.NOT_FOUND, "Nothing is here; try /, /metrics, /healthz or /readyz.")

    def _ready(self) -> pages.Page:
        view = self._board.view
        known, page = self._readiness
        if known is not view:
            page = pages.readiness(view)
            self._readiness = view, page
        return page


class _HttpServer(ThreadingMixIn, TCPServer):
    """`http.server.HTTPServer` without its look-up of the machine's own name, for IPv4 and IPv6."""

    daemon_threads = True  # a client that is slow must not hold up the end of the program
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, listen: str, site: _Site) -> None:
        self.site = site
        host, port = _split(listen)
        try:
            self.address_family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            super().__init__((host, port), _Handler)
        except (OSError, UnicodeError) as exc:
            raise ListenError(f"prometheus.listen: {listen} can't be served, {_why(exc)}.") from exc

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # [::] takes IPv4 too
        super().server_bind()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # the base class's
        """Log what went wrong with a connection; that a client hung up did not."""
        if not isinstance(sys.exception(), OSError):
            _log.exception("A request could not be answered.", extra={"client": str(client_address[0])})


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    timeout = PATIENCE
    server: _HttpServer

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if self.command in ("GET", "HEAD"):
            return True
        self._send(pages.plain(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD are answered."), with_body=True)
        return False

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        try:
            page = self.server.site.page(path, self.headers.get("Accept", ""))
        except Exception:  # noqa: BLE001  # whatever it is, the other pages go on
            _log.exception("A page could not be made.", extra={"path": path})
            page = pages.plain(
                HTTPStatus.INTERNAL_SERVER_ERROR, "This page could not be made; Seatwatch's log says why."
            )
        self._send(page, with_body=with_body)

    def _send(self, page: pages.Page, *, with_body: bool) -> None:
        body = page.body
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        if _takes_gzip(self.headers.get("Accept-Encoding", "")):
            body = gzip.compress(body, compresslevel=1)  # level 9 takes longer than the text takes to make
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        if page.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def version_string(self) -> str:
        return "seatwatch"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Log nothing."""


def _takes_gzip(accept_encoding: str) -> bool:
    for item in accept_encoding.split(","):
        coding, _, weight = item.replace(" ", "").lower().partition(";")
        if coding == "gzip":
            return weight.rstrip("0") not in ("q=", "q=0.")
    return False


def _split(listen: str) -> tuple[str, int]:
    """Split ``host:port``; no host means all addresses."""
    host, colon, port = listen.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not port.isdecimal() or int(port) > 65535 or (":" in bare and bare == host):
        raise ListenError(
            f"prometheus.listen: {listen} is no address; write host:port or [IPv6]:port, for example 127.0.0.1:9877."
        )
    if not bare:
        bare = "::" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104  # it was asked for
    return bare, int(port)


def _why(exc: OSError | UnicodeError) -> str:
    if isinstance(exc, OSError):
        default = f"{exc.strerror or exc}; give an address of this machine and a free port"
        return _ADVICE.get(exc.errno or 0, default)
    return "the name of the host is not a valid one; write host:port, for example 127.0.0.1:9877"
