"""
Closed windows in the ledger: which subjects there are, up to where each is stored, and the windows themselves.

A window is stored as whole numbers (see `exporter.tiers.windows.Sums`) and the time at each level.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from exporter.catalog.tiers import TIERS
from exporter.ledger.again import TOLD_BY

Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""


class StoredWindow(NamedTuple):
    """A window of a subject: [start, end), its sums in the order of the table, and its times at levels as JSON."""

    start: int
    end: int
    sums: tuple[int, ...]
    times: str | None
    """None: all covered time was spent at the highest level."""


class Piece(NamedTuple):
    """All windows of a subject that begin in [*start*, *end*)."""

    tier: int
    """Seconds that its windows usually last."""
    subject: int
    start: int
    end: int
    windows: Sequence[StoredWindow]


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


_SUMS = (
    "in_use_max, in_use_min, seat_seconds, covered_seconds, issued_seconds, saturated_seconds, over_issued_seconds, "
    "seconds_ge_50, seconds_ge_75, seconds_ge_90, seconds_ge_95, seconds_ge_100, checkouts, checkins, denials, "
    "denials_waited, denials_refused, queued_max, users, suspect_seats"
)
# The log, too, may tell of a package and its components, of which only the package counts.
_MEMBERS = """
SELECT m.subject, m.product FROM member AS m WHERE NOT EXISTS (
    SELECT 1 FROM package AS k JOIN member AS of USING (product)
    WHERE of.subject = m.subject AND k.component = m.product AND k.product <> m.product
) ORDER BY 1, 2
"""
_FEATURES = """
SELECT p.id, p.server, p.vendor, p.feature, s.id FROM product AS p LEFT JOIN subject AS s ON s.product = p.id
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


def read_windows(ask: Ask, tier: int, subject: int, start: int, end: int) -> Iterable[StoredWindow]:
    """Yield the stored windows of a subject that begin in [*start*, *end*), one after the other."""
    rows = ask(
        f"SELECT start, end, times, {_SUMS} FROM window WHERE tier = ? AND subject = ? AND start >= ? AND start < ? "
        "ORDER BY start",
        *(tier, subject, start, end),
    )
    return (StoredWindow(begin, finish, tuple(sums), times) for begin, finish, times, *sums in rows)


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
    known = {window.start: window for window in read_windows(_asking(db), tier, subject, start, end)}
    gone = known.keys() - {window.start for window in windows}
    db.executemany(
        "DELETE FROM window WHERE tier = ? AND subject = ? AND start = ?", [(tier, subject, at) for at in gone]
    )
    marks = ", ".join("?" * (6 + len(_SUMS.split(","))))
    db.executemany(
        f"INSERT OR REPLACE INTO window (tier, subject, start, end, times, rev, {_SUMS}) VALUES ({marks})",
        [
            (tier, subject, one.start, one.end, one.times, rev, *one.sums)
            for one in windows
            if known.get(one.start) != one
        ],
    )
    db.execute("INSERT OR REPLACE INTO stored (tier, subject, until) VALUES (?, ?, ?)", (tier, subject, end))


def begin_again(db: sqlite3.Connection, since: int, rev: int) -> None:
    """Let all windows be made again from *since* on, and note it, inside the open transaction. Raises sqlite3.Error."""
    db.execute("INSERT OR REPLACE INTO rule (kind, value, rev) VALUES ('rebuild', ?, ?)", (json.dumps(since), rev))
    db.execute("UPDATE stored SET until = ?1 WHERE until > ?1", (since,))


def made_again_since(ask: Ask) -> int | None:
    """Return from when on windows are being made again; None: they are not."""
    return next((json.loads(since) for (since,) in ask("SELECT value FROM rule WHERE kind = 'rebuild'")), None)


def count_again(ask: Ask) -> int:
    """Count the windows that were stored before and are to be made again: about as many will be."""
    ((count,),) = ask("SELECT count(*) FROM window JOIN stored USING (tier, subject) WHERE start >= until")
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
    db.executemany(
        "DELETE FROM window WHERE tier = ?1 AND subject = ?2 AND start >= coalesce(("
        "SELECT max(until) FROM pruned WHERE product IN "
        "(SELECT product FROM subject WHERE id = ?2 UNION SELECT product FROM member WHERE subject = ?2)), 0)",
        [(tier.seconds, subject) for tier in TIERS],
    )
    db.execute("UPDATE stored SET until = 0 WHERE subject = ?", (subject,))


def to_json(times: Mapping[int, int], highest: int) -> str | None:
    """Return times at levels as they are stored."""
    if not times or times.keys() == {highest}:
        return None
    return json.dumps(dict(sorted(times.items())), separators=(",", ":"))


def from_json(times: str | None, highest: int, covered: int) -> dict[int, int]:
    """Return the seconds at each level of a stored window."""
    if times is None:
        return {highest: covered} if covered else {}
    return {int(level): seconds for level, seconds in json.loads(times).items()}


def _asking(db: sqlite3.Connection) -> Ask:
    return lambda sql, *values: db.execute(sql, values)
