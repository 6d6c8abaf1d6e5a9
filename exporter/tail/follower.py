"""
Following one stream: from file to file, oldest first, each line once.

A poll of a stream where nothing happened is one stat. The folder is listed when that stat shows another inode or
none, when the bytes before the offset have changed, or when the discovery offers other files.
"""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH110, PTH114

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from exporter.ports import Clock, Failpoint
from exporter.records import Block, Gap, Generation, Position
from exporter.tail import problems, trail
from exporter.tail.ages import Ages
from exporter.tail.ahead import blocks_ahead
from exporter.tail.beginning import Beginning
from exporter.tail.folders import Folders
from exporter.tail.habits import Habits
from exporter.tail.inplace import NotYet
from exporter.tail.late import LateLines
from exporter.tail.lines import Piece
from exporter.tail.opening import OpenFiles, UnreadableKindError
from exporter.tail.reader import MovedError, Reader
from exporter.tail.register import Register
from exporter.tail.unfinished import YOUNG, Unfinished
from exporter.tail.whereabouts import Whereabouts
from exporter.tail.writer import Signature, WriterWatch, newest_written, signature

DAY = 86_400
USUAL = Habits()
_UNSTEADY, _ATTEMPTS = 3, 20
"""So often in a row a file is another than was just seen, and inode numbers are not believed; the next poll goes on."""
_SETTLED = 2.0
"""Seconds without a change after which every later write is sure to change the mtime (network file systems: 1 s)."""


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
        files: Sequence[str] = (),
        habits: Habits = USUAL,
        folders: Folders | None = None,
    ) -> None:
        """
        Follow stream *name* (its path without rotation mark) of *source* from a checkpoint.

        *files* are the stream's paths as the discovery saw them last, *folders* what lists them for all streams.
        """
        self.source = source
        self.name = name
        self.problem: str | None = None
        self.still = self.waiting = False
        self._clock = clock
        self._habits = habits
        self._register = Register(generations, next_generation, hit)
        ages = Ages(clock, complete=habits.importing)
        unfinished = Unfinished(ages)
        self._where = Whereabouts(name, self._register, clock, habits, folders or Folders(), files, ages, unfinished)
        self._beginning = Beginning(self._register, open_files, unfinished, hit, habits)
        self._late = LateLines(clock)
        self._writer = WriterWatch(clock, ages)
        at = self._register.resume(position)
        self._reader = self._beginning.resume(at) if at else None
        self._settled: Signature | None = None

    def read(self, limit: int) -> Block | None:
        """Return the next block of about *limit* bytes, or None when there is nothing whole to read now."""
        self.still = self.waiting = False
        try:
            self.still = not self._where.due and self._idle()
            block = None if self.still else self._read(limit)
        except OSError as error:
            if self._reader and not isinstance(error, PermissionError):
                self._reader.release()
            self._where.due = True
            self.problem = problems.explain(os.fsdecode(error.filename or self.name), error)
            return self._read_late(limit)
        except NotYet:
            self._where.due = self.waiting = True
            return self._read_late(limit)
        trouble = self._trouble()
        self.still = self.still and trouble == self.problem
        self.problem = trouble
        return block or self._read_late(limit)

    @property
    def writer_on_rotated(self) -> bool:
        """Whether the writer goes on in a rotated or deleted file, long after the rotation."""
        return self._writer.astray or self._late.writing

    def notes(self) -> list[str]:
        """Return sentences for the user that are to be said once, since the last call."""
        return self._where.notes()

    def offer(self, files: Sequence[str]) -> None:
        """Take the stream's paths as the discovery sees them now; others than before make it look into the folder."""
        self._where.offer(files)

    def look_ahead(self, limit: int) -> Iterable[Block]:
        """Yield up to *limit* bytes of blocks from where `read` stands, over later generations, and move nothing."""
        self._have_looked()
        pending, cut = tuple(self._where.pending), self._habits
        return blocks_ahead(self._reader, pending, self._not_after(), limit, encoding=cut.encoding, record=cut.record)

    def written(self) -> int:
        """Return the UTC second at which the newest line of the stream was written, as far as the files tell."""
        self._have_looked()
        return max(0, min(int(self._clock.now()), int(self._where.newest)))

    def rewind(self, position: Position) -> None:
        """Stand again at *position*, a line start inside the block that `read` returned last."""
        reader = self._late.reader_of(position.generation) or self._reader
        if reader and reader.generation.id == position.generation:
            reader.rewind(position.offset)
            self._register.touch(reader.generation)
            self._settled = None

    def moved(self) -> list[Generation]:
        """Return copies of the generations that are new or changed since the last call, as of the last `read`."""
        for reader in (self._reader, *self._late.readers):
            if reader and self._register.has_moved(reader.generation) and (log := reader.held):
                trail.extend(reader.generation, log)
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
        """Close the files that are open."""
        self._late.close()
        self._where.close()
        if self._reader:
            self._reader.release()

    def _trouble(self) -> str | None:
        """Say what is wrong although nothing failed: no file of the stream is there, or its path can't be looked at."""
        reader = self._reader
        if self.waiting:
            return None
        if reader is None or (reader.generation.closed and not reader.generation.inode):
            self._where.due = True
            return problems.explain(self.name, FileNotFoundError())
        if not self._at_front(reader) and os.path.islink(self.name) and not os.path.exists(self.name):
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

    def _read_late(self, limit: int) -> Block | None:
        """Return the next block that was written to a rotated file after its successor was begun."""
        for generation in self._where.grown:
            if not self._late.follows(generation):
                self._late.leave(self._beginning.resume(generation))
        self._where.grown = []
        late = self._late.next(limit)
        self._where.due, self._late.strayed = self._where.due or self._late.strayed, False
        return self._block(*late) if late else None

    def _read(self, limit: int) -> Block | None:
        where = self._where
        reader = self._reader
        if where.is_due(at_front=bool(reader and self._at_front(reader))):
            where.look(reader)
        for attempt in range(_ATTEMPTS):
            try:
                return self._read_on(limit)
            except MovedError:
                self._beginning.unsteady = self._beginning.unsteady or attempt >= _UNSTEADY
                if self._reader:
                    self._reader.unsteady = self._beginning.unsteady
                where.look(self._reader)
        where.due = True
        return None

    def _read_on(self, limit: int) -> Block | None:
        """Return the next block of the files as they were seen last. Raises OSError, MovedError."""
        while True:
            reader, pending = self._reader, self._where.pending
            if reader is None or reader.generation.closed:
                begun = self._beginning.begin(pending) if pending else None
                if begun is None:
                    self.waiting = bool(pending)
                    return None
                self._reader, self._settled = begun, None
                continue
            start = reader.generation.offset
            piece = self._piece(reader, limit)
            if piece is not None:
                return self._block(reader, start, piece)
            if not reader.generation.closed:
                return None

    def _block(self, reader: Reader, start: int, piece: Piece) -> Block:
        self._register.touch(reader.generation)
        at = reader.generation.id
        return Block(Position(at, start), piece.data, Position(at, piece.end), self._not_after(), piece.oversize)

    def _piece(self, reader: Reader, limit: int) -> Piece | None:
        """Return the next piece of the current generation; close it when it has none and never will."""
        now = signature(status := reader.status())
        path = "" if reader.detached else reader.generation.path
        self._writer.see(now, path, at_front=self._at_front(reader) or self._where.front_inode == now[:2])
        if not self._where.pending:
            self._where.newest = status.st_mtime
        # A page that isn't written yet is given time, but not in a complete log.
        patience = None if self._habits.importing else self._clock.monotonic()
        try:
            piece = reader.next(limit, status.st_size, final=False, now=patience)
        except UnreadableKindError as error:
            self._register.lose(reader.generation, None, str(error))
            return None
        if piece is not None:
            return piece
        log = reader.held
        if log is not None and log.damage is not None:
            if self._writer.unchanged < YOUNG:
                reader.release()  # it may still be written; opened anew, it is read on from the same place
                return None
            self._register.lose(reader.generation, None, log.damage)
        elif (log is not None and log.compressed) or (not reader.holding and self._left_behind()):
            # Its end will not move any more, so what is there without a line end is a line.
            piece = reader.next(limit, status.st_size, final=True)
            if piece is None:
                self._register.close(reader.generation)
            if reader.generation.closed and log is not None and not log.compressed:
                self._late.leave(reader)
        if reader.generation.closed and not self._late.knows(reader.generation):
            reader.release()
        settled = self._writer.unchanged >= _SETTLED and not reader.holding
        self._settled = now if settled else None
        return piece

    def _left_behind(self) -> bool:
        """Say whether the writer has gone on to a newer generation: one has bytes, and the current file is quiet."""
        if not self._where.pending or self._habits.importing:
            return bool(self._where.pending)
        try:
            newest = newest_written(self._where.pending)
        except FileNotFoundError:
            self._where.due = True
            return False
        return newest is not None and self._writer.rests(newest)

    def _not_after(self) -> int:
        """Return the latest UTC second that is believed of a line read now."""
        if not self._habits.importing:
            return int(self._clock.now()) + DAY
        last = self._writer.last
        return int(last[3] / 1e9 if last else self._where.newest) + DAY

    def _have_looked(self) -> None:
        """Look for the files where that is due; what keeps from it is told by the next `read`."""
        if self._where.due:
            try:
                self._where.look(self._reader)
            except (OSError, NotYet):
                self._where.due = True
