"""
Cutting whole lines out of a growing file.

A line ends at LF and nothing else. Lines longer than `LINE_LIMIT` are passed over and counted. Memory stays flat
whatever the file holds, and the size of the reads changes nothing but where the pieces are cut.

NULs are either a hole or a page that the writer's host has not written yet. A run of them from the beginning of the
file on is a hole that a truncation left, and is passed over. Elsewhere the line that holds them waits, and all behind
it, until they have been replaced or have *settled* (see `Settling`); then a run at a line start is passed over, and
one inside a line is part of it.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple, Protocol

LINE_LIMIT = 64 * 1024
"""Longest line, in bytes without its LF; a longer one is passed over."""
SETTLE = 10.0
"""Seconds after which bytes that are in a file are believed to stay as they are."""
EVERYTHING = sys.maxsize
"""What has settled of a file that will never change."""

STRIDE = 256 * 1024
_SIP = 4 * 1024
"""Bytes read at once where much is passed over."""
_PORTION = 64 << 20
"""Bytes of a run of NULs that are passed over at once where its end need not be known."""


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


class Settling:
    """How much of a growing file has been there for `SETTLE` seconds."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._settled = 0
        self._seen: tuple[int, float] | None = None
        """The size at some time since then, and the monotonic second."""

    def upto(self, size: int, now: float) -> int:
        """Return the offset up to which a file that has *size* bytes at monotonic second *now* has settled."""
        if self._seen is None:
            self._seen = size, now
        seen, since = self._seen
        if now - since >= SETTLE:
            self._settled, self._seen = seen, (size, now)
        if size < seen:
            self._settled, self._seen = min(self._settled, size), (size, now)
        return self._settled


class Cutting(ABC):
    """Cuts pieces from *offset* on; remembers in memory how far it looked into an over-long line that still grows."""

    verbatim: ClassVar[bool]
    """Whether the data of a piece are the bytes of the file."""
    end_of_line = b"\n"
    """The bytes with which a line ends, where bytes end it."""

    def __init__(self, offset: int) -> None:
        """Cut from *offset* on."""
        self.offset = offset
        self.holding = False
        """Whether the last `next` met NULs that have not settled."""
        self._looked = 0

    def next(self, source: Bytes, limit: int, *, final: bool, settled: int | None = None) -> Piece | None:
        """
        Return the next piece of about *limit* bytes and move behind it; None when nothing is whole.

        With *final* nothing will follow what the source holds, so an unterminated last line is a line. *settled*: the
        offset up to which NULs are believed to stay (see `Settling`); None: wherever something follows them.
        """
        self.holding = False
        bound = EVERYTHING if final or settled is None else settled
        piece = self._cut(source, limit, bound, final=final, portions=settled == EVERYTHING)
        if piece is not None:
            self.offset = piece.end
            self._looked = 0
        return piece

    def at_line_start(self, before: bytes, /) -> bool:
        """Say whether the offset is a line start; *before* are the bytes before it, at least one."""
        return before.endswith(self.end_of_line)

    def behind_line(self, data: bytes) -> int:
        """Return the place behind the first line end in *data*, which lies at the offset; 0 where there is none."""
        return data.find(self.end_of_line) + 1

    @abstractmethod
    def _cut(self, source: Bytes, limit: int, settled: int, *, final: bool, portions: bool) -> Piece | None:
        """Return the piece at the offset; *settled* is where NULs are no longer believed."""


class Cutter(Cutting):
    """Cuts bytes as they are: many lines a piece."""

    verbatim = True

    def __init__(self, offset: int) -> None:
        """Cut from *offset* on."""
        super().__init__(offset)
        self._sip = 0
        """Bytes to read at once after NULs, which come in crowds and end a piece each; 0: as many as are wanted."""

    def _cut(self, source: Bytes, limit: int, settled: int, *, final: bool, portions: bool) -> Piece | None:
        if self._looked:
            return self._pass_long(source, settled, final=final)
        limit = min(limit, self._sip or limit)
        self._sip = 2 * self._sip if self._sip < LINE_LIMIT else 0
        data = source.read_at(self.offset, limit)
        if data.startswith(b"\0"):
            end, known = pass_nuls(source, self.offset, final=final, portions=portions)
            self.holding = end > settled and (self.offset > 0 or not known)
            self._sip = _SIP
            return Piece(b"", end) if known and not self.holding else None
        end = data.rfind(b"\n") + 1
        if not end and len(data) == limit <= LINE_LIMIT:
            data = source.read_at(self.offset, LINE_LIMIT + 1)
            end = data.find(b"\n") + 1
        nul = data.find(b"\0", max(0, settled - self.offset))
        if nul >= 0:
            self.holding = True
            end = data.rfind(b"\n", 0, nul) + 1
            if not end:
                return None
        if end:
            return self._even(data, end)
        if len(data) > LINE_LIMIT:
            self._looked = self.offset + len(data)
            return self._pass_long(source, settled, final=final)
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

    def _pass_long(self, source: Bytes, settled: int, *, final: bool) -> Piece | None:
        """Go on behind `_looked` with the line that is passed over; return it when it ends."""
        while chunk := source.read_at(self._looked, STRIDE):
            at = chunk.find(b"\n")
            nul = chunk.find(b"\0", max(0, settled - self._looked), at if at >= 0 else len(chunk))
            if nul >= 0:
                self.holding = True
                self._looked += nul
                return None
            if at >= 0:
                return Piece(b"", self._looked + at + 1, oversize=1)
            self._looked += len(chunk)
        return Piece(b"", self._looked, oversize=1) if final else None


def pass_nuls(source: Bytes, offset: int, *, final: bool, portions: bool) -> tuple[int, bool]:
    """
    Return the end of the run of NULs at *offset*, and whether it is known: something follows, or *final*.

    *portions*: of a long run, the end of a portion will do.
    """
    at = source.next_data(offset)
    size = _SIP
    while chunk := source.read_at(at, size):
        rest = chunk.lstrip(b"\0")
        if rest:
            return at + len(chunk) - len(rest), True
        at += len(chunk)
        size = STRIDE - (at - offset) % STRIDE
        if portions and at - offset >= _PORTION:
            return at, True
        at = source.next_data(at)
    return at, final
