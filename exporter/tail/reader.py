"""Reading one generation: its open file, and the proof before each step that it still is the same content."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import os

from exporter.ports import Failpoint
from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.lines import Cutter, Piece
from exporter.tail.opening import LogFile, OpenFiles, open_log


class MovedError(Exception):
    """The generation does not lie at its path any more, or not in the form it had."""


class Reader:
    """One generation being read; its record moves with it."""

    def __init__(self, generation: Generation, open_files: OpenFiles, hit: Failpoint, *, restored: bool) -> None:
        """Read *generation* from its offset on; *restored*: it was begun by an earlier process."""
        self.generation = generation
        self.detached = False
        """Whether the open file lies at no path of the stream any more."""
        self.restored = restored
        """Whether nothing was seen of it in this process yet, so its size may have grown unseen."""
        self.refused: PermissionError | None = None
        """What keeps from looking at the path, while the file that is open can still be read."""
        self._open_files = open_files
        self._hit = hit
        self._cutter = Cutter(generation.offset)
        self._before: bytes | None = None if restored else b""
        """The bytes before the offset, of which the marker is the hash; None until they are read again."""

    @property
    def held(self) -> LogFile | None:
        """The open file, None when it isn't open (any more)."""
        return self._open_files.get(self)

    def hold(self, log: LogFile) -> None:
        """Read from *log*."""
        self._open_files.put(self, log)
        self._hit("after-open")

    def release(self) -> None:
        """Close the file; it is opened again when needed."""
        self._open_files.drop(self)

    def status(self) -> os.stat_result:
        """Look at the file. Raises OSError, and MovedError when something else lies at its path."""
        held = self.held
        if self.detached and held:
            return os.fstat(held.fd)
        try:
            status = os.stat(self.generation.path)
        except FileNotFoundError:
            raise MovedError from None
        except PermissionError as error:
            if held is None:
                raise
            self.refused = error
            return os.fstat(held.fd)
        self.refused = None
        if not identity.same_inode(self.generation, status.st_dev, status.st_ino):
            raise MovedError
        return status

    def next(self, limit: int, size: int, *, final: bool) -> Piece | None:
        """
        Return the next piece of about *limit* bytes and move the record behind it; *size* is the file's.

        Raises OSError, and MovedError when what was read before is not there any more.
        """
        log = self._opened(size)
        if self._cutter.offset != self.generation.offset:
            self._cutter = Cutter(self.generation.offset)  # a read failed after cutting: cut again
        piece = self._cutter.next(log, limit, final=final)
        # Looked at after reading: what was read belongs to this generation if the bytes before it are still there.
        if not self.in_place(log):
            self._cutter = Cutter(self.generation.offset)
            raise MovedError
        self.restored = False
        if self.generation.head_length < identity.HEAD and size > self.generation.head_length:
            identity.take_head(self.generation, log)
        self.generation.size = max(size, self._cutter.offset) if log.compressed else size
        if piece is not None:
            self._hit("after-read")
            self._move(piece, log)
        return piece

    def rewind(self, offset: int) -> None:
        """Stand again at *offset*, which lies in the piece that was read last."""
        log = self.held
        if log is not None:
            self._move(Piece(b"", offset), log)
            self._cutter = Cutter(offset)

    def in_place(self, log: LogFile) -> bool:
        """Say whether *log* holds what was read of the generation, at the same place."""
        generation = self.generation
        if self._before is None:
            return identity.same_head(generation, log) and identity.same_marker(generation, log)
        if log.compressed:
            return True  # rotated and packed: it changes as a whole or not at all
        before = self._before
        if before and log.read_at(generation.offset - len(before), len(before)) != before:
            return False
        return generation.offset >= generation.head_length or identity.same_head(generation, log)

    def copied_to(self, log: LogFile, *, truncated: bool) -> int | None:
        """
        Return the length of *log* when it is a copy of what was read here, made before the last lines came; else None.

        *truncated*: the original is gone, and the head alone, or what is remembered of a small file, has to tell.
        """
        generation = self.generation
        held = self.held
        head = log.read_at(0, identity.HEAD)
        end = len(head)
        while step := log.read_at(end, min(1 << 20, max(1, generation.offset - end))):
            end += len(step)
            if end > generation.offset:
                return None
        if truncated:
            whole = generation.offset <= identity.MARKER and (self._before or b"").startswith(head)
            return end if whole or identity.digest(head) == generation.head else None
        start = max(0, end - identity.MARKER)
        places = ((0, len(head)), (start, end - start))
        return end if held and all(log.read_at(*place) == held.read_at(*place) for place in places) else None

    def _opened(self, size: int) -> LogFile:
        generation = self.generation
        log = self.held
        if log is not None and size and not generation.head_length:
            self.release()  # empty when it was opened: only now its first bytes tell what it is
            log = None
        if log is None:
            try:
                log = open_log(generation.path)
            except FileNotFoundError:
                raise MovedError from None
            status = os.fstat(log.fd)
            if not identity.is_file_of(generation, log, status.st_dev, status.st_ino):
                log.close()
                raise MovedError
            self.hold(log)
        if self._before is None:
            self._before = log.read_at(generation.offset - generation.marker_length, generation.marker_length)
        return log

    def _move(self, piece: Piece, log: LogFile) -> None:
        generation = self.generation
        if piece.data:
            self._before = ((self._before or b"") + piece.data[-identity.MARKER :])[-identity.MARKER :]
        else:
            start = max(0, piece.end - identity.MARKER)
            self._before = log.read_at(start, piece.end - start)
        generation.offset = piece.end
        generation.marker, generation.marker_length = identity.digest(self._before), len(self._before)
        self._hit("marker-update")
