"""One InfluxDB to write to."""

from __future__ import annotations

from typing import Protocol


class Connection(Protocol):
    """Takes lines for the tiers; may be used by one thread at a time."""

    def write(self, tier: str, body: bytes) -> None:
        """
        Have whole lines stored in the tier of this name: live, hourly or longterm.

        Raises SinkAway, SinkRefuses or SinkRejects; when it returns, the server has said that it stored them.
        """
        ...

    def close(self) -> None:
        """Let go of the server."""
        ...
