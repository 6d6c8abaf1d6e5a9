"""Reads line protocol as its specification says, a character after the other; nothing of `exporter` is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes


class Point(NamedTuple):
    """One line, read; numbers are int and float, strings are str."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, int | float | str]
    second: int


def read(line: bytes, *, pairs: bool = False) -> Point:
    r"""
    Return the point of a line with its end.

    With *pairs*, two backslashes in a tag are one, as some servers have it; the specification leaves them as they are.
    """
    text = line.decode()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    rest = _Rest(text[:-1])
    measurement = rest.until(", ", "\\, " if pairs else ", ")
    tags: dict[str, str] = {}
    while rest.next() == ",":
        key = rest.until("=", ",= ")
        assert rest.next() == "="
        assert key not in tags
        tags[key] = rest.until(", ", "\\,= " if pairs else ",= ")
        assert tags[key], f"the tag {key} is empty"
    fields: dict[str, int | float | str] = {}
    while True:
        key = rest.until("=", ",= ")
        assert rest.next() == "="
        assert key not in fields
        fields[key] = rest.value()
        if rest.next() == " ":
            return Point(measurement, tags, fields, int(rest.all()))


def named(value: str) -> bytes:
    """Return the name that a tag or a string stands for, as the page of the tags says; the empty one is a percent."""
    return b"" if value == "%" else unquote_to_bytes(value)


class _Rest:
    """What of a line is not read yet."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def next(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def all(self) -> str:
        return self._text[self._at :]

    def until(self, ends: str, escaped: str) -> str:
        """Return what stands before one of *ends*; one of *escaped* behind a backslash stands for itself."""
        return "".join(self._characters(ends, escaped))

    def value(self) -> int | float | str:
        if self._text[self._at] == '"':
            self._at += 1
            text = "".join(self._characters('"', '"\\'))
            assert self.next() == '"'
            return text
        text = self.until(", ", "")
        return int(text[:-1]) if text.endswith("i") else float(text)

    def _characters(self, ends: str, escaped: str) -> Iterator[str]:
        while (one := self._text[self._at]) not in ends:
            self._at += 1
            if one == "\\" and self._text[self._at] in escaped:
                one = self._text[self._at]
                self._at += 1
            yield one
