"""The generations a stream is known to have had: which file is which, what has changed, what was lost."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import replace

from exporter.ports import Failpoint
from exporter.records import BEFORE_START, ROLLED_BACK, Gap, Generation, Position
from exporter.tail import identity
from exporter.tail.chain import Found
from exporter.tail.opening import LogFile, UnreadableKindError, open_log
from exporter.tail.seen import was_empty

GONE = "generation is gone"

_REMEMBERED = 1_000
"""Closed generations that no file holds any more, kept in mind: a backup of one may be put back."""


class Register:
    """The generations of one stream, oldest first."""

    def __init__(self, known: Iterable[Generation], next_generation: Callable[[], int], hit: Failpoint) -> None:
        """Begin with the generations of the checkpoint."""
        self.known = [replace(generation) for generation in known]
        self._next_generation = next_generation
        self._hit = hit
        self._touched: dict[int, Generation] = {}
        self._gaps: list[Gap] = []
        self._closed_files: dict[tuple[int, int, int, int], tuple[Generation, bytes]] = {}

    def new(self, found: Found, head: bytes) -> Generation:
        """Register a generation that begins in *found*; *head* are its first bytes, empty where they can't be read."""
        self._hit("drain-old-before-register-new")
        generation = Generation(self._next_generation(), found.path, found.device, found.inode)
        generation.head, generation.head_length = identity.digest(head), len(head)
        self.known.append(generation)
        self.touch(generation)
        self._hit("after-register-new")
        return generation

    def copy(self, found: Found, log: LogFile, end: int) -> Generation:
        """Register a file of *end* bytes whose lines were all read from another one: from now on it is known."""
        copy = self.new(found, log.read_at(0, identity.HEAD))
        copy.offset = copy.size = end
        identity.take_marker(copy, log)
        self.close(copy)
        return copy

    def roll_back(self, generation: Generation, found: Found, log: LogFile, offset: int) -> Generation:
        """Register what comes to be written from *offset* on, in place of what was read there and is gone."""
        self._hit("gap-record")
        self._gaps.append(Gap(generation.id, min(offset, generation.offset), generation.offset, ROLLED_BACK))
        return self.succeed(generation, found, log, offset)

    def succeed(self, generation: Generation, found: Found, log: LogFile, offset: int) -> Generation:
        """
        Register what follows *offset* in a file that was changed in place, as the successor of *generation*.

        What lies before *offset* was read from *generation*, which is closed by this.
        """
        generation.device = generation.inode = 0
        self.close(generation)
        successor = self.new(found, log.read_at(0, identity.HEAD))
        successor.offset, successor.size = offset, found.size
        successor.first_hash, successor.first_time = generation.first_hash, generation.first_time
        successor.rollbacks = generation.rollbacks + 1
        identity.take_marker(successor, log)
        return successor

    def place(self, generation: Generation, found: Found) -> None:
        """Say that *generation* lies in *found* now."""
        if (generation.path, generation.device, generation.inode) != found[:3]:
            generation.path, generation.device, generation.inode = found[:3]
            self.touch(generation)

    def resume(self, position: Position | None) -> Generation | None:
        """Return the generation to go on with: the one that is open, else the one *position* is in."""
        at = [known for known in self.known if not known.closed or (position and known.id == position.generation)]
        return at[-1] if at else None

    def touch(self, generation: Generation) -> None:
        """Say that *generation* has changed."""
        self._touched[generation.id] = generation

    def has_moved(self, generation: Generation) -> bool:
        """Say whether *generation* has changed since the last `moved`."""
        return generation.id in self._touched

    def close(self, generation: Generation) -> None:
        """Say that no lines are expected in *generation* any more."""
        generation.closed = True
        self.touch(generation)

    def reopen(self, generation: Generation, found: Found) -> None:
        """Go on with a generation that was gone and lies in *found* again: what was told as lost is read after all."""
        generation.path, generation.device, generation.inode = found.path, found.device, found.inode
        generation.closed = False
        self._gaps.append(Gap(generation.id, generation.offset, None, GONE, withdrawn=True))
        self.touch(generation)

    def find_again(self, generation: Generation, found: Found, size: int) -> None:
        """Say that a closed generation that was gone lies in *found*, with more lines than were read: *size* bytes."""
        if not generation.inode:
            self._gaps.append(Gap(generation.id, generation.offset, None, GONE, withdrawn=True))
        generation.path, generation.device, generation.inode = found[:3]
        generation.size = size
        self.touch(generation)

    def lose(self, generation: Generation, end: int | None, reason: str) -> None:
        """Record that *generation* can't be read from its offset to *end* (None: unknown), and close it."""
        self._hit("gap-record")
        self._gaps.append(Gap(generation.id, generation.offset, end, reason))
        self.close(generation)

    def pass_over(self, generation: Generation, end: int) -> None:
        """Begin *generation* at *end*; what lies before, in it and in older ones, is one loss by the user's wish."""
        generation.offset = generation.size = end
        if end:
            self._hit("gap-record")
            self._gaps.append(Gap(generation.id, 0, end, BEFORE_START))
        self.touch(generation)

    def note_first(self, generation_id: int, first_hash: str, first_time: int | None) -> None:
        """Keep hash and UTC second of a generation's first whole line."""
        for generation in self.known:
            told = generation.first_hash, generation.first_time
            if generation.id == generation_id and told != (first_hash, first_time):
                generation.first_hash, generation.first_time = first_hash, first_time
                self.touch(generation)

    def moved(self) -> list[Generation]:
        """Return copies of what is new or changed since the last call, oldest first."""
        moved = [replace(self._touched[key]) for key in sorted(self._touched)]
        self._touched.clear()
        return moved

    def gaps(self) -> list[Gap]:
        """Return the losses since the last call."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def empty_in(self, found: Found) -> Generation | None:
        """Return the generation that left the inode of *found* empty, None where there is none."""
        empty = (known for known in reversed(self.known) if was_empty(known))
        return next((known for known in empty if identity.same_inode(known, *found.inode_key)), None)

    def lost_whole(self, head: bytes) -> Generation | None:
        """Return the newest generation that begins with *head* and was lost to its last byte; None: there is none."""
        lost = (known for known in reversed(self.known) if known.closed and known.head_length and not known.offset)
        return next((known for known in lost if identity.digest(head[: known.head_length]) == known.head), None)

    def _only_alike(self, generation: Generation, log: LogFile) -> bool:
        """
        Say whether a packed *log* begins as *generation* and others do, and isn't this one.

        Logs may all begin with the same banner, and a packed one has the inode of one that was deleted.
        """
        if not (generation.closed and generation.head_length and identity.same_head(generation, log)):
            return False
        alike = any(
            other.head_length and identity.same_head(other, log) for other in self.known if other is not generation
        )
        return alike and not identity.same_marker(generation, log)

    def forget(self, files: Iterable[Found], there: Iterable[Generation]) -> None:
        """
        Drop from memory what was found of files that are not among *files* any more, as they are now.

        Of the closed generations that are not *there* any more the oldest are dropped too; the ledger keeps them.
        """
        states = {_state(found) for found in files}
        self._closed_files = {state: known for state, known in self._closed_files.items() if state in states}
        if len(self.known) <= 2 * _REMEMBERED:
            return
        self._hit("registry-gc")
        kept = {id(generation) for generation in there}
        late = len(self.known) - _REMEMBERED
        self.known = [
            known for at, known in enumerate(self.known) if at >= late or not known.closed or id(known) in kept
        ]
        self._closed_files.clear()

    def owner(self, found: Found, *, steady: bool = False) -> tuple[Generation | None, bytes]:
        """
        Return the generation that lies in *found* (None: one not known yet), and its first bytes.

        A file that can't be read is taken for what its inode was. Raises FileNotFoundError when it is gone by now, or
        (where inode numbers are *steady*) another lies at its path, or nothing is in it any more.
        """
        if known := self._closed_files.get(_state(found)):
            return known
        newest_first = self.known[::-1]
        by_inode = [known for known in newest_first if identity.same_inode(known, *found.inode_key)]
        try:
            log = open_log(found.path)
        except (PermissionError, UnreadableKindError):
            return next(iter(by_inode), None), b""
        try:
            if steady and _inode_key(os.fstat(log.fd)) != found.inode_key and _tells_one_inode(found.path):
                raise FileNotFoundError(errno.ENOENT, "renamed after it was listed", found.path)
            head = log.read_at(0, identity.HEAD)
            if steady and found.size and not (head or log.compressed):
                raise FileNotFoundError(errno.ENOENT, "truncated after it was listed", found.path)
            others = [known for known in newest_first if not identity.same_inode(known, *found.inode_key)]
            for generation in by_inode + others:
                if _outgrown(generation, log) or (log.compressed and self._only_alike(generation, log)):
                    continue
                if identity.is_file_of(generation, log, *found.inode_key):
                    if generation.closed:
                        self._closed_files[_state(found)] = generation, head
                    return generation, head
            return None, head
        finally:
            log.close()


def _state(found: Found) -> tuple[int, int, int, int]:
    """Return what stays as long as the file holds the same."""
    return (*found.inode_key, found.size, found.mtime_ns)


def _inode_key(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _tells_one_inode(path: str) -> bool:
    """Say whether *path* has the same inode number each time that it is asked for: on some mounts it has not."""
    return _inode_key(os.stat(path)) == _inode_key(os.stat(path))


def _outgrown(generation: Generation, log: LogFile) -> bool:
    """
    Say whether *generation* was left without being read, and *log* holds more than it did.

    It was a copy, which wasn't whole when it was seen, or empty: any file may have its inode by now.
    """
    if was_empty(generation):
        return bool(log.read_at(0, 1))
    copy = generation.closed and generation.offset > 0 and not generation.first_hash
    return copy and not log.compressed and bool(log.read_at(generation.offset, 1))
