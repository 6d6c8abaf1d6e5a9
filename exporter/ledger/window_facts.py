"""
What the windows of features are made from, read from the ledger: rows of facts that meet a span of time.

All is read in one state of the ledger. Each stream tells its own part.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from exporter.facts import Activity
from exporter.feature_rows import (
    EVER,
    NO_SESSIONS,
    ChangeRow,
    Column,
    FeatureRows,
    SessionColumns,
    StreamRows,
    WaitRow,
)
from exporter.ledger.activity import read_activity
from exporter.ledger.people import read_nobody

Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""

_USUAL_RETRY = 20 * 60
"""The retry window of a ledger that has taken over no rule, seconds."""

_SESSION = f"""
f.start, iif(f.inferred, -1, f.generation), iif(f.inferred, -1, f.at), f.n, f.first_seats,
    {{end}}, coalesce(f.end_generation, -1), coalesce(f.end_at, -1), f.seats,
    coalesce(f.checkin, -1), f.holder, coalesce(f.suspect, {EVER})
"""
_ENDED = f"""
SELECT {_SESSION.format(end="f.end")} FROM session AS f
WHERE f.product = ?1{{of_stream}} AND f.end >= ?2 AND f.start < ?3
"""
_CHANGE = ", ".join(f"c.{column}" for column in ChangeRow._fields)
_ENDED_CHANGES = f"""
SELECT {_CHANGE}, c.ordinal FROM session AS f JOIN change AS c USING (generation, at, n)
WHERE f.product = ?1{{of_stream}} AND f.end >= ?2 AND f.start < ?3
"""
# Sessions that are open are few, but in no index by feature: those of all features are read at once.
_OF_OPEN = """
FROM session AS f INDEXED BY session_open JOIN generation AS g ON g.id = f.generation
    JOIN known AS k ON k.stream = g.stream
