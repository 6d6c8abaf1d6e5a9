"""
Following one stream: from file to file, oldest first, each line once.

A poll of a stream where nothing happened is one stat. The folder is listed when that stat shows another inode or
none, when the bytes before the offset have changed, or when the discovery offers other files.
"""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from exporter.ports import Clock, Failpoint
from exporter.records import Block, Gap, Generation, Position
from exporter.tail import problems
from exporter.tail.ahead import blocks_ahead
from exporter.tail.lines import Piece
from exporter.tail.opening import OpenFiles, UnreadableKindError, open_log
from exporter.tail.reader import MovedError, Reader
from exporter.tail.register import Register
from exporter.tail.whereabouts import Signature, Whereabouts, signature

DAY = 86_400
QUIET = 2.0
"""Seconds without growth after which a rotated file is believed to be left by its writer."""
_SETTLED = 2.0
"""Age of an mtime, in seconds, after which every later write is sure to change it (network file systems: 1 s)."""


class Follower:
    """One stream being followed (see `exporter.ports.LineSource`)."""

    def __init__(
        self,
        source: str,
        name: str,
        *,
        generations: Sequence[Generation],
        position: Position | None,
        next_generation: Callable[[], int],
        clock: Clock,
        hit: Failpoint,
        open_files: OpenFiles,
        importing: bool = False,
        files: Sequence[str] = (),
    ) -> None:
        """
        Follow stream *name* (its path without rotation mark) of *source* from a checkpoint.

        *files* are the stream's paths where they are known already. *importing*: the logs are old and complete, so
        nothing waits for writers and times are judged by the files' own.
        """
        self.source = source
        self.name = name
        self.problem: str | None = None
        self._clock = clock
        self._hit = hit
        self._open_files = open_files
        self._importing = importing
        self._register = Register(generations, next_generation, hit)
        self._where = Whereabouts(name, self._register, clock, files)
        at = self._register.resume(position)
        self._reader = Reader(at, open_files, hit, restored=True) if at else None
        self._settled: Signature | None = None
        self._last: Signature | None = None
        self._since = 0.0
        """Monotonic second since which the current file is as in `_last`."""

    def read(self, limit: int) -> Block | None:
        """Return the next block of about *limit* bytes, or None when there is nothing whole to read now."""
        try:
            block = None if not self._where.due and self._idle() else self._read(limit)
        except OSError as error:
            if self._reader and not isinstance(error, PermissionError):
                self._reader.release()
            self._where.due = True
            self.problem = problems.explain(os.fsdecode(error.filename or self.name), error)
            return None
        self.problem = self._trouble()
        return block

    def offer(self, files: Sequence[str]) -> None:
        """Take the stream's paths as the discovery sees them now; others than before make it look into the folder."""
        self._where.offer(files)

    def look_ahead(self, limit: int) -> Iterable[Block]:
        """Yield up to *limit* bytes of blocks from where `read` stands, over later generations, and move nothing."""
        self._have_looked()
        return blocks_ahead(self._reader, tuple(self._where.pending), self._not_after(), limit)

    def written(self) -> int:
        """Return the UTC second at which the newest line of the stream was written, as far as the files tell."""
        self._have_looked()
        return max(0, min(int(self._clock.now()), int(self._where.newest)))

    def rewind(self, position: Position) -> None:
        """Stand again at *position*, a line start inside the block that `read` returned last."""
        if self._reader and self._reader.generation.id == position.generation:
            self._reader.rewind(position.offset)
            self._register.touch(self._reader.generation)
            self._settled = None

    def moved(self) -> list[Generation]:
        """Return copies of the generations that are new or changed since the last call, as of the last `read`."""
        return self._register.moved()

    def note_first(self, generation_id: int, first_hash: str, first_time: int | None) -> None:
        """Keep hash and UTC second of a generation's first whole line in its record."""
        self._register.note_first(generation_id, first_hash, first_time)

    def gaps(self) -> list[Gap]:
        """Return the losses seen since the last call."""
        return self._register.gaps()

    def lag(self) -> int:
        """Return the bytes not read yet; of compressed files that are not begun, their compressed size."""
        current = self._reader.generation if self._reader else None
        unread = max(0, current.size - current.offset) if current and not current.closed else 0
        return unread + sum(coming.found.size for coming in self._where.pending)

    def close(self) -> None:
        """Close the file that is open."""
        if self._reader:
            self._reader.release()

    def _trouble(self) -> str | None:
        """Say what is wrong although nothing failed: no file of the stream is there, or its path can't be looked at."""
        reader = self._reader
        if reader is None or (reader.generation.closed and not reader.generation.inode):
            self._where.due = True
            return problems.explain(self.name, FileNotFoundError())
        return problems.explain(reader.generation.path, reader.refused) if reader.refused else None

    def _idle(self) -> bool:
        """Say whether nothing has happened since all was read; one stat where no rotation is under way."""
        reader = self._reader
        if reader is None or self._where.pending:
            return False
        if reader.generation.closed:
            return self._where.same_front()
        try:
            unchanged = signature(reader.status()) == self._settled
        except MovedError:
            self._where.due = True
            return False
        return unchanged and (self._at_front(reader) or self._where.same_front())

    def _at_front(self, reader: Reader) -> bool:
        """Say whether the current file lies at the plain path, so that its own stat tells of a rotation."""
        return reader.generation.path == self.name and not reader.detached and not reader.generation.closed

    def _read(self, limit: int) -> Block | None:
        where = self._where
        reader = self._reader
        if where.due or not (where.pending or (reader and self._at_front(reader)) or where.same_front()):
            where.look(reader)
        while True:
            reader = self._reader
            if reader is None or reader.generation.closed:
                if not where.pending:
                    return None
                self._begin()
                continue
            start = Position(reader.generation.id, reader.generation.offset)
            try:
                piece = self._piece(reader, limit)
            except MovedError:
                where.look(reader)
                continue
            if piece is not None:
                self._register.touch(reader.generation)
                end = Position(start.generation, piece.end)
                return Block(start, piece.data, end, self._not_after(), piece.oversize)
            if not reader.generation.closed:
                return None

    def _piece(self, reader: Reader, limit: int) -> Piece | None:
        """Return the next piece of the current generation; close it when it has none and never will."""
        status = reader.status()
        now = signature(status)
        if now != self._last:
            self._last, self._since = now, self._clock.monotonic()
        if not self._where.pending:
            self._where.newest = status.st_mtime
        try:
            piece = reader.next(limit, status.st_size, final=False)
        except UnreadableKindError as error:
            self._register.lose(reader.generation, None, str(error))
            return None
        if piece is not None:
            return piece
        log = reader.held
        if log is not None and log.damage is not None:
            self._register.lose(reader.generation, None, log.damage)
        elif (log is not None and log.compressed) or self._left_behind(status):
            # Its end will not move any more, so what is there without a line end is a line.
            piece = reader.next(limit, status.st_size, final=True)
            if piece is None:
                self._register.close(reader.generation)
        if reader.generation.closed:
            reader.release()
        self._settled = now if abs(self._clock.now() - status.st_mtime) > _SETTLED else None
        return piece

    def _left_behind(self, status: os.stat_result) -> bool:
        """Say whether the writer has gone on to a newer generation: one has bytes, and the current file is quiet."""
        if not self._where.pending or self._importing:
            return bool(self._where.pending)
        try:
            begun = any(os.stat(coming.found.path).st_size for coming in self._where.pending)
        except FileNotFoundError:
            self._where.due = True
            return False
        aged = self._clock.now() - status.st_mtime >= QUIET
        return begun and (aged or self._clock.monotonic() - self._since >= QUIET)

    def _begin(self) -> None:
        """Begin the oldest pending file; where it isn't there any more, look for it again. Raises OSError."""
        where = self._where
        found = where.pending[0].found
        try:
            log = open_log(found.path)
        except FileNotFoundError:
            where.look(self._reader)
            return
        except UnreadableKindError as error:
            where.pending.pop(0)
            generation = self._register.new(found, None)
            self._register.lose(generation, None, str(error))
            self._reader = Reader(generation, self._open_files, self._hit, restored=False)
            return
        status = os.fstat(log.fd)
        if (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns) != found[1:]:
            # Changed since it was looked at: it may have been rotated, or truncated after it was copied.
            log.close()
            where.look(self._reader)
            return
        where.pending.pop(0)
        self._reader = Reader(self._register.new(found, log), self._open_files, self._hit, restored=False)
        self._reader.hold(log)
        self._settled = None

    def _not_after(self) -> int:
        """Return the latest UTC second that is believed of a line read now."""
        if not self._importing:
            return int(self._clock.now()) + DAY
        return int(self._last[3] / 1e9 if self._last else self._where.newest) + DAY

    def _have_looked(self) -> None:
        """Look for the files where that is due; what keeps from it is told by the next `read`."""
        if self._where.due:
            try:
                self._where.look(self._reader)
            except OSError:
                self._where.due = True
