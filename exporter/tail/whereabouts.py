"""Where the generations of one stream lie: which file is being read, which are still to come, and what is lost."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exporter.ports import Clock
from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.chain import Found, list_chain, look_at
from exporter.tail.opening import UnreadableKindError, open_log
from exporter.tail.reader import Reader
from exporter.tail.register import Register

_LATE = 60.0
"""Seconds after its last change at which an older file that turns up late is believed to be whole."""

Signature = tuple[int, int, int, int, int]


def signature(status: os.stat_result) -> Signature:
    """Return what changes whenever the file does."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Coming(NamedTuple):
    """A file that is not begun yet."""

    found: Found
    head: bytes
    """Its first bytes, empty when it can't be read."""


class _Seen(NamedTuple):
    found: Found
    owner: Generation | None
    head: bytes


class Whereabouts:
    """The files of one stream, as of the last listing."""

    def __init__(self, name: str, register: Register, clock: Clock, files: Sequence[str]) -> None:
        """Begin with the paths in *files* where they are known; an empty one means the folder is to be listed."""
        self.pending: list[Coming] = []
        """Not begun yet, oldest first."""
        self.due = True
        """Whether the files have to be looked for before anything is read."""
        self.newest = 0.0
        """Mtime of the newest file."""
        self._name = name
        self._register = register
        self._clock = clock
        self._offered = tuple(sorted(files))
        self._use_offered = bool(files)
        self._front: Signature | None = None

    def offer(self, files: Sequence[str]) -> None:
        """Take the paths as the discovery sees them; other ones than before make a new listing due."""
        paths = tuple(sorted(files))
        if paths != self._offered:
            self._offered = paths
            self.due = True

    def same_front(self) -> bool:
        """Say whether the plain path is as it was at the last listing."""
        return self._front == self._front_now()

    def look(self, reader: Reader | None) -> None:
        """Look for all files anew, and for the one *reader* reads. Raises OSError, and then nothing has changed."""
        front = self._front_now()
        try:
            seen = self._seen(look_at(self._offered, self._name) if self._use_offered else list_chain(self._name))
        except FileNotFoundError:  # renamed between the listing and the look
            seen = self._seen(list_chain(self._name))
        self._use_offered = False
        files = [each.found for each in seen]
        home = _home(reader.generation, seen) if reader else None
        before = files.index(home) if home else _index_of_inode(reader.generation, files) if reader else -1
        truncated = False
        if reader and not reader.generation.closed:
            truncated = home is None and before >= 0
            self._place(reader, home, truncated=truncated)
        fresh = [each for each in seen if each.owner is None or (home and _outgrew(each, seen[before]))]
        older = [each for each in fresh if files.index(each.found) < before and each.head]
        if home:
            self._pass_over_late(reader, older)
            fresh = [each for each in fresh if files.index(each.found) > before]
        elif truncated:
            copies = [each for each in older if self._is_copy(reader, each.found, truncated=True)]
            fresh = [each for each in fresh if each not in copies]
        self._account_for_vanished(seen)
        self._follow_names(seen)
        self.pending = [Coming(each.found, each.head) for each in fresh]
        self.newest = files[-1].mtime if files else self.newest
        self._front = front
        self.due = False

    def _follow_names(self, seen: Sequence[_Seen]) -> None:
        """Keep the paths of closed generations right: what was read from them is looked up again by people."""
        closed = {id(each.owner): each.owner for each in seen if each.owner and each.owner.closed and each.owner.inode}
        for generation in closed.values():
            home = _home(generation, seen)
            if home and (generation.path, generation.device, generation.inode) != home[:3]:
                generation.path, generation.device, generation.inode = home[:3]
                self._register.touch(generation)

    def _seen(self, files: Sequence[Found]) -> list[_Seen]:
        return [_Seen(found, *self._register.owner(found)) for found in files]

    def _front_now(self) -> Signature | None:
        try:
            return signature(os.stat(self._name))
        except FileNotFoundError:
            return None

    def _place(self, reader: Reader, home: Found | None, *, truncated: bool) -> None:
        generation = reader.generation
        held = reader.held
        in_place = held is not None and reader.in_place(held)
        if not in_place:
            reader.release()
        # An open file that was unlinked is drained even where a copy is at hand: its writer may still be at it.
        reader.detached = in_place and (home is None or not identity.same_inode(generation, *home.inode_key))
        if home is None:
            if not reader.detached:
                self._gone(reader, truncated=truncated)
        elif (generation.path, generation.device, generation.inode) != home[:3]:
            generation.path, generation.device, generation.inode = home[:3]
            self._register.touch(generation)

    def _gone(self, reader: Reader, *, truncated: bool) -> None:
        """No file holds the generation any more: record what is lost, if anything can be."""
        generation = reader.generation
        if reader.restored:
            self._register.lose(generation, None, "generation is gone")
        elif generation.offset < generation.size and truncated:
            self._register.lose(generation, generation.size, "truncated before it was read")
        elif generation.offset < generation.size:
            self._register.lose(generation, None, "generation is gone")
        generation.device = generation.inode = 0
        self._register.close(generation)

    def _account_for_vanished(self, seen: Sequence[_Seen]) -> None:
        """Record the loss of files that were seen, not begun, and are there under no name and in no form any more."""
        sizes = {each.found.inode_key: each.found.size for each in seen}
        for coming in self.pending:
            shrunk = sizes.get(coming.found.inode_key, 0) < coming.found.size
            if shrunk and not any(each.head.startswith(coming.head) for each in seen):
                self._register.lose(self._register.new(coming.found, None), None, "generation is gone")

    def _pass_over_late(self, reader: Reader | None, older: Iterable[_Seen]) -> None:
        """Record files that turned up behind lines read already: reading them now would turn back the log."""
        for found in (each.found for each in older):
            # A young one may be a copy that is still being made.
            if self._clock.now() - found.mtime > _LATE and not self._is_copy(reader, found, truncated=False):
                self._register.lose(self._register.new(found, None), None, "found after newer lines had been read")

    def _is_copy(self, reader: Reader | None, found: Found, *, truncated: bool) -> bool:
        """Say whether the file is an older copy of what *reader* has read, and know it from now on."""
        if reader is None:
            return False
        try:
            log = open_log(found.path)
        except (OSError, UnreadableKindError):
            return True  # nothing is said of a file that can't be looked at; the next listing tells
        try:
            end = reader.copied_to(log, truncated=truncated)
            if end is not None:
                self._register.copy(found, log, end)
            return end is not None
        finally:
            log.close()


def _home(generation: Generation, seen: Sequence[_Seen]) -> Found | None:
    """Return the file the generation lies in: its own inode, else the newest copy."""
    homes = [each.found for each in seen if each.owner is generation]
    own = [found for found in homes if identity.same_inode(generation, *found.inode_key)]
    return next(iter(own or homes[::-1]), None)


def _index_of_inode(generation: Generation, files: Sequence[Found]) -> int:
    """Return which of *files* lies in the generation's inode, though with other content; -1 for none."""
    return next((at for at, found in enumerate(files) if identity.same_inode(generation, *found.inode_key)), -1)


def _outgrew(each: _Seen, home: _Seen) -> bool:
    """Say whether a file that begins like the one in *home* is a log of its own: a copy is never longer."""
    return each.owner is home.owner and each is not home and each.found.size > home.found.size
