"""Sentences for what the operating system refuses: what can't be done, which permission is missing, what helps."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH100, PTH112, PTH115, PTH116

from __future__ import annotations

import os
import stat

from exporter.names import shown
from exporter.tail.opening import NotAFileError

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def explain(path: str, error: OSError) -> str:
    """Return a sentence for *error*, met at the file or folder *path*."""
    if isinstance(error, PermissionError):
        return f"{shown(path)} can't be read: {_missing(path)}"
    if isinstance(error, FileNotFoundError):
        return _absent(path)
    if isinstance(error, NotAFileError):
        return _no_file(path)
    return f"{shown(path)} can't be read: {error.strerror or error}"


def _no_file(path: str) -> str:
    try:
        kind = _KINDS.get(stat.S_IFMT(os.stat(path).st_mode), "no regular file")
    except OSError:
        kind = "no regular file"
    return f"{shown(path)} is {kind}, not a log file"


def _absent(path: str) -> str:
    try:
        target = os.readlink(path)
    except OSError:
        return f"{shown(path)} does not exist"
    return f"{shown(path)} is a link to {shown(target)}, which does not exist"


def _missing(path: str) -> str:
    """Name the permission that is missing on the way to *path*."""
    parts = os.path.abspath(path).split("/")
    for depth in range(1, len(parts)):
        folder = "/".join(parts[:depth]) or "/"
        if not os.access(folder, os.X_OK, effective_ids=True):
            return f"the permission to enter the folder {shown(folder)} (x) is missing for this user"
    what = "to list this folder" if os.path.isdir(path) else "to read this file"
    return f"the permission {what} (r) is missing for this user"
