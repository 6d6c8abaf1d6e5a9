"""What the writer of a log does, as far as its file tells: writes, rests, or goes on in a rotated or deleted file."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import os
from collections.abc import Iterable

from exporter.ports import Clock
from exporter.tail.ages import Ages
from exporter.tail.seen import Coming

QUIET = 2.0
"""Seconds without growth after which a rotated file is believed to be left by its writer."""
HANDOVER = 10.0
"""Seconds after a rotation in which a writer may still end what it has begun, without being told of."""

Signature = tuple[int, int, int, int, int]


def signature(status: os.stat_result) -> Signature:
    """Return what changes whenever the file does."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def newest_written(files: Iterable[Coming]) -> float | None:
    """Return the latest mtime of those *files* that have bytes by now, None for none. Raises FileNotFoundError."""
    statuses = [os.fstat(coming.held.fd) if coming.held else os.stat(coming.found.path) for coming in files]
    return max((status.st_mtime for status in statuses if status.st_size), default=None)


class WriterWatch:
    """Watches the file that is read."""

    def __init__(self, clock: Clock, ages: Ages) -> None:
        """Begin without suspicion."""
        self.last: Signature | None = None
        """The file at the last look."""
        self.astray = False
        """Whether the file has grown long after it was rotated."""
        self._clock, self._ages = clock, ages
        self._path = ""
        self._since = 0.0
        """Monotonic second since which the file is as in `last`."""
        self._away: float | None = None
        """Monotonic second since which it lies elsewhere than at the plain path."""

    def see(self, now: Signature, path: str, *, at_front: bool) -> None:
        """Take note how the file is now, where it lies (empty: nowhere any more), and whether at the plain path."""
        monotonic, last = self._clock.monotonic(), self.last
        if at_front:
            self._away, self.astray = None, False
        elif self._away is None or last is None or last[:2] != now[:2]:
            self._away = monotonic
        elif now[2] > last[2] and monotonic - self._away > HANDOVER:
            self.astray = True
        self._path = path
        if now != last:
            self.last, self._since = now, monotonic

    @property
    def unchanged(self) -> float:
        """Seconds for which the file is known to have been as it is."""
        seen = self._clock.monotonic() - self._since
        return max(seen, self._ages.of(self._path, *self.last[2:4])) if self._path and self.last else seen

    def rests(self, newest: float) -> bool:
        """Say whether the file, to which there are successors, has not grown for some time; *newest*: their mtime."""
        # Two mtimes are told by one clock, unlike an mtime and the time now.
        return bool(self.last and newest - self.last[3] / 1e9 >= QUIET) or self.unchanged >= QUIET
