"""
Opening log files: plain or compressed (the first bytes decide), without ever blocking, regular files only.

All offsets count decompressed bytes.
"""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import stat
import zlib
from collections import OrderedDict
from typing import BinaryIO, Protocol, cast

_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "Zstandard"}
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


class NotAFileError(OSError):
    """The path leads to a folder, a FIFO, a device or a socket."""


class UnreadableKindError(Exception):
    """The file is compressed in a way that can't be read here; the text says what is missing."""


class LogFile(Protocol):
    """An open log file."""

    fd: int
    compressed: bool
    damage: str | None
    """Why nothing can be read past what was read; None when whole, as far as it was read."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Return *size* bytes from *offset*, fewer only at the end or before the damage. Raises OSError."""
        ...

    def next_data(self, offset: int) -> int:
        """Return the first offset from *offset* on that may hold anything but NULs."""
        ...

    def close(self) -> None:
        """Close it; a second time does nothing."""
        ...


def open_log(path: str) -> LogFile:
    """Open the log at *path*. Raises OSError (NotAFileError: not a regular file) and UnreadableKindError."""
    _demand_file(path, os.stat(path))  # before opening, because opening a device can have effects
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _demand_file(path, os.fstat(fd))
        kind = _kind(os.pread(fd, 6, 0))
        _demand_known(kind)
        return _Compressed(fd, kind) if kind else _Plain(fd)
    except BaseException:
        os.close(fd)
        raise


def share(log: LogFile, path: str) -> LogFile:
    """Return a second handle of an open file, independent of the first; *path* is where it lies. Raises OSError."""
    return open_log(path) if log.compressed else _Plain(os.dup(log.fd))


def _demand_file(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotAFileError(errno.EINVAL, "not a regular file", path)


def _demand_known(kind: str) -> None:
    if kind == "Zstandard":
        raise UnreadableKindError(
            "compressed with Zstandard, and the module zstandard is missing: unpack the file in its place"
        )


def _kind(first: bytes) -> str:
    return next((kind for magic, kind in _MAGIC.items() if first.startswith(magic)), "")


class _Plain:
    """An uncompressed file."""

    compressed = False
    damage: str | None = None

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def read_at(self, offset: int, size: int) -> bytes:
        data = os.pread(self.fd, size, offset)
        if len(data) == size or not data:
            return data
        parts = [data]
        # A read may be cut short by a signal or a network file system; only an empty one says that this is the end.
        while (got := sum(map(len, parts))) < size and (data := os.pread(self.fd, size - got, offset + got)):
            parts.append(data)
        return b"".join(parts) if len(parts) > 1 else parts[0]

    def next_data(self, offset: int) -> int:
        try:
            return os.lseek(self.fd, offset, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return max(offset, os.fstat(self.fd).st_size)
            return offset

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class _Compressed:
    """A compressed file; reading backwards begins anew."""

    compressed = True

    def __init__(self, fd: int, kind: str) -> None:
        self.fd = fd
        self.damage: str | None = None
        self._kind = kind
        self._raw = os.fdopen(fd, "rb", closefd=True)
        self._file = self._open()
        self._at = 0
        self._ended = False

    def read_at(self, offset: int, size: int) -> bytes:
        if offset < self._at:
            self._raw.seek(0)
            self._file = self._open()
            self._at = 0
            self._ended = False
            self.damage = None
        while self._at < offset and self._step(min(offset - self._at, 1 << 20)):
            pass
        parts: list[bytes] = []
        wanted = size if self._at == offset else 0
        while wanted and (data := self._step(wanted)):
            parts.append(data)
            wanted -= len(data)
        return b"".join(parts)

    def next_data(self, offset: int) -> int:
        return offset

    def close(self) -> None:
        self._raw.close()
        self.fd = -1

    def _open(self) -> BinaryIO:
        if self._kind == "gzip":
            return cast("BinaryIO", gzip.GzipFile(fileobj=self._raw))
        return cast("BinaryIO", bz2.BZ2File(self._raw) if self._kind == "bzip2" else lzma.LZMAFile(self._raw))

    def _step(self, size: int) -> bytes:
        """Read on; `read1` gives what came before the damage, where `read` would throw it away."""
        if self._ended or self.damage is not None:
            return b""
        try:
            data = self._file.read1(size)  # type: ignore[attr-defined]  # BinaryIO does not know it, all three have it
        except _DAMAGE as error:
            self._refuse(error)
            return b""
        except OSError as error:
            if error.errno is not None:
                raise
            self._refuse(error)
            return b""
        self._at += len(data)
        return bytes(data)

    def _refuse(self, error: Exception) -> None:
        # What follows the last member and is no member is ignored, as gzip itself does.
        if self._at and isinstance(error, gzip.BadGzipFile) and str(error).startswith("Not a gzipped"):
            self._ended = True
            return
        self.damage = f"damaged {self._kind} file"


class OpenFiles:
    """The open files of all followers, at most *limit* at once: the one not used for longest is closed."""

    def __init__(self, limit: int = 100) -> None:
        """Keep at most *limit* files open."""
        self._limit = limit
        self._held: OrderedDict[object, LogFile] = OrderedDict()

    def get(self, owner: object) -> LogFile | None:
        """Return the file that *owner* has open, None when it has none (any more)."""
        held = self._held.get(owner)
        if held is not None:
            self._held.move_to_end(owner)
        return held

    def put(self, owner: object, log: LogFile) -> None:
        """Keep *log* for *owner*; what it had before is closed."""
        self.drop(owner)
        self._held[owner] = log
        while len(self._held) > self._limit:
            self._held.popitem(last=False)[1].close()

    def drop(self, owner: object) -> None:
        """Close what *owner* has open."""
        held = self._held.pop(owner, None)
        if held is not None:
            held.close()
