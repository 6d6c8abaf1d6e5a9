"""Which stream has which vendor daemon: two logs of one daemon would count its sessions twice."""

from __future__ import annotations

from collections.abc import Collection

from exporter.errors import SameDaemonTwice
from exporter.names import decode, shown

Held = dict[tuple[str, str], str]
"""(server, vendor) -> the stream that holds it; shared by all streams."""


class Claims:
    """The vendors that one stream holds."""

    def __init__(self, held: Held, server: str, stream: str) -> None:
        """Hold none yet for *stream*, a log of *server*."""
        self._held, self._server, self._stream = held, server, stream
        self._mine: set[str] = set()

    def hold(self, vendors: Collection[str]) -> None:
        """Hold *vendors* (raw names) for this stream. Raises SameDaemonTwice when another one has one of them."""
        if self._mine.issuperset(vendors):
            return
        for vendor in vendors:
            holder = self._held.setdefault((self._server, vendor), self._stream)
            if holder != self._stream:
                raise SameDaemonTwice(
                    f"{shown(self._stream)}: daemon {decode(vendor)} of server {self._server} is already read from "
                    f"{shown(holder)}; "
                    "give the sources different `server` names, or leave one of the two logs out."
                )
        self._mine.update(vendors)
