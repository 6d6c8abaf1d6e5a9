"""
How a site may say in which form the lines of its accounting log are: the order of their words, and the form of dates.

An order is a text such as ``{app} {word} {date} {user} PID: {pid}``: fields in braces, each a word without blanks (a
date has those of its form), and between them what stands there to the letter; a blank stands for any number of them. A
form of dates is written with the letters of `DATE_PARTS`, such as ``YYYYMMDD-HHMI`` or ``MON DD HH:MI:SS``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

LINE_FIELDS = ("app", "word", "date", "user", "pid", "host")
NEEDED_FIELDS = ("app", "word", "user")
DATE_PARTS = ("YYYY", "YY", "MON", "MM", "DD", "HH", "MI", "SS")
"""Year of four digits or of two, month by its first three letters or its number, day, hour, minute, second."""
OLDEST_FORMS = ("MM/DD HH:MI:SS", "MM/DD HH:MI", "MON DD HH:MI:SS", "MM/DD/YY HH:MI:SS")
"""The forms of the oldest licence servers."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_DATE_PART = re.compile("|".join(DATE_PARTS))


class Part(NamedTuple):
    """A piece of an order or of a form: the name of a field, or what stands there to the letter."""

    text: str
    is_field: bool


def parts_of_line(order: str) -> Sequence[Part]:
    """Return the pieces of an order of fields. Raises ValueError with a sentence to go behind a key."""
    parts = _parts(_FIELD, order)
    names = [part.text for part in parts if part.is_field]
    for name in names:
        if name not in LINE_FIELDS:
            raise ValueError(f"has a field {{{name}}}; the fields are {_braced(LINE_FIELDS)}")
    if missing := [name for name in NEEDED_FIELDS if name not in names]:
        raise ValueError(f"lacks {_braced(missing)}")
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"has {_braced(sorted(twice))} twice")
    if any("{" in part.text or "}" in part.text for part in parts if not part.is_field):
        raise ValueError("has a brace that stands alone; fields are written {app}")
    if any(one.is_field and other.is_field for one, other in pairwise(parts)):
        raise ValueError("has two fields with nothing between them; put a blank or another sign there")
    return parts


def parts_of_date(form: str) -> Sequence[Part]:
    """Return the pieces of a form of dates. Raises ValueError with a sentence to go behind a key."""
    parts = _parts(_DATE_PART, form)
    names = [part.text for part in parts if part.is_field]
    if any(re.search("[A-Za-z0-9]", part.text.replace("T", "")) for part in parts if not part.is_field):
        such = " or ".join(OLDEST_FORMS)
        raise ValueError(f"has letters that stand for nothing; write it with {', '.join(DATE_PARTS)}, such as {such}")
    for choice in (("MON", "MM"), ("DD",), ("HH",), ("MI",)):
        if not set(choice) & set(names):
            raise ValueError(f"lacks {' or '.join(choice)}")
    for choice in (("YYYY", "YY"), ("MON", "MM"), ("DD",), ("HH",), ("MI",), ("SS",)):
        if sum(names.count(name) for name in choice) > 1:
            raise ValueError(f"has {' or '.join(choice)} twice")
    return parts


def _parts(field: re.Pattern[str], text: str) -> list[Part]:
    parts, end = [], 0
    for found in field.finditer(text):
        parts += [Part(text[end : found.start()], is_field=False), Part(found[found.re.groups], is_field=True)]
        end = found.end()
    parts.append(Part(text[end:], is_field=False))
    return [part for part in parts if part.text or part.is_field]


def _braced(names: Sequence[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
