"""
Sessions of a daemon that was down, matched with what began on its partners meanwhile, and ended there.

What a session's own log tells of its end is kept in `superseded` while it ends elsewhere.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from exporter.facts import Superseded
from exporter.ledger.again import make_features_again
from exporter.ledger.downs import Down, Server, partners, silent
from exporter.records import Batch

Key = tuple[int, int, int]
"""Product, holder and seats: what makes two sessions equal."""

_OF_STREAM = "generation IN (SELECT id FROM generation WHERE stream = ?1)"
_NOT_SEALED = "time >= coalesce((SELECT until FROM pruned WHERE pruned.product = s.product), 0)"
_LEFT = f"""
SELECT s.generation, s.at, s.n, s.product, s.holder, s.seats, s.start, NULL AS time, s.end
FROM session AS s INDEXED BY {{index}} JOIN product AS p ON p.id = s.product
WHERE s.start <= ?2 AND p.vendor = ?3 AND s.{_OF_STREAM} AND {{own}}
UNION ALL
SELECT s.generation, s.at, s.n, s.product, s.holder, s.seats, s.start, o.time, s.end
FROM superseded AS o CROSS JOIN session AS s USING (generation, at, n) JOIN product AS p ON p.id = s.product
WHERE s.start <= ?2 AND p.vendor = ?3 AND o.{_OF_STREAM} AND {{superseded}} AND {_NOT_SEALED}
ORDER BY 7, 1, 2, 3
"""
_LEFT_OPEN = _LEFT.format(index="session_open", own="s.end IS NULL", superseded="o.end IS NULL")
_LEFT_RESET = _LEFT.format(
    index="session_reset",
    own="s.reason = 'reset' AND s.end_generation = ?4 AND s.end_at = ?5",
    superseded="o.end_generation = ?4 AND o.end_at = ?5",
)
_START = """
SELECT s.start, s.holder, s.first_seats FROM session AS s
WHERE s.product = ?1 AND s.start >= ?2 AND s.start < ?3 AND NOT s.inferred
    AND s.holder IN (SELECT value FROM json_each(?4)) AND s.generation IN
    (SELECT id FROM generation WHERE stream IN ({partners}))
"""
_STARTS = f"{_START} AND s.end >= ?2 UNION ALL {_START} AND s.end IS NULL ORDER BY 1"
_KEPT = """
INSERT INTO superseded (generation, at, n, time, end, end_generation, end_at, rev)
SELECT generation, at, n, ?4, end, end_generation, end_at, ?5 FROM session WHERE generation = ?1 AND at = ?2 AND n = ?3
ON CONFLICT DO UPDATE SET time = excluded.time, rev = excluded.rev
"""
_END = """
UPDATE session SET reason = 'superseded', end_generation = NULL, end_at = NULL, rev = ?5, end = max(start, ?4, coalesce(
    (SELECT max(time) FROM change AS c WHERE (c.generation, c.at, c.n) = (?1, ?2, ?3)), 0))
WHERE generation = ?1 AND at = ?2 AND n = ?3
"""
_GIVE_BACK = """
UPDATE session SET end = o.end, reason = iif(o.end IS NULL, NULL, 'reset'), end_generation = o.end_generation,
    end_at = o.end_at, rev = ?4
FROM superseded AS o WHERE (o.generation, o.at, o.n) = (?1, ?2, ?3)
    AND (session.generation, session.at, session.n) = (?1, ?2, ?3)
