"""
Closed windows in the ledger: which subjects there are, up to where each is stored, and the windows themselves.

A window is stored as whole numbers (see `exporter.tiers.windows.Sums`) and the time at each level.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from exporter.alike import Alike
from exporter.catalog.tiers import TIERS
from exporter.ledger.again import TOLD_BY, make_subject_again

Measure = Literal["seats", "loads", "transfers", "by"]
"""What windows count: what was open, what was used at an instant, which files came or went; or who had it open."""
Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""


class StoredWindow(NamedTuple):
    """*n* windows of a subject that are alike, equally long, one after the other from *start* to *end*."""

    start: int
    end: int
    sums: tuple[int, ...]
    """Of each, in the order of the table."""
    times: str | None
    """Of each, the seconds at each level as JSON; None: all covered time was spent at the highest level."""
    n: int = 1

    def within(self, begin: int, end: int) -> StoredWindow | None:
        """Return those of them that start in [*begin*, *end*), None where none does."""
        part = Alike(self.start, self.end, self.n).within(begin, end)
        return part and self._replace(start=part.start, end=part.end, n=part.n)


class Piece(NamedTuple):
    """All windows of a subject that begin in [*start*, *end*)."""

    tier: int
    """Seconds that its windows usually last."""
    subject: int
    start: int
    end: int
    windows: Sequence[StoredWindow]

    @property
    def many(self) -> int:
        """How many windows these are."""
        return sum(window.n for window in self.windows)


class Subject(NamedTuple):
    """What windows are about."""

    id: int | None
    """None: the ledger has no windows of it."""
    names: tuple[str, ...]
    """Server, vendor and feature; or the name of a configured product."""
    products: tuple[int, ...]
    """The ids of its features."""
    issued: tuple[tuple[int, int], ...] = ()
    """(from, seats) of a product that has seats of its own, sorted."""
    measure: Measure = "seats"


_SUMS = (
    "in_use_max, in_use_min, seat_seconds, covered_seconds, issued_seconds, saturated_seconds, over_issued_seconds, "
    "seconds_ge_50, seconds_ge_75, seconds_ge_90, seconds_ge_95, seconds_ge_100, checkouts, checkins, denials, "
    "denials_waited, denials_refused, queued_max, users, suspect_seats"
)
_STORED = """
SELECT start, end, n, {} FROM window WHERE tier = ?1 AND subject = ?2 AND start < ?4
    AND start >= coalesce((SELECT max(start) FROM window WHERE tier = ?1 AND subject = ?2 AND start <= ?3), 0)
ORDER BY start
"""
# The log, too, may tell of a package and its components, of which only the package counts.
_MEMBERS = """
SELECT m.subject, m.product FROM member AS m WHERE NOT EXISTS (
    SELECT 1 FROM package AS k JOIN member AS of USING (product)
    WHERE of.subject = m.subject AND k.component = m.product AND k.product <> m.product
) ORDER BY 1, 2
"""
_FEATURES = """
SELECT p.id, p.server, p.vendor, p.feature, s.id FROM product AS p
LEFT JOIN subject AS s ON s.product = p.id AND s.measure = 'seats'
WHERE p.id IN (SELECT product FROM total WHERE first IS NOT NULL UNION SELECT product FROM capacity)
ORDER BY p.server, p.vendor, p.feature
"""


def read_features(ask: Ask) -> list[Subject]:
    """Return every feature that was seen or has a capacity, by server, vendor and feature."""
    return [Subject(subject, tuple(names), (product,)) for product, *names, subject in ask(_FEATURES)]


def read_products(ask: Ask) -> list[Subject]:
    """Return every configured product, by name."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for subject, product in ask(_MEMBERS):
        members[subject].append(product)
    issued: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for subject, start, seats in ask("SELECT subject, start, seats FROM product_capacity ORDER BY 1, 2"):
        issued[subject].append((start, seats))
    named = ask("SELECT id, name FROM subject WHERE name IS NOT NULL ORDER BY name")
    return [Subject(subject, (name,), tuple(members[subject]), tuple(issued[subject])) for subject, name in named]


