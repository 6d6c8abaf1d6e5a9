"""
Tables of people and hosts: CSV files by date, read into what they say; whatever is wrong with them is told at once.

People: `user`, groups in columns of any names, and where wanted `valid_from`, `valid_to`, `person`, `share`. Hosts:
`host` with `aliases`, or `pattern`; `origin` (own or foreign), groups, `valid_from`, `valid_to`. A day counts from its
midnight in the site's zone; `valid_from` counts, `valid_to` does not.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from exporter.config.pseudonyms import pseudonym_key
from exporter.config.settings import Settings
from exporter.config.values import moment, quoted, suggestion, utc_second
from exporter.directory import ALWAYS, FOREIGN, HOST, NAME, ORIGIN, PERSON, USER, WHOLE, Belonging, Kind, PeopleRules
from exporter.errors import ConfigError
from exporter.feature_rows import EVER

FROM, TO, SHARE = "valid_from", "valid_to", "share"
"""Columns of both tables, and one of people."""
_ALIASES, _PATTERN, _ORIGIN = "aliases", "pattern", "origin"
_ORIGINS = ("own", "foreign")
_OWN = frozenset({USER, PERSON, SHARE, FROM, TO})
"""Columns of people that are no groups."""
_OWN_OF_HOSTS = frozenset({NAME, _ALIASES, _PATTERN, _ORIGIN, FROM, TO})
_MOST_SHARE = 1000
_NO_COMMAS = ((";", "semicolons"), ("\t", "tabs"))
"""What spreadsheets write between cells where a comma is in numbers, or when they are told so."""


Stamps = tuple[tuple[int, int, int] | None, ...]
"""What tells that files are other than they were."""


class TableRow(NamedTuple):
    """A row of a table: what stands in its columns, without blanks around it."""

    place: str
    """Its file and line."""
    cells: dict[str, str]


class Tables(NamedTuple):
    """What the tables say."""

    belongings: frozenset[Belonging]
    breakdowns: tuple[str, ...]
    """Columns by which windows are broken down."""


class _Term(NamedTuple):
    start: int
    end: int
    shared: bool
    place: str


def people_of(settings: Settings, key: Callable[[], bytes]) -> PeopleRules:
    """
    Return who people are, as the tables say now; *key* gives that of pseudonyms which the ledger has, empty for none.

    Raises ConfigError with all that is wrong.
    """
    tables = read_tables(settings.people.tables, settings.hosts.tables, settings.site.timezone)
    return PeopleRules(
        tables.belongings,
        tuple(sorted({*tables.breakdowns, *([USER] if settings.people.by_user else [])})),
        frozenset(name.casefold() for name in ("", *settings.people.nobody)),
        settings.limits.breakdown,
        pseudonym_key(settings, key),
    )


def stamps_of(settings: Settings) -> Stamps:
    """Return what differs whenever a table was changed, or replaced."""
    found: list[tuple[int, int, int] | None] = []
    for path in (*settings.people.tables, *settings.hosts.tables):
        try:
            status = Path(path).stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)


def read_tables(people: Sequence[str], hosts: Sequence[str], zone: str) -> Tables:
    """Return what these files say of people and of hosts. Raises ConfigError with all that is wrong."""
    reading = _Reading(zone)
    for path in people:
        reading.take(path, reading.person, of_hosts=False)
    for path in hosts:
        reading.take(path, reading.host, of_hosts=True)
    reading.see_that_none_overlap()
    if reading.faults:
        raise ConfigError(reading.faults)
    belongings = (one._replace(weight=weight) for one, weight in reading.weights.items())
    return Tables(frozenset(belongings), tuple(sorted(reading.breakdowns)))


def read_rows(path: str | Path) -> tuple[list[str], list[TableRow]]:
    """Return the columns of a CSV file, and its rows. Raises ConfigError."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError([f"{path}: can't be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: is not UTF-8; save the table in this encoding"]) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    faults: list[str] = []
    found: list[TableRow] = []
    header: list[str] = []
    while True:
        place = f"{path}:{reader.line_num + 1}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            faults.append(f"{place}: is no CSV ({error})")
            break
        if cells is None:
            break
        if not any(map(str.strip, cells)):
            continue
        if not header:
            header = [cell.strip() for cell in cells]
            if len(header) == 1 and (other := next((name for sign, name in _NO_COMMAS if sign in header[0]), None)):
                raise ConfigError([f"{place}: has {other} between its cells; save the table with commas"])
            faults += [f"{place}: has no name over a column" for cell in header if not cell][:1]
            faults += [f"{place}: has two columns {name}" for name in sorted(set(header)) if header.count(name) > 1]
        elif len(cells) != len(header):
            faults.append(f"{place}: has {len(cells)} cells; the first line names {len(header)} columns")
        else:
            found.append(TableRow(place, dict(zip(header, map(str.strip, cells), strict=True))))
    if not header:
        faults.append(f"{path}:1: has no columns; the first line names them, such as user,group,valid_from,valid_to")
    if faults:
        raise ConfigError(faults)
    return header, found


