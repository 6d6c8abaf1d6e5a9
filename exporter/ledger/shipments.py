"""
What has gone to which sink: the cursor of each, which moves only on the sink's word.

Of each subject and tier there are three instants. Windows that begin before `until` are at the sink as they are here.
Those that begin before `reach` may be there, in this state or an older one, but for the holes, in which none was ever
sent: that is noted before they are sent, so that a crash leaves nothing there of which nobody knows. A change in the
past lowers `until` (see `exporter.ledger.again`); one that comes while windows are under way is kept in `changed`, and
what was sent doesn't raise `until` above it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from exporter.ledger.transactions import Transactions
from exporter.ports import Clock

REFUSED_KEPT = 100
"""Refused lines that are kept of a sink, the newest."""

# A change in the past only ever lowers `until`, so their sum tells of it.
_MOVES = """
SELECT (SELECT count(*) FROM subject), (SELECT max(rev) FROM lifecycle), (SELECT max(rev) FROM gap),
    count(*), sum(until) FROM shipped WHERE sink = ?
"""

Key = tuple[int, int]
"""A tier by its seconds, and a subject's id."""
Holes = Sequence[tuple[int, int]]
"""Stretches of time [from, to), sorted and disjoint; UTC seconds at which windows begin."""


class Stand(NamedTuple):
    """Where the windows of one subject and tier stand at a sink; UTC seconds."""

    begin: int
    until: int
    reach: int
    holes: Holes = ()


class Intent(NamedTuple):
    """Windows that begin in [*begin*, *reach*) are about to be sent, or were before, but for those in *holes*."""

    tier: int
    subject: int
    begin: int
    reach: int
    holes: Holes = ()


class Advance(NamedTuple):
    """Windows that begin before *until* have been sent; none that begins at *reach* (if known) or later is there."""

    tier: int
    subject: int
    until: int
    reach: int | None


class Skipped(NamedTuple):
    """*n* windows of a tier were not shipped, for a *reason*."""

    tier: int
    reason: str
    n: int


class Refused(NamedTuple):
    """A line that the sink doesn't take, and what it says of it."""

    tier: int
    line: bytes
    words: str


class Shipments:
    """The cursors of all sinks, for the ledger's one writer; its methods raise LedgerFull."""

    def __init__(self, db: Transactions, clock: Clock) -> None:
        """Write with *db*."""
        self._db, self._clock = db, clock
        self.reach = _reach(db.connection())
        """The latest `reach` of any subject, 0 where nothing was sent; what changes later changes nothing sent."""

    def open(self, name: str, place: str) -> int:
        """
        Return the id of a sink; *place* says where its points go, and under which names.

        Where the ledger was restored, reset or rebuilt since, or the points went elsewhere, all is to be shipped again,
        over what is there.
        """
        find = "SELECT id FROM sink WHERE name = ? AND place = ? AND epoch = (SELECT epoch FROM meta)"
        while (known := self._db.find(find, name, place)) is None:
            with self._db.transaction(repeatable=True) as (db, _):
                db.execute(
                    "INSERT INTO sink (name, place, epoch) SELECT ?, ?, epoch FROM meta WHERE true "
                    "ON CONFLICT (name) DO UPDATE SET place = excluded.place, epoch = excluded.epoch, told = 0",
                    (name, place),
                )
                db.execute("UPDATE shipped SET until = 0 WHERE sink = (SELECT id FROM sink WHERE name = ?)", (name,))
        return int(known[0])

    def told(self, sink: int) -> int:
        """Return the revision up to which a sink knows of restarts, rereads and gaps."""
        row = self._db.find("SELECT told FROM sink WHERE id = ?", sink)
        return int(row[0]) if row else 0

    def stands(self, sink: int) -> Mapping[Key, Stand]:
        """Return where each subject and tier stands."""
        with self._db.told():
            rows = self._db.connection().execute(
                "SELECT tier, subject, begin, until, reach, holes FROM shipped WHERE sink = ?", (sink,)
            )
            return {
                (tier, subject): Stand(begin, until, reach, _holes(holes))
                for tier, subject, begin, until, reach, holes in rows
            }

    def begin(self, sink: int, intents: Sequence[Intent]) -> None:
        """Note what is about to be sent."""
        with self._db.transaction(repeatable=True) as (db, _):
            db.executemany(
                "INSERT INTO shipped (sink, tier, subject, begin, until, reach, holes) "
                "VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6) ON CONFLICT DO UPDATE "
                "SET begin = min(begin, ?4), reach = max(reach, ?5), holes = ?6, changed = NULL",
                [(sink, *intent[:4], json.dumps(intent.holes)) for intent in intents],
            )
        self.reach = max([self.reach, *(intent.reach for intent in intents)])

    def advance(
        self,
        sink: int,
        advances: Iterable[Advance],
        skipped: Iterable[Skipped] = (),
        refused: Sequence[Refused] = (),
        problem: str | None = None,
        told: int | None = None,
    ) -> None:
        """
        Keep what was sent since `begin` and what was not; *problem* says why no more could be.

        *told* is the revision up to which the sink knows of restarts, rereads and gaps; None: it wasn't told.
        """
        with self._db.transaction() as (db, _):
            db.executemany(
                "UPDATE shipped SET until = min(?4, coalesce(changed, ?4)), "
                "reach = iif(changed IS NULL, coalesce(?5, reach), reach) "
                "WHERE sink = ?1 AND tier = ?2 AND subject = ?3",
                [(sink, *advance) for advance in advances],
            )
            db.executemany(
                "INSERT INTO skipped (sink, tier, reason, n) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET n = n + excluded.n",
                [(sink, *each) for each in skipped],
            )
            now = self._clock.now()
            db.executemany(
                "INSERT INTO refused (sink, tier, line, words, time) VALUES (?, ?, ?, ?, ?)",
                [(sink, *each, now) for each in refused[-REFUSED_KEPT:]],
            )
            if refused:
                db.execute(
                    "DELETE FROM refused WHERE sink = ?1 AND id NOT IN "
                    "(SELECT id FROM refused WHERE sink = ?1 ORDER BY id DESC LIMIT ?2)",
                    (sink, REFUSED_KEPT),
                )
            db.execute("UPDATE sink SET problem = ?, told = coalesce(?, told) WHERE id = ?", (problem, told, sink))


def read_skipped(ask: Callable[..., Iterable[tuple[Any, ...]]], sink: int, tier: int) -> dict[str, int]:
    """Return how many windows of a tier (its seconds) were skipped, by reason."""
    return dict(ask("SELECT reason, n FROM skipped WHERE sink = ? AND tier = ? ORDER BY 1", sink, tier))


def read_moves(ask: Callable[..., Iterable[tuple[Any, ...]]], sink: int) -> tuple[int | None, ...]:
    """Return numbers of which one differs whenever windows are due to a sink that were not, or something happened."""
    (moves,) = ask(_MOVES, sink)
    return (*moves, *(minute for (minute,) in ask("SELECT frontier / 60 FROM known ORDER BY stream")))


def _holes(text: str) -> Holes:
    return () if text == "[]" else [(start, end) for start, end in json.loads(text)]


def _reach(db: sqlite3.Connection) -> int:
    (reach,) = db.execute("SELECT coalesce(max(reach), 0) FROM shipped").fetchone()
    return int(reach)
