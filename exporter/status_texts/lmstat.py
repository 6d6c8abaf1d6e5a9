"""
FlexNet: ``lmutil lmstat -a`` (or ``-f``, ``-S``), and the table of ``lmstat -i``, which tells of the licence file only.

Whoever holds a seat stands in a line whose left part can't be split: users and displays hold blanks, quotes and
brackets. So it is read from the right: ``user host display (v1.0) (server/port handle), start Fri 10/20 14:12``; the
version and the handle may be left out. The seats in use that the server counts hold those that are reserved and idle.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from exporter.status_texts.draft import Draft, Feature, name
from exporter.status_texts.lines import Rule, rule, unknown
from exporter.status_texts.times import moment, month_of, without_year
from exporter.status_texts.told import UnknownLine

MARK = re.compile(
    r"lm(util|stat) - Copyright|Flexible License Manager status on|License server status: |NOTE: lmstat -i"
    r"|Users of .+: +\((Total|Uncounted|Error)"
)
_N = r"([0-9]{1,12})"
_DAY, _TIME = r"([0-9]{1,2})/([0-9]{1,2})", r"([0-9]{1,2}):([0-9]{2})"
_TAIL = (
    r"(?:, [0-9]{1,12} licenses?|, PID: [0-9]+|, borrow-return [A-Za-z]{3} [0-9/]+ [0-9:]+"
    r"|\s+\(linger: [0-9]+(?: / [0-9]+)?\))*"
)
_START = rf", start ([A-Za-z]{{3}}) {_DAY} {_TIME}({_TAIL})"
_SEATS = re.compile(r", ([0-9]{1,12}) licenses?")
_EXPIRY = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{1,4})")


class _Reader:
    def __init__(self, draft: Draft, near: datetime) -> None:
        self._draft, self._near = draft, near
        self._section = ""
        self._daemons: list[str] = []
        self._feature: Feature | None = None

    def date(self, found: re.Match[str]) -> None:
        month, day, year, hour, minute = map(int, found.groups())
        self._draft.server.taken = moment(year, month, day, hour, minute)
        self._near = self._draft.server.taken or self._near

    def server(self, found: re.Match[str]) -> None:
        self._draft.begin()
        self._section, self._daemons = "servers", []
        for place in found[1].split(","):
            self._draft.call(place.rpartition("@")[2])

    def up(self, found: re.Match[str]) -> None:
        self._draft.call(found[1])

    def fault(self, found: re.Match[str]) -> None:
        self._draft.fault(found[0])

    def daemons(self, _: re.Match[str]) -> None:
        self._section, self._daemons = "daemons", []

    def daemon(self, found: re.Match[str]) -> None:
        if self._section != "daemons":
            self._daemons = []
        self._section = "daemons"
        self._daemons.append(found[1])

    def usage(self, found: re.Match[str]) -> None:
        self._section = "usage"
        if found.re.groups:
            self._daemons = [found[1]]

    @property
    def _vendor(self) -> str:
        """The daemon whose features come now; several that are listed together don't tell which of them it is."""
        return self._daemons[0] if len(self._daemons) == 1 else ""

    def users(self, found: re.Match[str]) -> None:
        issued, in_use = int(found[2]), int(found[3])
        self._feature = self._draft.feature(self._vendor, found[1], issued=issued, in_use=in_use)

    def uncounted(self, found: re.Match[str]) -> None:
        self._feature = self._draft.uncounted(self._vendor, found[1])

    def unserved(self, found: re.Match[str]) -> None:
        self._feature = None
        self._draft.fault(found[0])

    def pool(self, found: re.Match[str]) -> None:
        if self._feature is not None and self._feature.vendor.casefold() != found[1].casefold():
            self._feature.vendor = name(found[1])

    def reservation(self, found: re.Match[str]) -> bool:
        if self._feature is None:
            return False
        self._feature.reserve(int(found[1]))
        return True

    def holder(self, found: re.Match[str]) -> bool:
        if self._feature is None:
            return False
        who, weekday, month, day, hour, minute, tail = found.groups()
        words = who.split()
        if len(words) < 2:
            return False
        start = without_year(self._near, int(month), int(day), int(hour), int(minute), weekday)
        seats = _SEATS.search(tail)
        user, host, display = _split(words)
        self._feature.hold(user, host, int(seats[1]) if seats else 1, start, display, sure=len(words) == 2)
        return True

    def table(self, _: re.Match[str]) -> None:
        self._section = "table"

    def row(self, found: re.Match[str]) -> bool:
        if self._section != "table":
            return False
        feature, seats, expiry, vendor = found.groups()
        over = _is_over(expiry, self._near)
        counted = seats.isdecimal() and int(seats) > 0
        self._draft.feature(vendor, feature, issued=(0 if over else int(seats)) if counted else None)
        return True


