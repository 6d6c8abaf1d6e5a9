"""
The lines of a status text, each read by the first rule that knows it.

A rule is a pattern and what is done with what it found; without the latter the line is known and says nothing that
is counted. What no rule knows is told with its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from exporter.status_texts.told import UnknownLine

_LONGEST = 4_096
"""Characters; no line of a server is longer."""

T = TypeVar("T")
Take = Callable[[T, re.Match[str]], bool | None]
"""Does what a line says; False: where it stands the line says something else, so the next rule is tried."""
Rule = tuple[re.Pattern[str], Take[T] | None]


def rule(pattern: str, take: Take[T] | None = None) -> Rule[T]:
    """Return the rule for the lines that *pattern* fits from their beginning to their end, but for blanks there."""
    return re.compile(rf"{pattern}\s*\Z"), take


def unknown(reader: T, rules: Sequence[Rule[T]], lines: Sequence[str]) -> Iterator[UnknownLine]:
    """Let *reader* read the lines by the *rules*, and yield those that none knows; blank ones say nothing."""
    for number, line in enumerate(lines, 1):
        if line.strip() and not (len(line) <= _LONGEST and _read(reader, rules, line)):
            yield UnknownLine(number, line)


def _read(reader: T, rules: Sequence[Rule[T]], line: str) -> bool:
    for pattern, take in rules:
        found = pattern.match(line)
        if found and (take is None or take(reader, found) is not False):
            return True
    return False
