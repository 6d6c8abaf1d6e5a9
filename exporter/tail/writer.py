"""What the writer of a log does, as far as its file tells: writes, rests, or goes on in a rotated or deleted file."""

from __future__ import annotations

import os

from exporter.ports import Clock

QUIET = 2.0
"""Seconds without growth after which a rotated file is believed to be left by its writer."""
HANDOVER = 10.0
"""Seconds after a rotation in which a writer may still end what it has begun, without being told of."""

Signature = tuple[int, int, int, int, int]


def signature(status: os.stat_result) -> Signature:
    """Return what changes whenever the file does."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class WriterWatch:
    """Watches the file that is read."""

    def __init__(self, clock: Clock) -> None:
        """Begin without suspicion."""
        self.last: Signature | None = None
        """The file at the last look."""
        self.astray = False
        """Whether the file has grown long after it was rotated."""
        self._clock = clock
        self._since = 0.0
        """Monotonic second since which the file is as in `last`."""
        self._away: float | None = None
        """Monotonic second since which it lies elsewhere than at the plain path."""

    def see(self, now: Signature, *, at_front: bool) -> None:
        """Take note how the file is now, and whether it lies at the plain path."""
        monotonic, last = self._clock.monotonic(), self.last
        if at_front:
            self._away, self.astray = None, False
        elif self._away is None or last is None or last[:2] != now[:2]:
            self._away = monotonic
        elif now[2] > last[2] and monotonic - self._away > HANDOVER:
            self.astray = True
        if now != last:
            self.last, self._since = now, monotonic

    def rests(self, mtime: float) -> bool:
        """Say whether the file, changed last at *mtime* (UTC seconds), has not grown for some time."""
        return self._clock.now() - mtime >= QUIET or self._clock.monotonic() - self._since >= QUIET
