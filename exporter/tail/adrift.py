"""
A log that was empty at the last look, and lies nowhere any more: its open file alone holds what came to it since.

Nothing was read of it, so nothing says that it comes next. Before those lines others may have come to it that lie in a
copy, if it was truncated in between: then that one is read first, and the open file waits among those to come.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing

from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.chain import Found
from exporter.tail.habits import DATED_BY, FirstDate
from exporter.tail.opening import LogFile, UnreadableKindError, open_log, share
from exporter.tail.ordering import first_date_in
from exporter.tail.seen import Coming, Seen, index_of_inode, newer_than_read


class Adrift:
    """The open file of one stream that waits."""

    def __init__(self, name: str, first_date: FirstDate) -> None:
        """Have none; *name* is the plain path of the stream."""
        self._name, self._first_date = name, first_date
        self._coming: Coming | None = None
        self._listed = False
        """Whether it was among those to come."""

    def take(self, generation: Generation, held: LogFile, seen: Sequence[Seen]) -> bool:
        """
        Keep the open file *held* of *generation*, where other files of those *seen* come before it, and say so.

        Of *generation* nothing must be read then before them. Raises OSError.
        """
        unread = not (generation.closed or generation.offset or generation.head_length or held.compressed)
        if not unread or index_of_inode(generation, [each.found for each in seen]) >= 0 or not held.read_at(0, 1):
            return False
        status = os.fstat(held.fd)
        found = Found(generation.path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        coming = Coming(found, identity.head_of(held), held)
        if not any(each.found.size and self._is_older(each, coming) for each in newer_than_read(generation, seen)):
            return False
        self.close()
        self._coming, self._listed = coming._replace(held=share(held, generation.path)), False
        return True

    def see(self, coming: Sequence[Coming]) -> None:
        """Take note of what has been begun: all that is not among those *coming* any more."""
        if self._listed and self._coming not in coming:
            self._coming = None

    def among(self, fresh: Sequence[Seen]) -> list[Coming]:
        """Return what is to come, oldest first: the files that are *fresh*, and the one that waits."""
        own = self._coming
        if own is None:
            return [Coming(each.found, each.head) for each in fresh]
        older = [each for each in fresh if self._is_older(each, own)]
        newer = [each for each in fresh if each not in older and not _holds(each.found, own.held)]
        self._listed = True
        before, behind = ([Coming(each.found, each.head) for each in part] for part in (older, newer))
        return [*before, own, *behind]

    def _is_older(self, each: Seen, own: Coming) -> bool:
        """Say whether a file was written before what waits; a rotated one that tells nothing is a copy made before."""
        found, held = each.found, own.held
        if held is None or found.path == self._name or _holds(found, held):
            return False
        if found.mtime_ns != own.found.mtime_ns:
            return found.mtime_ns < own.found.mtime_ns
        its, ours = first_date_in(found, self._first_date), self._first_date(held.read_at(0, DATED_BY))
        return its is None or ours is None or its <= ours

    def close(self) -> None:
        """Let go of the file."""
        if self._coming and self._coming.held:
            self._coming.held.close()
        self._coming = None


def _holds(found: Found, held: LogFile | None) -> bool:
    """Say whether a file holds all that the open one does: it was packed before it was deleted, or copied."""
    if held is None:
        return False
    end = os.fstat(held.fd).st_size
    ends = (0, min(end, identity.HEAD)), (max(0, end - identity.MARKER), min(end, identity.MARKER))
    try:
        log = open_log(found.path)
    except (OSError, UnreadableKindError):
        return False
    with closing(log):
        return all(log.read_at(*place) == held.read_at(*place) for place in ends)
