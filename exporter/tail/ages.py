"""
For how long the files of one stream have been as they are, as far as this process saw.

An mtime is told by the clock of the file's server, and that of a network mount may be minutes away from ours. So
whether a file may still be being written is told by looking at it twice and counting the seconds in between.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from exporter.ports import Clock
from exporter.tail.chain import Found

_SURELY = 3_600.0
"""
Seconds before now at which an mtime is believed without having seen the file before.

Clocks that are further apart than that are not reckoned with; years of rotated files need not be watched at each start.
"""

_State = tuple[int, int]
"""Size, and mtime in ns. Not the inode: on some mounts that is another one at each look."""


class Ages:
    """Remembers of each file of the last listing since when it is as it is."""

    def __init__(self, clock: Clock, *, complete: bool) -> None:
        """Begin with no file seen; *complete*: nothing is being written any more (an import), so all are old."""
        self._clock = clock
        self._complete = complete
        self._seen: dict[str, tuple[_State, float]] = {}
        """By path: the file's state, and the monotonic second since which it is known to be in it."""

    def see(self, files: Iterable[Found]) -> None:
        """Take note of all files of the stream as they are now; those that are gone are forgotten."""
        if self._complete:
            return
        now = self._clock.monotonic()
        seen = {}
        for found in files:
            state = found.size, found.mtime_ns
            before = self._seen.get(found.path)
            seen[found.path] = before if before and before[0] == state else (state, now)
        self._seen = seen

    def of(self, path: str, size: int, mtime_ns: int) -> float:
        """Return for how many seconds the file at *path* has had this size and mtime; infinity where it is old."""
        if self._complete or self._clock.now() - mtime_ns / 1e9 > _SURELY:
            return math.inf
        now = self._clock.monotonic()
        state, since = self._seen.get(path, (None, now))
        if state != (size, mtime_ns):
            since = now
        self._seen[path] = (size, mtime_ns), since
        return now - since
