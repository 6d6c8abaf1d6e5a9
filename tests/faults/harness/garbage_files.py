"""Bad files: logs harmed as a whole, and bytes that never were a log."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from exporter.tail.lines import LINE_LIMIT
from tests.faults.harness.garbage import Garbage

HEADS = (
    b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", b"\x1f\x8b\x08\xff", b"BZh", b"BZh91AY&SY", b"\xfd7zXZ\0",
    b"\xfd7zXZ\0\0\4", b"\x28\xb5\x2f\xfd", b"PK\3\4", b"\x7fELF\2\1\1\0", b"SQLite format 3\0", b"\x89PNG\r\n\x1a\n",
    b"%PDF-1.7\n", b"#!/bin/sh\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb", b"\xef\xbb\xbf\xef\xbb\xbf",
)  # fmt: skip
"""Beginnings of compressed files, of programs, pictures and texts."""
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")

_WIDE = {b"\xff\xfe": b"\n\0", b"\xfe\xff": b"\0\n"}
"""The marks of UTF-16, and what ends a line behind them."""


class Counted(NamedTuple):
    """Lines of a file: those that a format gets, and those too long for it."""

    read: int
    oversize: int


def count_lines(data: bytes) -> Counted | None:
    """
    Count the lines in a file, packed or not; None when it can't be unpacked to its end.

    LF ends a line (two bytes of it behind a mark of UTF-16), NULs before its first other byte are none of it, and only
    a packed file has no writer any more who may still write to its last line.
    """
    packed = data.startswith(_COMPRESSED)
    text = _unpacked(data) if packed else data
    if text is None:
        return None
    *lines, rest = _in_wide_lines(text) if text[:2] in _WIDE else (line.lstrip(b"\0") for line in text.split(b"\n"))
    lines += [rest] if rest and packed else []
    oversize = sum(len(line) > LINE_LIMIT for line in lines)
    return Counted(len(lines) - oversize, oversize)


def _in_wide_lines(data: bytes) -> list[bytearray]:
    """Split UTF-16 behind its mark at its line ends; the last item is what no line end follows."""
    end, lines = _WIDE[data[:2]], [bytearray()]
    for pair in (data[at : at + 2] for at in range(2, len(data), 2)):
        if pair == end:
            lines.append(bytearray())
        elif pair != b"\0\0" or lines[-1]:
            lines[-1] += pair
    return lines


def _unpacked(data: bytes) -> bytes | None:
    for unpack in (gzip.decompress, bz2.decompress, lzma.decompress):
        with suppress(OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
            return unpack(data)
    return None


class GarbageFiles(Garbage):
    """Makes files of harmed lines, and harms files."""

    def __init__(self, seed: int, logs: Sequence[Sequence[bytes]]) -> None:
        """Begin with the lines of believable *logs*."""
        super().__init__(seed, logs)
        self._makers: Sequence[Callable[[], bytes]] = (
            *[self.harmed_log] * 8, self.harmed_bytes, self.harmed_bytes, self.mixed_line_ends, self.in_utf_16,
            self.with_holes, self.headed, self.headed, self.packed, self.packed, self.packed_badly, self.random_bytes,
            self.one_byte, self.one_line, self.out_of_order, self.twice,
        )  # fmt: skip

    def file(self) -> bytes:
        """Return the bytes of a file of some kind."""
        return self.draw.choice(self._makers)()

    def log(self) -> bytes:
        """Return a log as it is."""
        return b"".join(line + b"\n" for line in self.draw.choice(self._logs))

    def harmed_log(self) -> bytes:
        """Return harmed lines, the last one whole or not."""
        return b"\n".join(self.lines(self.draw.randint(1, 150))) + self.draw.choice((b"\n", b""))

    def harmed_bytes(self) -> bytes:
        """Return a log with some bytes changed, wherever they are."""
        data = bytearray(self.log())
        for _ in range(self.draw.randint(1, 1 + len(data) // 50)):
            data[self.draw.randrange(len(data))] = self.draw.randrange(256)
        return bytes(data)

    def mixed_line_ends(self) -> bytes:
        """Return harmed lines with line ends of every system."""
        ends = (b"\n", b"\n", b"\r\n", b"\r", b"\n\r", b"\r\r\n", b"\n\n", b"\x85", b"\xe2\x80\xa8")
        return b"".join(line + self.draw.choice(ends) for line in self.lines(40))

    def in_utf_16(self) -> bytes:
        """Return a log in UTF-16, with or without its mark, cut anywhere."""
        data = self.log().decode("latin-1").encode(self.draw.choice(("utf-16", "utf-16-le", "utf-16-be")))
        return data[: self._place(data)]

    def with_holes(self) -> bytes:
        """Return a log with runs of NULs in it, such as a crash of the machine leaves."""
        data = self.harmed_log()
        for _ in range(self.draw.randint(1, 4)):
            data = self._put(data, bytes(self.draw.choice((1, 2, 512, 4096, 100_000))))
        return data

    def headed(self) -> bytes:
        """Return a log, or random bytes, behind the beginning of another kind of file."""
        rest = self.draw.choice((b"", self.harmed_log(), self.draw.randbytes(2_000)))
        return self.draw.choice(HEADS) + rest

    def packed(self) -> bytes:
        """Return a packed log of harmed lines."""
        return self._pack(self.harmed_log())

    def packed_badly(self) -> bytes:
        """Return a packed log that is cut, or has a byte changed, or something behind it."""
        data = self._pack(self.harmed_log())
        harm = self.draw.choice((self.cut, self.flip_bits, self.insert_bytes, self.delete_bytes))
        return harm(data)

    def random_bytes(self) -> bytes:
        """Return what was never a log."""
        return self.draw.randbytes(self.draw.choice((0, 1, 17, 1_000, 20_000)))

    def one_byte(self) -> bytes:
        """Return nothing but line ends, or blanks, or NULs."""
        return self.draw.choice((b"\n", b"\r", b"\0", b" ", b"\r\n", b"\0\n", b"\n\0")) * self.draw.choice((1, 2, 999))

    def one_line(self) -> bytes:
        """Return one line that goes on and on."""
        part = self.draw.choice((b"x", b"\xff", b"12:00:00 (acornd) OUT: ", self.log().replace(b"\n", b" ")))
        return part * (self.draw.choice((LINE_LIMIT, 4 * LINE_LIMIT)) // len(part))

    def out_of_order(self) -> bytes:
        """Return the lines of a log, the last one first or in any order."""
        lines = self.log().splitlines(keepends=True)
        return b"".join(lines[::-1] if self.draw.random() < 0.5 else self.draw.sample(lines, len(lines)))

    def twice(self) -> bytes:
        """Return two logs one behind the other, or one of them twice."""
        first = self.log()
        return first + self.draw.choice((first, self.log()))

    def _pack(self, data: bytes) -> bytes:
        return self.draw.choice((gzip.compress, bz2.compress, lzma.compress))(data)
