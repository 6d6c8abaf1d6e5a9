"""
The grammar of FlexNet / FLEXlm debug log lines: pure functions from text to parts.

    line    = [SP] H[H] ":" MM [":" SS] SP "(" daemon ")" SP message
    message = verb ":" [N] feature ["(" code ")"] user@host ["[" display "]"] ["(" N licenses ")"] ["(" reason ")"]
              ["^^^" verbose record "^^^"]

Sources: Flexera's *License Administration Guide*, chapter "Debug log", and logs of real servers of versions 9 to 11.
Text is raw (latin-1 of the bytes).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

TEXT = re.ASCII | re.DOTALL
"""Only ASCII blanks divide: a byte like A0 or 85 belongs to a name."""

BLANKS = " \t\r\n\f\v\0"

VERBS = ("OUT", "IN", "DENIED", "UNSUPPORTED", "UPGRADE", "QUEUED", "DEQUEUED")
EVENT_WORDS = tuple(f"{verb}:" for verb in VERBS)

NOTABLE = re.compile(
    rf"(?:{'|'.join(VERBS)}):"
    r"|TIMESTAMP |FLEX|\(@\S+-SLOG@\)|Server's System|(?:RE)?Started |\S+ exited with|EXITING |Shut|daemon shutdown"
    r"|Rereading |Server started on |\S+ \(consisting of:",
    re.IGNORECASE | TEXT,
)
"""Whatever a message is that says something begins like this; most lines that are no event don't."""

FRAME = re.compile(
    r"\s*(?:(\d\d?)/(\d\d?)\s+)?([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\s+\(([^()\s]+)\)(?:\s(.*))?$", TEXT
)
"""Groups: month, day (old servers), hour, minute, second (missing: 0), daemon, message."""

Frame = re.Match[str]

_EVENT = re.compile(
    rf"(?P<verb>{'|'.join(VERBS)}):\s+"
    r'(?:(?P<lead>\d+)\s+(?=\S+\s+\S*@|"))?'
    r'(?:"(?P<quoted>.+?)"(?=\s)|(?P<bare>[^\s"]+))\s+'
    r"(?P<rest>.*)$",
    TEXT,
)
_USUAL = re.compile(
    rf"({'|'.join(VERBS)}): "
    r'"([^"]+)" ([^\s@"()\[\]^\0]+@[^\s@"()\[\]^\0]+)(?:\s+\(([1-9]\d{,8}) licenses\))?'
    r"(?:\s+\((?!\s*\d+\s*(?:->|licenses?\s*\)))([^()^]*(?:\([^()^]*\)[^()^]*)*)\))?\s*$",
    TEXT,
)
"""The shape of nearly all events; `event` reads every shape, this one only faster."""
_RECORD = re.compile(r"\s\S+\s+\d+\s+(?P<handle>0[xX][0-9a-fA-F]+|\d+)\s+(?P<in_use>\d{1,9})\s+(?P<out_of>\d+)\s", TEXT)
_KEY = re.compile(r"\([^()]*\)\s*", TEXT)
_COUNT = re.compile(r"(\d+)\s+licenses?", TEXT)
_UPGRADE = re.compile(r"(\d+)\s*->\s*(\d+)\s+licenses?", TEXT)
_CODE = re.compile(r"(?:^|\()(-?\d{1,9})(?:,\s*-?\d+|\))", TEXT)
_OTHER_MANAGER = re.compile(r"v\S+ by ", TEXT)
_SECOND_FRAME = re.compile(r"\d:[0-5]\d(?::[0-5]\d)?\s+\([^()\s]+\)\s", TEXT)

_CLASS_OF_CODE = {
    -4: "capacity",
    -24: "capacity",
    -5: "unsupported",
    -18: "unsupported",
    -10: "expired",
    -38: "excluded",
    -39: "excluded",
    -21: "version",
    -25: "version",
}
# What old daemons write without a code.
_CLASS_OF_WORDS = (
    ("users already reached", "capacity"),
    ("users are queued", "capacity"),
    ("exclude list", "excluded"),
    ("include list", "excluded"),
    ("expired", "expired"),
    ("no such feature", "unsupported"),
    ("does not support this feature", "unsupported"),
    ("support this version", "version"),
)


_LONGEST_KEPT = 500
"""Characters of a reason whose class is remembered."""