def _split(words: Sequence[str]) -> tuple[str, str, str]:
    """Return the likeliest user, host and display of a line's left part; a display often is the host once more."""
    for at in range(1, len(words) - 1):
        if words[at + 1 :] == [words[at]] or words[at + 1].startswith(("/dev/", ":")):
            return " ".join(words[:at]), words[at], " ".join(words[at + 1 :])
    return words[0], words[1], " ".join(words[2:])


def _is_over(expiry: str, near: datetime) -> bool:
    """Whether a licence of the table has expired; a date that is none, or of the year 0, never comes."""
    found = _EXPIRY.fullmatch(expiry)
    last = moment(int(found[3]), month_of(found[2]), int(found[1])) if found else None
    return last is not None and last.date() < near.date()


_RULES: Sequence[Rule[_Reader]] = (
    rule(r"lm(?:util|stat)\b.*(?:- Copyright| v[0-9]).*"),
    rule(rf"Flexible License Manager status on [A-Za-z]+ {_DAY}/([0-9]{{4}}) {_TIME}", _Reader.date),
    rule(r"\[Detecting .*\]"),
    rule(r"-{5,}"),
    rule(r"License server status: (.+)", _Reader.server),
    rule(r"\s+License file\(s\) on \S+: .*"),
    rule(r"\s*(\S+): license server UP(?: \(MASTER\))?(?: v\S+)?", _Reader.up),
    rule(r"Vendor daemon status \(on .*\):?", _Reader.daemons),
    rule(r"\s*(\S+): UP(?: v\S+)?", _Reader.daemon),
    rule(r"Feature usage info:", _Reader.usage),
    rule(r"Users of features served by (\S+):", _Reader.usage),
    rule(
        rf"Users of (.+):\s+\(Total of {_N} (?:borrowable )?licenses? issued;\s+Total of {_N} licenses? in use\)",
        _Reader.users,
    ),
    rule(r"Users of (.+):\s+\(Uncounted, node-locked\)", _Reader.uncounted),
    rule(r"Users of (.+):\s+None", _Reader.uncounted),
    rule(r"Users of .+:\s+(?:\(Error: .+\)|Cannot get users of .+)", _Reader.unserved),
    rule(r"\s*\".+\" v\S*, vendor: ([^,\s]+)(?:, expiry: .*)?", _Reader.pool),
    rule(r"\s*(?:floating license|vendor_string: .*|(?:un)?counted nodelocked license.*|nodelocked license.*)"),
    rule(rf"\s+{_N} RESERVATIONs?(?: \([A-Z]+\))? for .+ \([^()]*/[0-9]+\)", _Reader.reservation),
    rule(rf"\s+(\S.*) \(v[^()]*\) \([^()]+/[^()]*\){_START}", _Reader.holder),
    rule(rf"\s+(\S.*) \([^()]+/[^()]*\){_START}", _Reader.holder),
    rule(rf"\s+(\S.*) \(v[^()]*\){_START}", _Reader.holder),
    rule(rf"\s+(\S.*){_START}", _Reader.holder),
    rule(rf"\s+\S.* queued for {_N} licenses?"),
    rule(r"NOTE: lmstat -i does not give information from the server,"),
    rule(r"\s+(?:but only reads the license file\..*|lmstat -a is recommended instead\.)"),
    rule(r"Feature\s+Version\s+# ?licenses\s+Expires\s+Vendor", _Reader.table),
    rule(r"_+(?:\s+_+)+"),
    rule(r"(\S.*?)\s+\S+\s+([0-9]{1,12}|uncounted)\s+(\S+)\s+(\S+)", _Reader.row),
    rule(r"(?:Error (?:getting|reading) .+|lmgrd is not running: .+)", _Reader.fault),
    rule(r"(?:FLEXlm|FLEXnet|FlexNet) Licensing error:.+", _Reader.fault),
    rule(r"\s*\S+: \S.*\(-[0-9]+,[0-9]+.*", _Reader.fault),
    rule(r" *(?:The license server manager|the wrong port@host|port or hostname in).*"),
    rule(r"(?:Feature|Server name|License path|Vendor:Host|Hostname|Filename):\s+.*"),
    rule(r"(?:For further information, refer to|available at \").*"),
)


def read(lines: Sequence[str], near: datetime, draft: Draft) -> list[UnknownLine]:
    """Read *lines* into *draft*; *near* is the local time about which it was written. Return what is not known."""
    return list(unknown(_Reader(draft, near), _RULES, lines))
