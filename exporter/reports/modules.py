"""
The answers behind ``report modules``: who loaded which modules, as Lmod's own analyzeLmodDB gives them.

A module is told by its path, the file that was loaded, or by its full name where the log doesn't tell the path. Users
whose names differ in case only are one. Patterns are those of SQL's LIKE: ``%`` for any characters, ``_`` for one, a
backslash before a character that stands for itself; upper and lower case of ASCII letters are alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exporter.catalog.servers import LMOD
from exporter.reports.log_trust import Trust, trust_of
from exporter.reports.reader import Reader

PATH, SYSHOST, USERS, USER = "Module path", "Syshost", "Distinct Users", "User Name"
_EVER = 1 << 62
_LOADED = """
SELECT w.path, p.feature, p.server, h.user FROM (SELECT DISTINCT product, path, holder FROM ({used})) AS f
JOIN path AS w ON w.id = f.path JOIN product AS p ON p.id = f.product JOIN holder AS h ON h.id = f.holder
"""
# Single ones and sums apart, each with all conditions: so that each is looked up by product and time.
_USED = """
SELECT product, path, holder FROM {table}
WHERE product IN (SELECT id FROM product WHERE vendor = ?{server}) AND {time} >= ? AND {time} < ?{choice}
"""
_TABLES = (("use", "time"), ("use_minute", "minute"))
_OF_PATHS = " AND path IN (SELECT id FROM path WHERE {0})"
_OF_USERS = " AND holder IN (SELECT id FROM holder WHERE {1})"
_OF_MODULES = """
SELECT DISTINCT t.stream FROM use_total AS t JOIN product AS p ON p.id = t.product WHERE p.vendor = ?
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which loads are looked at: from *start* to before *end* (UTC seconds), and patterns, of which one has to fit."""

    start: int | None = None
    end: int | None = None
    syshosts: Sequence[str] = ()
    """Of clusters; none: all of them."""
    patterns: Sequence[str] = ()
    """Of module paths; of users in `modules_used_by`. None: all of them."""


@dataclass(frozen=True, slots=True)
class Modules:
    """A table of modules, and how far it can be trusted."""

    columns: tuple[str, ...]
    rows: list[tuple[str | int, ...]]
    trust: Trust

    def under_names(self, shown: Callable[[str], str]) -> Modules:
        """Return the same with users under the names that *shown* gives; whoever has one name is one."""
        if USER not in self.columns:
            return self
        at = self.columns.index(USER)
        rows = {(*row[:at], shown(str(row[at])), *row[at + 1 :]) for row in self.rows}
        return Modules(self.columns, sorted(rows), self.trust)


class _Load(NamedTuple):
    path: str
    module: str
    syshost: str
    user: str


def usage(ledger: Reader, asked: Asked, all_modules: Iterable[str] = ()) -> Modules:
    """Return how many users loaded each module, most first; those of *all_modules* that nobody loaded come with 0."""
    rows = [(path, users) for path, _, users in _counted(ledger, asked, all_modules)]
    return Modules((PATH, USERS), list(rows), trust_of(ledger, _OF_MODULES, LMOD))


def counts(ledger: Reader, asked: Asked, all_modules: Iterable[str] = ()) -> Modules:
    """Return the same with the clusters on which it was loaded."""
    return Modules(
        (PATH, SYSHOST, USERS), list(_counted(ledger, asked, all_modules)), trust_of(ledger, _OF_MODULES, LMOD)
    )


def usernames(ledger: Reader, asked: Asked) -> Modules:
    """Return who loaded each module, by path and user."""
    return _by_user(ledger, _loaded(ledger, asked, _OF_PATHS))


def modules_used_by(ledger: Reader, asked: Asked) -> Modules:
    """Return the same of users that fit a pattern."""
    return _by_user(ledger, _loaded(ledger, asked, _OF_USERS))


def _counted(ledger: Reader, asked: Asked, all_modules: Iterable[str]) -> list[tuple[str, str, int]]:
    """Return path, clusters and distinct users of each module, most users first."""
    users: defaultdict[str, set[str]] = defaultdict(set)
    syshosts: defaultdict[str, set[str]] = defaultdict(set)
    names = set[str]()
    for load in _loaded(ledger, asked, _OF_PATHS):
        users[load.path].add(load.user.casefold())
        syshosts[load.path].add(load.syshost)
        names.add(load.module)
    unused = {name: set[str]() for name in all_modules if name not in users and name not in names}
    found = [(path, ", ".join(sorted(syshosts[path])), len(known)) for path, known in {**users, **unused}.items()]
    return sorted(found, key=lambda row: (-row[2], row[0]))


def _by_user(ledger: Reader, loads: Iterable[_Load]) -> Modules:
    spelt: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    syshosts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for load in loads:
        key = load.path, load.user.casefold()
        spelt[key].add(load.user)
        syshosts[key].add(load.syshost)
    rows = [(key[0], ", ".join(sorted(syshosts[key])), min(spelt[key])) for key in sorted(spelt)]
    return Modules((PATH, SYSHOST, USER), list(rows), trust_of(ledger, _OF_MODULES, LMOD))


def _loaded(ledger: Reader, asked: Asked, choice: str) -> Iterator[_Load]:
    """Yield which module was loaded where by whom, each once; *choice* says what the patterns are of."""
    server = f" AND {_fits('server', asked.syshosts)}" if asked.syshosts else ""
    chosen = choice.format(*(_fits(column, asked.patterns) for column in ("path", "user"))) if asked.patterns else ""
    start, end = asked.start or 0, _EVER if asked.end is None else asked.end
    used = [_USED.format(table=table, time=time, server=server, choice=chosen) for table, time in _TABLES]
    values = (LMOD, *asked.syshosts, start, end, *asked.patterns)
    rows = ledger.ask(_LOADED.format(used=" UNION ALL ".join(used)), *values * len(used))
    return (_Load(path or module, module, syshost, user) for path, module, syshost, user in rows)


def _fits(column: str, patterns: Sequence[str]) -> str:
    """Return the condition that *column* fits one of the patterns."""
    return "(" + " OR ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(patterns)) + ")"
