"""The files of one stream as they lie in its folders now."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH110, PTH114, PTH116, PTH118

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exporter.tail import rotation
from exporter.tail.folders import Folders
from exporter.tail.opening import NotAFileError

_LISTINGS = 50
"""Listings after which the last one is believed though the one before was another."""


class Found(NamedTuple):
    """A file of the stream, as it was when looked at."""

    path: str
    """Where it lies; of a link, where it leads to."""
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


class Chain(NamedTuple):
    """The files of a stream, oldest first as far as their names and mtimes tell, each inode once."""

    files: list[Found]
    marks: list[rotation.Mark]
    """What the name of each says of its rotation."""


def list_chain(name: str, folders: Folders, archive: Sequence[str] = (), own: str = "") -> Chain:
    """
    Return the files of stream *name* (its path without rotation mark), in its folder and the *archive* folders.

    *own* is where the file being read was last, which may lie elsewhere (a link led to it). The folders are listed
    until two listings agree: a listing taken while a rotation renames files may miss one.
    Raises OSError when the stream's folder or a file can't be looked at.
    """
    found = _look_at([*_paths(name, archive, folders), own], name)
    for _ in range(_LISTINGS):
        again = _look_at([*_paths(name, archive, folders), own], name)
        if [(file.path, file.inode) for file in again.files] == [(file.path, file.inode) for file in found.files]:
            return again
        found = again
    return found


def _look_at(paths: Iterable[str], name: str) -> Chain:
    """Return what lies at *paths*; empty ones are left out. Raises OSError."""
    present = set(paths) - {""}
    base = name.rpartition("/")[2]
    looked: list[tuple[Found, rotation.Mark]] = []
    for path in sorted(present):
        bare = rotation.uncompressed(path)
        if bare != path and bare in present and os.path.exists(bare):
            continue  # being compressed: the plain file goes away when this one is whole
        try:
            status = os.stat(path)
            target = os.path.realpath(path) if os.path.islink(path) else path
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            found = Found(target, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            looked.append((found, _mark(path, name, base)))
        elif path == name:
            raise NotAFileError(errno.EINVAL, "not a regular file", path)
    order = rotation.order([(mark, found.mtime) for found, mark in looked])
    each_once = {looked[index][0].inode_key: looked[index] for index in order}
    return Chain([found for found, _ in each_once.values()], [mark for _, mark in each_once.values()])


def _mark(path: str, name: str, base: str) -> rotation.Mark:
    """Return the rotation mark of a path; one that the stream's name doesn't explain is older than the plain name."""
    if path == name:
        return rotation.PLAIN
    stem, mark = rotation.split(path.rpartition("/")[2])
    return mark if stem == base and mark != rotation.PLAIN else rotation.Mark("elsewhere")


def _paths(name: str, archive: Sequence[str], folders: Folders) -> list[str]:
    folder, _, base = name.rpartition("/")
    paths = list(folders.named(f"{folder}/" if "/" in name else "", base))
    for other in archive:
        try:
            paths += folders.named(os.path.join(other, ""), base)
        except FileNotFoundError:
            continue  # made by the first rotation
    return paths
