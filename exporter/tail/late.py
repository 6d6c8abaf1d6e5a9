"""
Late lines: written to a rotated file after its successor was begun.

A licence server that was not told of the rotation, or one of several daemons that write one log, may go on writing to
the renamed or deleted file for weeks. Such files stay open and are looked at with the current one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from exporter.ports import Clock
from exporter.records import Generation
from exporter.tail.lines import Piece
from exporter.tail.opening import UnreadableKindError
from exporter.tail.reader import MovedError, Reader
from exporter.tail.rotation import packed
from exporter.tail.writer import HANDOVER

_KEPT = 2
"""Rotated files that are kept in sight though nothing comes to them."""
_STUBBORN = 8
"""Of those whose writers have gone on long after the rotation."""
_ASTRAY = 86_400.0
"""Seconds without growth after which a writer is believed to have come back to its log."""
_OFTEN, _SELDOM = 3_600.0, 60.0
"""A file without growth for the first number of seconds is looked at once in the second number."""
_DELETED = 60.0
"""Seconds without growth after which a deleted file is let go: while it is open its room on the disk isn't free."""


@dataclass(slots=True)
class _Left:
    reader: Reader
    since: float
    """Monotonic second when it was left, or grew last."""
    left: float
    looked: float = field(default=0.0)
    stubborn: bool = False
    """Its writer has gone on long after the rotation."""


class LateLines:
    """The rotated files of one stream that may still grow."""

    def __init__(self, clock: Clock) -> None:
        """Begin with none."""
        self.strayed = False
        """Whether a file was lost out of sight that may lie elsewhere: the next listing tells."""
        self._clock = clock
        self._left: list[_Left] = []

    @property
    def writing(self) -> bool:
        """Whether a writer goes on in a rotated file long after the rotation."""
        return bool(self._left) and any(each.stubborn for each in self._left)

    @property
    def readers(self) -> list[Reader]:
        """Those of the files in sight."""
        return [each.reader for each in self._left]

    def leave(self, reader: Reader) -> None:
        """Keep the file of *reader* in sight; its successor is begun."""
        now = self._clock.monotonic()
        for each in [each for each in self._left if each.reader.generation is reader.generation]:
            self._drop(each)
        self._left.append(_Left(reader, now, now))

    def knows(self, generation: Generation) -> bool:
        """Say whether the generation is in sight."""
        return any(each.reader.generation is generation for each in self._left)

    def follows(self, generation: Generation) -> bool:
        """Say whether the generation is in sight where it lies: not in a deleted file, which it may have left."""
        return any(each.reader.generation is generation and not each.reader.detached for each in self._left)

    def reader_of(self, generation_id: int) -> Reader | None:
        """Return the reader of a generation in sight."""
        return next((each.reader for each in self._left if each.reader.generation.id == generation_id), None)

    def next(self, limit: int) -> tuple[Reader, int, Piece] | None:
        """Return the next piece of about *limit* bytes that came late, with its reader and its start, or None."""
        if not self._left:
            return None
        now = self._clock.monotonic()
        for each in list(self._left):
            if now - each.since > _OFTEN and now - each.looked < _SELDOM:
                continue
            each.looked = now
            start = each.reader.generation.offset
            piece = self._piece(each, limit)
            if piece is not None:
                each.stubborn = each.stubborn or now - each.left > HANDOVER
                each.since = now
                return each.reader, start, piece
            if each.reader.detached and now - each.since > _DELETED:
                self._drop(each)
        # Not before what had come to each of them is read.
        for each in self._left:
            each.stubborn = each.stubborn and now - each.since < _ASTRAY
        for stubborn, kept in ((False, _KEPT), (True, _STUBBORN)):
            for each in [each for each in self._left if each.stubborn == stubborn][:-kept]:
                self._drop(each)
        return None

    def close(self) -> None:
        """Close the files."""
        for each in self._left:
            each.reader.release()

    def _piece(self, each: _Left, limit: int) -> Piece | None:
        reader = each.reader
        try:
            size = self._size(reader)
            if size <= reader.generation.offset:
                return None
            final = _is_packed(reader)
            return reader.end_torn_line(size) or reader.next(limit, size, final=final, now=self._clock.monotonic())
        except PermissionError:
            return None
        except (MovedError, OSError, UnreadableKindError):
            # Renamed again, replaced, truncated or deleted: the next listing finds it where it is now, or it is gone.
            self._drop(each)
            self.strayed = True
            return None

    def _size(self, reader: Reader) -> int:
        if _is_packed(reader):
            return reader.generation.size  # as it was found
        held = reader.held
        if held is None:
            return reader.status().st_size
        status = os.fstat(held.fd)
        self.strayed = self.strayed or (not status.st_nlink and not reader.detached)
        reader.detached = not status.st_nlink
        return status.st_size

    def _drop(self, each: _Left) -> None:
        each.reader.release()
        self._left.remove(each)


def _is_packed(reader: Reader) -> bool:
    """Say whether what is read is a packed file: not the plain one that is still open, though it was packed since."""
    held = reader.held
    return held.compressed if held else packed(reader.generation.path)
