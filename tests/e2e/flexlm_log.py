"""A FlexNet log that a test writes now, line by line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from exporter.clock import SystemClock


class FlexlmLog:
    """Appends lines with the present time of day, in UTC; begins with a start of its one vendor daemon."""

    def __init__(self, path: Path, vendor: str = "acornd") -> None:
        """Write the beginning."""
        self.path = path
        self._vendor = vendor
        moment = datetime.fromtimestamp(SystemClock().now(), UTC)
        today = f"{moment.month}/{moment.day}/{moment.year}"
        started = "FlexNet Licensing (v11.18.0.0 build 275847 x64_lsb) started on lic-host1 (linux)"
        self.line("lmgrd", f"{started} ({today})")
        self.line("lmgrd", f"Started {vendor} (internet tcp_port 41001 pid 2301)")
        self.line(vendor, "Server started on lic-host1 for:\tacorn_base")

    def line(self, daemon: str, message: str) -> None:
        """Append a line."""
        self.write(self.text(daemon, message))

    def text(self, daemon: str, message: str) -> str:
        """Return a line as it would be appended now."""
        moment = datetime.fromtimestamp(SystemClock().now(), UTC)
        return f"{moment.hour:2}:{moment:%M:%S} ({daemon}) {message}\n"

    def write(self, text: str) -> None:
        """Append any text."""
        with self.path.open("a") as file:
            file.write(text)

    def check_out(self, user: str, feature: str = "acorn_base") -> None:
        """Append a check-out of one seat."""
        self.line(self._vendor, f'OUT: "{feature}" {user}@ws-01  ')

    def check_in(self, user: str, feature: str = "acorn_base") -> None:
        """Append its check-in."""
        self.line(self._vendor, f'IN: "{feature}" {user}@ws-01  ')
