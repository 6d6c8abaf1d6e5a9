"""Reading one generation: its open file, and the proof before each step that it still is the same content."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import os

from exporter.ports import Failpoint
from exporter.records import Generation
from exporter.tail import identity, trail
from exporter.tail.lines import EVERYTHING, LINE_LIMIT, Cutting, Piece, Settling
from exporter.tail.opening import LogFile, OpenFiles, open_log
from exporter.tail.wide import make_cutter


class MovedError(Exception):
    """The generation does not lie at its path any more, or not in the form it had."""


class Reader:
    """One generation being read; its record moves with it."""

    def __init__(
        self,
        generation: Generation,
        open_files: OpenFiles,
        hit: Failpoint,
        *,
        restored: bool,
        encoding: str = "utf-8",
        record: int = 0,
    ) -> None:
        """
        Read *generation* from its offset on; *restored*: it was begun by an earlier process.

        *encoding* is what the source's configuration says: ``utf-8`` (bytes as they are) or ``utf-16``;
        *record* the bytes of each record of its format, 0 for lines.
        """
        self.generation = generation
        self.detached = False
        """Whether the open file lies at no path of the stream any more."""
        self.restored = restored
        """Whether nothing was seen of it in this process yet, so its size may have grown unseen."""
        self.refused: PermissionError | None = None
        """What keeps from looking at the path, while the file that is open can still be read."""
        self.unsteady = False
        """Whether its inode number changes from look to look (network mounts): then only its content tells."""
        self._open_files = open_files
        self._hit = hit
        self._encoding, self._record = encoding, record
        self._cutter: Cutting | None = None
        self._settling = Settling()
        self._before: bytes | None = None if restored else b""
        """The bytes before the offset, of which the marker is the hash; None until they are read again."""

    @property
    def held(self) -> LogFile | None:
        """The open file, None when it isn't open (any more)."""
        return self._open_files.get(self)

    @property
    def holding(self) -> bool:
        """Whether the last `next` met NULs that may still be replaced: the file is to be looked at again."""
        return self._cutter is not None and self._cutter.holding

    def hold(self, log: LogFile) -> None:
        """Read from *log*."""
        self._open_files.put(self, log)
        self._hit("after-open")

    def release(self) -> None:
        """Close the file; it is opened again when needed."""
        self._open_files.drop(self)

    def status(self) -> os.stat_result:
        """Look at the file. Raises OSError, and MovedError when something else lies at its path."""
        # An idle log that is only looked at doesn't count as used: its open file is the first to be closed.
        if self.detached and (held := self.held):
            return os.fstat(held.fd)
        try:
            status = os.stat(self.generation.path)
        except FileNotFoundError:
            raise MovedError from None
        except PermissionError as error:
            if (held := self.held) is None:
                raise
            self.refused = error
            return os.fstat(held.fd)
        self.refused = None
        if self.unsteady:
            self.release()  # opened anew, it shows whether it still is what it was
        elif not identity.same_inode(self.generation, status.st_dev, status.st_ino):
            raise MovedError
        return status

    def next(self, limit: int, size: int, *, final: bool, now: float | None = None) -> Piece | None:
        """
        Return the next piece of about *limit* bytes and move the record behind it; *size* is the file's.

        *now*: the monotonic second, by which NULs are given time to be replaced; None: they get none.
        Raises OSError, and MovedError when what was read before is not there any more.
        """
        log = self._opened(size)
        cutter = self._cutting(log)
        settled = EVERYTHING if log.compressed else None if now is None else self._settling.upto(size, now)
        piece = cutter.next(log, limit, final=final, settled=settled)
        # Looked at after reading: what was read belongs to this generation if the bytes before it are still there.
        if not self.in_place(log):
            self._cutter = None
            raise MovedError
        self.restored = False
        if self.generation.head_length < identity.HEAD and size > self.generation.head_length:
            identity.take_head(self.generation, log)
        self.generation.size = max(self.generation.size, cutter.offset) if log.compressed else size
        if piece is not None:
            self._hit("after-read")
            self._move(piece, log, verbatim=cutter.verbatim)
        return piece

    def rewind(self, offset: int) -> None:
        """Stand again at *offset*, which lies in the piece that was read last."""
        log = self.held
        if log is not None:
            self._move(Piece(b"", offset), log, verbatim=False)
            self._cutter = None

    def turn_to(self, generation: Generation) -> None:
        """Read *generation* from now on: the file was changed in place, and this is what is new in it."""
        self.release()
        self.generation = generation
        self._cutter = None
        self._settling = Settling()
        self._before = None

    def end_torn_line(self, size: int) -> Piece | None:
        """
        Pass over the rest of a line that was taken for whole when its file was left; None when there is none.

        *size* is the file's. Raises OSError, and MovedError.
        """
        log, offset = self._opened(size), self.generation.offset
        cutter = self._cutting(log)
        if not self._before or cutter.at_line_start(self._before):
            return None
        end = cutter.behind_line(log.read_at(offset, LINE_LIMIT + 2))
        if not end:
            return None
        piece = Piece(b"", offset + end)
        self._move(piece, log, verbatim=True)
        return piece

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
            # Logs may all begin with the same banner.
            alike = trail.kept_prefix(generation, log, end) if generation.trail else True
            return end if whole or (alike and identity.digest(head) == generation.head) else None
        if held is None:
            return end if trail.kept_prefix(generation, log, end) else None
        start = max(0, end - identity.MARKER)
        places = ((0, len(head)), (start, end - start))
        return end if all(log.read_at(*place) == held.read_at(*place) for place in places) else None

    def _cutting(self, log: LogFile) -> Cutting:
        """Return what cuts *log* from the offset on."""
        # Made anew where a read failed after cutting, and as long as the first bytes don't tell the encoding.
        if self._cutter is None or self._cutter.offset != self.generation.offset or self.generation.head_length < 2:
            self._cutter = make_cutter(log, self.generation.offset, self._encoding, self._record)
        return self._cutter

    def _opened(self, size: int) -> LogFile:
        generation = self.generation
        log = self.held
        if log is not None and size and not generation.head_length and not self.detached:
            self.release()  # empty when it was opened: only now its first bytes tell what it is
            log = None
        if log is None:
            try:
                log = open_log(generation.path)
            except FileNotFoundError:
                raise MovedError from None
            try:
                status = os.fstat(log.fd)
                ours = identity.is_file_of(generation, log, status.st_dev, status.st_ino)
            except OSError:
                log.close()
                raise
            if not ours:
                log.close()
                raise MovedError
            self.hold(log)
        if self._before is None:
            self._before = log.read_at(generation.offset - generation.marker_length, generation.marker_length)
        return log

    def _move(self, piece: Piece, log: LogFile, *, verbatim: bool) -> None:
        generation = self.generation
        if piece.data and verbatim:
            self._before = ((self._before or b"") + piece.data[-identity.MARKER :])[-identity.MARKER :]
        else:
            start = max(0, piece.end - identity.MARKER)
            self._before = log.read_at(start, piece.end - start)
        generation.offset = piece.end
        generation.marker, generation.marker_length = identity.digest(self._before), len(self._before)
        # What is passed over at the beginning has no first line, and is read all the same.
        generation.first_hash = generation.first_hash or generation.marker
        self._hit("marker-update")
