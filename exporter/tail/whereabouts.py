"""Where the generations of one stream lie: which file is being read, which are still to come, and what is lost."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116, PTH120

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress

from exporter.ports import Clock
from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.ages import Ages
from exporter.tail.chain import Chain, Found, list_chain
from exporter.tail.folders import Folders
from exporter.tail.habits import Habits
from exporter.tail.inplace import InPlace, NotYet
from exporter.tail.opening import UnreadableKindError, open_log
from exporter.tail.ordering import first_date_in, in_order
from exporter.tail.reader import Reader
from exporter.tail.register import GONE, Register
from exporter.tail.returning import find_again, known_by_open_file
from exporter.tail.seen import Coming, Seen, given_to_empty, grown, home_of, index_of_inode, outgrew
from exporter.tail.unfinished import Unfinished
from exporter.tail.writer import Signature, signature

_LATE = 60.0
"""Seconds without a change after which an older file that turns up late is believed to be whole."""
_LOOKS = 20
"""Looks in a row after which files that are renamed all the time are left for the next poll."""


class NotMountedError(OSError):
    """The stream's folder is empty and lies on another file system than the log did."""


class Whereabouts:
    """The files of one stream, as of the last listing."""

    def __init__(
        self,
        name: str,
        register: Register,
        clock: Clock,
        habits: Habits,
        folders: Folders,
        files: Sequence[str],
        ages: Ages,
        unfinished: Unfinished,
    ) -> None:
        """Look for the files of *name* in *folders*; *files* are their paths as the discovery saw them last."""
        self.pending: list[Coming] = []
        """Not begun yet, oldest first."""
        self.grown: list[Generation] = []
        """Closed generations to which lines have come; at the first look those too to which they may come."""
        self._unlooked = True
        self.due = True
        """Whether the files have to be looked for before anything is read."""
        self.newest = 0.0
        """Mtime of the newest file."""
        self.said: list[str] = []
        """Sentences to be told once."""
        self._name = name
        self._register = register
        self._habits = habits
        self._folders = folders
        self._offered = tuple(sorted(files))
        self._front: Signature | None = None
        self._in_place = InPlace(clock, habits.first_date)
        self._deferred = False
        """Whether a file has to be looked at again when it is older."""
        self._ages = ages
        self._unfinished = unfinished

    def offer(self, files: Sequence[str]) -> None:
        """Take the paths as the discovery sees them; other ones than before make a new listing due."""
        paths = tuple(sorted(files))
        if paths != self._offered:
            self._offered = paths
            self.due = True

    def same_front(self) -> bool:
        """Say whether the plain path is as it was at the last listing."""
        return self._front == self._front_now()

    @property
    def front_inode(self) -> tuple[int, int] | None:
        """Device and inode of what lay at the plain path at the last listing."""
        return self._front[:2] if self._front else None

    def look(self, reader: Reader | None) -> None:
        """
        Look for all files anew, and for the one *reader* reads; that may go on in another generation after.

        Raises OSError, and NotYet while it can't be told what became of a file; then nothing has changed.
        """
        self._deferred = False
        front = self._front_now()
        seen = self._look_at_files(reader)
        if reader and (held := reader.held):
            seen = known_by_open_file(reader.generation, held, seen, self._register)
        if reader and (given := given_to_empty(reader.generation, seen)):
            reader.release()
            seen = given
        seen = find_again(seen, self._register, self._name)
        files = [each.found for each in seen]
        self._demand_mounted(reader, files)
        home = home_of(reader.generation, seen) if reader else None
        if reader and home is None and self._changed_in_place(reader, files):
            seen = self._seen(files)
            home = home_of(reader.generation, seen)
        if reader and home is None and not reader.generation.closed:
            self._await_copies(reader, seen)
        before = files.index(home) if home else index_of_inode(reader.generation, files) if reader else -1
        truncated = False
        if reader and home and reader.generation.closed and not reader.generation.inode:
            self._register.reopen(reader.generation, home)
        elif reader and not reader.generation.closed:
            truncated = home is None and before >= 0
            self._place(reader, home, truncated=truncated)
        fresh = [each for each in seen if each.owner is None or (home and outgrew(each, seen[before]))]
        older = [each for each in fresh if files.index(each.found) < before and each.head]
        if home:
            self._pass_over_late(reader, older)
            fresh = [each for each in fresh if files.index(each.found) > before]
        elif truncated:
            copies = [each for each in older if self._is_copy(reader, each.found, truncated=True)]
            fresh = [each for each in fresh if each not in copies]
        self._account_for_vanished(seen)
        self._follow_names(seen)
        self._register.forget(each.owner for each in seen if each.owner)
        self.grown = grown(seen, or_may=self._unlooked)
        self._unlooked = False
        self.pending = [Coming(each.found, each.head) for each in fresh]
        self.newest = files[-1].mtime if files else self.newest
        self._front = front
        self.due = self._deferred

    def _look_at_files(self, reader: Reader | None) -> list[Seen]:
        """Return the files with their owners, oldest first. Raises OSError."""
        own = reader.generation.path if reader and not reader.generation.closed else ""
        for again in reversed(range(_LOOKS)):
            chain = list_chain(self._name, self._folders, self._habits.archive, own)
            self._ages.see(chain.files)
            try:
                seen = {each.found: each for each in self._seen(chain.files)}
                break
            except FileNotFoundError:  # renamed between the listing and the look
                if not again:
                    raise
        return [seen[found] for found in self._ordered(chain, seen)]

    def _ordered(self, chain: Chain, seen: dict[Found, Seen]) -> list[Found]:
        def dated(found: Found) -> int | None:
            owner = seen[found].owner
            if owner is not None:
                return owner.first_time
            return first_date_in(found, self._habits.first_date)

        files, said = in_order(chain, dated, lambda found: seen[found].owner is not None)
        self.said += said
        return files

    def _demand_mounted(self, reader: Reader | None, files: Sequence[Found]) -> None:
        """See that a folder without any file of the stream is the one that the log was in. Raises NotMountedError."""
        if files or reader is None or reader.held or not reader.generation.inode:
            return
        folder = os.path.dirname(self._name) or "."
        if os.stat(folder).st_dev != reader.generation.device:
            raise NotMountedError(
                errno.ENOENT, "it lay on another file system than its empty folder: mount that", self._name
            )

    def _changed_in_place(self, reader: Reader, files: Sequence[Found]) -> bool:
        """Go on in the plain file where it holds a part of what was read, elsewhere or shortened. Raises NotYet."""
        generation = reader.generation
        front = files[-1] if files else None
        held = reader.held
        if front is None or not generation.offset:
            return False
        if held and reader.in_place(held):
            status = os.fstat(held.fd)
            if (status.st_dev, status.st_ino) == front.inode_key or status.st_size > generation.offset:
                return False
        if generation.closed and generation.inode:
            return False
        try:
            log = open_log(front.path)
        except (OSError, UnreadableKindError):
            return False
        try:
            offset = self._in_place.rolled_back_to(generation, front, log)
            if offset is not None:
                reader.go_on_with(self._register.roll_back(generation, front, log, offset))
                return True
            offset = self._in_place.moved_to(generation, log)
            if offset is not None:
                reader.go_on_with(self._register.go_on_in(generation, front, log, offset))
            return offset is not None
        finally:
            log.close()

    def _await_copies(self, reader: Reader, seen: Sequence[Seen]) -> None:
        """See that no rotated file is still being made that may come to hold what was read. Raises NotYet."""
        held = reader.held
        others = (each.found for each in seen if each.owner is None and each.found.path != self._name)
        if not (held and reader.in_place(held)) and self._unfinished.holds(others, reader.generation):
            raise NotYet

    def _follow_names(self, seen: Sequence[Seen]) -> None:
        """Keep the paths of closed generations right: what was read from them is looked up again by people."""
        closed = {id(each.owner): each.owner for each in seen if each.owner and each.owner.closed and each.owner.inode}
        for generation in closed.values():
            home = home_of(generation, seen)
            if home and (generation.path, generation.device, generation.inode) != home[:3]:
                generation.path, generation.device, generation.inode = home[:3]
                self._register.touch(generation)

    def _seen(self, files: Sequence[Found]) -> list[Seen]:
        return [Seen(found, *self._register.owner(found)) for found in files]

    def _front_now(self) -> Signature | None:
        # Where nothing is at the plain path, its folder tells whether files came or went.
        for path in (self._name, os.path.dirname(self._name) or "."):
            with suppress(FileNotFoundError):
                return signature(os.stat(path))
        return None

    def _place(self, reader: Reader, home: Found | None, *, truncated: bool) -> None:
        generation = reader.generation
        held = reader.held
        own = home is not None and identity.same_inode(generation, *home.inode_key)
        # An open file that was unlinked is drained even where a copy is at hand: its writer may still be at it. But
        # one that is longer is the log itself, saved by an editor or replaced by a newer mirrored state.
        replaced = home is not None and held is not None and not own and home.size > os.fstat(held.fd).st_size
        in_place = held is not None and not replaced and reader.in_place(held)
        if not in_place:
            reader.release()
        reader.detached = in_place and not own
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
            self._register.lose(generation, None, GONE)
        elif generation.offset < generation.size and truncated:
            self._register.lose(generation, generation.size, "truncated before it was read")
        elif generation.offset < generation.size:
            self._register.lose(generation, None, GONE)
        generation.device = generation.inode = 0
        self._register.close(generation)

    def _account_for_vanished(self, seen: Sequence[Seen]) -> None:
        """Record the loss of files that were seen, not begun, and are there under no name and in no form any more."""
        sizes = {each.found.inode_key: each.found.size for each in seen}
        for coming in self.pending:
            shrunk = sizes.get(coming.found.inode_key, 0) < coming.found.size
            if shrunk and not any(each.head.startswith(coming.head) for each in seen):
                self._register.lose(self._register.new(coming.found, None), None, GONE)

    def _pass_over_late(self, reader: Reader | None, older: Iterable[Seen]) -> None:
        """Record files that turned up behind lines read already: reading them now would turn back the log."""
        for found in (each.found for each in older):
            # A young one may be a copy that is still being made.
            if self._ages.of(found.path, found.size, found.mtime_ns) < _LATE:
                self._deferred = True
            elif not self._is_copy(reader, found, truncated=False):
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
