"""
The grammar of FlexNet debug logs for the reference reader: from bytes to framed lines, anchors and events.

Slow and obvious on purpose, and independent of the exporter: nothing of it is imported here. Everything stays bytes.
A paragraph that begins with "Choice:" marks a place where the rules leave it open what is right.

Choice: a byte order mark is taken off every line, for glued files have one inside.
Choice: blanks taken off a line's end are space, tab and CR; a CR inside a line is an ordinary byte.
Choice: the last line of the newest generation is not read without its LF; an older generation will not grow, there it
is.
Choice: a time such as 23:59:60 does not exist: the line is noise.
Choice: the ``MM/DD`` prefix is read over. It has no year and is no anchor.
Choice: an impossible date (``2/30/2024``) makes no anchor; the line is an ordinary one of the day that it is.
Choice: a date with a year of two digits is no anchor.
Choice: a line that begins with an event's verb is never an anchor.
Choice: the clock inside an SLOG or system date is not compared with the frame's; only the date is taken.
Choice: ``N`` before the feature is the seats where no ``(N licenses)`` says otherwise.
Choice: an empty user is a user; an empty feature or host, or a host with a blank inside, can't be read.
Choice: bracketed groups at the end may come in any order; the one that counts licences is the count.
Choice: an arrow in another line than an UPGRADE, or an UPGRADE without, can't be read.
Choice: the display is what stands between the brackets, blanks included; ``[]`` is no display.
Choice: a verb without a blank after its colon, or after more than one blank behind the frame, is noise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

BLANKS = b" \t\r"
FRAME = re.compile(rb"^\s*(?:\d{1,2}/\d{1,2}\s+)?(\d{1,2}):(\d\d)(?::(\d\d))?\s+\(([^()\s]+)\)\s?(.*)$", re.DOTALL)
VERB = re.compile(rb"^(OUT|IN|DENIED|UNSUPPORTED|UPGRADE|QUEUED|DEQUEUED): (.*)$", re.DOTALL)
COUNT = re.compile(rb"^(?:(\d+)->)?(\d+) licenses$")
SHORT_DATE = re.compile(rb"(\d{1,2})/(\d{1,2})/(\d{4})")
TIMESTAMP = re.compile(rb"^TIMESTAMP +(\d{1,2}/\d{1,2}/\d{4})$")
STARTED_ON = re.compile(rb"\bstarted on .*\((\d{1,2}/\d{1,2}/\d{4})\)$")
LONG_DATE = re.compile(
    rb"^(?:Server's System Date and Time:|\(@[^()\s]+-SLOG@\) (?:Start-Date|Time):) "
    rb"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{4}) \d{1,2}:\d\d:\d\d\b",
)
MONTHS = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"]


class Line(NamedTuple):
    """A framed line: reading order in the stream, generation, second of the local day, daemon as written, message."""

    seq: int
    generation: int
    clock: int
    daemon: bytes
    message: bytes


class Said(NamedTuple):
    """What an event line says; *before* only in an UPGRADE, *handle* only in a verbose record."""

    verb: str
    feature: bytes
    user: bytes
    host: bytes
    display: bytes
    seats: int
    before: int
    reason: bytes
    handle: bytes


def lines_of(files: Sequence[bytes]) -> list[Line]:
    """Return the framed lines with a possible time of all generations, oldest first; other lines are noise."""
    found: list[Line] = []
    seq = 0
    for generation, data in enumerate(files):
        pieces = data.split(b"\n")
        if generation == len(files) - 1:
            pieces = pieces[:-1]
        for piece in pieces:
            seq += 1
            text = piece.removeprefix(b"\xef\xbb\xbf").rstrip(BLANKS)
            match = FRAME.match(text)
            if match is None:
                continue
            hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
            if hour > 23 or minute > 59 or second > 59:
                continue
            found.append(Line(seq, generation, hour * 3600 + minute * 60 + second, match[4], match[5]))
    return found


def is_day_first(message: bytes) -> bool:
    """Whether the message is an anchor that can only be read day first."""
    short = TIMESTAMP.match(message) or STARTED_ON.search(message)
    numbers = SHORT_DATE.match(short[1]) if short is not None else None
    return numbers is not None and int(numbers[1]) > 12


def anchor_of(message: bytes, day_first: bool) -> date | None:
    """Return the date that the message sets, or None; *day_first*: the stream writes the day first."""
    if VERB.match(message):
        return None
    short = TIMESTAMP.match(message) or STARTED_ON.search(message)
    if short is not None:
        numbers = SHORT_DATE.match(short[1])
        if numbers is None:
            return None
        first, second, year = int(numbers[1]), int(numbers[2]), int(numbers[3])
        if day_first or first > 12:
            return possible_date(year, second, first)
        return possible_date(year, first, second)
    long = LONG_DATE.match(message)
    if long is not None and long[1] in MONTHS:
        return possible_date(int(long[3]), MONTHS.index(long[1]) + 1, int(long[2]))
    return None


def possible_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def event_of(message: bytes) -> Said | None:
    """Return what the message says, None for a message that is no event. Raises ValueError when it can't be read."""
    match = VERB.match(message)
    if match is None:
        return None
    verb, rest = match[1].decode(), match[2].strip(BLANKS)
    rest, record = cut_verbose(rest)
    number, feature, rest = cut_feature(rest)
    if verb == "UNSUPPORTED":
        rest = cut_code(rest)
    rest, groups = cut_groups(rest)
    rest, display = cut_display(rest)
    user, at, host = rest.rpartition(b"@")
    if not at or not host or not feature or any(blank in host for blank in BLANKS):
        raise ValueError("no user@host, or no feature")
    before: int | None = None
    seats = 1 if number is None else number
    reason = b""
    for group in groups:
        count = COUNT.match(group)
        if count is None:
            reason = group
        else:
            before = None if count[1] is None else int(count[1])
            seats = int(count[2])
    if (verb == "UPGRADE") != (before is not None):
        raise ValueError("an arrow stands in UPGRADE lines, and only there")
    return Said(verb, feature, user, host, display, seats, before or 0, reason, handle_of(record, user))


