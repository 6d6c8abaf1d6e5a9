"""A stream driven in memory, without files and ledger: format and pairing as the pipeline drives them."""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from math import inf
from zoneinfo import ZoneInfo

from exporter.coverage import Coverage
from exporter.facts import Episode, Session, Totals, Wait
from exporter.formats.flexlm import FlexlmReader
from exporter.names import decode, split_who
from exporter.records import Begun, Block, Checkpoint, Covered, Gap, Position
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.pairing import SessionPairing

SERVER, SOURCE = "srv", "lic"


class MemoryNames:
    """Ids for names, kept in lists (see `exporter.ports.Names`)."""

    def __init__(self) -> None:
        """Begin with none."""
        self.products: list[tuple[str, str, str]] = []
        self.holders: list[tuple[str, str]] = []

    def product(self, server: str, vendor: str, feature: str) -> int:
        """Return the id of the product key."""
        key = (server, decode(vendor), decode(feature))
        if key not in self.products:
            self.products.append(key)
        return self.products.index(key) + 1

    def holder(self, who: str, display: str) -> int:
        """Return the id of the holder."""
        if (who, display) not in self.holders:
            self.holders.append((who, display))
        return self.holders.index((who, display)) + 1

    def plain(self, holder: int) -> int:
        """Return the id of the holder without display."""
        return self.holder(self.holders[holder - 1][0], "")

    def user(self, holder: int) -> str:
        """Return the case-folded user."""
        return decode(split_who(self.holders[holder - 1][0])[0]).casefold()

    def product_key(self, product: int) -> tuple[str, str, str]:
        """Return the product key."""
        return self.products[product - 1]

    def columns(self, holder: int) -> tuple[str, str, str]:
        """Return (user, host, display) as exports show them."""
        who, display = self.holders[holder - 1]
        user, host = split_who(who)
        return decode(user), decode(host), decode(display)


