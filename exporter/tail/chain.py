"""The files of one stream as they lie in its folder now, oldest first."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116, PTH122, PTH208

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from exporter.tail import rotation
from exporter.tail.opening import NotAFileError


class Found(NamedTuple):
    """A file of the stream, as it was when looked at."""

    path: str
    device: int
    inode: int
    size: int
    """Bytes on disk; of a compressed file, compressed."""
    mtime_ns: int

    @property
    def mtime(self) -> float:
        """UTC seconds."""
        return self.mtime_ns / 1e9

    @property
    def inode_key(self) -> tuple[int, int]:
        """Device and inode."""
        return self.device, self.inode


def list_chain(name: str) -> list[Found]:
    """
    Return the files of stream *name* (its path without rotation mark), oldest first, each inode once.

    The folder is listed until two listings agree: a listing taken while a rotation renames files may miss one.
    Raises OSError when the folder or a file can't be looked at.
    """
    files = look_at(_paths(name), name)
    for _ in range(5):
        again = look_at(_paths(name), name)
        if [(file.path, file.inode) for file in again] == [(file.path, file.inode) for file in files]:
            return again
        files = again
    return files


def look_at(paths: Iterable[str], name: str) -> list[Found]:
    """Return what lies at *paths*, oldest first, each inode once. Raises OSError."""
    present = set(paths)
    files = []
    for path in present:
        bare = rotation.uncompressed(path)
        if bare != path and bare in present:
            continue  # being compressed: the plain file goes away when this one is whole
        try:
            status = os.stat(path)
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            files.append(Found(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
        elif path == name:
            raise NotAFileError(errno.EINVAL, "not a regular file", path)
    files.sort()
    order = rotation.order([(rotation.split(file.path)[1], file.mtime) for file in files])
    return list({files[index].inode_key: files[index] for index in order}.values())


def _paths(name: str) -> list[str]:
    folder, _, base = name.rpartition("/")
    stem = os.path.splitext(base)[0]
    prefix = f"{folder}/" if "/" in name else ""
    return [
        prefix + entry
        for entry in os.listdir(prefix or ".")
        if entry.startswith(stem) and rotation.split(entry)[0] == base
    ]
