"""
Who belongs to which group, by date: people by their users, hosts by their names and patterns. Pure.

A breakdown is a column of the tables of people, or one of those of hosts with ``host_`` before its name; or `USER`, the
person itself. What it says of a session is as of its start. Upper and lower case of users and hosts are alike.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

USER = "user"
"""The breakdown whose values are persons."""
PERSON, ORIGIN, NAME, HOST = "person", "foreign", "host", "host_"
"""Columns that are no breakdowns: whose a user is, whether a host is foreign, its name; how those of hosts begin."""
FOREIGN, UNKNOWN, UNLISTED = "(foreign)", "(unknown)", "(unlisted)"
"""Values: used from a foreign host; by a name that is none; by somebody of whom the tables tell nothing then."""
OTHER = "other"
"""The value of all that are too many."""
NOBODY = frozenset({"", "anyuser", "anyhost"})
"""Names that are none, unless the configuration tells others."""
ALWAYS = 0
"""The UTC second from which what has no first day holds: before all logs."""
WHOLE = 1000
"""The weight of a share of 1."""

Kind = Literal["user", "host", "pattern"]
Shares = tuple[tuple[str, int], ...]
"""Values and their weights, the heaviest first; of equal ones in the order of their names."""


class Belonging(NamedTuple):
    """What a table says in one *column* of users or hosts of a *name*, case-folded, from *start* to before *end*."""

    kind: Kind
    name: str
    column: str
    value: str
    start: int
    """UTC seconds, as *end*."""
    end: int
    weight: int = WHOLE


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """What of the configuration says who people are."""

    belongings: frozenset[Belonging] = frozenset()
    breakdowns: tuple[str, ...] = ()
    """By which windows are broken down, sorted."""
    nobody: frozenset[str] = NOBODY
    """Names that are none, case-folded."""
    most: int = 200
    """Values of a breakdown that are kept apart in a window."""
    key: bytes = field(default=b"", repr=False)
    """Of pseudonyms; empty: names are shown as they are."""


class Directory:
    """Answers by the rules, as of any second."""

    def __init__(self, rules: PeopleRules) -> None:
        """Take the rules."""
        self.rules = rules
        self._of: defaultdict[tuple[Kind, str], list[Belonging]] = defaultdict(list)
        for one in sorted(rules.belongings):
            self._of[one.kind, one.name].append(one)
        self._hosts: dict[str, Sequence[Sequence[Belonging]]] = {}
        self._faces = lru_cache(maxsize=100_000)(self._hidden)

    @property
    def groups(self) -> frozenset[str]:
        """What can be asked of anybody: the columns of the tables, and the person."""
        return frozenset({*self.rules.breakdowns, PERSON} - {USER})

    def is_nobody(self, name: str) -> bool:
        """Say whether a name of a user or host is none."""
        return name.casefold() in self.rules.nobody

    def shares(self, breakdown: str, user: str, host: str, time: int) -> Shares:
        """Return to what value of a breakdown use by *user* on *host* that began at *time* belongs."""
        if self._foreign(host, time):
            return ((FOREIGN, WHOLE),)
        if self.is_nobody(host if breakdown.startswith(HOST) else user):
            return ((UNKNOWN, WHOLE),)
        if breakdown == USER:
            return ((self.face(user, host, time), WHOLE),)
        said = self._at_host(host, time) if breakdown.startswith(HOST) else _at(self._user(user), time)
        found: dict[str, int] = {}
        for one in said:
            if one.column == breakdown:
                found[one.value] = found.get(one.value, 0) + one.weight
        return tuple(sorted(found.items(), key=lambda share: (-share[1], share[0]))) or ((UNLISTED, WHOLE),)

    def changes(self, user: str, host: str) -> list[int]:
        """Return the seconds, `ALWAYS` and later ones, from which on something else may hold."""
        of_host = [one for rows in self._rows_of_host(host) for one in rows]
        return sorted({ALWAYS, *(edge for one in (*self._user(user), *of_host) for edge in (one.start, one.end))})

    def text(self, breakdown: str, user: str, host: str, time: int) -> str:
        """Return the same as `shares` for a cell: values that share are joined by ``+``."""
        shares = self.shares(USER if breakdown == PERSON else breakdown, user, host, time)
        return "+".join(value for value, _ in shares)

    def face(self, user: str, host: str, time: int) -> str:
        """
        Return as what a user is shown: the person that all of its users are, under a pseudonym where these are wanted.

        Users of foreign hosts are people of their own, whatever they are called.
        """
        if self.is_nobody(user):
            return user
        foreign = self._foreign(host, time)
        named = () if foreign else (one.value for one in _at(self._user(user), time) if one.column == PERSON)
        person = next(iter(named), user.casefold())
        return self._faces("p", f"{host.casefold()}\n{person}" if foreign else person) if self.rules.key else person

    def user(self, user: str, host: str, time: int) -> str:
        """Return what stands where a log names a user: the name as it is, or a pseudonym."""
        return self.face(user, host, time) if self.rules.key else user

    def host(self, host: str, time: int) -> str:
        """Return what stands where a log names a host, whose name may tell of its owner: that, or a pseudonym."""
        if not self.rules.key or self.is_nobody(host):
            return host
        named = (one.value for one in self._at_host(host, time) if one.column == NAME)
        return self._faces("h", next(iter(named), host.casefold()))

    def display(self, display: str) -> str:
        """Return what stands where a log tells of a display, which may be called as anything: that, or a pseudonym."""
        return self._faces("d", display) if self.rules.key and display else display

    def _hidden(self, kind: str, name: str) -> str:
        digest = hmac.digest(self.rules.key, f"{kind}\n{name}".encode("utf-8", "surrogatepass"), "sha256")
        return f"{kind}-{b32encode(digest[:10]).decode().lower()}"

    def _user(self, user: str) -> Sequence[Belonging]:
        return self._of.get(("user", user.casefold()), ())

    def _foreign(self, host: str, time: int) -> bool:
        if self.is_nobody(host):
            return False  # a login on the console names no host, and `*` may be what is foreign
        return any(one.column == ORIGIN and one.value == FOREIGN for one in self._at_host(host, time))

    def _at_host(self, host: str, time: int) -> Sequence[Belonging]:
        """Return what holds of a host: what its name says, or else the longest pattern that says anything then."""
        return next((found for rows in self._rows_of_host(host) if (found := _at(rows, time))), ())

    def _rows_of_host(self, host: str) -> Sequence[Sequence[Belonging]]:
        name = host.casefold()
        if name not in self._hosts:
            fitting = [self._of["pattern", pattern] for pattern, fits in self._patterns if fits.match(name)]
            self._hosts[name] = [rows for rows in (self._of.get(("host", name), []), *fitting) if rows]
        return self._hosts[name]

    @cached_property
    def _patterns(self) -> Sequence[tuple[str, re.Pattern[str]]]:
        patterns = sorted((name for kind, name in self._of if kind == "pattern"), key=lambda name: (-len(name), name))
        return [(name, re.compile(translate(name))) for name in patterns]


def _at(rows: Iterable[Belonging], time: int) -> Sequence[Belonging]:
    return [one for one in rows if one.start <= time < one.end]


def touched(before: Directory, after: Directory, holders: Mapping[int, tuple[str, str]]) -> list[tuple[int, int, int]]:
    """
    Return (holder, from, to) where use that begins then belongs elsewhere *after* than *before*; UTC seconds.

    *holders* are (user, host) by id. Names that are none are the same in both.
    """
    differing = before.rules.belongings ^ after.rules.belongings
    named: dict[Kind, set[str]] = {"user": set(), "host": set(), "pattern": set()}
    for one in differing:
        named[one.kind].add(one.name)
    fits = [re.compile(translate(pattern)) for pattern in named["pattern"]]
    ends = max((one.end for one in differing), default=ALWAYS)
    found = []
    for holder, (user, host) in holders.items():
        name = host.casefold()
        if user.casefold() in named["user"] or name in named["host"] or any(fit.match(name) for fit in fits):
            edges = sorted({*before.changes(user, host), *after.changes(user, host), ends})
            for start, end in pairwise(edges):
                if any(
                    before.shares(breakdown, user, host, start) != after.shares(breakdown, user, host, start)
                    for breakdown in after.rules.breakdowns
                ):
                    found.append((holder, start, end))
    return found
