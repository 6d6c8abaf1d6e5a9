"""
What was used at an instant, in the ledger: one row a line, and older ones summed up by the minute.

A sum keeps whose it was and of which path, so every question has the same answer before and after. Each stream's are
its own, by the generation.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from exporter.ledger.windows import Subject

Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""

_COLUMNS = "product, minute, generation, holder, path, uses, rev"
_ADD = (
    f"INSERT INTO use_minute ({_COLUMNS}) {{0}} "
    "ON CONFLICT DO UPDATE SET uses = uses + excluded.uses, rev = max(rev, excluded.rev)"
)
_SUBJECTS = """
SELECT s.id, p.server, p.vendor, p.feature, p.id FROM subject AS s JOIN product AS p ON p.id = s.product
WHERE s.measure = 'loads' AND p.id IN (SELECT product FROM use_total) ORDER BY 2, 3, 4
"""


def sum_up(db: sqlite3.Connection, lines: Iterable[tuple[int, int]]) -> None:
    """Add the uses of *lines* (generation, offset), which are to be removed, to their minutes. Raises sqlite3.Error."""
    one = (
        "SELECT product, time - time % 60, generation, holder, path, uses, rev FROM use WHERE generation = ? AND at = ?"
    )
    db.executemany(_ADD.format(one), lines)


def move_minutes(db: sqlite3.Connection, stream: int) -> None:
    """Move the sums of a stream by the SQL function ``moved``, inside the open transaction. Raises sqlite3.Error."""
    of_stream = "generation IN (SELECT id FROM generation WHERE stream = ?)"
    moved: Sequence[tuple[Any, ...]] = db.execute(
        f"SELECT {_COLUMNS.replace('minute', 'moved(minute)')} FROM use_minute WHERE {of_stream}", (stream,)
    ).fetchall()
    db.execute(f"DELETE FROM use_minute WHERE {of_stream}", (stream,))
    db.executemany(_ADD.format("VALUES (?, ?, ?, ?, ?, ?, ?)"), moved)


def read_use_ages(ask: Ask) -> dict[int, int]:
    """Return, by product, the end of what is read of its logs, UTC second."""
    return dict(
        ask("SELECT t.product, max(c.end) FROM use_total AS t JOIN coverage AS c USING (stream) GROUP BY t.product")
    )


def read_used(ask: Ask) -> list[Subject]:
    """Return what has windows of loads, by server, vendor and feature."""
    return [Subject(subject, tuple(names), (product,), (), "loads") for subject, *names, product in ask(_SUBJECTS)]


def read_first_uses(ask: Ask) -> dict[int, int]:
    """Return, by product, the UTC second at which it was first used."""
    return dict(ask("SELECT product, min(first) FROM use_total GROUP BY product"))


def read_frontiers(ask: Ask) -> Mapping[int, Sequence[int]]:
    """Return, by product, up to when each of the streams is known that tell of its use."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for product, frontier in ask(
        "SELECT t.product, k.frontier FROM use_total AS t JOIN known AS k USING (stream) WHERE k.frontier IS NOT NULL"
    ):
        found[product].append(frontier)
    return found


def read_uses(ask: Ask, product: int, start: int, end: int) -> Iterator[tuple[int, str, int]]:
    """Yield (UTC second, user, how many) of a product's uses in [*start*, *end*), in order of time."""
    rows = ask(
        "SELECT f.time, h.user, f.uses FROM used AS f JOIN holder AS h ON h.id = f.holder "
        "WHERE f.product = ? AND f.time >= ? AND f.time < ? ORDER BY 1",
        *(product, start, end),
    )
    return ((time, user, uses) for time, user, uses in rows)
