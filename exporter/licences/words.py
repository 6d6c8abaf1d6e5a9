"""
The text of a licence or options file as lines of words. Pure.

A line goes on after a backslash at its end, and while a quotation mark is open. Blanks of any kind separate words;
copies made on other systems hold carriage returns and non-breaking spaces. A line that begins with ``#`` says nothing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Fault(NamedTuple):
    """A line that can't be used."""

    line: int
    """Its number, from 1."""
    sentence: str
    """What is wrong and what to do, to go behind file and line."""


class WordLine(NamedTuple):
    """A line with all that continues it."""

    line: int
    """The number of its first line, from 1."""
    words: Sequence[str]
    """At least one, as written, with their quotation marks."""


def decoded(data: bytes) -> str:
    """Return the text of a file: by its byte order mark, else UTF-8, else cp1252."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding, errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def lines_of(text: str, begins: re.Pattern[str]) -> Iterator[WordLine | Fault]:
    """
    Yield the lines of a text, and what is wrong with those whose continuation is broken.

    *begins* matches the beginning of a line that surely continues no other: one that does is cut where it stands.
    """
    first, quotes = 0, 0
    parts: list[str] = []
    cut: str | None = None
    """Why the line that is being collected can't be whole if the next doesn't continue it; None: it is whole."""
    number = 0
    end = "\n" if "\n" in text else "\r"
    for number, physical in enumerate(text.removesuffix("\x1a").split(end), 1):
        line = physical.strip()
        alone = not line or line.startswith("#") or begins.match(line) is not None
        if cut is not None and alone:
            yield Fault(first, f"{cut}, and line {number} does not continue it: put its lines together again")
            cut = None
        if not line or line.startswith("#"):
            continue
        if cut is None:
            first, quotes, parts = number, 0, []
        more = line.endswith("\\")
        parts.append(line[:-1].rstrip() if more else line)
        quotes += line.count('"')
        cut = "ends with a backslash" if more else "has a quotation mark that is not closed"
        if not more and quotes % 2 == 0:
            cut = None
            collected = " ".join(parts)
            yield WordLine(first, _WORD.findall(_CONTROL.sub("\ufffd", collected)) or [collected])
    if cut is not None:
        yield Fault(first, f"{cut}, and the file ends there: get a whole copy of it")


def unquoted(word: str) -> str:
    """Return a word without quotation marks around it or around its value."""
    return word.replace('"', "").strip()
