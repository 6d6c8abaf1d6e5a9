"""An HTTP server for tests that leaves no thread behind when it is closed: a test that forks must find none."""

from __future__ import annotations

from contextlib import suppress
from http.server import ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any


class JoinedServer(ThreadingHTTPServer):
    """Cuts, when it is closed, the connections that clients keep, and waits for the threads that served them."""

    daemon_threads = False

    def __init__(self, *arguments: Any) -> None:
        """Take what `ThreadingHTTPServer` does."""
        self._kept: list[socket] = []
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own."""
        self._kept.append(request)
        super().process_request(request, client_address)

    def handle_error(self, *_: object) -> None:
        """Say nothing of a connection that was cut."""

    def server_close(self) -> None:
        """Let go of all connections."""
        for connection in self._kept:
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
        super().server_close()