class MemoryStream:
    """Reads generations block by block; `restart` goes on from what a ledger would hold."""

    def __init__(
        self, generations: Sequence[bytes], zone: str, written: int, *, lost: Sequence[Gap] = (), expiry: int = 86_400
    ) -> None:
        """
        Read *generations*, oldest first; the newest line was written at *written*.

        *lost*: gaps, each met before the first line at its place or behind it; *generations* don't hold what was lost.
        """
        self.names = MemoryNames()
        self.sessions: dict[tuple[int, int, int], Session] = {}
        self.denials: list[tuple[object, ...]] = []
        self.waits: dict[tuple[int, int], Wait] = {}
        self.episodes: dict[tuple[int, int], Episode] = {}
        self.totals: dict[int, Totals] = {}
        self.covered: dict[int, Covered] = {}
        self.tally: dict[str, int] = {}
        self._generations, self._zone, self._written = generations, ZoneInfo(zone), written
        self._lost, self._expiry = list(lost), expiry
        self._at = Position(1, 0)
        self._state: dict[str, object] = {}
        self.restart()

    def restart(self) -> None:
        """Forget what memory holds and restore it from the committed facts and state."""
        self.format = FlexlmReader(self._zone)
        if self._state:
            self.format.restore(self._state["format"])  # type: ignore[arg-type]
        checkpoint = Checkpoint(
            1,
            position=self._at if self._state else None,
            state=self._state,
            sessions=[
                copy.deepcopy(self.sessions[key]) for key in sorted(self.sessions) if self.sessions[key].end is None
            ],
            waits=[copy.deepcopy(self.waits[key]) for key in sorted(self.waits) if self.waits[key].end is None],
            episodes=[
                copy.deepcopy(self.episodes[key]) for key in sorted(self.episodes) if self.episodes[key].outcome is None
            ],
            begun=self._begun(),
            totals={key: copy.deepcopy(totals) for key, totals in self.totals.items()},
        )
        self.pairing = SessionPairing(SERVER, self.names, EpisodeRule(), self._expiry, 1_000_000, checkpoint)
        self.coverage = Coverage(self._state.get("coverage", {}), None)  # type: ignore[arg-type]

    def read(self, size: int) -> bool:
        """Read and commit one block of at most *size* bytes or one line; return whether there was one."""
        block = self._block(self._at, size)
        if block is None:
            return False
        while self._lost and self._lost[0][:2] <= block.start:
            gap = self._lost.pop(0)._replace(before=self.format.last_line)
            self.pairing.meet(gap)
            self.coverage.cut(gap)
            self.format.begin_stretch()
        if self.format.undated:
            self.format.date_by(self._ahead(block), self._written)
        reading = self.format.read(block, every_line=self.pairing.in_doubt)
        self.coverage.read(reading.stretches, self.format.stretch)
        self.pairing.apply(block.start.generation, reading.events)
        self._at = reading.end
        self._commit(reading.tally)
        if reading.redate is not None:
            self._move(reading.redate)
        return True

    def read_all(self, size: int = 1 << 20) -> MemoryStream:
        """Read to the end."""
        while self.read(size):
            pass
        return self

    def sessions_csv(self) -> str:
        """Return the export of sessions."""
        rows = []
        for session in self.sessions.values():
            product, (user, host, display) = self.names.product_key(session.product), self.names.columns(session.holder)
            seat_seconds = sum((to - at) * seats for at, to, seats in self._spans(session))
            end = _iso(session.end), session.reason or "", str(bool(session.inferred)).lower()
            rows.append((*product, user, host, display, session.seats, _iso(session.start), *end, SOURCE, seat_seconds))
        return _csv(
            "server,vendor,feature,user,host,display,seats,start,end,end_reason,start_inferred,source,seat_seconds",
            rows,
        )

    def spans_csv(self) -> str:
        """Return the export of spans."""
        rows = []
        for session in self.sessions.values():
            product, (user, host, _) = self.names.product_key(session.product), self.names.columns(session.holder)
            spans = list(self._spans(session))
            for number, (at, to, seats) in enumerate(spans):
                is_open = session.end is None and number == len(spans) - 1
                rows.append((*product, user, host, _iso(session.start), _iso(at), "" if is_open else _iso(to), seats))
        return _csv("server,vendor,feature,user,host,start,from,to,seats", rows)

    def denials_csv(self) -> str:
        """Return the export of denials."""
        return _csv("server,vendor,feature,user,host,seats,time,code,class,source", self.denials)

    def waits_csv(self) -> str:
        """Return the export of waits."""
        rows = []
        for wait in self.waits.values():
            product, (user, host, _) = self.names.product_key(wait.product), self.names.columns(wait.holder)
            rows.append(
                (*product, user, host, wait.seats, _iso(wait.start), _iso(wait.end), wait.outcome or "", SOURCE)
            )
        return _csv("server,vendor,feature,user,host,seats,start,end,outcome,source", rows)

    def outcomes(self) -> list[tuple[object, ...]]:
        """Return (vendor, feature, user, host, first, last, lines, outcome) of the episodes, sorted."""
        rows = []
        for one in self.episodes.values():
            product, (user, host, _) = self.names.product_key(one.product), self.names.columns(one.holder)
            rows.append((*product[1:], user, host, one.first, one.last, one.lines, one.outcome or ""))
        return sorted(rows)

    def intervals(self) -> list[tuple[int, int]]:
        """Return the intervals of time that were read, in reading order."""
        return [self.covered[number][1:] for number in sorted(self.covered)]

    def exports(self) -> tuple[object, ...]:
        """Return everything that must not depend on how the log was cut."""
        tables = self.sessions_csv(), self.spans_csv(), self.denials_csv(), self.waits_csv()
        return *tables, self.intervals(), sorted(self.tally.items())

    def _spans(self, session: Session) -> Iterator[tuple[int, int, int]]:
        end = session.end if session.end is not None else self.format.frontier or session.start
        points = [(session.start, session.first_seats), *((time, seats) for time, seats, _, _ in session.changes or ())]
        for number, (at, seats) in enumerate(points):
            yield at, points[number + 1][0] if number + 1 < len(points) else max(end, at), seats

    def _block(self, at: Position, size: int) -> Block | None:
        data = self._generations[at.generation - 1]
        coming = [gap.start for gap in self._lost if gap.generation == at.generation and gap.start > at.offset]
        size = min([size, *(start - at.offset for start in coming)])
        newest = at.generation == len(self._generations)
        if at.offset >= len(data):
            return None if newest else self._block(Position(at.generation + 1, 0), size)
        end = data.rfind(b"\n", at.offset, at.offset + size) + 1
        end = end or data.find(b"\n", at.offset) + 1 or (0 if newest else len(data))
        if end == 0:
            return None
        return Block(at, data[at.offset : end], Position(at.generation, end), self._written + 86_400)

    def _ahead(self, block: Block) -> Iterator[Block]:
        at: Block | None = block
        while at is not None:
            yield at
            at = self._block(at.end, 4096)

    def _begun(self) -> list[Begun]:
        since = self._state.get("since")
        return [
            Begun(*key[:2], one.product, one.holder, one.handle)
            for key, one in sorted(self.sessions.items())
            if since is not None and key[:2] >= since and not one.inferred
        ]

    def _commit(self, tally: dict[str, int]) -> None:
        facts = self.pairing.take(self.format.frontier, self.format.last_line)
        for session in facts.sessions:
            self.sessions[session.generation, session.at, session.n] = session
        for fact in facts.denials:
            product, (user, host, _) = self.names.product_key(fact.product), self.names.columns(fact.holder)
            code = "" if fact.code is None else fact.code
            self.denials.append((*product, user, host, fact.seats, _iso(fact.time), code, fact.kind, SOURCE))
        for wait in facts.waits:
            self.waits[wait.generation, wait.at] = wait
        for episode in facts.episodes:
            self.episodes[episode.generation, episode.at] = episode
        self.totals.update(facts.totals)
        self.covered.update({one.number: one for one in self.coverage.take()})
        for counts in (tally, facts.tally):
            for what, count in counts.items():
                self.tally[what] = self.tally.get(what, 0) + count
        self._save()

    def _save(self) -> None:
        pairing = self.pairing
        self._state = {
            "format": self.format.state(),
            "pairing": pairing.state(),
            "since": pairing.since,
            "coverage": self.coverage.state(),
        }

    def _move(self, move: Callable[[int], int]) -> None:
        for session in self.sessions.values():
            session.start = move(session.start)
            session.end = None if session.end is None else move(session.end)
            session.checkin = None if session.checkin is None else move(session.checkin)
            session.suspect = None if session.suspect is None else move(session.suspect - 1) + 1
            session.changes = [(move(time), *rest) for time, *rest in session.changes or ()] or None  # type: ignore[misc]
        for totals in self.totals.values():
            totals.first = move(int(totals.first)) if totals.first < inf else inf
        for wait in self.waits.values():
            wait.start, wait.end = move(wait.start), None if wait.end is None else move(wait.end)
        for episode in self.episodes.values():
            episode.first, episode.last = move(episode.first), move(episode.last)
        self.denials = [(*row[:6], _iso(move(_seconds(str(row[6])))), *row[7:]) for row in self.denials]
        for number, start, end in self.covered.values():
            self.covered[number] = Covered(number, move(start), move(end - 1) + 1)
        self.format.redate()
        self.pairing.redate(move)
        self.coverage.redate(move)
        self._save()
        self.restart()


def _key(item: tuple[tuple[int, ...], object]) -> tuple[int, ...]:
    return item[0]


def _iso(time: int | None) -> str:
    return "" if time is None else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def _csv(header: str, rows: Sequence[tuple[object, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return "\n".join([header, *sorted(out.getvalue().splitlines())])
