"""
Closed windows by group in the ledger: the part of a feature's use that each value of a breakdown has.

A subject is a value of a breakdown of a feature; those of one feature are stored, and made again, together: how far,
says its subject without a value.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from exporter.catalog.tiers import TIERS
from exporter.ledger.windows import Subject

Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""
_SEEN = "SELECT product FROM total WHERE first IS NOT NULL UNION SELECT product FROM capacity"
_STORES = f"SELECT product, id FROM subject WHERE measure = 'by' AND kind = '' AND product IN ({_SEEN})"
_VALUES = f"""
SELECT s.id, p.server, p.vendor, p.feature, s.kind, p.id FROM subject AS s JOIN product AS p ON p.id = s.product
WHERE s.measure = 'by' AND s.kind <> '' AND p.id IN ({_SEEN}) ORDER BY p.server, p.vendor, p.feature, s.kind
"""


class Shown(NamedTuple):
    """What one value of a breakdown used in one window."""

    breakdown: str
    value: str
    start: int
    """UTC seconds, from and to."""
    end: int
    seat_seconds: int
    checkouts: int
    denials: int


class BreakdownPiece(NamedTuple):
    """All windows by group of a feature that begin in [*start*, *end*)."""

    tier: int
    """Seconds that its windows usually last."""
    product: int
    start: int
    end: int
    windows: Sequence[Shown]

    @property
    def many(self) -> int:
        """None of its windows is one of the feature itself."""
        return 0


def name_features(db: sqlite3.Connection) -> None:
    """Let every feature that has windows have some by group, where there are breakdowns. Raises sqlite3.Error."""
    db.execute(
        "INSERT OR IGNORE INTO subject (product, measure) SELECT product, 'by' FROM subject "
        "WHERE measure = 'seats' AND product IS NOT NULL "
        "AND (SELECT json_array_length(value, '$.breakdowns') FROM rule WHERE kind = 'people') > 0"
    )


def read_stores(ask: Ask) -> dict[int, int]:
    """Return, by feature, the subject that tells how far its windows by group are stored."""
    return dict(ask(_STORES))


def read_values(ask: Ask) -> list[Subject]:
    """Return what has windows by group: by server, vendor, feature, breakdown and value."""
    return [
        Subject(subject, (*names, *json.loads(kind)), (product,), (), "by")
        for subject, *names, kind, product in ask(_VALUES)
    ]


def value_names(kind: str) -> tuple[str, str]:
    """Return the breakdown and the value of a subject of this kind."""
    breakdown, value = json.loads(kind)
    return breakdown, value


def read_shown(ask: Ask, tier: int, subject: int, start: int, end: int) -> Iterator[tuple[int, ...]]:
    """Yield (start, end, seat_seconds, checkouts, denials) of a value's windows that begin in [*start*, *end*)."""
    yield from ask(
        "SELECT start, end, seat_seconds, checkouts, denials FROM breakdown "
        "WHERE tier = ? AND subject = ? AND start >= ? AND start < ? ORDER BY start",
        *(tier, subject, start, end),
    )


def read_first(ask: Ask, tier: int, subject: int) -> int | None:
    """Return when the first window of a value begins, None where there is none."""
    ((first,),) = ask("SELECT min(start) FROM breakdown WHERE tier = ? AND subject = ?", tier, subject)
    return None if first is None else int(first)


def write_breakdowns(db: sqlite3.Connection, piece: BreakdownPiece, rev: int) -> None:
    """
    Write a piece of a feature's windows by group, inside the open transaction. Raises sqlite3.Error.

    Windows that are as they were keep their revision.
    """
    kinds = {(one.breakdown, one.value): _kind(one.breakdown, one.value) for one in piece.windows}
    db.executemany(
        "INSERT OR IGNORE INTO subject (product, measure, kind) VALUES (?, 'by', ?)",
        [(piece.product, kind) for kind in kinds.values()],
    )
    ids = dict(db.execute("SELECT kind, id FROM subject WHERE product = ? AND measure = 'by'", (piece.product,)))
    new = {(piece.tier, ids[kinds[one[:2]]], one.start): one[3:] for one in piece.windows}
    known = {
        (piece.tier, subject, start): tuple(rest)
        for subject in ids.values()
        for start, *rest in read_shown(
            lambda sql, *values: db.execute(sql, values), piece.tier, subject, piece.start, piece.end
        )
    }
    gone = [key for key, row in known.items() if new.get(key) != row]
    db.executemany("DELETE FROM breakdown WHERE tier = ? AND subject = ? AND start = ?", gone)
    db.executemany(
        "INSERT INTO breakdown (tier, subject, start, end, seat_seconds, checkouts, denials, rev) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(*key, *row, rev) for key, row in new.items() if known.get(key) != row],
    )
    db.execute(
        "INSERT OR REPLACE INTO stored (tier, subject, until) VALUES (?, ?, ?)", (piece.tier, ids[""], piece.end)
    )


def remove_breakdown(db: sqlite3.Connection, breakdown: str) -> None:
    """Remove the windows of a breakdown that is no more; what was shipped of them goes as zeros."""
    named = json.dumps([breakdown])[:-1] + ","
    of_breakdown = "SELECT id FROM subject WHERE measure = 'by' AND substr(kind, 1, length(?1)) = ?1"
    for tier in TIERS:
        db.execute(f"DELETE FROM breakdown WHERE tier = ?2 AND subject IN ({of_breakdown})", (named, tier.seconds))
    db.execute(f"UPDATE shipped SET until = 0, changed = 0 WHERE subject IN ({of_breakdown})", (named,))


def _kind(breakdown: str, value: str) -> str:
    return json.dumps([breakdown, value], separators=(",", ":"))
