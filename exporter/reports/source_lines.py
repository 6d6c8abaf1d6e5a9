"""Finds number and text of a line or record in a log, plain or compressed, from the byte offset where it begins."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self, cast

from exporter.names import decode

_CHUNK = 1 << 20
_SHOWN = 2_000
"""Bytes of a line that are shown at most."""


class SourceRecords:
    """Answers as `SourceLines` does for logs whose records have one length; a record counts as a line."""

    def __init__(self, length: int, text_of: Callable[[bytes], str]) -> None:
        """Read records of *length* bytes; *text_of* gives them in words."""
        self._length, self._text_of = length, text_of

    def __call__(self, path: str, offset: int) -> tuple[int, str] | None:
        """Return (number, from 1; text) of the record at *offset*; None when the file can't be read that far."""
        try:
            with _open(path) as file:
                file.seek(offset)
                record = file.read(self._length)
        except (OSError, EOFError, zlib.error, lzma.LZMAError):
            return None
        return (offset // self._length + 1, self._text_of(record)) if record else None


class SourceLines:
    """
    Answers ``line_of(path, offset)``; a context manager, because it keeps the last file open.

    Asked for rising offsets of one file after the other, it reads each file once.
    """

    def __init__(self) -> None:
        """Begin with no file open."""
        self._path = ""
        self._file: BinaryIO | None = None
        self._offset = 0
        self._ends = 0
        self._last = b"\n"

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file that is open."""
        self._close()

    def __call__(self, path: str, offset: int) -> tuple[int, str] | None:
        """
        Return (line number, from 1; text) of the line at *offset*, which counts decompressed bytes.

        None when the file is gone or can't be read, or when no line begins there: then another file has its name.
        """
        try:
            file = self._at_or_before(path, offset)
            while self._offset < offset:
                if not self._pass(file.read(min(_CHUNK, offset - self._offset))):
                    return None
            if self._last != b"\n":
                return None
            number, line = self._ends + 1, file.readline(_SHOWN)
        except (OSError, EOFError, zlib.error, lzma.LZMAError):
            self._close()
            return None
        if not self._pass(line):
            return None
        return number, decode(line.rstrip(b"\r\n").replace(b"\t", b" ").decode("latin-1"))

    def _pass(self, data: bytes) -> int:
        """Note that *data* was read; return its length."""
        self._ends += data.count(b"\n")
        self._offset += len(data)
        self._last = data[-1:] or self._last
        return len(data)

    def _at_or_before(self, path: str, offset: int) -> BinaryIO:
        """Return the open file when it is *path* and not past *offset*, else *path* from its beginning."""
        if self._file is None or path != self._path or offset < self._offset:
            self._close()
            self._path, self._offset, self._ends, self._last = path, 0, 0, b"\n"
            self._file = _open(path)
        return self._file

    def _close(self) -> None:
        """Close the file that is open, if any."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _open(path: str) -> BinaryIO:
    """Open *path* for reading its lines; the first bytes, not the name, tell how it is compressed."""
    with Path(path).open("rb") as raw:
        magic = raw.read(3)
    if magic[:2] == b"\x1f\x8b":
        return cast("BinaryIO", gzip.open(path))
    if magic == b"BZh":
        return cast("BinaryIO", bz2.open(path))
    if magic == b"\xfd7z":
        return cast("BinaryIO", lzma.open(path))
    return Path(path).open("rb")
