"""
Opening log files: plain or compressed (the first bytes decide), without ever blocking, regular files only.

All offsets count decompressed bytes.
"""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import errno
import os
import resource
import stat
from collections import OrderedDict
from typing import Protocol

from exporter.names import shown
from exporter.tail.packed import MAGIC, PackedLog, missing_module

_LONGEST_MAGIC = max(map(len, MAGIC))
_MOST_OPEN = 1_000


class NotAFileError(OSError):
    """The path leads to a folder, a FIFO, a device or a socket."""


class UnreadableKindError(Exception):
    """
    The file is compressed in a way that can't be read here.

    The text says what is missing and is the same for all files; *sentence* names the file too.
    """

    def __init__(self, kind: str, module: str, path: str) -> None:
        """Tell that the file at *path* is of *kind* and needs the Python module *module*."""
        super().__init__(f"compressed with {kind}, and the module {module} is missing: unpack the file in its place")
        self.sentence = (
            f"{shown(path)} can't be read: it is compressed with {kind}, and the Python module {module} is missing. "
            f"Install {module}, or unpack the file in its place."
        )


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
        kind = _kind(os.pread(fd, _LONGEST_MAGIC, 0))
        _demand_module(kind, path)
        return PackedLog(fd, kind) if kind else _Plain(fd)
    except BaseException:
        os.close(fd)
        raise


def share(log: LogFile, path: str) -> LogFile:
    """Return a second handle of an open file, independent of the first; *path* is where it lies. Raises OSError."""
    return open_log(path) if log.compressed else _Plain(os.dup(log.fd))


def is_whole(log: LogFile) -> bool:
    """
    Say whether a compressed file can be unpacked to its end, checksums included; a plain one is always whole.

    It is read through, without keeping anything. One that holds only a part of what would tell its kind is not whole.
    Raises OSError.
    """
    if not log.compressed:
        first = log.read_at(0, _LONGEST_MAGIC)
        return not first or not any(magic.startswith(first) and magic != first for magic in MAGIC)
    length_of(log)
    return log.damage is None


def length_of(log: LogFile) -> int:
    """Return the bytes in *log*, unpacked, as far as it isn't damaged. Raises OSError."""
    at = 0
    while step := len(log.read_at(at, 1 << 20)):
        at += step
    return at


def _demand_file(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotAFileError(errno.EINVAL, "not a regular file", path)


def _demand_module(kind: str, path: str) -> None:
    if module := missing_module(kind):
        raise UnreadableKindError(kind, module, path)


def _kind(first: bytes) -> str:
    return next((kind for magic, kind in MAGIC.items() if first.startswith(magic)), "")


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


def most_open() -> int:
    """Return how many logs may be open at once: half of what this process may open, and no more than are of use."""
    may_open, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_OPEN if may_open == resource.RLIM_INFINITY else min(may_open // 2, _MOST_OPEN)


class OpenFiles:
    """The open files of all followers, at most *limit* at once: the one not used for longest is closed."""

    def __init__(self, limit: int = _MOST_OPEN) -> None:
        """Keep at most *limit* files open."""
        self._limit = max(limit, 1)
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
