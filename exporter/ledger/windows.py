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


_SUMS = (
    "in_use_max, in_use_min, seat_seconds, covered_seconds, issued_seconds, saturated_seconds, over_issued_seconds, "
    "seconds_ge_50, seconds_ge_75, seconds_ge_90, seconds_ge_95, seconds_ge_100, checkouts, checkins, denials, "
    "denials_waited, denials_refused, queued_max, users, suspect_seats"
)
_FEATURES = """
SELECT p.id, p.server, p.vendor, p.feature, s.id FROM product AS p LEFT JOIN subject AS s ON s.product = p.id
WHERE p.id IN (SELECT product FROM total WHERE first IS NOT NULL UNION SELECT product FROM capacity)
ORDER BY p.server, p.vendor, p.feature
"""

_TOLD_BY = """
SELECT product FROM total WHERE stream IN ({0}) UNION SELECT p.id FROM stream AS s JOIN product AS p USING (server)
WHERE s.id IN ({0}) AND p.id NOT IN (SELECT product FROM total)
"""
"""Features on which the coverage of streams bears (see `exporter.ledger.window_facts`)."""


def read_features(ask: Ask) -> list[Subject]:
    """Return every feature that was seen or has a capacity, by server, vendor and feature."""
    return [Subject(subject, tuple(names), (product,)) for product, *names, subject in ask(_FEATURES)]


def read_products(ask: Ask) -> list[Subject]:
    """Return every configured product, by name."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for subject, product in ask("SELECT subject, product FROM member ORDER BY 1, 2"):
        members[subject].append(product)
    named = ask("SELECT id, name FROM subject WHERE name IS NOT NULL ORDER BY name")
    return [Subject(subject, (name,), tuple(members[subject])) for subject, name in named]


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


def stored_until(db: sqlite3.Connection) -> int:
    """Return up to where windows of any subject are stored; 0: none are. Raises sqlite3.Error."""
    (until,) = db.execute("SELECT coalesce(max(until), 0) FROM stored").fetchone()
    return int(until)


def reopen(db: sqlite3.Connection, products: Iterable[int], since: int) -> None:
    """Let the windows of these features, and of products they belong to, be made again from *since* on."""
    db.executemany(
        "UPDATE stored SET until = ?1 WHERE until > ?1 AND subject IN ("
        "SELECT id FROM subject WHERE product = ?2 UNION SELECT subject FROM member WHERE product = ?2)",
        [(since, product) for product in products],
    )


def reopen_stream(db: sqlite3.Connection, stream: int, since: int) -> None:
    """Do the same for the features that a stream tells of, also those of its server that no line has told of yet."""
    reopen(db, (product for (product,) in db.execute(_TOLD_BY.format("?1"), (stream,)).fetchall()), since)


def reopen_newly_told(db: sqlite3.Connection, stream: int, products: Iterable[int]) -> None:
    """
    Let all windows of those features be made again of which a stream tells for the first time.

    All that it covers tells of them from now on, and what other streams of the server cover no longer does. Call it
    before the totals are written.
    """
    known = {product for (product,) in db.execute("SELECT product FROM total WHERE stream = ?", (stream,))}
    reopen(db, (product for product in products if product not in known), 0)


def remove_windows(db: sqlite3.Connection, source: str) -> None:
    """Remove the windows of every subject that *source* tells of, to be made anew. Raises sqlite3.Error."""
    products = _TOLD_BY.format("(SELECT id FROM stream WHERE source = ?1)")
    subjects = (
        f"SELECT id FROM subject WHERE product IN ({products}) "
        f"UNION SELECT subject FROM member WHERE product IN ({products})"
    )
    for table in ("window", "stored"):
        db.execute(f"DELETE FROM {table} WHERE subject IN ({subjects})", (source,))


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
