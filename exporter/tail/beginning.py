"""Beginning a file: the first one of a log never seen before, or the next one of a log that was rotated."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing

from exporter.ports import Failpoint
from exporter.records import BEFORE_START, Generation
from exporter.tail import identity
from exporter.tail.chain import Found
from exporter.tail.habits import Habits
from exporter.tail.opening import LogFile, OpenFiles, UnreadableKindError, length_of, open_log
from exporter.tail.reader import MovedError, Reader
from exporter.tail.register import Register
from exporter.tail.seen import Coming
from exporter.tail.unfinished import Unfinished

_STEP = 64 * 1024


class Beginning:
    """Makes the readers of one stream."""

    def __init__(
        self, register: Register, open_files: OpenFiles, unfinished: Unfinished, hit: Failpoint, habits: Habits
    ) -> None:
        """Make readers of generations in *register*."""
        self._register, self._open_files, self._hit = register, open_files, hit
        self._unfinished, self._habits = unfinished, habits
        self.unsteady = False
        """Whether inode numbers change from look to look."""

    def resume(self, generation: Generation) -> Reader:
        """Return a reader of a generation begun before."""
        return self._reader(generation, restored=True)

    def begin(self, pending: list[Coming]) -> Reader | None:
        """
        Begin the oldest of the *pending* files (at least one) and take it out of them; None: it has to wait.

        Raises OSError, and MovedError where it isn't there any more as it was seen.
        """
        found = pending[0].found
        try:
            if self._habits.from_end and not self._register.known:
                generation = _begin_at_end(pending, self._register, self._habits.record)
                pending.clear()
                return self.resume(generation)
            log = pending[0].held or open_log(found.path)
        except FileNotFoundError:
            raise MovedError from None
        except UnreadableKindError as error:
            pending.pop(0)
            generation = _unread(found, self._register)
            self._register.lose(generation, None, str(error))
            return self._reader(generation, restored=False)
        try:
            if pending[0].held is None:
                self._demand_unchanged(pending[0], log)
            if self._unfinished.packing(found, log):
                log.close()
                return None
            generation = self._register.new(found, identity.head_of(log))
        except (OSError, MovedError):
            if pending[0].held is None:  # what lies nowhere else stays open for the next try
                log.close()
            raise
        begun = pending.pop(0)
        reader = self._reader(generation, restored=False)
        reader.detached = begun.held is not None
        reader.hold(log)
        return reader

    def _reader(self, generation: Generation, *, restored: bool) -> Reader:
        encoding, record = self._habits.encoding, self._habits.record
        reader = Reader(generation, self._open_files, self._hit, restored=restored, encoding=encoding, record=record)
        reader.unsteady = self.unsteady
        return reader

    def _demand_unchanged(self, coming: Coming, log: LogFile) -> None:
        """See that the file is as it was seen: it may have been rotated, or truncated after it was copied."""
        found, status = coming.found, os.fstat(log.fd)
        inode = found.inode_key if self.unsteady else (status.st_dev, status.st_ino)
        if (*inode, status.st_size, status.st_mtime_ns) != found[1:]:
            raise MovedError
        if found.size and not coming.head and log.read_at(0, 1):
            raise MovedError  # it could not be looked at: only now it can be told whether it was read


def _begin_at_end(coming: Sequence[Coming], register: Register, record: int) -> Generation:
    """
    Register the files in *coming* (at least one) as passed over and return the newest, at its last line start.

    What lies before is told as one gap. What can't be read is passed over whole: nobody wanted it. *record*: the bytes
    of each record, 0 for lines. Raises OSError for the newest, before anything is registered.
    """
    *older, newest = [each.found for each in coming]
    try:
        log = open_log(newest.path)
    except UnreadableKindError:
        _pass_over(older, register)
        generation = _unread(newest, register)
        register.lose(generation, None, BEFORE_START)
        return generation
    with closing(log):
        end = length_of(log) // record * record if record else _last_line_start(log)
        _pass_over(older, register)
        generation = register.new(newest, log.read_at(0, identity.HEAD))
        first_line = log.read_at(0, record) if record else log.read_at(0, _STEP).partition(b"\n")[0]
        generation.first_hash = identity.digest(first_line or b"\n")
        register.pass_over(generation, end)
        identity.take_marker(generation, log)
    return generation


def _pass_over(files: Sequence[Found], register: Register) -> None:
    """Register *files* as read to their ends; what is refused now is looked at again by the next listing."""
    for found in files:
        try:
            with closing(open_log(found.path)) as log:
                register.copy(found, log, length_of(log) if log.compressed else found.size)
        except OSError:
            continue
        except UnreadableKindError:
            register.close(_unread(found, register))


def _unread(found: Found, register: Register) -> Generation:
    """Register a file of which nothing can be read: it is known by its inode alone, and that it held something."""
    generation = register.new(found, b"")
    generation.size = found.size
    return generation


def _last_line_start(log: LogFile) -> int:
    """Return the offset behind the last line end, 0 where there is none."""
    behind, at = 0, 0
    while chunk := log.read_at(at, _STEP):
        newline = chunk.rfind(b"\n")
        behind = at + newline + 1 if newline >= 0 else behind
        at += len(chunk)
    return behind
