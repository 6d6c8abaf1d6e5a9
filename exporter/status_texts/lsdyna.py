"""
LS-Dyna: ``lstc_qrun -r``, a table of programs with those who run them below, and ``lstc_qrun``, a list of those.

All programs share the seats of the licence group: each tells the same maximum. A program that is run shows ``-`` for
what is used, which is what its lines add up to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from exporter.status_texts.draft import Draft, Feature
from exporter.status_texts.lines import Rule, rule, unknown
from exporter.status_texts.times import month_of, without_year
from exporter.status_texts.told import UnknownLine

MARK = re.compile(
    r"LICENSE INFORMATION|PROGRAM +EXPIRATION|Running Programs|Using (user specified|default) server [0-9]+@"
)
_N = r"([0-9]{1,12})"


class _Reader:
    def __init__(self, draft: Draft, near: datetime) -> None:
        self._draft, self._near = draft, near
        self._feature: Feature | None = None
        self._queued = False

    def server(self, found: re.Match[str]) -> None:
        self._draft.begin()
        self._draft.call(found[1])

    def program(self, found: re.Match[str]) -> None:
        used, most = found[2], int(found[3])
        if used == "-":
            self._feature = self._draft.uncounted("", found[1], issued=most)
        else:
            self._feature = self._draft.feature("", found[1], issued=most, in_use=int(used))

    def holder(self, found: re.Match[str]) -> bool:
        if self._feature is None:
            return False
        self._feature.hold(found[1], found[2], int(found[3]))
        return True

    def group(self, found: re.Match[str]) -> None:
        """Hold the sum of a group against its programs."""
        programs = sum(pool.in_use or 0 for pool in self._draft.server.pools)
        if int(found[1]) != programs:
            self._draft.fault(f"The licence group tells {found[1]} seats in use, its programs {programs}")

    def listed(self, found: re.Match[str]) -> None:
        self._queued = found[1] == "Queued"

    def run(self, found: re.Match[str]) -> None:
        user, host, program, weekday, month, day, hour, minute, seats = found.groups()
        if self._queued:
            return
        start = without_year(self._near, month_of(month), int(day), int(hour), int(minute), weekday)
        known = [pool for pool in self._draft.server.pools if pool.name == program]
        pool = known[0] if known else self._draft.uncounted("", program)
        pool.hold(user, host, int(seats), start)

    def fault(self, found: re.Match[str]) -> None:
        self._draft.fault(found[1])


_RULES: Sequence[Rule[_Reader]] = (
    rule(r"Using (?:user specified|default) server [0-9]+@(\S+)", _Reader.server),
    rule(r"Defaulting to server .*"),
    rule(r"LICENSE INFORMATION"),
    rule(r"PROGRAM\s+EXPIRATION\s+CPUS\s+USED\s+FREE\s+MAX\s+\|\s+QUEUE"),
    rule(r"[-\s|]{10,}"),
    rule(rf"\s*LICENSE GROUP\s+{_N}\s+[0-9]+\s+[0-9]+\s+\|\s+[0-9]+", _Reader.group),
    rule(
        rf"(\S.*?)\s+[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}}\s+(-|[0-9]{{1,12}})\s+[0-9]+\s+{_N}\s+\|\s+[0-9]+",
        _Reader.program,
    ),
    rule(
        r"\s*(\S.*?)\s+[0-9]+@(\S+)\s+(\S+)\s+([A-Za-z]{3}) ([A-Za-z]{3}) +([0-9]{1,2}) ([0-9]{2}):([0-9]{2})\s+"
        rf"{_N}",
        _Reader.run,
    ),
    rule(rf"\s+(\S.*?)\s+[0-9]+@(\S+)\s+{_N}", _Reader.holder),
    rule(r"\s*(Running|Queued) Programs", _Reader.listed),
    rule(r"\s*User\s+Host\s+Program\s+\S+\s+# procs"),
    rule(r"No programs (?:running|queued).*"),
    rule(r"\*\*\* ERROR (.+)", _Reader.fault),
)


def read(lines: Sequence[str], near: datetime, draft: Draft) -> list[UnknownLine]:
    """Read *lines* into *draft*; *near* is the local time about which it was written. Return what is not known."""
    return list(unknown(_Reader(draft, near), _RULES, lines))