class _Reading:
    """Takes rows, and gathers what they say and what is wrong with them."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self.faults: list[str] = []
        self.weights: Counter[Belonging] = Counter()
        """What is said, with its weight: rows that share may say the same."""
        self.breakdowns: set[str] = set()
        self._terms: defaultdict[tuple[Kind, str], list[_Term]] = defaultdict(list)

    def take(self, path: str, read: Callable[[TableRow], None], *, of_hosts: bool) -> None:
        """Take all rows of a file."""
        try:
            columns, rows = read_rows(path)
        except ConfigError as error:
            self.faults += error.faults
            return
        known = len(self.faults)
        own = _OWN_OF_HOSTS if of_hosts else _OWN
        if not of_hosts and USER not in columns:
            self.faults.append(f"{path}:1: needs a column {USER}{suggestion(USER, columns)}")
        if of_hosts and not {NAME, _PATTERN} & set(columns):
            self.faults.append(f"{path}:1: needs a column {NAME}, or {_PATTERN}, or both")
        groups = [column for column in columns if column not in own]
        for column in groups:
            if not of_hosts and (column in (ORIGIN, NAME) or column.startswith(HOST)):
                self.faults.append(f"{path}:1: a column of people can't be called {column}: so are those of hosts")
            elif len(column) > 60 or not column.isprintable():
                self.faults.append(f"{path}:1: {quoted(column[:60])} is no name of a group: up to 60 printable letters")
        if len(self.faults) > known:
            return
        self.breakdowns |= {f"{HOST}{column}" if of_hosts else column for column in groups}
        for row in rows:
            read(row)

    def person(self, row: TableRow) -> None:
        """Take a row of people."""
        cells = row.cells
        user, term = cells[USER], self._term(row)
        share = cells.get(SHARE, "")
        weight = _weight(share) if share else WHOLE
        if not user:
            self.faults.append(f"{row.place}: {USER} is empty")
        if weight is None:
            self.faults.append(f"{row.place}: {SHARE} {quoted(share[:40])} is no number above 0, up to {_MOST_SHARE}")
        if not user or weight is None or term is None:
            return
        self._terms["user", user.casefold()].append(term._replace(shared=bool(share)))
        for column, value in cells.items():
            if value and column not in _OWN - {PERSON}:
                self._add(row, "user", user, column, value, term, weight)

    def host(self, row: TableRow) -> None:
        """Take a row of hosts."""
        cells = row.cells
        name, pattern, term = cells.get(NAME, ""), cells.get(_PATTERN, ""), self._term(row)
        aliases = cells.get(_ALIASES, "").split()
        origin = cells.get(_ORIGIN, "") or "own"
        known = len(self.faults)
        if bool(name) == bool(pattern):
            self.faults.append(f"{row.place}: needs either {NAME} or {_PATTERN}")
        if aliases and not name:
            self.faults.append(f"{row.place}: {_ALIASES} are other names of a {NAME}, which is empty")
        if origin not in _ORIGINS:
            self.faults.append(f"{row.place}: {_ORIGIN} is own or foreign, not {quoted(origin[:40])}")
        if term is None or len(self.faults) > known:
            return
        named: list[tuple[Kind, str]] = (
            [("pattern", pattern)]
            if pattern
            else [("host", one) for one in dict.fromkeys(map(str.casefold, (name, *aliases)))]
        )
        for kind, one in named:
            self._terms[kind, one.casefold()].append(term)
            if name:
                self._add(row, kind, one, NAME, name.casefold(), term)
            self._add(row, kind, one, ORIGIN, FOREIGN if origin == "foreign" else origin, term)
            for column, value in cells.items():
                if value and column not in _OWN_OF_HOSTS:
                    self._add(row, kind, one, f"{HOST}{column}", value, term)

    def see_that_none_overlap(self) -> None:
        """Note the rows of one user, or of one host, that hold at one time; people may share, and then all rows do."""
        for (kind, name), terms in self._terms.items():
            terms.sort(key=attrgetter("start"))
            latest = terms[0]
            for one in terms[1:]:
                if one.start < latest.end and not (one.shared and latest.shared):
                    instead = f" (or give both a {SHARE})" if kind == "user" else ""
                    said = f"{one.place}: {kind} {quoted(name)} is also in {latest.place} at that time"
                    self.faults.append(f"{said}; let {TO} of the earlier row end it{instead}")
                latest = max(latest, one, key=lambda term: term.end)

    def _add(
        self, row: TableRow, kind: Kind, name: str, column: str, value: str, term: _Term, weight: int = WHOLE
    ) -> None:
        if len(value) > 200 or not value.isprintable():
            self.faults.append(f"{row.place}: {column} {quoted(value[:40])} is no name: up to 200 printable letters")
        self.weights[Belonging(kind, name.casefold(), column, value, term.start, term.end)] += weight

    def _term(self, row: TableRow) -> _Term | None:
        """Return when a row holds, None where that can't be read."""
        edges = []
        for column, unsaid in ((FROM, ALWAYS), (TO, EVER)):
            text = row.cells.get(column, "")
            try:
                edges.append(utc_second(moment(text), self._zone) if text else unsaid)
            except ValueError as error:
                self.faults.append(f"{row.place}: {column}: {error}")
        if len(edges) < 2:
            return None
        if edges[0] >= edges[1]:
            self.faults.append(f"{row.place}: {TO} has to be later than {FROM}; the day of {TO} does not count")
            return None
        return _Term(edges[0], edges[1], shared=False, place=row.place)


def _weight(text: str) -> int | None:
    """Return a share in thousandths, None where it is none."""
    try:
        share = Decimal(text)
    except InvalidOperation:
        return None
    return max(1, round(share * WHOLE)) if share.is_finite() and 0 < share <= _MOST_SHARE else None
