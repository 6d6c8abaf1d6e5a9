"""
Logs in memory, read by real streams into a real ledger: in commits of any size, with losses, bytes that come back, and
lines that are not written yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporter.alike import Alike
from exporter.catalog.tiers import Tier
from exporter.closing import store_closed
from exporter.failpoint import failpoint
from exporter.feature_rows import EVER
from exporter.formats.flexlm import FlexlmReader
from exporter.ledger.store import SqliteLedger
from exporter.ledger.windows import from_json, read_windows
from exporter.records import Block, Gap, Position
from exporter.rules import ProductRule, Rules
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.pairing import SessionPairing
from exporter.sessions.replay import replay
from exporter.stream import Stream
from exporter.stream_parts import StreamParts
from exporter.tiers.windows import Sums, Window
from exporter.windowing import Windowing
from tests.property.brute_windows import one_by_one
from tests.reference.log_strategies import Log
from tests.reference.site_facts import FeatureName, Site
from tests.unit.pipeline.pipeline_fakes import FakeClock, FakeLines

RULE = EpisodeRule()
GAP_EXPIRY = 86_400
Names = tuple[str, ...]


class Loss(NamedTuple):
    """What was written before *offset* of a log's generation (counted from 0) is lost; maybe it *came_back*."""

    generation: int
    offset: int
    came_back: bool


class Written(NamedTuple):
    """A log of a server, with its losses; at first no more is written than *shown* bytes of its first generation."""

    server: str
    log: Log
    losses: Sequence[Loss] = ()
    shown: int | None = None


class Row(NamedTuple):
    """A window [start, end), and its seconds at each level."""

    start: int
    end: int
    sums: Sums
    times: Mapping[int, int]

    @classmethod
    def of(cls, window: Window) -> Row:
        """Take a window of the tiers."""
        return cls(window.start, window.end, window.sums, dict(window.times))


def differences(
    expected: Mapping[Names, Sequence[Row]], found: Mapping[Names, Sequence[Row]], but: Collection[str] = ()
) -> list[str]:
    """Return a line for each window that is missing, too many or other than expected; *but* these fields may differ."""
    lines = []
    for names in {**expected, **found}:
        wanted = {row.start: row for row in expected.get(names, ())}
        given = {row.start: row for row in found.get(names, ())}
        for start in sorted({*wanted, *given}):
            if told := _differing(wanted.get(start), given.get(start), but):
                lines.append(f"{'/'.join(names)} at {start}: {told}")
    return lines


def _differing(wanted: Row | None, given: Row | None, but: Collection[str]) -> str:
    if wanted is None or given is None:
        return "no such window" if given is None else "one too many"
    one, other = ({"end": row.end, **row.sums._asdict(), "times": row.times} for row in (wanted, given))
    return ", ".join(
        f"{field} {one[field]}, not {other[field]}" for field in one if field not in but and one[field] != other[field]
    )


class TornLines(FakeLines):
    """A log in memory with losses; the bytes of one that came back are read once that is told."""

    def __init__(self, name: str, written: Written, ledger: SqliteLedger) -> None:
        """Stand at the beginning."""
        log = written.log
        super().__init__(name, *log.generations, next_generation=ledger.next_generation, written=log.now)
        self.not_after = log.now + 86_400
        self._losses = sorted(written.losses)
        self._returning: Gap | None = None
        self._whole = self.data
        if written.shown is not None:
            self.data = [self.data[0][: written.shown]]

    def show_all(self) -> None:
        """Write the rest."""
        self.data = self._whole

    def read(self, limit: int) -> Block | None:
        """Return the next block; none at a loss that will come back."""
        while True:
            record = self._record(self._place)
            if self._returning is not None:
                self.lost.append(self._returning)
                self._returning = None
            ahead = [loss for loss in self._losses if loss.generation == self._place]
            if ahead and ahead[0].offset <= record.offset:
                self._losses.remove(ahead[0])
                gap = Gap(record.id, record.offset, None, "lost")
                self.lost.append(gap)
                if ahead[0].came_back:
                    self._returning = gap._replace(withdrawn=True)
                    return None
                continue
            data = self._piece(self._place, record.offset, min([limit, *(it.offset - record.offset for it in ahead)]))
            if data or self._place == len(self.data) - 1:
                return self._block(data) if data else None
            record.closed = True
            self._moved.add(record.id)
            self._place += 1

    def _block(self, data: bytes) -> Block:
        record = self._record(self._place)
        start = Position(record.id, record.offset)
        record.offset += len(data)
        self._moved.add(record.id)
        return Block(start, data, Position(record.id, record.offset), self.not_after)


def _rules(about: Site) -> Rules:
    issued: dict[FeatureName, dict[int, int]] = {}
    for row in about.capacity:
        issued.setdefault(row.feature, {})[row.start] = row.seats
    products = {name: ProductRule(frozenset(members), {}) for name, members in about.products.items()}
    return Rules(about.zone, RULE.grant_window, RULE.retry_window, issued, products)


