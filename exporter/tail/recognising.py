"""
Recognising: which generation each of a stream's files holds, as they lie there now, oldest first.

Files are known by inode and content (`register`), by what is open of them, or again after they were gone (`returning`).
Nothing is decided here of what is read, left out or lost.
"""

# Paths are str that hold bytes, and a poll is counted in microseconds: no Path objects.
# ruff: noqa: PTH116, PTH120

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence

from exporter.tail.adrift import Adrift
from exporter.tail.ages import Ages
from exporter.tail.chain import Chain, Found, list_chain
from exporter.tail.folders import Folders
from exporter.tail.habits import Habits
from exporter.tail.ordering import first_date_in, in_order
from exporter.tail.reader import Reader
from exporter.tail.register import Register
from exporter.tail.returning import known_by_open_file, recognise_returned
from exporter.tail.seen import Seen, given_to_empty

_LOOKS = 20
"""Looks in a row after which files that are renamed all the time are left for the next poll."""
_STEADY = 10
"""Looks in which a file opened must be the one listed; later ones don't ask, for a mount may change inode numbers."""


class NotMountedError(OSError):
    """The stream's folder is empty and lies on another file system than the log did."""


class Recognising:
    """Looks at the files of one stream."""

    def __init__(
        self, name: str, register: Register, habits: Habits, folders: Folders, ages: Ages, adrift: Adrift
    ) -> None:
        """
        Look for the files of *name* in *folders*, and know the generations in *register*.

        *adrift* takes an open file that lies nowhere any more and doesn't come next.
        """
        self.said: list[str] = []
        """Sentences to be told once."""
        self._name = name
        self._register = register
        self._habits = habits
        self._folders = folders
        self._ages = ages
        self._adrift = adrift

    def look(self, reader: Reader | None) -> list[Seen]:
        """
        Return the files with their owners, oldest first; *reader* reads one of them.

        The register takes note of copies and of generations that were gone. Raises OSError.
        """
        seen = self._listed(reader)
        self._demand_mounted(reader, seen)
        if reader is None:
            return recognise_returned(seen, self._register, self._name)
        if (held := reader.held) and self._adrift.take(reader.generation, held, seen):
            reader.release()
        elif held:
            seen = known_by_open_file(reader.generation, held, seen, self._register)
        if given := given_to_empty(reader.generation, seen):
            reader.release()
            seen = given
        return recognise_returned(seen, self._register, self._name, reader.generation)

    def files(self) -> list[Seen]:
        """Return the files as they lie there now, with their owners, oldest first. Raises OSError."""
        return self._listed(None)

    def owners(self, files: Iterable[Found], *, steady: bool = False) -> list[Seen]:
        """Return *files* with their owners, by inode and content alone. Raises OSError (see `Register.owner`)."""
        return [Seen(found, *self._register.owner(found, steady=steady)) for found in files]

    def _listed(self, reader: Reader | None) -> list[Seen]:
        own = reader.generation.path if reader and not reader.generation.closed else ""
        for again in range(_LOOKS):
            chain = list_chain(self._name, self._folders, self._habits.archive, own)
            self._ages.see(chain.files)
            try:
                seen = {each.found: each for each in self.owners(chain.files, steady=again < _STEADY)}
                break
            except FileNotFoundError:  # renamed between the listing and the look
                if again == _LOOKS - 1:
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

    def _demand_mounted(self, reader: Reader | None, seen: Sequence[Seen]) -> None:
        """See that a folder without any file of the stream is the one that the log was in. Raises NotMountedError."""
        if seen or reader is None or reader.held or not reader.generation.inode:
            return
        folder = os.path.dirname(self._name) or "."
        if os.stat(folder).st_dev != reader.generation.device:
            raise NotMountedError(
                errno.ENOENT, "it lay on another file system than its empty folder: mount that", self._name
            )
