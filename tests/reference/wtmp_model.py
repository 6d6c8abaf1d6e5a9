"""
What the sessions of a wtmp are, found the slow way: for each login, walk on until something ends it.

Written from the rules in docs/wtmp.md and not from the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.reference.wtmp_records import BOOT_TIME, DEAD, INIT, RUN_LVL, USER, Record

EARLIEST = 631_152_000


class Told(NamedTuple):
    """A session; *number* is that of its login's record, from 0."""

    number: int
    user: str
    line: str
    host: str
    start: int
    end: int | None
    reason: str | None
    seats: int


def sessions_of(records: Sequence[Record], not_after: int, longest: int) -> list[Told]:
    """Return the sessions of *records*, none of whose times after *not_after* is believed, at most *longest* long."""
    believed = [EARLIEST <= record.time <= not_after for record in records]
    found: list[Told] = []
    for number, record in enumerate(records):
        if not believed[number] or not _is_login(record):
            continue
        end, reason = _end_of(records, believed, number, longest)
        found.append(Told(number, record.user, record.line, record.host, record.time, end, reason, 1))
    return [one._replace(seats=_seats(one, found, records, believed)) for one in found]


def _end_of(
    records: Sequence[Record], believed: Sequence[bool], login: int, longest: int
) -> tuple[int | None, str | None]:
    begun = now = records[login]
    for record, is_believed in zip(records[login + 1 :], believed[login + 1 :], strict=True):
        now = record if is_believed else now
        if now.time > begun.time + longest:
            return begun.time + longest, "expired"
        end = max(begun.time, now.time)
        if (life := _life(record)) is not None:
            return end, {"up": "reset", "down": "shutdown"}[life]
        if _is_about_line(record) and record.line == begun.line:
            if _is_login(record) and is_believed:
                return end, "superseded"
            if _is_logout(record):
                return end, "returned"
    return None, None


def _seats(one: Told, found: Sequence[Told], records: Sequence[Record], believed: Sequence[bool]) -> int:
    """Return 0 for a terminal inside a session that takes a seat of the same user's, else 1."""
    inside = one.line.startswith("pts/") and one.host.startswith(":")
    if not inside:
        return 1
    for other in found:
        if other.number >= one.number or other.user != one.user or other.line == one.line:
            continue
        if _lasts(other, one.number, records, believed) and _seats(other, found, records, believed):
            return 0
    return 1


def _lasts(one: Told, until: int, records: Sequence[Record], believed: Sequence[bool]) -> bool:
    """Say whether, by its own line and the host's life, a session is open before record *until*."""
    for number in range(one.number + 1, until):
        record = records[number]
        if _life(record) is not None:
            return False
        if record.line == one.line and (_is_logout(record) or (_is_login(record) and believed[number])):
            return False
    return True


def _life(record: Record) -> str | None:
    if record.user == "shutdown" and record.line == "~":
        return "down"
    if record.type == BOOT_TIME:
        return "up"
    if record.type == RUN_LVL:
        return "down" if record.pid % 256 in (ord("0"), ord("6")) else None
    return None


def _is_about_line(record: Record) -> bool:
    return bool(record.line) and not record.line.startswith("~") and record.type in (0, INIT, 6, USER, DEAD, 9)


def _is_login(record: Record) -> bool:
    return _is_about_line(record) and record.type == USER and bool(record.user)


def _is_logout(record: Record) -> bool:
    return _is_about_line(record) and (record.type == DEAD or not record.user)
