"""What logrotate and gzip do to files, by the same steps."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path


def rotated(log: Path) -> list[tuple[int, Path]]:
    """Return number and path of the rotated files of *log*, packed or not, the oldest first."""
    prefix = f"{log.name}."
    files = log.parent.glob(f"{prefix}[0-9]*")
    return sorted(((int(path.name.removeprefix(prefix).split(".")[0]), path) for path in files), reverse=True)


def make_room(log: Path) -> Path:
    """Move every rotated file of *log* on by one number; return the path of number 1."""
    for number, path in rotated(log):
        packed = path.name.removeprefix(f"{log.name}.{number}")
        path.rename(path.with_name(f"{log.name}.{number + 1}{packed}"))
    return log.with_name(f"{log.name}.1")


def pack(path: Path) -> Path:
    """Do as gzip does: the packed file grows beside the plain one, gets its times, and then replaces it."""
    packed = path.with_name(f"{path.name}.gz")
    with path.open("rb") as plain, gzip.open(packed, "wb") as out:
        shutil.copyfileobj(plain, out)
    status = path.stat()
    os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.unlink()
    return packed