def read_zone(ask: Ask) -> str:
    """Return the name of the zone whose hours and days the windows are; UTC before one was taken over."""
    return next((str(json.loads(value)) for (value,) in ask("SELECT value FROM rule WHERE kind = 'zone'")), "UTC")


def read_stored(ask: Ask, tier: int) -> dict[int, int]:
    """Return up to where windows of a tier (its seconds) are stored, by subject."""
    return dict(ask("SELECT subject, until FROM stored WHERE tier = ?", tier))


def read_windows(ask: Ask, tier: int, subject: int, start: int, end: int) -> Iterator[StoredWindow]:
    """Yield the stored windows of a subject that begin in [*start*, *end*), in order."""
    rows = ask(_STORED.format(f"times, {_SUMS}"), tier, subject, start, end)
    found = (StoredWindow(begin, finish, tuple(sums), times, n) for begin, finish, n, times, *sums in rows)
    return filter(None, (window.within(start, end) for window in found))


def read_sums(ask: Ask, tier: int, subject: int, start: int, end: int) -> Iterator[tuple[range, list[int]]]:
    """Yield the starts of the same windows, and the sums of each: there may be millions."""
    for begin, finish, n, *sums in ask(_STORED.format(_SUMS), tier, subject, start, end):
        if start <= begin and finish <= end:
            yield range(begin, finish, (finish - begin) // n), sums
        elif part := Alike(begin, finish, n).within(start, end):
            yield part.starts, sums


def part_windows(db: sqlite3.Connection, tier: int, subject: int, at: int) -> None:
    """Let no row hold windows from before *at* and others, inside the open transaction. Raises sqlite3.Error."""
    key = "tier = ? AND subject = ? AND start = ?"
    last = "SELECT start, end, n FROM window WHERE tier = ? AND subject = ? AND start < ? ORDER BY start DESC LIMIT 1"
    for start, end, n in db.execute(last, (tier, subject, at)).fetchall():
        later = Alike(start, end, n).within(at, end)
        if later is not None:
            db.execute(
                f"INSERT INTO window (tier, subject, start, end, n, times, rev, {_SUMS}) "
                f"SELECT tier, subject, ?, end, ?, times, rev, {_SUMS} FROM window WHERE {key}",
                (later.start, later.n, tier, subject, start),
            )
            rest = later.start, n - later.n
            db.execute(f"UPDATE window SET end = ?, n = ? WHERE {key}", (*rest, tier, subject, start))


def name_features(db: sqlite3.Connection) -> None:
    """Let every feature that may have windows be a subject, inside the open transaction. Raises sqlite3.Error."""
    db.execute(
        "INSERT OR IGNORE INTO subject (product) "
        "SELECT product FROM total WHERE first IS NOT NULL UNION SELECT product FROM capacity"
    )


def write_windows(db: sqlite3.Connection, piece: Piece, rev: int) -> None:
    """
    Write a piece of a subject's windows, inside the open transaction. Raises sqlite3.Error.

    Windows that are as they were keep their revision.
    """
    tier, subject, start, end, windows = piece
    known = list(read_windows(_asking(db), tier, subject, start, end))
    # Mostly there is nothing, or the last hours of a day: what comes after it has nothing to be compared with.
    later = bisect_left(windows, known[-1].end, key=attrgetter("start")) if known else 0
    new = list(windows[later:])
    for begin, finish, window in _differing(known, windows[:later]):
        for bound in (begin, finish):
            part_windows(db, tier, subject, bound)
        db.execute(
            "DELETE FROM window WHERE tier = ? AND subject = ? AND start >= ? AND start < ?",
            (tier, subject, begin, finish),
        )
        new += [window] if window else []
    marks = ", ".join("?" * (7 + len(_SUMS.split(","))))
    db.executemany(
        f"INSERT INTO window (tier, subject, start, end, n, times, rev, {_SUMS}) VALUES ({marks})",
        [(tier, subject, one.start, one.end, one.n, one.times, rev, *one.sums) for one in new],
    )
    db.execute("INSERT OR REPLACE INTO stored (tier, subject, until) VALUES (?, ?, ?)", (tier, subject, end))


def _differing(
    known: Sequence[StoredWindow], found: Sequence[StoredWindow]
) -> Iterator[tuple[int, int, StoredWindow | None]]:
    """Yield each stretch of time for which what is *found* isn't what is *known*, with it (None: nothing is)."""
    old, new = iter(known), iter(found)
    before, after = next(old, None), next(new, None)
    for start, end in pairwise(sorted({edge for row in (*known, *found) for edge in (row.start, row.end)})):
        while before and before.end <= start:
            before = next(old, None)
        while after and after.end <= start:
            after = next(new, None)
        was, is_now = (row and row.within(start, end) for row in (before, after))
        if was != is_now:
            yield start, end, is_now


def begin_again(db: sqlite3.Connection, since: int, rev: int) -> None:
    """Let all windows be made again from *since* on, and note it, inside the open transaction. Raises sqlite3.Error."""
    db.execute("INSERT OR REPLACE INTO rule (kind, value, rev) VALUES ('rebuild', ?, ?)", (json.dumps(since), rev))
    db.execute("UPDATE stored SET until = ?1 WHERE until > ?1", (since,))


def made_again_since(ask: Ask) -> int | None:
    """Return from when on windows are being made again; None: they are not."""
    return next((json.loads(since) for (since,) in ask("SELECT value FROM rule WHERE kind = 'rebuild'")), None)


def count_again(ask: Ask) -> int:
    """Count the windows that were stored before and are to be made again: about as many will be."""
    ((count,),) = ask("SELECT coalesce(sum(n), 0) FROM window JOIN stored USING (tier, subject) WHERE end > until")
    return int(count)


def end_again(db: sqlite3.Connection) -> None:
    """Note that they were, inside the open transaction. Raises sqlite3.Error."""
    db.execute("DELETE FROM rule WHERE kind = 'rebuild'")


def stored_until(db: sqlite3.Connection) -> int:
    """Return up to where windows of any subject are stored; 0: none are. Raises sqlite3.Error."""
    (until,) = db.execute("SELECT coalesce(max(until), 0) FROM stored").fetchone()
    return int(until)


def remove_windows(db: sqlite3.Connection, source: str) -> None:
    """Remove the windows of every subject that *source* tells of, to be made anew; sealed ones stay."""
    products = TOLD_BY.format("(SELECT id FROM stream WHERE source = ?1)")
    subjects = db.execute(
        f"SELECT id FROM subject WHERE product IN ({products}) "
        f"UNION SELECT subject FROM member WHERE product IN ({products})",
        (source,),
    )
    for (subject,) in subjects.fetchall():
        remove_windows_of(db, subject)


def remove_windows_of(db: sqlite3.Connection, subject: int) -> None:
    """Remove the windows of a subject that are not sealed, so that they are made anew. Raises sqlite3.Error."""
    (sealed,) = db.execute(
        "SELECT coalesce(max(until), 0) FROM pruned WHERE product IN "
        "(SELECT product FROM subject WHERE id = ?1 UNION SELECT product FROM member WHERE subject = ?1)",
        (subject,),
    ).fetchone()
    for tier in TIERS:
        part_windows(db, tier.seconds, subject, sealed)
        for table in ("window", "breakdown"):
            db.execute(
                f"DELETE FROM {table} WHERE tier = ? AND subject = ? AND start >= ?", (tier.seconds, subject, sealed)
            )
    make_subject_again(db, subject, 0)


def to_json(times: Mapping[int, int], highest: int) -> str | None:
    """Return times at levels as they are stored."""
    if not times or times.keys() == {highest}:
        return None
    return "{" + ",".join([f'"{level}":{seconds}' for level, seconds in sorted(times.items())]) + "}"


def from_json(times: str | None, highest: int, covered: int) -> dict[int, int]:
    """Return the seconds at each level of a stored window."""
    if times is None:
        return {highest: covered} if covered else {}
    return {int(level): seconds for level, seconds in json.loads(times).items()}


def _asking(db: sqlite3.Connection) -> Ask:
    return lambda sql, *values: db.execute(sql, values)
