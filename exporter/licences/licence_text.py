"""
A licence file of FlexNet, line by line, as the License Administration Guide of Revenera describes it. Pure.

Signatures are not looked at: a copy without them is read as well. What can't be used is named, and the rest goes on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from exporter.licences.grants import Component, Daemon, Grant, LicenceText, Package, Upgrade
from exporter.licences.words import Fault, lines_of, unquoted

MOST_SEATS = 999_999_999
"""The most that a log can tell, too."""
_PASSED_OVER = ("SERVER", "USE_SERVER", "FEATURESET")
_KEYWORDS = (*_PASSED_OVER, "VENDOR", "DAEMON", "FEATURE", "INCREMENT", "UPGRADE", "PACKAGE")
_BEGINS = re.compile(rf"(?:{'|'.join(_KEYWORDS)})(?=\s|$)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{1,4})")
_ATTRIBUTE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_FLAG = re.compile(r"[A-Za-z_]+")
_BARE = re.compile(r'"[^"]*"')
_POOLS = (
    *("BORROW", "DUP_GROUP", "FLOAT_OK", "HOST_BASED", "HOSTID", "PLATFORM", "PLATFORMS", "TZ", "USER_BASED"),
    *("VENDOR_STRING", "VM_PLATFORMS"),
)
"""Attributes that, where they differ, keep the seats of INCREMENT lines apart."""
_LAST_YEAR = 2199
"""What expires later never does."""
_COMPARE = "compare it with what the vendor sent"
_JOIN = "Let each part but the last end with a backslash"


class _Unusable(Exception):
    """The line can't be used; the text says why and what to do."""


def parse_licences(text: str) -> LicenceText:
    """Return what the text of a licence file says."""
    said = LicenceText([], [], [], [], [])
    before: tuple[list[Grant], int] | None = None
    """The line before, where it grants seats: it may turn out to be cut."""
    for one in lines_of(text, _BEGINS):
        if isinstance(one, Fault):
            said.faults.append(one)
            before = None
            continue
        if _ATTRIBUTE.match(one.words[0]):
            if before is not None:
                before[0].pop()
                said.faults.append(Fault(before[1], f"is cut: line {one.line} is a part of it. {_JOIN}"))
            said.faults.append(Fault(one.line, f"is a part of another line, which does not go on in it. {_JOIN}"))
            before = None
            continue
        before = None
        try:
            if _take(said, one.line, one.words):
                before = said.grants, one.line
        except _Unusable as why:
            said.faults.append(Fault(one.line, str(why)))
    return said


def _take(said: LicenceText, line: int, words: Sequence[str]) -> bool:
    """Add what one line says; return whether it grants seats. Raises _Unusable."""
    keyword = words[0].upper()
    if keyword in ("FEATURE", "INCREMENT"):
        said.grants.append(_grant(line, words))
        return True
    if keyword == "UPGRADE":
        said.upgrades.append(_upgrade(line, words))
    elif keyword == "PACKAGE":
        said.packages.append(_package(line, words))
    elif keyword in ("VENDOR", "DAEMON"):
        said.daemons.append(_daemon(line, words))
    elif keyword not in _PASSED_OVER:
        raise _Unusable(f"begins with {_quoted(words[0])}, which no line of a licence file does: remove it")
    return False


def _grant(line: int, words: Sequence[str]) -> Grant:
    _, feature, vendor, version, expires, seats = _fields(words, "name, vendor, version, expiry date and number", 6)
    given = _attributes(words[6:])
    own = _seats(seats)
    overdraft = _seats(given["OVERDRAFT"]) if "OVERDRAFT" in given else 0
    listed = given.get("SUPERSEDE")
    return Grant(
        line=line,
        adds=words[0].upper() == "INCREMENT",
        feature=feature,
        vendor=vendor,
        version=version,
        seats=None if own is None else own + (overdraft or 0),
        start=_date(given.get("START", "permanent")),
        issued=_date(given.get("ISSUED", "permanent")),
        expires=_date(expires),
        pool=(version, *(f"{key}={given[key]}" for key in _POOLS if key in given)),
        supersedes=frozenset() if listed is None else frozenset({feature, *listed.replace(",", " ").split()}),
        words=words,
    )


