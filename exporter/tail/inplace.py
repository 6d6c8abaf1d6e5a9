"""
What became of a file that doesn't hold any more what was read of it: rolled back, moved inside it, or begun anew.

A file that lost its end (a power cut, an older copy put back) goes on where it ends now: its lines were counted. One
that lost its beginning goes on behind the last line that was read. Anything else is a new log.
"""

from __future__ import annotations

import os

from exporter.ports import Clock
from exporter.records import Generation
from exporter.tail import trail
from exporter.tail.chain import Found
from exporter.tail.habits import DATED_BY, Habits
from exporter.tail.lines import LINE_LIMIT
from exporter.tail.opening import LogFile, UnreadableKindError, open_log
from exporter.tail.reader import Reader
from exporter.tail.register import Register

SETTLED = 2.0
"""Seconds without a change after which a shortened file is believed to be whole: an older copy is put back in steps."""


class InPlace:
    """Watches one stream's file for changes that are neither growth nor rotation."""

    def __init__(self, clock: Clock, habits: Habits) -> None:
        """Begin without suspicion."""
        self._clock = clock
        self._first_date, self._record = habits.first_date, habits.record
        self._short: tuple[tuple[int, int], int] | None = None
        """Inode and size of a file that is a shortened state of what was read."""
        self._since = 0.0
        self._copying = False
        """Whether it grew by what had been read: an older copy is being put back."""

    def successor(self, reader: Reader, front: Found, register: Register) -> Generation | None:
        """
        Return a new generation, of what follows in *front*, where that holds a part of what *reader* read.

        *front* is the stream's newest file. None: it holds none, or *reader* can still read. Raises NotYet, OSError.
        """
        generation, held = reader.generation, reader.held
        if not generation.offset:
            return None
        if held and reader.in_place(held):
            status = os.fstat(held.fd)
            if (status.st_dev, status.st_ino) == front.inode_key or status.st_size > generation.offset:
                return None
        if generation.closed and generation.inode:
            return None
        try:
            log = open_log(front.path)
        except (OSError, UnreadableKindError):
            return None
        try:
            offset = self._rolled_back_to(generation, front, log)
            if offset is not None:
                return register.roll_back(generation, front, log, offset)
            offset = None if log.compressed else trail.moved_to(generation, log, record=self._record)
            return register.succeed(generation, front, log, offset) if offset is not None else None
        finally:
            log.close()

    def _rolled_back_to(self, generation: Generation, found: Found, log: LogFile) -> int | None:
        """
        Return the offset to which *generation* was rolled back in *found*; None: it wasn't.

        Raises NotYet while that can still change.
        """
        if log.compressed:
            return None  # packed after it was written
        short, size = self._short, found.size
        known = short[1] if short and short[0] == found.inode_key else None
        if 0 < size < generation.offset and trail.kept_prefix(generation, log, size):
            # Growth that crosses a waymark is the copy going on; less may be new lines, which begin at the known end.
            begun = known is None or size < known
            self._copying = not begun and (self._copying or trail.crosses(generation, known or 0, size))
            if begun or (self._copying and size != known):
                self._short, self._since = (found.inode_key, size), self._clock.monotonic()
                raise NotYet
            if self._clock.monotonic() - self._since < SETTLED:
                raise NotYet
        self._short = None
        # Other lines follow already what was left of it when it was last looked at.
        return known if known and known <= size else self._grown_from(generation, log, size)

    def _grown_from(self, generation: Generation, log: LogFile, size: int) -> int | None:
        """
        Return where reading goes on in a log that was rolled back and has grown since, unseen; None: it wasn't.

        Waymarks tell roughly where that was. What lies before the first one that differs may have been read, so it is
        not read again. Logs begun anew may begin alike, with a banner; one that begins with the same date is the same.
        """
        kept, differs = trail.kept_until(generation, log, size)
        if not kept or self._first_date(log.read_at(0, min(kept, DATED_BY))) is None:
            return None
        if self._record:
            return -(-differs // self._record) * self._record
        behind = log.read_at(differs - 1, LINE_LIMIT + 1).find(b"\n") + 1
        return differs - 1 + behind if behind else None


class NotYet(Exception):
    """What a file has become can't be told before it is quiet."""
