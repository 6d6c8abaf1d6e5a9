"""
Logs that go on under another name: a source was renamed, a pattern changed, a log was moved to another folder or host.

A stream of the ledger that is not found any more as what it was is an orphan. It is known again by its name, or by what
the file holds where reading stood.
"""

# Paths are str that hold bytes: no Path objects.
# ruff: noqa: PTH116, PTH120, PTH208

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from exporter.records import Generation, KnownStream
from exporter.tail import identity
from exporter.tail.chain import list_chain
from exporter.tail.folders import Folders
from exporter.tail.opening import LogFile, UnreadableKindError, open_log

Key = tuple[str, str]
"""Source and name of a stream."""

_log = logging.getLogger(__name__)


def paths_of(name: str, archive: Sequence[str] = ()) -> list[str]:
    """Return where files of stream *name* lie now, in its folder and the *archive* folders; none it can't look at."""
    try:
        return [file.path for file in list_chain(name, Folders(), archive).files]
    except OSError:
        return []


def lies_in(generation: Generation, paths: Iterable[str]) -> bool:
    """Say whether one of the files at *paths* holds what was read of *generation*; one that can't be read doesn't."""
    return any(Orphans({0: generation}).adopted_by(path) is not None for path in paths)


class Orphans:
    """The generations in which streams stand that are not found any more, to be recognised in other files."""

    def __init__(self, generations: Mapping[int, Generation]) -> None:
        """Take them by a key of the caller's; those of which nothing was read can't be told from others."""
        self._by_head: dict[int, dict[str, dict[int, Generation]]] = {}
        """By length of the head, and by its hash: a file is read once, however many there are."""
        for key, generation in generations.items():
            if generation.offset and generation.head_length:
                alike = self._by_head.setdefault(generation.head_length, {}).setdefault(generation.head, {})
                alike[key] = generation

    def adopted_by(self, path: str) -> int | None:
        """Return the key of a generation that lies in the file at *path*, and let go of it; None when there is none."""
        if not self._by_head:
            return None
        try:
            log = open_log(path)
        except (OSError, UnreadableKindError):
            return None
        try:
            return self._find(log)
        except OSError:
            return None
        finally:
            log.close()

    def _find(self, log: LogFile) -> int | None:
        status = os.fstat(log.fd)
        head = log.read_at(0, max(self._by_head))
        for length, by_hash in self._by_head.items():
            alike = by_hash.get(identity.digest(head[:length]), {}) if len(head) >= length else {}
            for key, generation in alike.items():
                if identity.is_file_of(generation, log, status.st_dev, status.st_ino):
                    del alike[key]
                    return key
        return None


class Book(Protocol):
    """What the ledger tells of its streams, and lets be done with them."""

    def streams(self) -> Sequence[KnownStream]:
        """Return every stream it knows."""
        ...

    def generations(self, stream: int) -> Sequence[Generation]:
        """Return the generations of one, oldest first."""
        ...

    def move_stream(self, stream: KnownStream, source: str, name: str) -> None:
        """Let a stream go on as *name* of *source*."""
        ...


class Adoption:
    """
    Lets a log that was read before go on where it stood when it is found under another name or by another source.

    A stream that is still found as what it was is never touched.
    """

    def __init__(self, book: Book, found_now: Callable[[], Iterable[Key]]) -> None:
        """Take what gives the (source, name) of every stream that the configuration finds now."""
        self._book, self._found_now = book, found_now
        self._known: set[Key] | None = None
        self._by_name: dict[str, KnownStream] = {}
        self._by_id: dict[int, KnownStream] = {}
        self._orphans = Orphans({})

    def look_again(self) -> None:
        """Forget what was found; the next stream is looked for anew."""
        self._known = None

    def adopt(self, source: str, name: str, files: Iterable[str]) -> None:
        """Move to *name* of *source* the stream that goes on there, where it is new. Raises LedgerFull."""
        if self._known is None:
            self._look()
        if not self._by_id or (source, name) in (self._known or ()):
            return
        stream = self._by_name.get(name) or self._by_content({*files, *paths_of(name)})
        if stream is None:
            return
        self._book.move_stream(stream, source, name)
        self._by_name.pop(stream.name, None)
        del self._by_id[stream.id]
        moved = {"source": source, "stream": name, "was_source": stream.source, "was_stream": stream.name}
        _log.info("A log goes on under another name; nothing of it is read again.", extra=moved)

    def _by_content(self, paths: Iterable[str]) -> KnownStream | None:
        ids = (self._orphans.adopted_by(path) for path in sorted(paths))
        return next((self._by_id[number] for number in ids if number in self._by_id), None)

    def _look(self) -> None:
        streams = self._book.streams()
        self._known = {(stream.source, stream.name) for stream in streams}
        lost = self._known - set(self._found_now()) if self._known else set()
        orphans = [stream for stream in streams if (stream.source, stream.name) in lost]
        self._by_name = {stream.name: stream for stream in orphans}
        self._by_id = {stream.id: stream for stream in orphans}
        self._orphans = Orphans(
            {
                stream.id: generation
                for stream in orphans
                for generation in self._book.generations(stream.id)
                if generation.id == stream.generation and not _is_away(generation)
            }
        )


def _is_away(generation: Generation) -> bool:
    """Say whether the generation's folder is an empty one on another file system: what was mounted there comes back."""
    folder = os.path.dirname(generation.path)
    try:
        return os.stat(folder).st_dev != generation.device and not os.listdir(folder)
    except OSError:
        return False