class LedgerSite:
    """Logs and the ledger into which they are read."""

    def __init__(self, path: Path, about: Site, logs: Sequence[Written]) -> None:
        """Begin a ledger at *path* that knows the configuration."""
        self.ledger = SqliteLedger.open(path, FakeClock(), failpoint())
        self.ledger.adopt(_rules(about), partial(replay, RULE))
        self.ledger._db.connection().execute("PRAGMA synchronous = OFF")  # thousands of commits
        self.zone = ZoneInfo(about.zone)
        self.logs = logs
        self.lines = [TornLines(f"/logs/{number}", log, self.ledger) for number, log in enumerate(logs)]
        self.streams = [self._stream(number) for number in range(len(logs))]

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def restart(self, number: int) -> None:
        """Let a stream go on from what is committed, as a new process would."""
        self.streams[number] = self._stream(number)

    def read(self, numbers: Iterable[int], size: int) -> bool:
        """Read about *size* bytes of streams and commit them together; return whether anything was there."""
        streams = [self.streams[number] for number in numbers]
        more = [stream.fill(size) for stream in streams]
        batches = [batch for stream in streams if (batch := stream.batch()) is not None]
        self.ledger.commit(batches)
        for stream in streams:
            while stream.wrongly_dated:
                stream.put_dates_right()
        assert [None] * len(streams) == [stream.problem for stream in streams]
        return bool(batches) or any(read for read, _ in more)

    def read_all(self, size: int = 1 << 20) -> None:
        """Read everything that is written."""
        for lines in self.lines:
            lines.show_all()
        for number in range(len(self.streams)):
            while self.read([number], size):
                pass

    def read_in_pieces(self, random: Random, besides: Callable[[], None] = lambda: None) -> None:
        """Read everything: streams take turns, windows are stored, processes begin anew, and *besides* is called."""
        behind = set(range(len(self.streams)))
        hidden = {number for number, log in enumerate(self.logs) if log.shown is not None}
        while behind:
            chosen = [number for number in sorted(behind) if random.random() < 0.5]
            if not self.read(chosen, random.choice([1, 40, 400, 4_000])):
                for number in chosen:
                    if number in hidden:
                        self.lines[number].show_all()
                        hidden.remove(number)
                    else:
                        behind.remove(number)
            if random.random() < 0.3:
                self.store()
            if chosen and random.random() < 0.1:
                self.restart(chosen[0])
            if random.random() < 0.3:
                besides()

    def store(self) -> None:
        """Store the windows that are closed."""
        store_closed(self.ledger, {})

    def forget_what_is_stored(self) -> None:
        """Let every window be stored anew."""
        self.ledger._db.connection().execute("UPDATE stored SET until = 0")

    def stored_rows(self) -> list[tuple[object, ...]]:
        """Return the stored windows one by one, with their revisions, up to where they are right."""
        rows = self.ledger.ask(
            "SELECT until, w.* FROM window AS w JOIN stored USING (tier, subject) WHERE start < until ORDER BY 2, 3, 4"
        )
        return [
            (tier, subject, begin, *rest)
            for until, tier, subject, start, end, n, *rest in rows
            for begin in Alike(start, end, n).starts
            if begin < until
        ]

    def worked_out(self, tier: Tier, start: int = 0, end: int = EVER) -> dict[Names, list[Row]]:
        """Return the windows of every subject that has any, from the facts alone."""
        windowing = Windowing(self.ledger.ask)
        found = {
            subject.names: [Row.of(window) for window in one_by_one(windowing._work_out(tier, subject, start, end))]
            for subject in [*windowing.features(), *windowing.products()]
        }
        return {names: rows for names, rows in found.items() if rows}

    def given(self, tier: Tier, end: int = EVER) -> dict[Names, list[Row]]:
        """Return the windows before *end* of every subject that has any, as anybody gets them, stored or not."""
        windowing = Windowing(self.ledger.ask)
        found = {}
        for subject in [*windowing.features(), *windowing.products()]:
            until = windowing.settled(tier, subject)
            times = {it.start: it.times for it in one_by_one(windowing._work_out(tier, subject, until, EVER))}
            if subject.id is not None and until:
                for window in read_windows(self.ledger.ask, tier.seconds, subject.id, 0, until):
                    sums = Sums._make(window.sums)
                    of_each = from_json(window.times, sums.in_use_max, sums.covered_seconds)
                    times |= dict.fromkeys(Alike(window.start, window.end, window.n).starts, of_each)
            found[subject.names] = [
                Row(start, start + starts.step, sums, dict(times[start]))
                for starts, sums in windowing.windows(tier, subject, 0, end)
                for start in starts
            ]
        return {names: rows for names, rows in found.items() if rows}

    def _stream(self, number: int) -> Stream:
        log = self.logs[number]
        lines = self.lines[number]
        parts = StreamParts(
            source=f"lic{number}",
            server=log.server,
            lines=lines,
            format=FlexlmReader(ZoneInfo(log.log.zone)),
            pairing=lambda point: SessionPairing(log.server, self.ledger.names, RULE, GAP_EXPIRY, 1_000_000, point),
            ledger=self.ledger,
            clock=FakeClock(),
            hit=failpoint(),
            claims={},
            redundant=True,
            live=False,
        )
        return Stream(parts, self.ledger.checkpoint(f"lic{number}", log.server, lines.name))