def _upgrade(line: int, words: Sequence[str]) -> Upgrade:
    asked = "name, vendor, two versions, expiry date and number"
    _, feature, vendor, since, version, expires, seats = _fields(words, asked, 7)
    given = _attributes(words[7:])
    moved = _seats(seats)
    if moved is None:
        raise _Unusable("upgrades an uncounted number of licences, which is no number: " + _COMPARE)
    start = _date(given.get("START", "permanent"))
    return Upgrade(line, feature, vendor, since, version, moved, start, _date(expires))


def _package(line: int, words: Sequence[str]) -> Package:
    _, name, vendor = _fields(words, "name and vendor", 3)
    given = _attributes(words[3:])
    version = unquoted(words[3]) if len(words) > 3 and "=" not in words[3] else ""
    if not given.get("COMPONENTS"):
        raise _Unusable(f"tells no COMPONENTS of the package {_quoted(name)}: {_COMPARE}")
    components = [_component(one.split(":")) for one in given["COMPONENTS"].split()]
    suite = "SUITE" in given.get("OPTIONS", "").upper().replace(",", " ").split()
    return Package(line, name, vendor, version, components, suite)


def _component(parts: Sequence[str]) -> Component:
    feature, version, seats = [*parts, "", ""][:3]
    return Component(feature, version, (_seats(seats) or 1) if seats else 1)


def _daemon(line: int, words: Sequence[str]) -> Daemon:
    """Read ``VENDOR name [path] [options=path] [port=n]``; the older form has the paths by their places."""
    _, vendor = _fields(words, "name of its daemon", 2)
    given = _attributes(words[2:])
    plain = [unquoted(word) for word in words[2:] if "=" not in word]
    placed = plain[1] if len(plain) > 1 and not plain[1].isdecimal() else ""
    return Daemon(line, vendor, given.get("OPTIONS", placed))


def _fields(words: Sequence[str], asked: str, number: int) -> list[str]:
    """Return the first *number* words; *asked* says what they are."""
    found = [unquoted(word) for word in words[:number]]
    if len(found) < number or not all(found):
        raise _Unusable(f"lacks some of {asked}, which {_quoted(words[0])} is followed by: {_COMPARE}")
    return found


def _attributes(words: Sequence[str]) -> Mapping[str, str]:
    """Return the attributes by their names in upper case; of a flag ``''``. The older form has a vendor string bare."""
    given: dict[str, str] = {}
    for word in words:
        if match := _ATTRIBUTE.fullmatch(word):
            given.setdefault(match[1].upper(), unquoted(match[2]))
        elif _BARE.fullmatch(word):
            given.setdefault("VENDOR_STRING", unquoted(word))
        elif _FLAG.fullmatch(word):
            given.setdefault(word.upper(), "")
    return given


def _seats(text: str) -> int | None:
    """Return a number of licences; None: uncounted."""
    if text.casefold() == "uncounted":
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 12 or int(text) > MOST_SEATS:
        raise _Unusable(f"has {_quoted(text)} where a number of licences must stand: {_COMPARE}")
    return int(text) or None


def _date(text: str) -> date | None:
    """Return a day such as 31-dec-2026; None: permanent, which the year 0 means, too. Two digits are of 19xx."""
    if text.casefold() == "permanent":
        return None
    match = _DATE.fullmatch(text)
    if match is None or match[2].casefold() not in _MONTHS:
        raise _Unusable(f"has {_quoted(text)} where a date such as 31-dec-2026 must stand: {_COMPARE}")
    year = int(match[3])
    if year == 0 or year > _LAST_YEAR:
        return None
    try:
        return date(year + 1900 if year < 100 else year, _MONTHS.index(match[2].casefold()) + 1, int(match[1]))
    except ValueError:
        raise _Unusable(f"has {_quoted(text)}, a day that is not in the calendar: {_COMPARE}") from None


def _quoted(text: str) -> str:
    """Return a word of the file as a fault repeats it."""
    return f'"{text[:40]}..."' if len(text) > 43 else f'"{text}"'
