"""
What has to be made again: a change lowers the time up to which the windows of a subject are stored, and shipped.

*start* is the UTC second from which windows may differ; it may lie inside of one. What is lower already stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from math import inf

from exporter.facts import Facts
from exporter.records import Batch

TOLD_BY = """
SELECT product FROM total WHERE stream IN ({0}) UNION SELECT p.id FROM stream AS s JOIN product AS p USING (server)
WHERE s.id IN ({0}) AND p.id NOT IN (SELECT product FROM total)
"""
"""Features on which the coverage of streams bears (see `exporter.ledger.window_facts`)."""
_LOWER = (
    "UPDATE stored SET until = ?1 WHERE until > ?1 AND subject IN ({0})",
    """
    UPDATE shipped SET until = min(until, ?1), changed = min(coalesce(changed, ?1), ?1)
    WHERE reach > ?1 AND subject IN ({0})
    """,
)
_WITH_FEATURE = "SELECT id FROM subject WHERE product = ?2 UNION SELECT subject FROM member WHERE product = ?2"


def make_again(db: sqlite3.Connection, batch: Batch, stored_until: int) -> None:
    """
    Lower it for what *batch*, about to be written, changes of what is stored or shipped, *stored_until* at most.

    Raises sqlite3.Error.
    """
    known = "SELECT 1 FROM package WHERE product = ? AND component = ?"
    new = [pair[1] for pair in batch.facts.packages if db.execute(known, pair).fetchone() is None]
    make_features_again(db, new, 0)  # a component doesn't count in products beside its package
    if stored_until:
        make_features_again(db, _newly_told(db, batch), 0)
        for product, begun in _points_since(batch.facts, stored_until).items():
            make_features_again(db, [product], begun)
    if batch.facts.since < stored_until:
        make_features_again(db, batch.facts.totals, int(batch.facts.since))
    since = min(_coverage_changes(db, batch), batch.ends.get(None, inf))
    if since < stored_until:
        make_stream_again(db, batch.stream, int(since))
    for vendor, second in batch.ends.items():
        if vendor is not None and second < stored_until:
            make_features_again(db, _of_vendor(db, batch.stream, vendor), second)


def _points_since(facts: Facts, stored_until: int) -> dict[int, int]:
    """Return when each product that was used or transferred before *stored_until* was so first."""
    since: dict[int, int] = {}
    used = ((use.product, use.time) for use in facts.uses)
    for product, time in (*used, *((one.product, one.minute) for one in facts.transfers)):
        if time < min(stored_until, since.get(product, stored_until)):
            since[product] = time
    return since


def _newly_told(db: sqlite3.Connection, batch: Batch) -> list[int]:
    """
    Return the features of which the stream tells for the first time.

    All that it covers tells of them from now on, and what other streams of the server cover no longer does.
    """
    known = {product for (product,) in db.execute("SELECT product FROM total WHERE stream = ?", (batch.stream,))}
    return [product for product in batch.facts.totals if product not in known]


def _coverage_changes(db: sqlite3.Connection, batch: Batch) -> float:
    """Return from when on the intervals in *batch* differ from those known, infinite where they don't."""
    (quiet,) = db.execute("SELECT coalesce(max(until), 0) FROM quiet WHERE stream = ?", (batch.stream,)).fetchone()
    find = "SELECT start, end FROM coverage WHERE stream = ? AND number = ?"
    newest = max((number for number, _, _ in batch.coverage), default=0)
    since = inf
    for number, start, end in batch.coverage:
        known = db.execute(find, (batch.stream, number)).fetchone()
        if known is None:  # there is a hole before it
            (ended,) = db.execute("SELECT max(end) FROM coverage WHERE stream = ?", (batch.stream,)).fetchone()
            since = min(since, start, start if ended is None else ended)
        elif known[0] != start:
            since = min(since, start, known[0])
        else:
            since = min(since, max(known[1], quiet if number == newest else 0), end)
    return since


def _of_vendor(db: sqlite3.Connection, stream: int, vendor: str) -> list[int]:
    """Return the features of a daemon that a stream tells of."""
    of_vendor = f"SELECT id FROM product WHERE vendor = ?2 AND id IN ({TOLD_BY.format('?1')})"
    return [product for (product,) in db.execute(of_vendor, (stream, vendor))]


def make_features_again(db: sqlite3.Connection, products: Iterable[int], start: int) -> None:
    """Lower it for features, and for every configured product that has one as a member. Raises sqlite3.Error."""
    rows = [(start, product) for product in products]
    for lower in _LOWER:
        db.executemany(lower.format(_WITH_FEATURE), rows)


def make_subject_again(db: sqlite3.Connection, subject: int, start: int) -> None:
    """Lower it for one subject. Raises sqlite3.Error."""
    for lower in _LOWER:
        db.execute(lower.format("?2"), (start, subject))


def make_stream_again(db: sqlite3.Connection, stream: int, start: int) -> None:
    """Lower it for the features that a stream tells of, also those of its server that only have a capacity."""
    products = db.execute(TOLD_BY.format("?1"), (stream,)).fetchall()
    make_features_again(db, (product for (product,) in products), start)


def make_breakdowns_again(db: sqlite3.Connection, since: Mapping[int, int]) -> None:
    """Lower it for the windows by group of features, each *since* a UTC second. Raises sqlite3.Error."""
    rows = [(start, product) for product, start in since.items()]
    for lower in _LOWER:
        db.executemany(lower.format("SELECT id FROM subject WHERE product = ?2 AND measure = 'by'"), rows)
