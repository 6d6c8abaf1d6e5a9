"""
The shapes of event lines, as the daemons write them.

Two blanks stand after ``user@host``, one after ``(N licenses)``; lines with a bracketed display end without a blank.
One seat is never written.
"""

from __future__ import annotations

from exporter.simulate.book import Key

ALL_IN_USE, QUEUED_BEHIND, EXCLUDED, UNKNOWN = -4, -24, -38, -5

_REASONS = {
    ALL_IN_USE: ("Licensed number of users already reached.", "-4,342"),
    QUEUED_BEHIND: ("Users are queued for this feature.", "-24,332"),
    EXCLUDED: ("User/host on EXCLUDE list for feature.", "-38,348"),
    UNKNOWN: ("No such feature exists.", "-5,346"),
}


def event(verb: str, key: Key, seats: int, tail: str = "") -> str:
    """Return a line such as ``OUT: "f" user@host  (8 licenses) ``; *tail* is what follows the seats."""
    return _event(verb, key, f"({seats} licenses)" if seats > 1 else "", tail)


def upgrade(key: Key, before: int, seats: int) -> str:
    """Return ``UPGRADE: "f" user@host  (4->16 licenses) ``."""
    return _event("UPGRADE", key, f"({before}->{seats} licenses)", "")


def reason(code: int, errno: str = "") -> str:
    """Return the tail of a denial, such as ``(Users are queued for this feature. (-24,332))``."""
    words, numbers = _REASONS[code]
    return f"({words} ({numbers}{':' if errno else ''}{errno}))"


def unsupported(key: Key, code_key: str) -> str:
    """Return the line for a feature that the daemon doesn't know; *code_key* is the program's licence key."""
    return f'UNSUPPORTED: "{key.feature}" ({code_key} ) {key.user}@{key.host}  {reason(UNKNOWN)}'


def checkin_failed(key: Key) -> tuple[str, str]:
    """Return the two noise lines of a program that returns what was taken back from it; the third name is cut."""
    return (
        f'Checkin failed feature "{key.feature}": {key.user} {key.host} {key.host[:15]}',
        '\t" (0,353:10054 "")"',
    )


def _event(verb: str, key: Key, count: str, tail: str) -> str:
    who = f'{verb}: "{key.feature}" {key.user}@{key.host}'
    rest = " ".join(part for part in (count, tail) if part)
    if key.display:
        return f"{who} [{key.display}] {rest}".rstrip()
    return f"{who}  {rest}" + (" " if count and not tail else "")
