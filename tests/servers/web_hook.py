"""A web server that takes the notifications of Alertmanager."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any

from tests.servers.joined import JoinedServer


class WebHook:
    """Listens on a free port of this machine."""

    def __init__(self) -> None:
        """Begin with no notification."""
        self.alerts: list[dict[str, Any]] = []
        """Each alert of each notification, as they came."""
        alerts = self.alerts

        class Handler(BaseHTTPRequestHandler):
            """Takes what is sent."""

            def do_POST(self) -> None:
                """Keep the alerts of a notification."""
                alerts.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = JoinedServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