"""
_DROP = "DELETE FROM superseded WHERE generation = ? AND at = ? AND n = ?"
_OPEN = """
SELECT g.stream, s.product, s.holder, s.seats, s.suspect IS NOT NULL
FROM superseded AS o CROSS JOIN session AS s USING (generation, at, n) JOIN generation AS g ON g.id = o.generation
WHERE o.end IS NULL
"""


class Left(NamedTuple):
    """A session that was open when its daemon went down, and that its own log has not ended but by a reset."""

    generation: int
    at: int
    n: int
    product: int
    holder: int
    seats: int
    start: int
    time: int | None
    """Of the start that ended it; None: none did."""
    end: int | None
    """Where it ends now."""

    @property
    def key(self) -> Key:
        """What makes it equal to others."""
        return self.product, self.holder, self.seats


def read_superseded(db: sqlite3.Connection) -> Mapping[int, Mapping[int, Sequence[Superseded]]]:
    """Return, by stream and product, the sessions that only a start elsewhere has ended. Raises sqlite3.Error."""
    found: defaultdict[int, defaultdict[int, list[Superseded]]] = defaultdict(lambda: defaultdict(list))
    for stream, product, holder, seats, suspect in db.execute(_OPEN):
        found[stream][product].append(Superseded(holder, seats, bool(suspect)))
    return found


def take_all_back(db: sqlite3.Connection, rev: int) -> None:
    """Let every session end as its own log tells. Raises sqlite3.Error."""
    work = Superseding(db, rev, ())
    streams = "SELECT DISTINCT stream FROM superseded AS o JOIN generation AS g ON g.id = o.generation"
    for (stream,) in db.execute(streams).fetchall():
        work.take_back(stream, only_open=False)


class Superseding:
    """What one transaction does, while it is open; all of it raises sqlite3.Error."""

    def __init__(self, db: sqlite3.Connection, rev: int, servers: Collection[Server]) -> None:
        """Write with revision *rev*; *servers* are all that are redundant, as they stand in the transaction."""
        self.db = db
        self._rev = rev
        self._servers = servers
        self.silent = silent(servers)

    def silenced(self, one: Server, known: Iterable[Down]) -> Iterable[Down]:
        """Yield the down times of daemons of which *one*, silent for too long, didn't say that they went down."""
        if one.stream in self.silent:
            down = {time.vendor for time in known if time.reset is None}
            for (vendor,) in self.db.execute(
                "SELECT DISTINCT vendor FROM total JOIN product ON product.id = product WHERE stream = ?", (one.stream,)
            ).fetchall():
                if vendor not in down:
                    yield Down(one.stream, vendor, one.last_line + 1)

    def left(self, down: Down) -> list[Left]:
        """Return the sessions that were left open when a daemon went down, the oldest first."""
        sql = _LEFT_OPEN if down.reset is None else _LEFT_RESET
        return [Left(*row) for row in self.db.execute(sql, (down.stream, down.since, down.vendor, *(down.reset or ())))]

    def settle(self, down: Down, keys: Collection[Key] | None = None) -> None:
        """End what was left open where equal sessions begin elsewhere: those with *keys*, or all."""
        by_key: defaultdict[Key, list[Left]] = defaultdict(list)
        for session in self.left(down):
            if keys is None or session.key in keys:
                by_key[session.key].append(session)
        if not by_key:
            return
        starts = self._starts(down, by_key)
        for key, held in by_key.items():
            for session, time in zip_longest(held, starts.get(key, ())[: len(held)]):
                if time != session.time:
                    self._move(session, time)

    def forget(self, batch: Batch) -> bool:
        """Drop what is known of sessions of which their own log tells anew; return whether there are any."""
        known = {
            tuple(key): (product, time)
            for *key, product, time in self.db.execute(
                "SELECT o.generation, o.at, o.n, s.product, o.time FROM superseded AS o "
                f"CROSS JOIN session AS s USING (generation, at, n) WHERE o.{_OF_STREAM}",
                (batch.stream,),
            )
        }
        told = known.keys() & {(it.generation, it.at, it.n) for it in batch.facts.sessions} if known else set()
        for key in told:
            product, time = known[key]
            make_features_again(self.db, [product], time)
        self.db.executemany(_DROP, told)
        return bool(told)

    def take_back(self, stream: int, *, only_open: bool) -> None:
        """
        Let the sessions of a stream end as its own log tells, but for those whose starts may be gone.

        *only_open*: those that it has not ended.
        """
        rows = self.db.execute(
            "SELECT s.generation, s.at, s.n, s.product, s.holder, s.seats, s.start, o.time, s.end FROM superseded AS o "
            f"CROSS JOIN session AS s USING (generation, at, n) WHERE o.{_OF_STREAM} AND {_NOT_SEALED} "
            "AND (o.end IS NULL OR NOT ?2)",
            (stream, only_open),
        )
        for row in rows.fetchall():
            self._move(Left(*row), None)

    def _starts(self, down: Down, keys: Collection[Key]) -> Mapping[Key, Sequence[int]]:
        """Return when sessions with *keys* began on the other servers while the daemon was down."""
        (own,) = [one for one in self._servers if one.stream == down.stream]
        sql = _STARTS.format(partners=", ".join(map(str, partners(own, self._servers))))
        found: defaultdict[Key, list[int]] = defaultdict(list)
        sealed: dict[int, int] = dict(self.db.execute("SELECT product, until FROM pruned"))
        for product in {product for product, _, _ in keys}:
            since = max(down.since, sealed.get(product, 0))
            holders = json.dumps([holder for of, holder, _ in keys if of == product])
            for start, holder, seats in self.db.execute(sql, (product, since, down.until, holders)):
                found[product, holder, seats].append(start)
        return found

    def _move(self, session: Left, time: int | None) -> None:
        """Let a session end at *time*, or (None) as its own log tells."""
        key = session[:3]
        if time is None:
            self.db.execute(_GIVE_BACK, (*key, self._rev))
            self.db.execute(_DROP, key)
        else:
            self.db.execute(_KEPT, (*key, time, self._rev))
            self.db.execute(_END, (*key, time, self._rev))
        (end,) = self.db.execute("SELECT end FROM session WHERE generation = ? AND at = ? AND n = ?", key).fetchone()
        since = min(moment for moment in (session.end, end) if moment is not None)
        make_features_again(self.db, [session.product], since)