"""
_OPEN = f"""
SELECT f.product, g.stream, {_SESSION.format(end="max(f.start, coalesce(k.frontier, 0))")}
{_OF_OPEN} WHERE f.end IS NULL
"""
_OPEN_CHANGES = f"""
SELECT f.product, g.stream, f.start, {_CHANGE}, c.ordinal {_OF_OPEN} JOIN change AS c USING (generation, at, n)
WHERE f.end IS NULL
"""
_WAIT = ", ".join(f"f.{column}" for column in WaitRow._fields)
_IN_SPAN = "WHERE f.product = ?1 AND f.time >= ?2 AND f.time < ?3{of_stream} ORDER BY 1"
_CHECKINS = f"SELECT f.time FROM checkin AS f {_IN_SPAN}"
_DENIALS = f"SELECT f.time FROM denial AS f {_IN_SPAN}"
_EPISODES = "SELECT f.first FROM episode AS f WHERE f.product = ?1 AND f.first >= ?2 AND f.first < ?3{of_stream}"
_WAITED = f"{_EPISODES} AND f.outcome = 'waited' ORDER BY 1"
# One that is not decided is refused, as things stand, when its time is past and nobody waits in the queue for it.
_REFUSED = f"""
{_EPISODES} AND (f.outcome = 'refused' OR (f.outcome IS NULL
    AND f.last + {{retry}} < (
        SELECT known.frontier FROM generation AS g JOIN known USING (stream) WHERE g.id = f.generation)
    AND NOT EXISTS (
        SELECT 1 FROM wait AS w JOIN holder AS theirs ON theirs.id = w.holder JOIN holder AS own ON own.id = f.holder
        WHERE w.product = f.product AND w.end IS NULL AND (theirs.user, theirs.host) = (own.user, own.host))
)) ORDER BY 1
"""


def _meeting(select: str) -> str:
    """Give the query for what has a start and an end, and meets a span: two, for what is open has no end."""
    return f"{select} AND f.end >= ?2 AND f.start < ?3 UNION ALL {select} AND f.end IS NULL AND f.start < ?3 + 0 * ?2"


_WAITS = _meeting(f"SELECT {_WAIT} FROM wait AS f WHERE f.product = ?1{{of_stream}}")


class WindowFacts:
    """Reads the facts of windows; what belongs to streams as wholes is read once."""

    def __init__(self, ask: Ask) -> None:
        """Read with *ask*."""
        self._ask = ask
        rule = [json.loads(value) for (value,) in ask("SELECT value FROM rule WHERE kind = 'denials'")]
        self._retry_window: int = rule[0][1] if rule else _USUAL_RETRY
        self._covered: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for stream, start, end in ask('SELECT stream, "from", "to" FROM covered ORDER BY 1, 2'):
            self._covered[stream].append((start, end))
        self._frontiers: dict[int, int | None] = dict(ask("SELECT stream, frontier FROM known"))
        self._sights: defaultdict[int, list[tuple[int, int | None]]] = defaultdict(list)
        self._checkins: Counter[int] = Counter()
        for product, stream, first, checkins in ask("SELECT product, stream, first, checkins FROM total ORDER BY 2"):
            self._sights[product].append((stream, first))
            self._checkins[product] += checkins
        self._issued: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for product, start, seats in ask("SELECT product, start, seats FROM capacity ORDER BY start, origin"):
            self._issued[product].append((start, seats))
        self._of_server: defaultdict[int, list[int]] = defaultdict(list)
        for product, stream in ask("SELECT p.id, s.id FROM product AS p JOIN stream AS s USING (server) ORDER BY 2"):
            self._of_server[product].append(stream)
        self.vendors: Mapping[int, str] = dict(ask("SELECT id, vendor FROM product"))
        """Of each feature, its daemon."""
        self.last_lines: Mapping[int, int] = dict(ask("SELECT id, last_line FROM stream WHERE last_line IS NOT NULL"))
        """Of each stream, the UTC second of its newest line."""

    @cached_property
    def users(self) -> Column:
        """Of each holder a number of its user, by its id; -1 where the name is none."""
        return _numbered(self._ask("SELECT id, user FROM holder"), read_nobody(self._ask))

    def denied(self, product: int, start: int, end: int) -> tuple[Column, Column]:
        """Return when a feature was denied in [*start*, *end*), and to which holders."""
        sql = "SELECT time, holder FROM denial WHERE product = ? AND time >= ? AND time < ?"
        found = np.array(list(self._ask(sql, product, start, end)), dtype=np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def activity(self, stream: int) -> Iterable[Activity]:
        """Return what the daemons of a stream wrote on each day."""
        return read_activity(self._ask, stream)

    def coverage(self, product: int) -> list[tuple[int, int]]:
        """Return the time that streams tell of a feature, stream by stream."""
        return [interval for stream, _ in self._streams(product) for interval in self._covered[stream]]

    def frontiers(self, product: int) -> list[int]:
        """Return up to where each stream tells of a feature."""
        return [self._covered[stream][-1][1] for stream, _ in self._streams(product) if self._covered[stream]]

    def begins(self, products: Iterable[int]) -> int:
        """Return from when on any of these features is told of, 0 where none is."""
        return min((start for product in products for start, _ in self.coverage(product)), default=0)

    def about(self, product: int, start: int, end: int) -> int:
        """Return about how many sessions of a feature ended in [*start*, *end*): to count a million takes long."""
        begin, until = self.begins((product,)), max(self.frontiers(product), default=0)
        share = max(0, min(end, until) - max(start, begin)) / max(1, until - begin)
        return round(self._checkins[product] * share)

    def of(self, product: int, start: int = 0, end: int = EVER) -> FeatureRows:
        """Return what the windows of a feature in [*start*, *end*) are made from."""
        sights = self._streams(product)
        several = len(sights) > 1
        span = (product, start, end)
        parts = [self._part(stream, first, span, several=several) for stream, first in sights]
        return FeatureRows(parts, self._issued.get(product, ()))

    @cached_property
    def _open(self) -> Mapping[tuple[int, int], Sequence[tuple[Any, ...]]]:
        """The sessions that are open, by product and stream."""
        return _by_product_and_stream(self._ask(_OPEN))

    @cached_property
    def _changing(self) -> frozenset[int]:
        """Features of which any session changed its seats: to look for that session by session takes long."""
        changes = "SELECT DISTINCT f.product FROM change AS c CROSS JOIN session AS f USING (generation, at, n)"
        return frozenset(product for (product,) in self._ask(changes))

    @cached_property
    def _open_changes(self) -> Mapping[tuple[int, int], Sequence[tuple[Any, ...]]]:
        """Their changes of seats, after the start of the session."""
        return _by_product_and_stream(self._ask(_OPEN_CHANGES))

    def _streams(self, product: int) -> Sequence[tuple[int, int | None]]:
        # A feature that has no more than a capacity is covered by what is read of its server.
        return self._sights.get(product) or [(stream, None) for stream in self._of_server[product]]

    def _part(self, stream: int, first: int | None, span: tuple[int, int, int], *, several: bool) -> StreamRows:
        of_stream = f" AND f.generation IN (SELECT id FROM generation WHERE stream = {stream})" if several else ""

        def ask(sql: str, *more: int) -> Iterable[tuple[Any, ...]]:
            return self._ask(sql.format(of_stream=of_stream, retry=self._retry_window), *span, *more)

        def moments(sql: str) -> Column:
            return np.array([time for (time,) in ask(sql)], dtype=np.int64)

        product, _, end = span
        began = (row for row in self._open[product, stream] if row[0] < end)
        changed = (row[1:] for row in self._open_changes[product, stream] if row[0] < end)
        sessions = chain(ask(_ENDED), began)
        changes = chain(ask(_ENDED_CHANGES) if product in self._changing else (), changed)
        return StreamRows(
            stream,
            first,
            self._covered[stream],
            frontier=self._frontiers[stream],
            sessions=_columns(list(sessions)),
            changes=[ChangeRow(*row[:-1]) for row in sorted(changes, key=itemgetter(0, 1, 2, -1))],
            waits=list(map(WaitRow._make, ask(_WAITS))),
            checkins=moments(_CHECKINS),
            denials=moments(_DENIALS),
            waited=moments(_WAITED),
            refused=moments(_REFUSED),
        )


def _by_product_and_stream(rows: Iterable[tuple[Any, ...]]) -> Mapping[tuple[int, int], list[tuple[Any, ...]]]:
    """Put rows that begin with a product and a stream together."""
    found: defaultdict[tuple[int, int], list[tuple[Any, ...]]] = defaultdict(list)
    for product, stream, *row in rows:
        found[product, stream].append(tuple(row))
    return found


def _columns(rows: Sequence[tuple[Any, ...]]) -> SessionColumns:
    """Return rows of sessions column by column."""
    if not rows:
        return NO_SESSIONS
    columns = SessionColumns(*np.array(rows, dtype=np.int64).T.copy())  # what is worked with lies together
    said = (columns.generation >= 0) & (columns.n == 0)
    return columns._replace(checkouts=columns.start[said], checkins=columns.checkins[columns.checkins >= 0])


def _numbered(users: Iterable[tuple[int, str]], nobody: frozenset[str]) -> Column:
    """Return numbers of *users* (ids and names), by their ids; those that differ in case only have one; *nobody* -1."""
    numbers: dict[str, int] = dict.fromkeys(nobody, -1)
    of_holder = {holder: numbers.setdefault(user.casefold(), len(numbers)) for holder, user in users}
    found = np.zeros(max(of_holder, default=0) + 1, dtype=np.int64)
    found[list(of_holder)] = list(of_holder.values())
    return found
