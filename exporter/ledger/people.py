"""
Who people are, as the ledger has taken it over from the configuration, and what a change of it touches.

That is all windows by group of a feature from the first session on that belongs elsewhere now; and windows of the
feature itself where a name is none now, or was none.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from exporter.directory import USER, Belonging, Directory, PeopleRules, touched
from exporter.ledger.again import make_breakdowns_again, make_features_again
from exporter.ledger.breakdowns import remove_breakdown

Ask = Callable[..., Iterable[tuple[Any, ...]]]
"""Runs a query with its values and gives its rows."""

_USED = """
SELECT product, holder, start AS time FROM session UNION ALL SELECT product, holder, time FROM denial
"""
_TOUCHED = f"""
WITH touched AS MATERIALIZED (
    SELECT json_extract(value, '$[0]') AS holder, json_extract(value, '$[1]') AS start,
        json_extract(value, '$[2]') AS end FROM json_each(?)
)
SELECT f.product, min(f.time) FROM ({_USED}) AS f JOIN touched AS t
    ON t.holder = f.holder AND f.time >= t.start AND f.time < t.end GROUP BY f.product
"""


def read_people(ask: Ask) -> PeopleRules:
    """Return who people are; of a ledger that has taken over nothing, nobody is known."""
    kept = next((json.loads(value) for (value,) in ask("SELECT value FROM rule WHERE kind = 'people'")), None)
    if kept is None:
        return PeopleRules(nobody=frozenset())
    belongings = frozenset(
        Belonging(*row) for row in ask('SELECT kind, name, "column", value, start, end, weight FROM belonging')
    )
    breakdowns, nobody = tuple(kept["breakdowns"]), frozenset(kept["nobody"])
    return PeopleRules(belongings, breakdowns, nobody, kept["most"], bytes.fromhex(kept["key"]))


def read_breakdowns(ask: Ask) -> tuple[str, ...]:
    """Return by what windows are broken down, without reading who belongs where: that may be much."""
    found = ask("SELECT j.value FROM rule, json_each(rule.value, '$.breakdowns') AS j WHERE kind = 'people'")
    return tuple(breakdown for (breakdown,) in found)


def read_nobody(ask: Ask) -> frozenset[str]:
    """Return the names that are none, case-folded."""
    found = ask("SELECT j.value FROM rule, json_each(rule.value, '$.nobody') AS j WHERE kind = 'people'")
    return frozenset(name for (name,) in found)


def write_people(db: sqlite3.Connection, held: PeopleRules, wanted: PeopleRules, rev: int) -> None:
    """Write how *wanted* differs from *held* inside the open transaction. Raises sqlite3.Error."""
    holders: dict[int, tuple[str, str]] = {
        holder: (user, host) for holder, user, host in db.execute("SELECT id, user, host FROM holder")
    }
    gone, new = held.belongings - wanted.belongings, wanted.belongings - held.belongings
    marks = 'kind = ? AND name = ? AND "column" = ? AND value = ? AND start = ? AND end = ?'
    db.executemany(f"DELETE FROM belonging WHERE {marks}", [one[:-1] for one in gone])
    db.executemany("INSERT INTO belonging VALUES (?, ?, ?, ?, ?, ?, ?)", list(new))
    kept = {
        "breakdowns": wanted.breakdowns,
        "nobody": sorted(wanted.nobody),
        "most": wanted.most,
        "key": wanted.key.hex(),
    }
    db.execute("INSERT OR REPLACE INTO rule (kind, value, rev) VALUES ('people', ?, ?)", (json.dumps(kept), rev))
    _see_to_names_that_are_none(db, held.nobody ^ wanted.nobody, holders)
    for breakdown in sorted(set(held.breakdowns) - set(wanted.breakdowns)):
        remove_breakdown(db, breakdown)
    if not wanted.breakdowns:
        of_store = "SELECT id FROM subject WHERE measure = 'by' AND kind = ''"
        db.execute(f"DELETE FROM stored WHERE subject IN ({of_store})")
        db.execute("DELETE FROM subject WHERE measure = 'by' AND kind = ''")
    if _shape(held) != _shape(wanted):
        everything = db.execute("SELECT product FROM subject WHERE measure = 'by' AND kind = ''").fetchall()
        make_breakdowns_again(db, {product: 0 for (product,) in everything})
    else:
        elsewhere = touched(Directory(held), Directory(wanted), holders)
        make_breakdowns_again(db, dict(db.execute(_TOUCHED, (json.dumps(elsewhere),)).fetchall()))


def _shape(rules: PeopleRules) -> tuple[object, ...]:
    """Return what all windows by group depend on."""
    return rules.breakdowns, rules.most, rules.nobody, rules.key if USER in rules.breakdowns else b""


def _see_to_names_that_are_none(
    db: sqlite3.Connection, names: frozenset[str], holders: dict[int, tuple[str, str]]
) -> None:
    """Let windows be made again whose distinct users were counted with *names*, or are to be."""
    ids = [holder for holder, (user, _) in holders.items() if user.casefold() in names]
    if ids:
        sql = f"SELECT product, min(time) FROM ({_USED}) WHERE holder IN (SELECT value FROM json_each(?)) GROUP BY 1"
        for product, since in db.execute(sql, (json.dumps(ids),)).fetchall():
            make_features_again(db, [product], since)
