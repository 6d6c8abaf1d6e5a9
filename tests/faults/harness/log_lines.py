"""
The lines that the log writer writes: each is known by its generation and its number in it, so each can be counted.

Line 0 of a generation is its TIMESTAMP. Of the others each uneven one takes a seat, and each even one gives back what
the line `OUT_TO_IN` before it took; the first even ones take a seat too.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FIRST = datetime(2024, 11, 14, 23, 50, tzinfo=UTC)
"""Time of the first line: soon after it the log passes midnight."""
NOW = FIRST.timestamp() + 3_600
"""When a scene begins: soon enough after the first line for its writer to be alive."""
LINES_A_SECOND = 10
OUT_TO_IN = 9
"""Lines from a check-out to its check-in."""


def is_return(seq: int) -> bool:
    """Say whether line *seq* of a generation is a check-in."""
    return seq > OUT_TO_IN and seq % 2 == 0


def line(generation: int, seq: int, nth: int) -> str:
    """Return line *seq* of *generation*, the *nth* of all, without its line end."""
    at = FIRST + timedelta(seconds=nth // LINES_A_SECOND)
    if seq == 0:
        return f"{at:%H:%M:%S} (lmgrd) TIMESTAMP {at.month}/{at.day}/{at.year}"
    if is_return(seq):
        return f'{at:%H:%M:%S} (MLM) IN: "F{generation}" u{seq - OUT_TO_IN}@h'
    return f'{at:%H:%M:%S} (MLM) OUT: "F{generation}" u{seq}@h'
