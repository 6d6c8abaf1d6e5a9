"""How a log is kept by its site, as far as following it depends on that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

FirstDate = Callable[[bytes], int | None]
"""Returns the UTC second of the first date in the beginning of a log; None: it holds none."""
DATED_BY = 1 << 16
"""Bytes of the beginning of a log in which its first date is looked for."""


def _no_date(_: bytes) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Habits:
    """What is particular to one log."""

    importing: bool = False
    """The log is old and complete: nothing waits for a writer, and times are judged by the files' own."""
    archive: Sequence[str] = ()
    """Folders into which rotated files are moved."""
    encoding: str = "utf-8"
    """Of files without a byte order mark: ``utf-8`` (any bytes), or ``utf-16``."""
    record: int = 0
    """Bytes of each record, where the format has records of one length; 0: it has lines."""
    from_end: bool = False
    """A log never seen before is begun at its end."""
    first_date: FirstDate = _no_date
    """Tells the order of rotated files by what they hold; it is given `DATED_BY` bytes at most."""
