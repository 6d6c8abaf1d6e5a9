"""What of a configuration windows need, put into a ledger's tables by hand: capacity, products and their members."""

from __future__ import annotations

import sqlite3

from tests.reference.site_facts import FeatureName, Site


def adopt(db: sqlite3.Connection, site: Site) -> None:
    """Fill the empty tables; nothing else may hold the ledger's names yet, or have new ones to write."""
    for row in site.capacity:
        db.execute(
            "INSERT OR REPLACE INTO capacity (product, start, seats, origin, rev) VALUES (?, ?, ?, 'config', 0)",
            (_feature(db, row.feature), row.start, row.seats),
        )
    for name, members in site.products.items():
        (subject,) = db.execute("INSERT INTO subject (name) VALUES (?) RETURNING id", (name,)).fetchone()
        for member in members:
            db.execute("INSERT INTO member (subject, product) VALUES (?, ?)", (subject, _feature(db, member)))


def _feature(db: sqlite3.Connection, feature: FeatureName) -> int:
    db.execute("INSERT OR IGNORE INTO product (server, vendor, feature) VALUES (?, ?, ?)", feature)
    (number,) = db.execute("SELECT id FROM product WHERE (server, vendor, feature) = (?, ?, ?)", feature).fetchone()
    return int(number)
