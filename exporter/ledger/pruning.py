"""
What is old goes, in slices: facts and windows past their time, and the room they took.

A change after a slice finds nothing half done: `pruned` says, with the first slice, up to where facts of a feature may
be gone. Windows from before that are sealed: they stay as they are, for what they were made from is not all there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from exporter.catalog.tiers import TIERS
from exporter.facts import Facts
from exporter.ledger.transfers import Coarser, add_up, has_finer
from exporter.ledger.uses import sum_up
from exporter.ledger.windows import part_windows

Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""

FACTS = ("session", "wait", "checkin", "episode")
"""Tables of what is kept as long as sessions; raw denials have a time of their own."""
_SPARE = 100
"""One page in so many stays free in the file: what goes in a day is filled again by the next."""


class Cut(NamedTuple):
    """What of a table is to go: all of an *owner* that was over before the UTC second *before*."""

    table: str
    owner: tuple[int, ...]
    """A product; of life-cycle lines a stream, of windows a tier and a subject."""
    before: int


class Age(NamedTuple):
    """How far the facts of a feature go, and how far they are needed; UTC seconds."""

    product: int
    streams: frozenset[int]
    newest: int
    """The end of what is read of its logs."""
    needed: int
    """Facts from here on are needed: windows of them aren't stored, or a gap left something in doubt since."""


class _Old(NamedTuple):
    key: tuple[str, ...]
    where: str


_BY_LINE = ("generation", "at")
_TRANSFER = ("product", "kind", "minute", "generation", "span")
_OLD = {
    # One that its own log has not ended may still be open, whatever began elsewhere.
    "session": _Old(
        (*_BY_LINE, "n"),
        "product = ? AND end < ? "
        "AND (generation, at, n) NOT IN (SELECT generation, at, n FROM superseded WHERE end IS NULL)",
    ),
    "wait": _Old(_BY_LINE, "product = ? AND end < ?"),
    "checkin": _Old(_BY_LINE, "product = ? AND time < ?"),
    "episode": _Old(_BY_LINE, "product = ?1 AND first < ?2 AND last < ?2 AND outcome IS NOT NULL"),
    "denial": _Old(_BY_LINE, "product = ? AND time < ?"),
    "use": _Old(_BY_LINE, "product = ? AND time < ?"),
    "use_minute": _Old(("product", "minute", "generation", "holder", "path"), "product = ? AND minute < ?"),
    "transfer": _Old(_TRANSFER, "product = ? AND minute < ?"),
    "transfer_sketch": _Old((*_TRANSFER, "bucket"), "product = ? AND minute < ?"),
    "lifecycle": _Old((*_BY_LINE, "n"), "generation IN (SELECT id FROM generation WHERE stream = ?1) AND time < ?2"),
    "window": _Old(("tier", "subject", "start"), "tier = ? AND subject = ? AND start < ?"),
}
_STORED = ", ".join(f"({tier.seconds})" for tier in TIERS if tier.stored)
_AGES = f"""
WITH read AS (SELECT stream, max(end) AS end FROM coverage GROUP BY stream),
of_product AS (
    SELECT product, id AS subject FROM subject WHERE product IS NOT NULL AND measure = 'seats'
    UNION SELECT product, subject FROM member
),
settled AS (
    SELECT product, min(coalesce(until, 0)) AS until
    FROM of_product CROSS JOIN (VALUES {_STORED}) AS tier LEFT JOIN stored ON stored.tier = tier.column1
        AND stored.subject = of_product.subject
    GROUP BY product
)
SELECT t.product, t.stream, read.end, settled.until
FROM total AS t JOIN read USING (stream) LEFT JOIN settled USING (product) ORDER BY 1
"""
# What began since the newest gap is asked for at a restart, for as long as the pairing says so.
_IN_DOUBT = """
SELECT s.id, coalesce((
    SELECT g.before FROM gap AS g JOIN generation AS own ON own.id = g.generation
    WHERE own.stream = s.id AND g.before IS NOT NULL
        AND (g.generation, g.start) <= (json_extract(s.state, '$.since[0]'), json_extract(s.state, '$.since[1]'))
    ORDER BY g.generation DESC, g.start DESC LIMIT 1), 0)
FROM stream AS s WHERE json_extract(s.state, '$.since') IS NOT NULL
"""
_EVER = 1 << 62