def cut_verbose(rest: bytes) -> tuple[bytes, bytes]:
    """Cut the verbose record off: (what is before it, what is between the marks)."""
    if b"^^^" not in rest:
        return rest, b""
    before, _, record = rest.partition(b"^^^")
    return before.rstrip(BLANKS), record.partition(b"^^^")[0].strip(BLANKS)


def handle_of(record: bytes, user: bytes) -> bytes:
    """
    Return the handle of a verbose record (version, user, ip, pid, handle, ...), empty when there is none.

    Choice: the user is known from before the ``@``, so one with blanks is stepped over whole.
    Choice: a record too short to hold a handle is as none.
    """
    version_and_rest = record.split(None, 1)
    if len(version_and_rest) < 2:
        return b""
    rest = version_and_rest[1]
    has_user = user and rest.startswith(user + b" ")
    fields = rest[len(user) :].split() if has_user else rest.split()[1:]
    return fields[2] if len(fields) > 2 else b""


def cut_feature(rest: bytes) -> tuple[int | None, bytes, bytes]:
    """Cut the leading number, if any, and the feature: (number, feature, the rest)."""
    number = None
    leading = re.match(rb'^(\d+) +("[^"]*" .*|[^\s"]+ +[^\s].*@.*)$', rest, re.DOTALL)
    if leading is not None:
        number, rest = int(leading[1]), leading[2]
    if rest.startswith(b'"'):
        feature, quote, rest = rest[1:].partition(b'"')
        if not quote:
            raise ValueError("a quote is not closed")
    else:
        feature, _, rest = rest.partition(b" ")
    return number, feature, rest.strip(BLANKS)


def cut_code(rest: bytes) -> bytes:
    """Cut the key in brackets that an UNSUPPORTED line has before the user."""
    if not rest.startswith(b"("):
        return rest
    _, bracket, after = rest.partition(b")")
    if not bracket:
        raise ValueError("a bracket is not closed")
    return after.strip(BLANKS)


def cut_groups(rest: bytes) -> tuple[bytes, list[bytes]]:
    """Cut the groups in brackets at the end, each with what is nested in it: (the rest, the groups from the left)."""
    groups: list[bytes] = []
    while rest.endswith(b")"):
        depth = 0
        place = len(rest)
        while place > 0:
            place -= 1
            if rest[place : place + 1] == b")":
                depth += 1
            if rest[place : place + 1] == b"(":
                depth -= 1
            if depth == 0:
                break
        if depth != 0:
            raise ValueError("a bracket is not opened")
        groups.insert(0, rest[place + 1 : -1])
        rest = rest[:place].rstrip(BLANKS)
    return rest, groups


def cut_display(rest: bytes) -> tuple[bytes, bytes]:
    """Cut ``[display]`` off the end: (the rest, the display); the innermost opening bracket begins it."""
    if not rest.endswith(b"]") or b"[" not in rest:
        return rest, b""
    before, _, display = rest.rpartition(b"[")
    return before.rstrip(BLANKS), display[:-1]
