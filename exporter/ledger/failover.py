"""
Sessions that a start on a redundant server ends, so that a failover does not count twice (design rule 3.16).

A server's log can't tell that its users went on elsewhere. So this is no part of pairing, but a step over what is
committed: sessions that are open while their daemon is down, or that its next start reset, end where equal ones (same
feature, user, host, display and seats) begin on servers of the same name: the oldest of a key at the first such start
of its down time, the next at the second, and so on, for each server that is down by itself. What a log itself tells of
a session's end, other than by a reset, stands.

That is a function of the facts alone, of whatever time they are, so neither the order in which logs are read nor where
commits end shows in the result. Each transaction that brings starts, or lines of a daemon's life, or a silence, works
out anew what depends on them. The pairing of a stream isn't told: for it the session stays open until its own log ends
it, and the table `superseded` keeps what that log says. Levels that are shown leave such sessions out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from exporter.ledger.downs import EVER, Down, Server, partners, read_downs, read_servers, silent
from exporter.ledger.superseding import Key, Superseding, read_superseded, take_all_back
from exporter.records import Batch


class Failover:
    """Ends sessions of servers that are down, inside the transactions of the ledger."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Begin with what is committed. Raises sqlite3.Error."""
        self.superseded = read_superseded(db)
        """By stream and product, the sessions that only a start elsewhere has ended, as of the last transaction."""
        self._downs: dict[int, Sequence[Down]] = {}
        """By stream, when its daemons were down by its own lines, as committed."""
        self._redundant: Mapping[str, int] = {}
        self._were_silent: set[int] = set()

    def prepare(self, db: sqlite3.Connection, batches: Iterable[Batch]) -> None:
        """Note how things are before *batches* are written. Raises sqlite3.Error."""
        self._redundant = _read_rule(db)
        if self._redundant:
            self._were_silent = silent(read_servers(db, self._redundant))
            for batch in batches:
                if batch.facts.lifecycle:
                    self._downs.pop(batch.stream, None)

    def follow(self, db: sqlite3.Connection, batches: Sequence[Batch], rev: int) -> None:
        """Work out anew what depends on *batches*, which are written. Raises sqlite3.Error."""
        if not self._redundant:
            return
        servers = read_servers(db, self._redundant)
        work = Superseding(db, rev, servers)
        moved = {batch.stream: batch for batch in batches}
        for one in servers:
            batch = moved.get(one.stream)
            told_anew = batch is not None and work.forget(batch)
            turned = (one.stream in self._were_silent) != (one.stream in work.silent)
            if turned and one.stream not in work.silent:
                work.take_back(one.stream, only_open=True)
            late = batch is not None and one.stream in work.silent  # it is read later than others, and not dead
            if told_anew or turned or late or (batch is not None and batch.facts.lifecycle):
                lines = {line[:2] for line in batch.facts.lifecycle} if batch else set()
                for down in self._downs_of(work, one, keep=not batch):
                    if down.reset is None or down.reset in lines:
                        work.settle(down)
            for other in partners(one, servers):
                if other in moved:
                    self._meet(work, one, moved[other], keep=not batch)
        self.superseded = read_superseded(db)

    def remake(self, db: sqlite3.Connection, rev: int) -> None:
        """Work out everything anew, by the rule and the dates that the ledger has now. Raises sqlite3.Error."""
        take_all_back(db, rev)
        self._downs = {}
        servers = read_servers(db, _read_rule(db))
        work = Superseding(db, rev, servers)
        for one in servers:
            for down in self._downs_of(work, one, keep=False):
                work.settle(down)
        self.superseded = read_superseded(db)

    def _downs_of(self, work: Superseding, one: Server, *, keep: bool) -> list[Down]:
        """Return when daemons of *one* were down; *keep* what its lines say of it: this transaction adds none."""
        known = self._downs.get(one.stream)
        if known is None:
            known = read_downs(work.db, one.stream)
            if keep:
                self._downs[one.stream] = known
        return [*known, *work.silenced(one, known)]

    def _meet(self, work: Superseding, one: Server, batch: Batch, *, keep: bool) -> None:
        """Let what begins on another server in *batch* end what is left on *one*."""
        starts = [session for session in batch.facts.sessions if not session.inferred]
        if not starts:
            return
        first, last = min(session.start for session in starts), max(session.start for session in starts)
        for down in self._downs_of(work, one, keep=keep):
            if down.since <= last and down.until > first:
                latest: dict[Key, int] = {}  # what begins at it or later changes nothing
                for session in work.left(down):
                    time = EVER if session.time is None else session.time
                    latest[session.key] = max(time, latest.get(session.key, 0))
                keys = {
                    key
                    for session in starts
                    if down.since <= session.start < down.until
                    and session.start < latest.get(key := (session.product, session.holder, session.first_seats), 0)
                }
                if keys:
                    work.settle(down, keys)


def _read_rule(db: sqlite3.Connection) -> Mapping[str, int]:
    """Return the sources of redundant servers, by the seconds of silence after which they are taken to be down."""
    rule = db.execute("SELECT value FROM rule WHERE kind = 'redundant'").fetchone()
    return json.loads(rule[0]) if rule else {}
