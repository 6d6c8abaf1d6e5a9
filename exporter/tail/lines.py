"""
Cutting whole lines out of a growing file.

A line ends at LF and nothing else. Lines longer than `LINE_LIMIT` are passed over and counted; a run of NULs at a line
start (the hole a writer leaves after a truncation) is passed over. Memory stays flat whatever the file holds, and the
size of the reads changes nothing but where the pieces are cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

LINE_LIMIT = 64 * 1024
"""Longest line, in bytes without its LF; a longer one is passed over."""

_STRIDE = 256 * 1024


class Bytes(Protocol):
    """Something to read from at any offset."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return *size* bytes from *offset*, fewer only at the end."""
        ...

    def next_data(self, offset: int) -> int:
        """Return the first offset from *offset* on that may hold anything but NULs (the end when there is none)."""
        ...


class Piece(NamedTuple):
    """Whole lines, or a stretch that was passed over (no *data*); *end* is the offset behind it."""

    data: bytes
    end: int
    oversize: int = 0


@dataclass(slots=True)
class Cutter:
    """Cuts pieces from *offset* on; remembers in memory how far it looked into an over-long line that still grows."""

    offset: int
    _looked: int = 0

    def next(self, source: Bytes, limit: int, *, final: bool) -> Piece | None:
        """
        Return the next piece of about *limit* bytes and move behind it; None when nothing is whole.

        With *final* nothing will follow what the source holds, so an unterminated last line is a line.
        """
        piece = self._pass_long(source, final=final) if self._looked else self._cut(source, limit, final=final)
        if piece is not None:
            self.offset = piece.end
            self._looked = 0
        return piece

    def _cut(self, source: Bytes, limit: int, *, final: bool) -> Piece | None:
        data = source.read_at(self.offset, limit)
        if data.startswith(b"\0"):
            return self._pass_nuls(source, final=final)
        end = data.rfind(b"\n") + 1
        if not end and len(data) == limit <= LINE_LIMIT:
            data = source.read_at(self.offset, LINE_LIMIT + 1)
            end = data.find(b"\n") + 1
        if end:
            return self._even(data, end)
        if len(data) > LINE_LIMIT:
            self._looked = self.offset + len(data)
            return self._pass_long(source, final=final)
        return Piece(data, self.offset + len(data)) if final and data else None

    def _even(self, data: bytes, end: int) -> Piece:
        """Take the lines in ``data[:end]`` that come before a NUL run or an over-long line; pass over a leading one."""
        if b"\0" in data:
            end = data.find(b"\n\0", 0, end) + 1 or end
        start = 0
        while end - start > LINE_LIMIT + 1:
            behind = data.rfind(b"\n", start, start + LINE_LIMIT + 1) + 1
            if behind:
                start = behind
            elif start:
                end = start
            else:
                return Piece(b"", self.offset + data.find(b"\n") + 1, oversize=1)
        return Piece(data[:end] if end < len(data) else data, self.offset + end)

    def _pass_long(self, source: Bytes, *, final: bool) -> Piece | None:
        while chunk := source.read_at(self._looked, _STRIDE):
            at = chunk.find(b"\n")
            if at >= 0:
                return Piece(b"", self._looked + at + 1, oversize=1)
            self._looked += len(chunk)
        return Piece(b"", self._looked, oversize=1) if final else None

    def _pass_nuls(self, source: Bytes, *, final: bool) -> Piece | None:
        """Pass over a run of NULs once something follows it: until then it may be a page that is not written yet."""
        at = source.next_data(self.offset)
        while chunk := source.read_at(at, _STRIDE):
            rest = chunk.lstrip(b"\0")
            if rest:
                return Piece(b"", at + len(chunk) - len(rest))
            at = source.next_data(at + len(chunk))
        return Piece(b"", at) if final else None
