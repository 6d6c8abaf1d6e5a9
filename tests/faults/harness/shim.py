"""
A file system that behaves as real ones do and a test can't have at hand: network mounts, remounts, failing disks.

`Quirks` says how; `install` puts it between the running process and the files below one folder, by taking the place of
the calls in the module `os`. It is installed in Seatwatch's forked process only (see `life`).
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exporter.ports import Clock

_STATUS = ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "st_atime", "st_mtime", "st_ctime")


@dataclass(frozen=True)
class Fault:
    """One call that fails: ``stat`` (of a path), ``fstat``, ``open``, ``pread``, or ``listdir``."""

    call: str
    number: int
    """An errno."""
    path: str = ""
    """Only for paths that end so."""
    times: float = math.inf
    """So often, since these quirks or the process began."""


@dataclass(frozen=True)
class Quirks:
    """How the file system behaves; as a local one unless told otherwise."""

    sizes_stale: float = 0.0
    """Seconds for which sizes and times are remembered; opening a file asks anew; reading ends at the known size."""
    listings_stale: float = 0.0
    """Seconds for which a folder's listing is remembered."""
    grain: float = 0.0
    """Seconds to whose multiples times are rounded down."""
    inodes: str = "steady"
    """``steady``; ``each start``: others in each process; ``each look``: others at each stat and each open."""
    ahead: float = 0.0
    """Seconds by which its server's clock, which tells the times of files, is ahead of ours."""
    device: int = 0
    """Added to the device number: after a remount it is another."""
    longest_read: int = 0
    """Bytes that one read gives at most; 0: all that were asked for."""
    faults: tuple[Fault, ...] = ()


class Shim:
    """Stands between this process and the files below *folder*."""

    def __init__(self, folder: str, clock: Clock) -> None:
        """Take the place of the calls; all is as without until `behave`."""
        self._folder = folder
        self._clock = clock
        self._inode_shift = os.getpid() << 24
        self._paths: dict[int, str] = {}
        self._inodes: dict[int, int] = {}
        """Of open files, as they were told when they were opened."""
        ours: dict[str, Callable[..., Any]] = {
            "stat": self._stat,
            "fstat": self._fstat,
            "open": self._open,
            "close": self._close,
            "pread": self._pread,
            "listdir": self._listdir,
        }
        self._real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in ours}
        self.behave(Quirks())
        for name, call in ours.items():
            setattr(os, name, call)

    def behave(self, quirks: Quirks) -> None:
        """Behave so from now on."""
        self._quirks = quirks
        self._failed = dict.fromkeys(quirks.faults, 0)
        self._statuses: dict[str, tuple[float, os.stat_result]] = {}
        self._listings: dict[str, tuple[float, list[Any]]] = {}

    def _ours(self, path: object) -> str | None:
        """Return the path as text when it is below the folder."""
        text = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else self._paths.get(path)  # type: ignore[call-overload]
        return text if text is not None and (text == self._folder or text.startswith(f"{self._folder}/")) else None

    def _fail(self, call: str, path: str) -> None:
        for fault, times in self._failed.items():
            if fault.call == call and path.endswith(fault.path) and times < fault.times:
                self._failed[fault] += 1
                raise OSError(fault.number, os.strerror(fault.number), path)

    def _stat(self, path: Any, **options: Any) -> os.stat_result:
        ours = self._ours(path)
        if ours is None or isinstance(path, int):
            status: os.stat_result = self._fstat(path) if isinstance(path, int) else self._real["stat"](path, **options)
            return status
        self._fail("stat", ours)
        return self._told(self._remembered(ours, lambda: self._real["stat"](path, **options)))

    def _fstat(self, fd: int) -> os.stat_result:
        ours = self._ours(fd)
        if ours is None:
            status: os.stat_result = self._real["fstat"](fd)
            return status
        self._fail("fstat", ours)
        return self._told(self._remembered(f"{ours} {fd}", lambda: self._real["fstat"](fd)), self._inodes.get(fd))

    def _open(self, path: Any, flags: int, *rest: Any, **options: Any) -> int:
        ours = self._ours(path)
        if ours is not None:
            self._fail("open", ours)
        fd = int(self._real["open"](path, flags, *rest, **options))
        self._close_known(fd)
        if ours is not None:
            self._paths[fd] = ours
            self._statuses.pop(ours, None)
            self._inodes[fd] = self._told(self._real["fstat"](fd)).st_ino
        return fd

    def _close(self, fd: int) -> None:
        self._close_known(fd)
        self._real["close"](fd)

    def _close_known(self, fd: int) -> None:
        path = self._paths.pop(fd, None)
        self._inodes.pop(fd, None)
        self._statuses.pop(f"{path} {fd}", None)

    def _pread(self, fd: int, size: int, offset: int) -> bytes:
        ours = self._ours(fd)
        if ours is None:
            return bytes(self._real["pread"](fd, size, offset))
        self._fail("pread", ours)
        if self._quirks.sizes_stale:
            known = self._remembered(f"{ours} {fd}", lambda: self._real["fstat"](fd)).st_size
            size = max(0, min(size, known - offset))
        if self._quirks.longest_read:
            size = min(size, self._quirks.longest_read)
        return bytes(self._real["pread"](fd, size, offset))

    def _listdir(self, path: Any = ".") -> list[Any]:
        ours = self._ours(path)
        if ours is None:
            return list(self._real["listdir"](path))
        self._fail("listdir", ours)
        at, listing = self._listings.get(ours, (-math.inf, []))
        if self._clock.monotonic() - at >= self._quirks.listings_stale:
            at, listing = self._clock.monotonic(), list(self._real["listdir"](path))
            self._listings[ours] = at, listing
        return list(listing)

    def _remembered(self, key: str, ask: Callable[[], os.stat_result]) -> os.stat_result:
        at, status = self._statuses.get(key, (-math.inf, None))
        if status is None or self._clock.monotonic() - at >= self._quirks.sizes_stale:
            status = ask()
            self._statuses[key] = self._clock.monotonic(), status
        return status

    def _told(self, status: os.stat_result, inode: int | None = None) -> os.stat_result:
        """Return *status* as this file system tells it; *inode* where it was told before."""
        quirks = self._quirks
        if quirks == Quirks():
            return status
        if inode is None:
            inode = status.st_ino
            if quirks.inodes != "steady":
                inode += self._inode_shift
            if quirks.inodes == "each look":
                self._inode_shift += 1 << 20
        values: dict[str, Any] = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
        values["st_ino"] = inode
        values["st_dev"] += quirks.device
        if quirks.ahead:
            for name in ("st_mtime", "st_ctime"):
                values[name] += quirks.ahead
                values[f"{name}_ns"] += int(quirks.ahead * 1e9)
        if quirks.grain:
            for name in ("st_mtime", "st_ctime"):
                coarse = values[f"{name}_ns"] // 1e9 // quirks.grain * quirks.grain
                values[name], values[f"{name}_ns"] = coarse, int(coarse * 1e9)
        whole = [int(values[name]) for name in _STATUS]
        return os.stat_result(whole, values)


def no_such_handle(call: str, *, times: float = math.inf) -> Fault:
    """Return what a network file system does after its server was started anew: the handle is stale."""
    return Fault(call, errno.ESTALE, times=times)