class EventText(NamedTuple):
    """The parts of an event message."""

    verb: str
    feature: str
    who: str
    display: str
    seats: int
    before: int | None
    """Seats before an UPGRADE."""
    reason: str
    handle: str
    in_use: int | None


def event(message: str) -> EventText | str:
    """Return the parts of a message that begins with a verb, or a sentence that says what is wrong with it."""
    if usual := _USUAL.match(message):
        verb, feature, who, count, reason = usual.groups()
        if verb != "UPGRADE":
            return EventText(verb, feature, who, "", int(count or 1), None, (reason or "").strip(BLANKS), "", None)
    found = _EVENT.match(message)
    if found is None:
        return "no feature name and user after the verb"
    verb = found["verb"]
    rest = found["rest"]
    handle, in_use = "", None
    rest, _, verbose = rest.partition("^^^")
    if record := _RECORD.search(verbose):
        handle, in_use = record["handle"], int(record["in_use"])
    if key := _KEY.match(rest):
        rest = rest[key.end() :]
    before, seats = None, _number(found["lead"] or "1")
    reasons: list[str] = []
    # Brackets are taken off by moving `end`: a line may have thousands of them, and each copy costs its length.
    end = len(rest.rstrip(BLANKS))
    while end and rest[end - 1] == ")":
        opening = _opening(rest, end)
        if opening <= 0:
            return "a bracket is closed that was never opened"
        inside, end = rest[opening + 1 : end - 1].strip(BLANKS), opening
        while end and rest[end - 1] in BLANKS:
            end -= 1
        if count := _COUNT.fullmatch(inside):
            seats = _number(count[1])
        elif change := _UPGRADE.fullmatch(inside):
            before, seats = _number(change[1]), _number(change[2])
        else:
            # Tails that are no counts all belong to the reason, but an empty last one.
            reasons += [inside] if inside or reasons else []
    rest = rest[:end]
    display = ""
    if rest.endswith("]") and (opening := rest.find("[", rest.find("@") + 1)) >= 0:
        display, rest = rest[opening + 1 : -1], rest[:opening].rstrip(BLANKS)
    user, at, host = rest.rpartition("@")
    if not at or not host or any(blank in host for blank in BLANKS):
        return "no user@host"
    if found["bare"] and _OTHER_MANAGER.match(user):
        return "a line of another licence manager (RLM)"
    if _SECOND_FRAME.search(user) or "(" in host:
        return "two lines run into one"
    if (verb == "UPGRADE") != (before is not None):
        return "(A->B licenses) belongs to an UPGRADE, and to nothing else"
    if seats < 0 or (before is not None and before < 0):
        return "a count of too many licences"
    if seats == 0:
        return "a count of no licences"
    reason = ") (".join(reversed(reasons))
    return EventText(verb, found["quoted"] or found["bare"], rest, display, seats, before, reason, handle, in_use)


def end_reason(reason: str) -> str:
    """Return the end reason of a check-in with this text in its brackets."""
    if reason == "INACTIVE":
        return "timeout"
    if reason == "SHUTDOWN":
        return "shutdown"
    return "removed" if "REMOVE" in reason.upper() else "returned"


def denial(verb: str, reason: str) -> tuple[int | None, str]:
    """Return (code, class) of a denial: the last bracketed number pair of the reason decides, else its words."""
    # Servers write a few reasons, again and again; what is longer than all of them isn't worth its memory.
    return _denial(verb, reason) if len(reason) <= _LONGEST_KEPT else _denial.__wrapped__(verb, reason)


@lru_cache(maxsize=1024)
def _denial(verb: str, reason: str) -> tuple[int | None, str]:
    codes = _CODE.findall(reason)
    code = int(codes[-1]) if codes else None
    if verb == "UNSUPPORTED":
        return code, "unsupported"
    if code is not None:
        return code, _CLASS_OF_CODE.get(code, "other")
    words = reason.lower()
    return None, next((kind for text, kind in _CLASS_OF_WORDS if text in words), "other")


def _number(digits: str) -> int:
    """Return the number, -1 for one too long for any count of licences."""
    return int(digits) if len(digits) < 10 else -1


def _opening(text: str, end: int) -> int:
    """Return where the bracket opens that closes right before *end*; unbalanced: the first after the user's ``@``."""
    depth = 0
    for index in range(end - 1, -1, -1):
        if text[index] == ")":
            depth += 1
        elif text[index] == "(":
            depth -= 1
            if depth == 0:
                return index
    return text.find("(", text.find("@", 0, end) + 1, end)
