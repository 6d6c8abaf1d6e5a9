"""Files that are still being made: packed ones without an end yet, and copies that hold a part of their original."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.records import Generation
from exporter.tail import rotation, trail
from exporter.tail.ages import Ages
from exporter.tail.chain import Found
from exporter.tail.opening import LogFile, UnreadableKindError, is_whole, open_log

YOUNG = 60.0
"""Seconds without a change in which a compressed file without an end may still be written."""
_COPIED = 10.0
"""Seconds without a change in which a part of a log may still become a copy of it."""
_LARGE, _SETTLED = 1 << 20, 2.0
"""A young one of more bytes than this has to be unchanged for so many seconds before it is unpacked to see that."""
_LEAST = 256
"""Bytes in which nothing can be recognised yet."""


class Unfinished:
    """Tells of the files of one stream whether they may still be written."""

    def __init__(self, ages: Ages) -> None:
        """Begin without suspicion."""
        self._ages = ages
        self._young: Found | None = None
        """A compressed file that may still be written, as it was when it was looked at last."""
        self._whole: bool | None = None

    def packing(self, found: Found, log: LogFile) -> bool:
        """Say whether the file is called compressed, or is, and isn't whole yet. Raises OSError."""
        packed = log.compressed or rotation.uncompressed(found.path) != found.path
        if not packed or (age := self._age(found)) >= YOUNG:
            return False
        if found != self._young:
            self._young, self._whole = found, None
        if self._whole is None and (found.size < _LARGE or age >= _SETTLED):
            self._whole = found.size > 0 and is_whole(log)
        return not self._whole

    def holds(self, files: Iterable[Found], generation: Generation) -> bool:
        """Say whether one of *files* may come to hold *generation*: a packed one, or a copy of a part of it so far."""
        for found in files:
            try:
                log = open_log(found.path)
            except (OSError, UnreadableKindError):
                continue
            try:
                if self.packing(found, log) or self._copying(generation, found, log):
                    return True
            finally:
                log.close()
        return False

    def _copying(self, generation: Generation, found: Found, log: LogFile) -> bool:
        if log.compressed or found.size >= generation.offset or self._age(found) >= _COPIED:
            return False
        return found.size < _LEAST or trail.kept_prefix(generation, log, found.size)

    def _age(self, found: Found) -> float:
        return self._ages.of(found.path, found.size, found.mtime_ns)
