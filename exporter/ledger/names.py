"""
Names and their ids: a name is decoded once, when it is first seen, and keeps its id for ever.

Two raw names that read the same are one product. Holders stay apart by their raw bytes, since pairing goes by them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from sys import intern
from typing import Any

from exporter.names import decode, split_who

Find = Callable[..., tuple[Any, ...] | None]
"""Runs a query with its values against the ledger and returns its first row."""

_CACHED = 500_000


class Interner:
    """
    Gives names their ids (see `exporter.ports.Names`).

    New names are held until `written` says that a commit carried them. About *cached* holders, and as many paths,
    are kept in memory, beside those of one commit; the others are asked of the ledger.
    """

    def __init__(self, find: Find, cached: int = _CACHED) -> None:
        """Take the next ids from the ledger that *find* asks."""
        self._find = find
        self._cached = cached
        self._next_product = _first(find("SELECT coalesce(max(id), 0) FROM product")) + 1
        self._next_holder = _first(find("SELECT coalesce(max(id), 0) FROM holder")) + 1
        self._next_path = _first(find("SELECT coalesce(max(id), 0) FROM path")) + 1
        self._products: dict[tuple[str, str, str], int] = {}
        self._keys: dict[int, tuple[str, str, str]] = {}
        self._holders: dict[str, int] = {}
        self._users: dict[int, str] = {}
        self._nobody = frozenset[str]()
        self._paths: dict[str, int] = {}
        self._new_products: dict[tuple[str, str, str], int] = {}
        self._new_holders: dict[str, tuple[int, str, str, str]] = {}
        self._new_paths: dict[str, int] = {}

    def product(self, server: str, vendor: str, feature: str) -> int:
        """Return the id of the product key, given raw. Raises LedgerError when the ledger can't be asked."""
        raw = (server, vendor, feature)
        known = self._products.get(raw)
        if known is not None:
            return known
        key = (_decode_server(server), decode(vendor), decode(feature))
        row = self._find("SELECT id FROM product WHERE server = ? AND vendor = ? AND feature = ?", *key)
        product = self._new_products.get(key) or (row and row[0])
        if not product:
            product = self._next_product
            self._next_product += 1
            self._new_products[key] = product
        self._products[raw] = product
        self._keys[product] = key
        return product

    def holder(self, who: str, display: str) -> int:
        """Return the id of (user, host, display), given raw. Raises LedgerError when the ledger can't be asked."""
        raw = f"{who}\n{display}" if display else who
        known = self._holders.get(raw)
        if known is not None:
            return known
        row = self._find("SELECT id, user FROM holder WHERE raw = ?", raw.encode("latin-1"))
        if row is None:
            user, host = split_who(who)
            row = (self._next_holder, decode(user), decode(host), decode(display))
            self._next_holder += 1
            self._new_holders[raw] = row
        holder = int(row[0])
        self._holders[raw] = holder
        self._users[holder] = self._counted(row[1])
        return holder

    def path(self, raw: str) -> int:
        """Return the id of a path, given raw. Raises LedgerError when the ledger can't be asked."""
        known = self._paths.get(raw)
        if known is not None:
            return known
        row = self._find("SELECT id FROM path WHERE raw = ?", raw.encode("latin-1"))
        if row is None:
            row = (self._next_path,)
            self._next_path += 1
            self._new_paths[raw] = row[0]
        path = self._paths[raw] = int(row[0])
        return path

    def plain(self, holder: int) -> int:
        """Return the id of a holder's user and host without display. Raises KeyError for an id never committed."""
        row = self._find("SELECT raw FROM holder WHERE id = ?", holder)
        if row is None:
            raise KeyError(holder)
        return self.holder(row[0].decode("latin-1").partition("\n")[0], "")

    def user(self, holder: int) -> str:
        """
        Return the case-folded user of a holder, empty where the name is none.

        Raises KeyError for an id that was never given.
        """
        if holder not in self._users:
            row = self._find("SELECT user FROM holder WHERE id = ?", holder)
            if row is None:
                raise KeyError(holder)
            self._users[holder] = self._counted(row[0])
        return self._users[holder]

    def leave_out(self, nobody: frozenset[str]) -> None:
        """Let these names, case-folded, be those of nobody."""
        if nobody != self._nobody:
            self._nobody = nobody
            self._users.clear()

    def product_key(self, product: int) -> tuple[str, str, str]:
        """Return (server, vendor, feature), decoded. Raises KeyError for an id that was never given."""
        if product not in self._keys:
            row = self._find("SELECT server, vendor, feature FROM product WHERE id = ?", product)
            if row is None:
                raise KeyError(product)
            self._keys[product] = (row[0], row[1], row[2])
        return self._keys[product]

    def _counted(self, user: str) -> str:
        name = intern(user.casefold())
        return "" if name in self._nobody else name

    def write(self, db: sqlite3.Connection) -> None:
        """Write the new names inside the transaction that is open on *db*."""
        db.executemany(
            "INSERT OR IGNORE INTO product (id, server, vendor, feature) VALUES (?, ?, ?, ?)",
            [(product, *key) for key, product in self._new_products.items()],
        )
        db.executemany(
            "INSERT OR IGNORE INTO holder (raw, id, user, host, display) VALUES (?, ?, ?, ?, ?)",
            [(raw.encode("latin-1"), *row) for raw, row in self._new_holders.items()],
        )
        db.executemany(
            "INSERT OR IGNORE INTO path (raw, id, path) VALUES (?, ?, ?)",
            [(raw.encode("latin-1"), path, decode(raw)) for raw, path in self._new_paths.items()],
        )

    def written(self) -> None:
        """Take note that what `write` wrote was committed."""
        self._new_products.clear()
        self._new_holders.clear()
        self._new_paths.clear()
        if max(len(self._holders), len(self._users)) > self._cached:  # only now can the ledger be asked for all of them
            self._holders.clear()
            self._users.clear()
        if len(self._paths) > self._cached:
            self._paths.clear()


def _first(row: tuple[Any, ...] | None) -> int:
    return int(row[0]) if row else 0


def _decode_server(server: str) -> str:
    """Decode a server's name; one of the configuration with characters no raw name has stays as it is."""
    try:
        return decode(server)
    except UnicodeEncodeError:
        return server
