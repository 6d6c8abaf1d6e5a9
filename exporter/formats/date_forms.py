"""
Dates and times as a site writes them: a form such as ``MM/DD HH:MI:SS`` becomes what reads it.

The forms are those of `exporter.catalog.accounting`. A number that stands alone may lack its leading zero; one beside
another has all its digits. A year of two digits lies between 1970 and 2069.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from exporter.catalog.accounting import parts_of_date
from exporter.formats.dated import Local, Yearless

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DIGITS = {"YYYY": 4, "YY": 2, "MM": 2, "DD": 2, "HH": 2, "MI": 2, "SS": 2}
_LEAP_YEAR = 2000


class DateForm:
    """One form of dates."""

    def __init__(self, form: str) -> None:
        """Read dates of *form*. Raises ValueError, as `parts_of_date` does."""
        parts = parts_of_date(form)
        self.pattern = ""
        """A regular expression without groups of its own that its dates match."""
        groups = ""
        names: list[str] = []
        for number, part in enumerate(parts):
            if not part.is_field:
                piece = re.sub(r"(?:\\ )+", " +", re.escape(part.text))
            elif part.text == "MON":
                piece = "[A-Za-z]{3}"
            else:
                alone = not any(other.is_field for other in parts[max(number - 1, 0) : number + 2] if other is not part)
                digits = _DIGITS[part.text]
                piece = r"\d{1,2}" if alone and digits == 2 else rf"\d{{{digits}}}"
            self.pattern += piece
            groups += f"({piece})" if part.is_field else piece
            names += [part.text] if part.is_field else []
        read = re.compile(groups, re.ASCII)
        self.read: Callable[[str], Local | Yearless | None] = lru_cache(maxsize=4096)(
            lambda text: _when(read, names, text)
        )
        """Returns what a text of this form says, None when there is no such time."""


def _when(read: re.Pattern[str], names: list[str], text: str) -> Local | Yearless | None:
    found = read.fullmatch(text)
    if found is None:
        return None
    said = dict(zip(names, found.groups(), strict=True))
    name = said.get("MON", "").capitalize()
    if name and name not in MONTHS:
        return None
    month, day = MONTHS.index(name) + 1 if name else int(said["MM"]), int(said["DD"])
    hour, minute, second = int(said["HH"]), int(said["MI"]), int(said.get("SS", "0"))
    if hour > 23 or minute > 59 or second > 59:
        return None
    year = int(said.get("YYYY") or said.get("YY") or _LEAP_YEAR)
    if "YY" in said:
        year += 1900 if year >= 70 else 2000
    try:
        ordinal = date(year, month, day).toordinal()
    except ValueError:
        return None
    tod = hour * 3600 + minute * 60 + second
    return Local(ordinal, tod) if "YYYY" in said or "YY" in said else Yearless(month, day, tod)
