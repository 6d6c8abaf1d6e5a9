"""
Dates in FlexNet debug log lines: which lines are anchors, and what day they tell.

M/D/Y is what every server seen writes, in every country; a first number over 12 shows that this one writes D/M/Y.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from exporter.formats.clock import Stamp
from exporter.formats.flexlm_grammar import BLANKS, FRAME, TEXT, Frame

_TIMESTAMP = re.compile(r"TIMESTAMP\s+(\d\d?)/(\d\d?)/(\d{4}|\d\d)\s*$", TEXT)
STARTED_ON = re.compile(r"FLEX.*\bstarted on\s+\S+", re.IGNORECASE | TEXT)
_LAST_DATE = re.compile(r"\((\d\d?)/(\d\d?)/(\d{4}|\d\d)\)\s*$", TEXT)
_WORDY = re.compile(
    r"(?:\(@\S+-SLOG@\)\s+(?:Start-Date|Time)|Server's System Date and Time):\s+"
    r"[A-Za-z]{3}\s+(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+(\d\d?)\s+(\d{4})\s+(\d\d?):(\d\d):(\d\d)",
    TEXT,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Anchor(NamedTuple):
    """A date in a line: the day, the time of day written with it, and whether the day was written first (D/M/Y)."""

    day: int
    tod: int | None
    day_first: bool


def anchor_of(daemon: str, message: str, *, day_first: bool) -> Anchor | None:
    """Return the date that a message carries for its own line; *day_first* is what the stream showed before."""
    found = _TIMESTAMP.match(message)
    if found is None and daemon == "lmgrd" and STARTED_ON.match(message):
        found = _LAST_DATE.search(message)
    if found is not None:
        first, second, year = (int(part) for part in found.groups())
        day_first = day_first or first > 12
        return _anchor(year, second if day_first else first, first if day_first else second, None, day_first)
    wordy = _WORDY.match(message)
    if wordy is None:
        return None
    tod = int(wordy[4]) * 3600 + int(wordy[5]) * 60 + int(wordy[6])
    return _anchor(int(wordy[3]), _MONTHS.index(wordy[1]) + 1, int(wordy[2]), tod, day_first)


def day_at(anchor: Anchor, tod: int) -> int:
    """Return the day of a line at *tod* that carries *anchor*: midnight may lie between the two."""
    if anchor.tod is None:
        return anchor.day
    return anchor.day + (anchor.tod - tod > 43_200) - (tod - anchor.tod > 43_200)


def time_of_day(frame: Frame) -> int:
    """Return the seconds since local midnight of a framed line."""
    return int(frame[3]) * 3600 + int(frame[4]) * 60 + int(frame[5] or 0)


def stamp_of(line: str, *, day_first: bool) -> Stamp | None:
    """Return what *line* tells of its time; None for one without a time."""
    frame = FRAME.match(line.strip(BLANKS))
    if frame is None:
        return None
    tod = time_of_day(frame)
    anchor = anchor_of(frame[6], frame[7] or "", day_first=day_first)
    month_day = (int(frame[1]), int(frame[2])) if frame[1] else None
    return Stamp(tod, day_at(anchor, tod) if anchor else None, month_day)


def _anchor(year: int, month: int, day: int, tod: int | None, day_first: bool) -> Anchor | None:
    if year < 100:
        year += 1900 if year >= 70 else 2000
    try:
        return Anchor(date(year, month, day).toordinal(), tod, day_first)
    except ValueError:
        return None
