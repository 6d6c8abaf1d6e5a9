"""
An options file of a FlexNet vendor daemon: what it says of seats, and of what is missing in its log. Pure.

The other lines say who may take what, which no log shows; they are known, and passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from exporter.licences.grants import OptionsText, Restriction
from exporter.licences.words import Fault, lines_of, unquoted

_PASSED_OVER = (
    *("ACTIVATION_EXPIRY_DAYS", "ACTIVATION_LOWWATER", "AUTOMATIC_REREAD", "BORROW_LOWWATER", "DAEMON_SELECT_TIMEOUT"),
    *("DEBUGLOG", "EXCLUDE", "EXCLUDE_BORROW", "EXCLUDE_ENTITLEMENT", "EXCLUDEALL", "FQDN_MATCHING"),
    *("GROUPCASEINSENSITIVE", "INCLUDE", "INCLUDE_BORROW", "INCLUDE_ENTITLEMENT", "INCLUDEALL", "LINGER"),
    *("MAX_BORROW_HOURS", "MAX_CONNECTIONS", "MAX_OVERDRAFT", "REPORTLOG"),
)
_KEYWORDS = ("RESERVE", "MAX", "NOLOG", "TIMEOUT", "TIMEOUTALL", "GROUP", "HOST_GROUP", *_PASSED_OVER)
_BEGINS = re.compile(rf"(?:{'|'.join(_KEYWORDS)})\s")
"""In capitals, as the guide has them: a line of a group may go on with a user called max."""
_KINDS = ("USER", "HOST", "DISPLAY", "INTERNET", "PROJECT", "GROUP", "HOST_GROUP")
_UNLOGGED = ("IN", "OUT", "DENIED", "QUEUED", "UNSUPPORTED")
_MOST = 999_999_999
_COMPARE = "the daemon ignores it, too; see the guide of FlexNet on options files"


class _Unusable(Exception):
    """The line can't be used; the text says why."""


def parse_options(text: str) -> OptionsText:
    """Return what the text of an options file says."""
    said = OptionsText([], [], {}, {}, {}, [])
    for one in lines_of(text, _BEGINS):
        if isinstance(one, Fault):
            said.faults.append(one)
            continue
        try:
            _take(said, one.line, [unquoted(word) for word in one.words])
        except _Unusable as why:
            said.faults.append(Fault(one.line, f"{why}: {_COMPARE}"))
    for restriction in (*said.reserved, *said.most):
        if restriction.kind.endswith("GROUP") and restriction.name not in said.groups:
            said.faults.append(Fault(restriction.line, f'names the group "{restriction.name}", which no line defines'))
    return said


def _take(said: OptionsText, line: int, words: Sequence[str]) -> None:
    """Add what one line says. Raises _Unusable."""
    match words[0].upper(), *words[1:]:
        case "RESERVE", seats, feature, kind, *name if name:
            said.reserved.append(_restriction(line, seats, feature, kind, " ".join(name)))
        case "MAX", seats, feature, kind, *name if name:
            said.most.append(_restriction(line, seats, feature, kind, " ".join(name)))
        case "NOLOG", *kinds if kinds:
            for kind in kinds:
                if kind.upper() not in _UNLOGGED:
                    raise _Unusable(f'"{kind[:40]}" is nothing that NOLOG keeps out of a log ({", ".join(_UNLOGGED)})')
                said.silent.setdefault(kind.upper(), line)
        case "TIMEOUT", feature, seconds:
            said.timeouts[_feature(feature)] = _number(seconds)
        case "TIMEOUTALL", seconds:
            said.timeouts[""] = _number(seconds)
        case "GROUP" | "HOST_GROUP", name, *members:
            said.groups.setdefault(name, []).extend(members)
        case keyword, *_ if keyword in _PASSED_OVER:
            pass
        case keyword, *_ if keyword in _KEYWORDS:
            raise _Unusable(f"lacks a part of what {keyword} is followed by, or has more")
        case _:
            raise _Unusable(f'begins with "{words[0][:40]}", which no line of an options file does')


def _restriction(line: int, seats: str, feature: str, kind: str, name: str) -> Restriction:
    if kind.upper() not in _KINDS:
        raise _Unusable(f'"{kind[:40]}" is nothing that seats are told apart by ({", ".join(_KINDS)})')
    return Restriction(line, _number(seats), _feature(feature), kind.upper(), name)


def _feature(text: str) -> str:
    """Return the feature without what picks some of its licences: ``feature:VERSION=2.0``."""
    return text.partition(":")[0]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 12 or int(text) > _MOST:
        raise _Unusable(f'has "{text[:40]}" where a number must stand')
    return int(text)
