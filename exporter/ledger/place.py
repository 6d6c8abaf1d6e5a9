"""Where a ledger may lie: on a local disk, in a folder its group may read and this user may write."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from exporter.errors import LedgerPlace

FILE_MODE = 0o660
"""Group members read the ledger, and make its ``-shm`` when no writer runs."""
FOLDER_MODE = 0o2770
"""The set-group-id bit hands the folder's group down to every file in it."""

_REMOTE = frozenset({"9p", "afs", "cifs", "fuse.sshfs", "nfs", "nfs4", "smb3", "smbfs"})


def prepare_folder(folder: Path) -> None:
    """Make *folder* when it is missing, and see that a ledger can be kept in it. Raises LedgerPlace."""
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
            folder.chmod(FOLDER_MODE)  # mkdir's own mode is cut by the umask
        kind = file_system(folder.resolve(), Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape"))
    except OSError as error:
        raise LedgerPlace(
            f"The ledger's folder {folder} can't be made or looked at ({error.strerror}: {error.filename}): "
            "make it for this user, or change ledger.path."
        ) from error
    if kind in _REMOTE:
        raise LedgerPlace(
            f"The ledger's folder {folder} lies on a network file system ({kind}), where SQLite's locks can't be "
            "relied on: set ledger.path to a local disk."
        )
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise LedgerPlace(
            f"The ledger's folder {folder} lies on a file system that is mounted read-only: mount it for writing, "
            "or change ledger.path."
        )
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        raise LedgerPlace(f"{not_allowed(folder, 'write in')}: give it write permission there, or change ledger.path.")


def not_allowed(path: Path, verb: str) -> str:
    """Return the beginning of a sentence: user N may not *verb* *path*, with owner and mode."""
    info = path.stat()
    mode = stat.filemode(info.st_mode)
    return f"User {os.geteuid()} may not {verb} {path} ({mode}, owner {info.st_uid}, group {info.st_gid})"


def file_system(folder: Path, mountinfo: str) -> str:
    """Return the type of the file system that holds *folder*, '' when *mountinfo* doesn't tell."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        point = Path(_unescape(left.split()[4]))
        depth = len(point.parts)
        if folder.is_relative_to(point) and depth >= best:  # of two mounts on one point the later one shows
            best, kind = depth, right.split()[0]
    return kind


def _unescape(field: str) -> str:
    r"""Undo the kernel's octal escapes (``\040`` is a blank)."""
    first, *rest = field.split("\\")
    return first + "".join(chr(int(part[:3], 8)) + part[3:] for part in rest)


def make_file(path: Path, flags: int, mode: int = FILE_MODE) -> int:
    """Open *path*, made with *mode* whatever the umask, and return its descriptor. Raises OSError."""
    try:
        fd = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        return os.open(path, flags | os.O_CLOEXEC)
    os.fchmod(fd, mode)
    return fd


def sync(path: Path) -> None:
    """Make what was written to a file, or renamed in a folder, last. Raises OSError."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
