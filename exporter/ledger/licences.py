"""
What licence files grant, as rows of capacity: a change holds from its time on, and what was granted before stays.

Rows of the configuration hold over those of licence files (the view ``capacity``), which are kept all the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from exporter.ledger.again import make_features_again
from exporter.ledger.rules import ORIGIN
from exporter.ledger.transactions import Transactions
from exporter.names import encode
from exporter.ports import Clock
from exporter.rules import FeatureKey, Granted, LicenceRow

_ISSUED = """
SELECT p.server, p.vendor, p.feature, c.start, c.seats FROM capacity AS c JOIN product AS p ON p.id = c.product
ORDER BY c.start
"""
_THEIRS = f"""
SELECT c.product, c.start, c.seats, c.origin FROM capacity_row AS c JOIN product AS p ON p.id = c.product
WHERE p.server = ? AND c.origin <> '{ORIGIN}' ORDER BY c.start
"""


class _Seen(NamedTuple):
    """A licence file as the ledger knows it."""

    hash: str
    time: int
    """UTC second at which it was taken over."""


class LicenceKeeper:
    """Keeps what licence files grant in the ledger."""

    def __init__(self, db: Transactions, clock: Clock) -> None:
        """Keep it by the transactions of the ledger's writer."""
        self._db, self._clock = db, clock

    def issued(self) -> dict[FeatureKey, list[tuple[int, int]]]:
        """Return (from, seats) of every feature that has a capacity, the earliest first. Raises LedgerFull."""
        issued: dict[FeatureKey, list[tuple[int, int]]] = {}
        with self._db.told():
            for server, vendor, feature, start, seats in self._db.connection().execute(_ISSUED):
                issued.setdefault((server, vendor, feature), []).append((start, seats))
        return issued

    def take_over(self, granted: Mapping[str, Granted], servers: Iterable[str]) -> None:
        """
        Take over what is *granted* by server, and forget what was of servers that are none of *servers*.

        Without a change nothing is written. Raises LedgerFull.
        """
        with self._db.told():
            held = _seen(self._db.connection())
        for server, one in granted.items():
            known = held.get(server, {})
            if {path: seen.hash for path, seen in known.items()} != {
                path: mark for path, (mark, _) in one.files.items()
            }:
                self._write(server, one, self._since(known, one) if known else None)
        for server in held.keys() - {*servers}:
            self._write(server, Granted({}, {}, frozenset()), None)

    def _since(self, known: Mapping[str, _Seen], granted: Granted) -> int:
        """Return from when on a change holds: when the files were written, if that was after they were seen last."""
        now = int(self._clock.now())
        others = [
            written for path, (mark, written) in granted.files.items() if path not in known or known[path].hash != mark
        ]
        newest = max(others, default=now)
        return newest if max(seen.time for seen in known.values()) < newest <= now else now

    def _write(self, server: str, granted: Granted, since: int | None) -> None:
        """Write what holds of a server from *since* on; None: nothing was known of it, or nothing is to be kept."""
        rows = {self._product(key): of_feature for key, of_feature in granted.rows.items()}
        pairs = [(self._product(package), self._product(part)) for package, part in sorted(granted.packages)]
        now = int(self._clock.now())
        with self._db.transaction() as (db, rev):
            before: dict[int, list[LicenceRow]] = {}
            for product, *row in db.execute(_THEIRS, (server,)):
                before.setdefault(product, []).append(LicenceRow(*row))
            for product in before.keys() | rows.keys():
                known, new = before.get(product, []), rows.get(product, [])
                _replace(db, product, known, new if since is None else changed(known, new, since), rev)
            _write_packages(db, pairs, rev)
            db.execute("DELETE FROM licence_file WHERE server = ?", (server,))
            db.executemany(
                "INSERT INTO licence_file (server, path, hash, seen) VALUES (?, ?, ?, ?)",
                [(server, path, mark, now) for path, (mark, _) in granted.files.items()],
            )

    def _product(self, key: FeatureKey) -> int:
        server, vendor, feature = key
        return self._db.names.product(server, encode(vendor), encode(feature))


def changed(known: Sequence[LicenceRow], new: Sequence[LicenceRow], since: int) -> list[LicenceRow]:
    """Return the rows of a feature of which *known* hold before *since* and *new* from then on."""
    rows = [row for row in known if row.start < since]
    holding = [row for row in new if row.start <= since]
    if holding and (not rows or holding[-1][1:] != rows[-1][1:]):
        rows.append(holding[-1]._replace(start=since))
    elif not holding and rows and rows[-1].seats:  # no line of it is left, or is in force yet
        rows.append(LicenceRow(since, 0, f"{rows[-1].origin} (gone)"))
    return rows + [row for row in new if row.start > since]


def _seen(db: sqlite3.Connection) -> dict[str, dict[str, _Seen]]:
    """Return the licence files that were taken over, by server and path."""
    seen: dict[str, dict[str, _Seen]] = {}
    for server, path, *one in db.execute("SELECT server, path, hash, seen FROM licence_file"):
        seen.setdefault(server, {})[path] = _Seen(*one)
    return seen


def _replace(
    db: sqlite3.Connection, product: int, before: Sequence[LicenceRow], after: Sequence[LicenceRow], rev: int
) -> None:
    """Let the licence rows of a feature be *after*, inside the open transaction."""
    old, new = {*before}, {*after}
    if old == new:
        return
    db.executemany(
        "DELETE FROM capacity_row WHERE product = ? AND start = ? AND origin = ?",
        [(product, row.start, row.origin) for row in old - new],
    )
    db.executemany(
        "INSERT INTO capacity_row (product, start, seats, origin, rev) VALUES (?, ?, ?, ?, ?)",
        [(product, *row, rev) for row in sorted(new - old)],
    )
    db.execute("INSERT OR IGNORE INTO subject (product) VALUES (?)", (product,))
    since = next(
        (start for start in sorted({row.start for row in old | new}) if _at(old, start) != _at(new, start)), None
    )
    if since is not None:  # else they come from other lines now
        make_features_again(db, [product], since)


def _at(rows: Iterable[LicenceRow], time: int) -> int | None:
    """Return the seats at an instant; None: unknown."""
    return max(((row.start, row.seats) for row in rows if row.start <= time), default=(0, None))[1]


def _write_packages(db: sqlite3.Connection, pairs: Sequence[tuple[int, int]], rev: int) -> None:
    """Keep packages and their components; of products that have both, windows are made again."""
    known = set(db.execute("SELECT product, component FROM package"))
    new = [pair for pair in pairs if pair not in known]
    db.executemany("INSERT INTO package (product, component, rev) VALUES (?, ?, ?)", [(*pair, rev) for pair in new])
    make_features_again(db, [component for _, component in new], 0)
