"""
Cutting records of one length out of a binary file: to all else in here, such a record is a line.

NULs are data in a record. One that is nothing but NULs, with nothing behind it, may be a page that the writer's host
has not written yet: it waits until it has settled. A record that the end of the file tears waits for its rest.
"""

from __future__ import annotations

from exporter.tail.lines import Bytes, Cutting, Piece


class FixedCutter(Cutting):
    """Cuts bytes as they are: many records a piece."""

    verbatim = True

    def __init__(self, offset: int, length: int) -> None:
        """Cut from *offset* on; records are *length* bytes long, and the first begins with the file."""
        super().__init__(offset)
        self._length = length

    def at_line_start(self, _: bytes, /) -> bool:
        """Say whether the offset is a record's start: its place tells, and not the bytes before it."""
        return self.offset % self._length == 0

    def behind_line(self, data: bytes) -> int:
        """Return the place behind the record in *data*, which lies at the offset; 0 where it isn't whole."""
        rest = self._length - self.offset % self._length
        return rest if len(data) >= rest else 0

    def _cut(self, source: Bytes, limit: int, settled: int, *, final: bool, **_: bool) -> Piece | None:
        data = source.read_at(self.offset, max(limit // self._length, 1) * self._length)
        end = len(data) - len(data) % self._length
        written = -(-len(data[:end].rstrip(b"\0")) // self._length) * self._length
        if written < end and self.offset + end > settled:
            self.holding = True
            end = max(written, (settled - self.offset) // self._length * self._length)
        if end:
            return Piece(data[:end], self.offset + end)
        return Piece(data, self.offset + len(data)) if final and data else None