def read_ages(ask: Ask) -> list[Age]:
    """Return how old the facts of each feature may be."""
    in_doubt: dict[int, int] = dict(ask(_IN_DOUBT))
    ages: dict[int, Age] = {}
    for product, stream, end, settled in ask(_AGES):
        known = ages.get(product, Age(product, frozenset(), 0, _EVER))
        # A feature that has no windows needs its facts for none.
        needed = min(known.needed, _EVER if settled is None else settled, in_doubt.get(stream, _EVER))
        ages[product] = Age(product, known.streams | {stream}, max(known.newest, end), needed)
    return list(ages.values())


def read_sealed(ask: Ask) -> dict[int, int]:
    """Return, by feature, the UTC second before which its windows are sealed; a configured product's is the latest."""
    return dict(ask("SELECT product, until FROM pruned"))


def has_old(ask: Ask, cut: Cut | Coarser) -> bool:
    """Say whether there is anything to go."""
    return has_finer(ask, cut) if isinstance(cut, Coarser) else bool(_rows(ask, cut, 1))


def remove(db: sqlite3.Connection, cuts: Sequence[Cut | Coarser], limit: int) -> list[Cut | Coarser]:
    """Remove at most about *limit* rows inside the open transaction; return what is left. Raises sqlite3.Error."""
    left = list(cuts)
    enough = db.total_changes + limit
    while left and db.total_changes < enough:
        cut, wanted = left[0], enough - db.total_changes
        if isinstance(cut, Coarser):
            if not add_up(db, cut, wanted):
                del left[0]
            continue
        if cut.table == "window":
            tier, subject = cut.owner
            part_windows(db, tier, subject, cut.before)
        rows = _rows(lambda sql, *values: db.execute(sql, values), cut, wanted)
        if cut.table in (*FACTS, "denial"):
            db.execute(
                "INSERT INTO pruned (product, until) VALUES (?, ?) "
                "ON CONFLICT DO UPDATE SET until = excluded.until WHERE excluded.until > until",
                (*cut.owner, cut.before),
            )
        if cut.table == "use":
            sum_up(db, rows)
        if cut.table == "session":
            for table in ("change", "superseded"):
                db.executemany(f"DELETE FROM {table} WHERE generation = ? AND at = ? AND n = ?", rows)
        key = " AND ".join(f"{column} = ?" for column in _OLD[cut.table].key)
        db.executemany(f"DELETE FROM {cut.table} WHERE {key}", rows)
        if len(rows) < wanted:
            del left[0]
    return left


def late(facts: Facts, sealed: Mapping[int, int]) -> int:
    """Count the facts that lie wholly in sealed windows: they come too late to be seen there."""
    over = [
        *((session.product, session.end) for session in facts.sessions),
        *((wait.product, wait.end) for wait in facts.waits),
        *((denial.product, denial.time) for denial in facts.denials),
        *((checkin.product, checkin.time) for checkin in facts.checkins),
    ]
    return sum(end is not None and end < sealed.get(product, 0) for product, end in over)


def forget(db: sqlite3.Connection, source: str) -> None:
    """Let windows of features that only *source* tells of be made again from all that is read. Raises sqlite3.Error."""
    of_source = "SELECT t.product FROM total AS t JOIN stream AS s ON s.id = t.stream WHERE s.source"
    db.execute(f"DELETE FROM pruned WHERE product IN ({of_source} = ?1 EXCEPT {of_source} <> ?1)", (source,))


def spare_pages(db: sqlite3.Connection) -> int:
    """Return how many free pages the file is to lose until it has its share of them, not more than 0 if none."""
    (free,), (all_pages,) = (db.execute(f"PRAGMA {what}").fetchone() for what in ("freelist_count", "page_count"))
    return int((free * _SPARE - all_pages) // (_SPARE - 1))


def give_back(db: sqlite3.Connection, pages: int) -> None:
    """Take *pages* free pages out of the file, outside of any transaction. Raises sqlite3.Error."""
    db.executescript(f"PRAGMA incremental_vacuum({pages});")  # `execute` takes one step, and so one page


def _rows(ask: Ask, cut: Cut, limit: int) -> list[tuple[Any, ...]]:
    """Return the keys of at most *limit* rows that are to go."""
    key, where = _OLD[cut.table]
    found = ask(f"SELECT {', '.join(key)} FROM {cut.table} WHERE {where} LIMIT {limit}", *cut.owner, cut.before)
    return list(found)
