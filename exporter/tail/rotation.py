"""
What a file name says about rotation: which stream the file belongs to, and how old it is within it. Pure.

A rotation mark is `.N`, `-YYYYMMDD` or `.YYYY-MM-DD` (either with `-EPOCH`, also before the last extension), or
`.old`; a compression suffix may follow.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
"""Suffixes of compressed files; what a file really holds is decided by its first bytes."""

_NUMBER = re.compile(r"(?P<base>.+)\.(?P<number>\d{1,5})", re.DOTALL)
_DATE = re.compile(
    r"(?P<base>.+?)(?:-(?P<plain>\d{8})|\.(?P<dashed>\d{4}-\d\d-\d\d))(?:-(?P<epoch>\d{9,11}))?(?P<extension>\.[^.]*)?",
    re.DOTALL,
)


class Mark(NamedTuple):
    """The rotation mark of a file name; *age* orders marks of one *kind*, oldest first."""

    kind: str
    """``number``, ``date``, ``old``, or empty for a plain name."""
    age: tuple[int, int] = (0, 0)


PLAIN = Mark("")


def split(name: str) -> tuple[str, Mark]:
    """Return the name without rotation mark and compression suffix, and the mark. *name* may be a whole path."""
    bare = uncompressed(name)
    if bare.endswith(".old") and _has_stem(bare[:-4]):
        return bare[:-4], Mark("old")
    if (found := _NUMBER.fullmatch(bare)) and _has_stem(found["base"]):
        return found["base"], Mark("number", (-int(found["number"]), 0))
    if (found := _DATE.fullmatch(bare)) and _has_stem(found["base"]):
        day = _day(found["plain"] or found["dashed"].replace("-", ""))
        if day is not None:
            return found["base"] + (found["extension"] or ""), Mark("date", (day, int(found["epoch"] or 0)))
    return bare, PLAIN


def uncompressed(name: str) -> str:
    """Return *name* without its compression suffix."""
    for suffix in COMPRESSED:
        if name.endswith(suffix) and _has_stem(name[: -len(suffix)]):
            return name[: -len(suffix)]
    return name


def packed(name: str) -> bool:
    """Say whether *name* is that of a compressed file."""
    return uncompressed(name) != name


def order(marked: list[tuple[Mark, float]]) -> list[int]:
    """
    Return the indices of files, given as (mark, mtime), oldest first.

    A plain name is the newest. Marks of one kind order by mark, then mtime; marks of several kinds can't be compared
    and order by mtime.
    """
    kinds = {mark.kind for mark, _ in marked} - {""}
    by_mark = len(kinds) == 1

    def key(index: int) -> tuple[bool, tuple[int, int], float]:
        mark, mtime = marked[index]
        return (mark == PLAIN, mark.age if by_mark else (0, 0), mtime)

    return sorted(range(len(marked)), key=key)


def _has_stem(name: str) -> bool:
    """Say whether something of the file name is left."""
    return name.rpartition("/")[2] not in {"", ".", ".."}


def _day(digits: str) -> int | None:
    """Return the ordinal of a date written YYYYMMDD, None when there is no such day."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).toordinal()
    except ValueError:
        return None
