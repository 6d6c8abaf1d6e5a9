"""The generations a stream is known to have had: which file is which, what has changed, what was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from exporter.ports import Failpoint
from exporter.records import Gap, Generation, Position
from exporter.tail import identity
from exporter.tail.chain import Found
from exporter.tail.opening import LogFile, UnreadableKindError, open_log


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

    def new(self, found: Found, log: LogFile | None) -> Generation:
        """Register a generation that begins in *found*."""
        self._hit("drain-old-before-register-new")
        generation = Generation(self._next_generation(), found.path, found.device, found.inode)
        if log is not None:
            identity.take_head(generation, log)
        self.known.append(generation)
        self.touch(generation)
        self._hit("after-register-new")
        return generation

    def copy(self, found: Found, log: LogFile, end: int) -> None:
        """Register a file of *end* bytes whose lines were all read from another one: from now on it is known."""
        copy = self.new(found, log)
        copy.offset = copy.size = end
        identity.take_marker(copy, log)
        self.close(copy)

    def resume(self, position: Position | None) -> Generation | None:
        """Return the generation to go on with: the one that is open, else the one *position* is in."""
        at = [known for known in self.known if not known.closed or (position and known.id == position.generation)]
        return at[-1] if at else None

    def touch(self, generation: Generation) -> None:
        """Say that *generation* has changed."""
        self._touched[generation.id] = generation

    def close(self, generation: Generation) -> None:
        """Say that nothing of *generation* will be read any more."""
        generation.closed = True
        self.touch(generation)

    def lose(self, generation: Generation, end: int | None, reason: str) -> None:
        """Record that *generation* can't be read from its offset to *end* (None: unknown), and close it."""
        self._hit("gap-record")
        self._gaps.append(Gap(generation.id, generation.offset, end, reason))
        self.close(generation)

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

    def owner(self, found: Found) -> tuple[Generation | None, bytes]:
        """
        Return the generation that lies in *found* (None: one not known yet), and its first bytes.

        A file that can't be read is taken for what its inode was. Raises FileNotFoundError when it is gone by now.
        """
        key = (*found.inode_key, found.size, found.mtime_ns)
        if known := self._closed_files.get(key):
            return known
        by_inode = [known for known in reversed(self.known) if identity.same_inode(known, *found.inode_key)]
        try:
            log = open_log(found.path)
        except (PermissionError, UnreadableKindError):
            return next(iter(by_inode), None), b""
        try:
            head = log.read_at(0, identity.HEAD)
            others = [known for known in reversed(self.known) if known not in by_inode]
            for generation in by_inode + others:
                if identity.is_file_of(generation, log, *found.inode_key):
                    if generation.closed:
                        self._closed_files[key] = generation, head
                    return generation, head
            return None, head
        finally:
            log.close()
