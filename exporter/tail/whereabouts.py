"""Where the generations of one stream lie: which file is being read, which are still to come, and what is lost."""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116, PTH120

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress

from exporter.ports import Clock
from exporter.records import Generation
from exporter.tail import identity
from exporter.tail.adrift import Adrift
from exporter.tail.ages import Ages
from exporter.tail.chain import Found
from exporter.tail.folders import Folders
from exporter.tail.habits import Habits
from exporter.tail.inplace import InPlace, NotYet
from exporter.tail.opening import UnreadableKindError, open_log
from exporter.tail.reader import Reader
from exporter.tail.recognising import Recognising
from exporter.tail.register import GONE, Register
from exporter.tail.rotation import packed, uncompressed
from exporter.tail.seen import Coming, Seen, goes_on, grown, home_of, index_of_inode, outgrew
from exporter.tail.unfinished import Unfinished
from exporter.tail.writer import Signature, signature

_LATE = 60.0
"""Seconds without a change after which an older file that turns up late is believed to be whole."""


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
        self._name = name
        self._register = register
        self._adrift = Adrift(name, habits.first_date)
        self._recognising = Recognising(name, register, habits, folders, ages, self._adrift)
        self._offered = tuple(sorted(files))
        self._front: Signature | None = None
        self._in_place = InPlace(clock, habits)
        self._deferred = False
        """Whether a file has to be looked at again when it is older."""
        self._ages = ages
        self._unfinished = unfinished
        self._twins: tuple[Generation, int] | None = None
        """What was read, and its offset then, when other files held all of that too; None: none did."""

    def offer(self, files: Sequence[str]) -> None:
        """Take the paths as the discovery sees them; other ones than before make a new listing due."""
        paths = tuple(sorted(files))
        if paths != self._offered:
            self._offered = paths
            self.due = True

    def is_due(self, *, at_front: bool) -> bool:
        """Say whether to look before anything is read; not for the front where the file that is read lies there."""
        return self.due or self._twins_passed or not (self.pending or at_front or self.same_front())

    @property
    def _twins_passed(self) -> bool:
        """Whether files that began as the log did, as far as it was read then, have to be told from it by now."""
        return self._twins is not None and self._twins[0].offset != self._twins[1]

    def same_front(self) -> bool:
        """Say whether the plain path is as it was at the last listing."""
        return self._front == self._front_now()

    @property
    def front_inode(self) -> tuple[int, int] | None:
        """Device and inode of what lay at the plain path at the last listing."""
        return self._front[:2] if self._front else None

    def notes(self) -> list[str]:
        """Return sentences for the user that came up since the last call."""
        said, self._recognising.said = self._recognising.said, []
        return said

    def look(self, reader: Reader | None) -> None:
        """
        Look for all files anew, and for the one *reader* reads; that may go on in another generation after.

        Raises OSError, and NotYet while it can't be told what became of a file: then nothing is pending, passed over or
        gone that was not before, but what has been recognised for certain is in the register.
        """
        self._deferred = False
        self._adrift.see(self.pending)
        front = self._front_now()
        seen, home = self._locate(reader)
        files = [each.found for each in seen]
        at, truncated = -1, False
        self._twins = None
        if reader:
            if sum(each.owner is reader.generation for each in seen) > 1:
                self._twins = reader.generation, reader.generation.offset
            at = files.index(home) if home else index_of_inode(reader.generation, files)
            truncated = home is None and at >= 0 and not reader.generation.closed
            self._place(reader, home, truncated=truncated)
        fresh = self._fresh(reader, seen, home, at, truncated=truncated)
        self._account_for_vanished(seen)
        self._follow_names(seen)
        self._register.forget(files, (each.owner for each in seen if each.owner))
        self.grown += grown(seen, or_may=self._unlooked)
        self._unlooked = False
        self.pending = self._adrift.among(fresh)
        self.newest = files[-1].mtime if files else self.newest
        self._front = front
        self.due = self._deferred

    def close(self) -> None:
        """Let go of what is open."""
        self._adrift.close()

    # What is read: in which file, and in which ones after it.

    def _locate(self, reader: Reader | None) -> tuple[list[Seen], Found | None]:
        """
        Return all files with their owners, oldest first, and the one that holds what *reader* reads; None: none does.

        A file that was changed in place holds a new generation, which *reader* goes on in. Raises OSError, NotYet.
        """
        seen = self._recognising.look(reader)
        if reader is None:
            return seen, None
        home = home_of(reader.generation, seen)
        if home is None and seen and (successor := self._in_place.successor(reader, seen[-1].found, self._register)):
            reader.turn_to(successor)
            seen = self._recognising.owners(each.found for each in seen)
            home = home_of(successor, seen)
        if home is None and not reader.generation.closed:
            self._await_copies(reader, seen)
        return seen, home

    def _await_copies(self, reader: Reader, seen: Sequence[Seen]) -> None:
        """See that no rotated file is still being made that may come to hold what was read. Raises NotYet."""
        held = reader.held
        others = (each.found for each in seen if each.owner is None and each.found.path != self._name)
        if not (held and reader.in_place(held)) and self._unfinished.holds(others, reader.generation):
            raise NotYet

    def _place(self, reader: Reader, home: Found | None, *, truncated: bool) -> None:
        """Let *reader* read in the file *home*, in its open file, or nowhere any more (None, and nothing is open)."""
        generation = reader.generation
        if generation.closed:
            if home and not generation.inode:
                self._register.reopen(generation, home)
            return
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
        else:
            self._register.place(generation, home)

    def _fresh(
        self, reader: Reader | None, seen: Sequence[Seen], home: Found | None, at: int, *, truncated: bool
    ) -> list[Seen]:
        """
        Return the files that are to be begun, oldest first, and note what the others that nobody owns are.

        *reader* reads in *home*, which is *at* that place among those *seen*; where *truncated*, it read in that one.
        """
        unknown = [
            (place, each) for place, each in enumerate(seen) if each.owner is None or (home and outgrew(each, seen[at]))
        ]
        older = [each for place, each in unknown if place < at and each.head]
        if reader and home:
            filled = {each.found: empty for each in older if (empty := self._register.empty_in(each.found))}
            self.grown += filled.values()
            there = {id(each.owner) for each in seen if each.owner}
            self._pass_over_late(reader, [each for each in older if each.found not in filled], there)
            return [each for place, each in unknown if place > at]
        copies = [each for each in older if reader and truncated and self._is_copy(reader, each.found, truncated=True)]
        return [each for _, each in unknown if each not in copies]

    def _pass_over_late(self, reader: Reader, older: Iterable[Seen], there: Container[int]) -> None:
        """
        Record files that turned up behind lines read already: reading them now would turn back the log.

        *there* are the ids (of Python) of the generations that lie in other files.
        """
        for found, _, head in older:
            # A young one may be a copy that is still being made.
            if self._ages.of(found.path, found.size, found.mtime_ns) < _LATE:
                self._deferred = True
            elif (lost := self._register.lost_whole(head)) and id(lost) not in there:
                self._register.place(lost, found)  # told already; it was packed, or came back
            elif not self._is_copy(reader, found, truncated=False):
                self._register.lose(self._register.new(found, head), None, "found after newer lines had been read")

    def _is_copy(self, reader: Reader, found: Found, *, truncated: bool) -> bool:
        """Say whether the file is an older copy of what *reader* has read, and know it from now on."""
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

    # What is there no more, or under another name.

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
        pending = [coming for coming in self.pending if coming.held is None]
        if not pending:
            return
        files = {each.found.inode_key: each for each in seen}
        there = {id(each.owner) for each in seen}
        moved = {known.path for known in self._register.known if known.first_hash and id(known) not in there}
        stayed = {key for coming in pending if goes_on(coming, files.get(key := coming.found.inode_key))}
        # Logs may begin alike, with a banner: what was there before, or was read, is not the one that vanished.
        others = [
            each for each in seen if each.found.inode_key not in stayed and not (each.owner and each.owner.first_hash)
        ]
        for coming in pending:
            name = coming.found.path
            now = files.get(coming.found.inode_key)
            if coming.found.inode_key in stayed:
                continue
            # One that could not be looked at is known by its name: packed, it is the log that lay there unpacked.
            if not coming.head and packed(name) and uncompressed(name) in moved:
                continue
            if not any(
                each.head.startswith(coming.head) if coming.head else packed(each.found.path) for each in others
            ) and not (now and coming.head and self._copied_since(files, coming.head)):
                self._register.lose(self._register.new(coming.found, coming.head), None, GONE)

    def _copied_since(self, files: Container[tuple[int, int]], head: bytes) -> bool:
        """Say whether a file that begins with *head* came after *files* (inodes) were listed: a copy of it."""
        listed = self._recognising.files()
        return any(each.head.startswith(head) for each in listed if each.found.inode_key not in files)

    def _follow_names(self, seen: Sequence[Seen]) -> None:
        """Keep the paths of closed generations right: what was read from them is looked up again by people."""
        closed = {id(each.owner): each.owner for each in seen if each.owner and each.owner.closed and each.owner.inode}
        for generation in closed.values():
            home = home_of(generation, seen)
            if home:
                self._register.place(generation, home)

    def _front_now(self) -> Signature | None:
        # Where nothing is at the plain path, its folder tells whether files came or went.
        for path in (self._name, os.path.dirname(self._name) or "."):
            with suppress(FileNotFoundError):
                return signature(os.stat(path))
        return None
