"""
The rules that shape windows, copied from the configuration into the ledger, so that a change is known.

What a change touches is made again: a new capacity from its date on, a product with other members from its beginning.
Capacities that came from elsewhere are left alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from exporter.catalog.tiers import TIERS
from exporter.directory import PeopleRules
from exporter.errors import ZoneChanged
from exporter.ledger.again import make_features_again, make_subject_again
from exporter.ledger.episodes import remake_episodes
from exporter.ledger.people import read_people, write_people
from exporter.ledger.windows import remove_windows_of
from exporter.names import encode
from exporter.ports import Names
from exporter.rules import Issued, Replay, Rules

ORIGIN = "config"
"""Of the capacities that this module writes."""


class _Product(NamedTuple):
    members: frozenset[int]
    issued: Issued


class RuleSet(NamedTuple):
    """Rules by the ids of the ledger; what is None or empty was never stored."""

    zone: str | None
    denials: list[int] | None
    """The grant window and the retry window, in seconds."""
    issued: Mapping[int, Issued]
    """By product id."""
    products: Mapping[str, _Product]
    redundant: Mapping[str, int]
    """See `exporter.rules.Rules`; only sources of redundant servers."""
    people: PeopleRules


def with_ids(rules: Rules, names: Names, held: RuleSet) -> RuleSet:
    """Return the rules of the configuration by ids; names that are new get theirs with the next commit."""

    def product(key: tuple[str, str, str]) -> int:
        server, vendor, feature = key
        return names.product(server, encode(vendor), encode(feature))

    issued: dict[int, dict[int, int]] = {}
    for key, rows in rules.issued.items():
        issued.setdefault(product(key), {}).update(rows)
    products = {
        name: _Product(frozenset(map(product, rule.members)), rule.issued) for name, rule in rules.products.items()
    }
    redundant = {source: silence for source, silence in rules.redundant.items() if silence is not None}
    redundant |= {source: silence for source, silence in held.redundant.items() if source not in rules.redundant}
    return RuleSet(rules.zone, [rules.grant_window, rules.retry_window], issued, products, redundant, rules.people)


def read_rules(db: sqlite3.Connection) -> RuleSet:
    """Return the rules that the ledger holds. Raises sqlite3.Error."""
    kept = {kind: json.loads(value) for kind, value in db.execute("SELECT kind, value FROM rule")}
    issued: dict[int, dict[int, int]] = {}
    for product, start, seats in db.execute(
        "SELECT product, start, seats FROM capacity_row WHERE origin = ?", (ORIGIN,)
    ):
        issued.setdefault(product, {})[start] = seats
    members: dict[str, set[int]] = {}
    own: dict[str, dict[int, int]] = {}
    named = "FROM subject AS s {} JOIN {} AS f ON f.subject = s.id WHERE s.name IS NOT NULL"
    for name, member in db.execute(f"SELECT s.name, f.product {named.format('LEFT', 'member')}"):
        members.setdefault(name, set()).update({member} - {None})  # two packages of one another leave no member
    for name, start, seats in db.execute(f"SELECT s.name, f.start, f.seats {named.format('', 'product_capacity')}"):
        own.setdefault(name, {})[start] = seats
    products = {name: _Product(frozenset(ids), own.get(name, {})) for name, ids in members.items()}
    people = read_people(db.execute)
    return RuleSet(kept.get("zone"), kept.get("denials"), issued, products, kept.get("redundant", {}), people)


def refuse_other_zone(path: Path, held: str | None, wanted: str) -> None:
    """See that the windows of the ledger at *path* go on in the zone *held*. Raises ZoneChanged."""
    if held not in (None, wanted):
        raise ZoneChanged(
            f"The hours and days in the ledger {path} are those of {held}, and site.timezone is now {wanted}: "
            f"put {held} back, or run `seatwatch rebuild`, which makes all windows anew."
        )


def write_rules(db: sqlite3.Connection, held: RuleSet, wanted: RuleSet, replay: Replay, rev: int) -> None:
    """Write how *wanted* differs from *held* inside the open transaction. Raises sqlite3.Error."""
    _write_products(db, held.products, wanted.products, rev)
    for product in held.issued.keys() | wanted.issued.keys():
        before, after = held.issued.get(product, {}), wanted.issued.get(product, {})
        if before != after:
            _write_capacity(db, product, before, after, rev)
    if held.zone != wanted.zone:
        _write_rule(db, "zone", wanted.zone, rev)
        if held.zone is not None:
            for (subject,) in db.execute("SELECT id FROM subject").fetchall():
                remove_windows_of(db, subject)
    if held.denials != wanted.denials:
        _write_rule(db, "denials", wanted.denials, rev)
        if held.denials is not None:
            remake_episodes(db, replay, rev)
    if held.redundant != wanted.redundant:
        _write_rule(db, "redundant", wanted.redundant, rev)
    if held.people != wanted.people:
        write_people(db, held.people, wanted.people, rev)


def _write_rule(db: sqlite3.Connection, kind: str, value: object, rev: int) -> None:
    db.execute("INSERT OR REPLACE INTO rule (kind, value, rev) VALUES (?, ?, ?)", (kind, json.dumps(value), rev))


def _write_products(
    db: sqlite3.Connection, held: Mapping[str, _Product], wanted: Mapping[str, _Product], rev: int
) -> None:
    for name in held.keys() - wanted.keys():
        subject = _subject(db, name)
        _delete_windows(db, subject)
        for table in ("member", "product_capacity", "stored", "shipped"):  # the id may be given again
            db.execute(f"DELETE FROM {table} WHERE subject = ?", (subject,))
        db.execute("DELETE FROM subject WHERE id = ?", (subject,))
    for name, product in wanted.items():
        if product == held.get(name):
            continue
        db.execute("INSERT OR IGNORE INTO subject (name) VALUES (?)", (name,))
        subject = _subject(db, name)
        before = held.get(name, _Product(frozenset(), {}))
        if product.members != before.members:
            db.execute("DELETE FROM member WHERE subject = ?", (subject,))
            db.executemany(
                "INSERT INTO member (subject, product) VALUES (?, ?)",
                [(subject, member) for member in sorted(product.members)],
            )
            remove_windows_of(db, subject)
        if product.issued != before.issued:
            db.execute("DELETE FROM product_capacity WHERE subject = ?", (subject,))
            db.executemany(
                "INSERT INTO product_capacity (subject, start, seats, rev) VALUES (?, ?, ?, ?)",
                [(subject, start, seats, rev) for start, seats in product.issued.items()],
            )
            # Where it had none, or has none now, its members' seats count: before its own first date too.
            both = before.issued and product.issued
            make_subject_again(db, subject, _earliest_change(before.issued, product.issued) if both else 0)


def _delete_windows(db: sqlite3.Connection, subject: int) -> None:
    db.executemany("DELETE FROM window WHERE tier = ? AND subject = ?", [(tier.seconds, subject) for tier in TIERS])


def _subject(db: sqlite3.Connection, name: str) -> int:
    (subject,) = db.execute("SELECT id FROM subject WHERE name = ?", (name,)).fetchone()
    return int(subject)


def _write_capacity(db: sqlite3.Connection, product: int, before: Issued, after: Issued, rev: int) -> None:
    db.executemany(
        "DELETE FROM capacity_row WHERE product = ? AND start = ? AND origin = ?",
        [(product, start, ORIGIN) for start in before.keys() - after.keys()],
    )
    db.executemany(
        "INSERT OR REPLACE INTO capacity_row (product, start, seats, origin, rev) VALUES (?, ?, ?, ?, ?)",
        [(product, start, seats, ORIGIN, rev) for start, seats in after.items() if before.get(start) != seats],
    )
    db.execute("INSERT OR IGNORE INTO subject (product) VALUES (?)", (product,))
    since = _earliest_change(before, after)
    if not (before and after):  # from its beginning, where it has rows of licence files: those hold now, or no longer
        find = "SELECT coalesce(min(start), ?2) FROM capacity_row WHERE product = ?1 AND origin <> ?3"
        (theirs,) = db.execute(find, (product, since, ORIGIN)).fetchone()
        since = min(since, theirs)
    make_features_again(db, [product], since)


def _earliest_change(before: Issued, after: Issued) -> int:
    return min(start for start, _ in before.items() ^ after.items())
