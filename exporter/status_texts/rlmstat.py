"""
RLM: ``rlmutil rlmstat -a``.

Products come with the pools of each ISV server, then those who hold them: ``product v1.0: user@host 2/0 at 11/01 09:01
(handle: 15a)``, 2 licences of which 0 were reserved. The statistics of the master server tell, to the second, when the
text was written: since when they count, and for how long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from exporter.status_texts.draft import Draft, Feature, name
from exporter.status_texts.lines import Rule, rule, unknown
from exporter.status_texts.times import moment, month_of, without_year
from exporter.status_texts.told import UnknownLine

MARK = re.compile(r"rlm(util|stat) v[0-9]|license (pool|usage) status on |rlm status on |Error connecting to \"rlm\"")
_N = r"([0-9]{1,12})"
_LAST_YEAR = 9_000
"""Later ones are no dates; a time that has passed since can be added to others."""
_FOR = r"(?:[0-9]+d )?[0-9]+:[0-9]{2}:[0-9]{2}"
_SINCE = re.compile(
    r"\((?:(?P<days>[0-9]{1,5})d )?(?P<hours>[0-9]{1,3}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2})\), init time: \S+ "
    r"(?P<month>[A-Za-z]{3}) +(?P<day>[0-9]{1,2}) (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) "
    r"(?P<year>[0-9]{4})"
)


class _Reader:
    def __init__(self, draft: Draft, near: datetime) -> None:
        self._draft, self._near = draft, near
        self._isv = ""
        self._pool: Feature | None = None

    def path(self, found: re.Match[str]) -> None:
        """Take the only server that was asked; of several nobody knows which answers."""
        if found[1].count("@") == 1:
            self._draft.call(found[1].partition("@")[2])

    def master(self, found: re.Match[str]) -> None:
        if self._draft.server.pools:
            self._draft.begin()
        self._draft.call(found[1])

    def statistics(self, found: re.Match[str]) -> bool:
        since = _SINCE.fullmatch(found[1])
        if since is None:
            return False
        month = month_of(since["month"])
        day, hour, minute, second = (int(since[part]) for part in ("day", "hour", "minute", "second"))
        begun = moment(int(since["year"]), month, day, hour, minute, second)
        took = {part: int(since[part] or 0) for part in ("days", "hours", "minutes", "seconds")}
        if begun is None or begun.year > _LAST_YEAR:
            return False
        self._near = begun + timedelta(**took)
        self._draft.server.taken, self._draft.server.to_second = self._near, True
        return True

    def isv(self, found: re.Match[str]) -> None:
        self._isv, self._pool = name(found[1]), None
        self._draft.call(found[2])

    def running(self, found: re.Match[str]) -> None:
        if found[2] == "No":
            self._draft.fault(f"ISV server {found[1]} is not running")

    def product(self, found: re.Match[str]) -> None:
        self._pool = self._draft.uncounted(self._isv, found[1])

    def count(self, found: re.Match[str]) -> bool:
        if self._pool is None:
            return False
        seats, reserved, in_use = found.groups()
        self._pool.issued = int(seats) if seats.isdecimal() else None
        self._pool.reserved, self._pool.in_use, self._pool.adds_up = int(reserved), int(in_use), False
        return True

    def holder(self, found: re.Match[str]) -> None:
        product, user, host, seats, month, day, hour, minute = found.groups()
        start = without_year(self._near, int(month), int(day), int(hour), int(minute))
        self._of(product).hold(user, host, int(seats), start)

    def _of(self, product: str) -> Feature:
        """Return a pool of a product; where only those who hold seats are listed, one that they make."""
        for pool in self._draft.server.pools:
            if pool.name == name(product) and pool.vendor in (self._isv, ""):
                pool.vendor = self._isv
                return pool
        return self._draft.uncounted(self._isv, product)

    def fault(self, found: re.Match[str]) -> None:
        self._draft.fault(found[0])

    def attempt(self, found: re.Match[str]) -> None:
        """Take what was asked in vain as part of the fault before it."""
        faults = self._draft.server.faults
        if faults:
            faults[-1] = f"{faults[-1]} ({found[1]})"


_RULES: Sequence[Rule[_Reader]] = (
    rule(r"\s*rlm(?:util|stat) v\S+.*"),
    rule(r"\s*Copyright .*"),
    rule(r"Setting license file path to (.+)", _Reader.path),
    rule(r"\s*-{5,}(?: ISV servers -+)?"),
    rule(r"\s*ISV servers:"),
    rule(r"\s*rlm status on (\S+) \(port [0-9]+\).*", _Reader.master),
    rule(r"\s*(\S+) ISV server status on (\S+) \(port [0-9]+\).*", _Reader.isv),
    rule(r"\s*(\S+) license (?:pool|usage) status on (\S+) \(port [0-9]+\).*", _Reader.isv),
    rule(r"\s*\S+ (?:software version|comm version:|Debug log filename:|Report log filename:) .*"),
    rule(r"\s*Startup time: .*"),
    rule(r"\s*(?:Recent|Todays) Statistics (.*?)", _Reader.statistics),
    rule(r"\s*Recent Stats\s+Todays Stats\s+Total Stats"),
    rule(rf"\s*{_FOR}\s+{_FOR}\s+{_FOR}"),
    rule(r"\s*(?:Messages|Connections|Checkouts|Denials|Removals):(?:\s+[0-9]+ \([0-9.]+/sec\))+"),
    rule(r"\s*Name\s+[Pp]ort\s+Running\s+Restarts"),
    rule(r"\s*(\S+)\s+[0-9]+\s+(Yes|No)\s+[0-9]+", _Reader.running),
    rule(
        rf"\s+(\S.*?)(?: v[^\s:]+)?: (.*)@(\S+) {_N}/[0-9]+ at ([0-9]{{2}})/([0-9]{{2}}) ([0-9]{{2}}):([0-9]{{2}})"
        r"\s+\(handle: [0-9a-fA-F]+\).*",
        _Reader.holder,
    ),
    rule(rf"\s+count: ([^,]+), # reservations: {_N}, inuse: {_N}(?:,.*)?", _Reader.count),
    rule(r"\s+obsolete: [0-9]+, min_remove: -?[0-9]+, total checkouts: [0-9]+.*"),
    rule(r"\s+(?:UNCOUNTED.*|Token-based license.*)"),
    rule(r"(?:\s*Error connecting to |rlm(?:util|stat): |\s*ERROR\b).*", _Reader.fault),
    rule(r"Connection (attempted to host: .*)", _Reader.attempt),
    rule(r"No error"),
    rule(r"\s+(\S.*?)(?: v[^\s,]+, pool: [0-9]+| v[^\s,]+|, pool: [0-9]+)", _Reader.product),
)


def read(lines: Sequence[str], near: datetime, draft: Draft) -> list[UnknownLine]:
    """Read *lines* into *draft*; *near* is the local time about which it was written. Return what is not known."""
    return list(unknown(_Reader(draft, near), _RULES, lines))
