"""A log, a ledger and a clock in memory; `test_pipeline_fakes` holds the first two to what the real ones do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from math import inf
from threading import Event as Signal

from exporter.errors import LedgerFull
from exporter.facts import (
    DenialFact,
    Episode,
    Facts,
    LifecycleFact,
    Session,
    Spread,
    Superseded,
    Totals,
    UseTotal,
    Wait,
)
from exporter.records import Batch, Begun, Block, Checkpoint, Covered, Gap, Generation, Json, Position, Trouble
from tests.unit.sessions.fake_names import FakeNames

NOON = 1_709_640_000
"""2024-03-05T12:00:00Z."""
DAY = 86_400


class FakeClock:
    """Time that moves when somebody waits; *on_wait* is called first, with the number of the wait."""

    def __init__(self) -> None:
        """Stand at noon."""
        self.time = float(NOON)
        self.waits: list[tuple[Signal, float]] = []
        self.on_wait: Callable[[int], None] = lambda number: None

    def now(self) -> float:
        """Return the time."""
        return self.time

    def monotonic(self) -> float:
        """Return the same."""
        return self.time

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Move on, unless the signal is set."""
        self.waits.append((signal, seconds))
        assert len(self.waits) < 1000, "nobody ends the loop"
        self.on_wait(len(self.waits))
        if not signal.is_set():
            self.time += seconds
        return signal.is_set()


class FakeLines:
    """A stream's log in memory: its generations, oldest first; the last one grows."""

    def __init__(
        self,
        name: str,
        *generations: bytes,
        next_generation: Callable[[], int],
        checkpoint: Checkpoint | None = None,
        written: int = NOON,
    ) -> None:
        """Stand at the beginning, or where *checkpoint* says."""
        self.name = name
        self.problem: str | None = None
        self.still = self.waiting = False
        self.reads = 0
        self.lost: list[Gap] = []
        self.lost_before: dict[int, Gap] = {}
        """Gaps that `read` meets as it goes on to a generation, by the generation's number from 0."""
        self.writer_on_rotated = False
        self.said: list[str] = []
        self.data: list[bytes] = list(generations)
        self.not_after = NOON + 400 * DAY
        self._written = written
        self._next_generation = next_generation
        self._records = [replace(one) for one in checkpoint.generations] if checkpoint else []
        self._moved: set[int] = set()
        self._place = max(len(self._records) - 1, 0)

    def grow(self, data: bytes) -> None:
        """Write more into the last generation."""
        self.data[-1] += data

    def rotate(self, data: bytes) -> None:
        """Begin a new generation."""
        self.data.append(data)

    def read(self, limit: int) -> Block | None:
        """Return the next block."""
        self.reads += 1
        if self.problem is not None:
            return None
        while self._place < len(self.data):
            record = self._record(self._place)
            data = self._piece(self._place, record.offset, limit)
            if data:
                start = Position(record.id, record.offset)
                record.offset += len(data)
                self._moved.add(record.id)
                return Block(start, data, Position(record.id, record.offset), self.not_after)
            if self._place == len(self.data) - 1:
                return None
            record.closed = True
            self._moved.add(record.id)
            self._place += 1
            if self._place in self.lost_before:
                self.lost.append(self.lost_before.pop(self._place))
        return None

    def look_ahead(self, limit: int) -> Iterator[Block]:
        """Yield what lies ahead."""
        for place in range(self._place, len(self.data)):
            known = place < len(self._records)
            offset = self._records[place].offset if known else 0
            number = self._records[place].id if known else self._records[-1].id + 1 + place - len(self._records)
            while limit > 0 and (data := self._piece(place, offset, limit)):
                yield Block(Position(number, offset), data, Position(number, offset + len(data)), self.not_after)
                offset += len(data)
                limit -= len(data)

    def written(self) -> int:
        """Return when the newest line was written."""
        return self._written

    def rewind(self, position: Position) -> None:
        """Stand at *position* again."""
        record = self._record(self._place)
        assert record.id == position.generation
        assert position.offset == 0 or self.data[self._place][position.offset - 1 : position.offset] == b"\n"
        record.offset = position.offset
        self._moved.add(record.id)

    def note_first(self, generation: int, first_hash: str, first_time: int) -> None:
        """Keep what identifies a generation."""
        for record in self._records:
            if record.id == generation:
                record.first_hash, record.first_time = first_hash, first_time
                self._moved.add(generation)

    def moved(self) -> list[Generation]:
        """Return what changed."""
        moved = [replace(record) for record in self._records if record.id in self._moved]
        self._moved.clear()
        return moved

    def gaps(self) -> list[Gap]:
        """Return what was lost."""
        lost, self.lost = self.lost, []
        return lost

    def notes(self) -> list[str]:
        """Return what came up."""
        said, self.said = self.said, []
        return said

    def lag(self) -> int:
        """Return the bytes not read yet."""
        read = sum(record.offset for record in self._records)
        return sum(map(len, self.data)) - read

    def _record(self, place: int) -> Generation:
        while len(self._records) <= place:
            self._records.append(Generation(self._next_generation(), self.name, 1, len(self._records) + 1))
            self._moved.add(self._records[-1].id)
        return self._records[place]

    def _piece(self, place: int, offset: int, limit: int) -> bytes:
        """Return whole lines, one at least if there is one; a closed generation may end without LF."""
        data = self.data[place][offset:]
        end = data.rfind(b"\n", 0, limit) + 1 or data.find(b"\n") + 1
        if not end and place < len(self.data) - 1:
            end = len(data)
        return data[:end]


@dataclass
class Kept:
    """What a ledger has of one stream."""

    id: int
    server: str
    position: Position | None = None
    generations: dict[int, Generation] = field(default_factory=dict)
    state: Mapping[str, Json] = field(default_factory=dict)
    sessions: dict[tuple[int, ...], Session] = field(default_factory=dict)
    denials: dict[tuple[int, ...], DenialFact] = field(default_factory=dict)
    waits: dict[tuple[int, ...], Wait] = field(default_factory=dict)
    episodes: dict[tuple[int, ...], Episode] = field(default_factory=dict)
    lifecycle: list[LifecycleFact] = field(default_factory=list)
    totals: dict[int, Totals] = field(default_factory=dict)
    use_totals: dict[int, UseTotal] = field(default_factory=dict)
    durations: dict[tuple[str, str], Spread] = field(default_factory=dict)
    packages: set[tuple[int, int]] = field(default_factory=set)
    tally: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[Position, str, str]] = field(default_factory=list)
    gaps: dict[Position, Gap] = field(default_factory=dict)
    coverage: dict[int, Covered] = field(default_factory=dict)
    activity: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    """By (vendor, day, "starts" | "stops" | "resets")."""
    quiet: int | None = None
    frontier: int | None = None
    last_line: int | None = None
    trouble: Trouble = field(default_factory=lambda: Trouble(None, None))


class FakeLedger:
    """Keeps what is committed; refuses as often as told."""

    def __init__(self) -> None:
        """Begin empty."""
        self.names = FakeNames()
        self.streams: dict[tuple[str, str], Kept] = {}
        self.attempts: list[list[Batch]] = []
        self.failing = 0
        """Commits yet to fail; `redates_failing` and `notes_failing` likewise."""
        self.redates_failing = 0
        self.notes_failing = 0
        self.quiet_noted: list[dict[int, int]] = []
        """What was kept of quiet, a transaction each."""
        self.elsewhere: dict[int, dict[int, list[Superseded]]] = {}
        """By stream and product, sessions that a start on a redundant server has ended."""
        self._given = 0

    def checkpoint(self, source: str, server: str, name: str) -> Checkpoint:
        """Return where a stream stands."""
        kept = self.streams.setdefault((source, name), Kept(len(self.streams) + 1, server))
        return Checkpoint(
            kept.id,
            kept.position,
            deepcopy([kept.generations[key] for key in sorted(kept.generations)]),
            kept.quiet,
            deepcopy(kept.state),
            deepcopy([kept.sessions[key] for key in sorted(kept.sessions) if kept.sessions[key].end is None]),
            deepcopy([kept.waits[key] for key in sorted(kept.waits) if kept.waits[key].end is None]),
            deepcopy([kept.episodes[key] for key in sorted(kept.episodes) if kept.episodes[key].outcome is None]),
            self._begun(kept),
            deepcopy(kept.totals),
            dict(kept.tally),
            {place: gap.reason for place, gap in kept.gaps.items()},
            deepcopy(kept.durations),
            [pair for other in self.streams.values() if other.server == kept.server for pair in sorted(other.packages)],
            dict(kept.use_totals),
        )

    def next_generation(self) -> int:
        """Return a new id."""
        self._given += 1
        return self._given

    def commit(self, batches: Sequence[Batch]) -> None:
        """Keep the batches, or fail."""
        self.attempts.append(list(batches))
        if self.failing:
            self.failing -= 1
            raise LedgerFull("The disk is full: make room.")
        for batch in deepcopy(self.attempts[-1]):
            kept = self._kept(batch.stream)
            kept.position, kept.frontier, kept.last_line = batch.position, batch.frontier, batch.last_line
            kept.quiet = None
            kept.coverage |= {one.number: one for one in batch.coverage}
            for one in batch.facts.activity:
                kept.activity.update({(one.vendor, one.day, what): getattr(one, what) for what in one._fields[2:]})
            kept.state = json.loads(json.dumps(dict(batch.state)))
            kept.generations |= {one.id: one for one in batch.generations}
            kept.sessions |= {(one.generation, one.at, one.n): one for one in batch.facts.sessions}
            kept.denials |= {(one.generation, one.at): one for one in batch.facts.denials}
            kept.waits |= {(one.generation, one.at): one for one in batch.facts.waits}
            kept.episodes |= {(one.generation, one.at): one for one in batch.facts.episodes}
            kept.lifecycle += batch.facts.lifecycle
            kept.totals |= batch.facts.totals
            kept.use_totals |= batch.facts.use_totals
            kept.packages.update(batch.facts.packages)
            for key, spread in batch.facts.durations.items():
                known = kept.durations.setdefault(key, {})
                for bound, (n, seconds) in spread.items():
                    before = known.get(bound, (0, 0))
                    known[bound] = before[0] + n, before[1] + seconds
            kept.tally.update(batch.tally)
            kept.tally.update(batch.facts.tally)
            kept.samples += batch.samples
            for gap in batch.gaps:
                place = Position(gap.generation, gap.start)
                known = kept.gaps.setdefault(place, gap)
                kept.gaps[place] = gap._replace(reason=known.reason) if gap.withdrawn else gap

    def superseded(self, stream: int) -> dict[int, list[Superseded]]:
        """Return what a test put into `elsewhere`."""
        return self.elsewhere.get(stream, {})

    def late(self, facts: Facts) -> dict[str, int]:
        """Find nothing too late."""
        assert facts is not None
        return {}

    def note_troubles(self, troubles: Mapping[int, Trouble]) -> None:
        """Keep what is wrong with streams, or fail."""
        if self.notes_failing:
            self.notes_failing -= 1
            raise LedgerFull("The disk is full: make room.")
        for stream, trouble in troubles.items():
            self._kept(stream).trouble = trouble

    def note_quiet(self, quiet: Mapping[int, int]) -> None:
        """Keep up to when streams were quiet, or fail."""
        if self.notes_failing:
            self.notes_failing -= 1
            raise LedgerFull("The disk is full: make room.")
        self.quiet_noted.append(dict(quiet))
        for stream, until in quiet.items():
            self._kept(stream).quiet = until

    def redate(self, stream: int, move: Callable[[int], int], state: Mapping[str, Json]) -> None:
        """Move all times of a stream, or fail."""
        if self.redates_failing:
            self.redates_failing -= 1
            raise LedgerFull("The disk is full: make room.")

        def moved(time: int | None) -> int | None:
            return None if time is None else move(time)

        kept = self._kept(stream)
        kept.state = json.loads(json.dumps(dict(state)))
        for session in kept.sessions.values():
            session.start, session.end = move(session.start), moved(session.end)
            session.checkin = moved(session.checkin)
            session.suspect = None if session.suspect is None else move(session.suspect - 1) + 1
            session.changes = [(move(time), *rest) for time, *rest in session.changes or []] or None
        kept.denials = {key: one._replace(time=move(one.time)) for key, one in kept.denials.items()}
        for wait in kept.waits.values():
            wait.start, wait.end = move(wait.start), moved(wait.end)
        for episode in kept.episodes.values():
            episode.first, episode.last = move(episode.first), move(episode.last)
        kept.lifecycle = [one._replace(time=move(one.time)) for one in kept.lifecycle]
        for totals in kept.totals.values():
            totals.first = move(int(totals.first)) if totals.first < inf else inf
        for generation in kept.generations.values():
            generation.first_time = moved(generation.first_time)
        kept.last_line = moved(kept.last_line)
        kept.frontier = None if kept.frontier is None else move(kept.frontier - 1) + 1
        kept.coverage = {
            key: Covered(key, move(one.start), move(one.end - 1) + 1) for key, one in kept.coverage.items()
        }
        moved_days = {key: move(key[1] * DAY + DAY // 2) // DAY for key in kept.activity}
        kept.activity = Counter({(key[0], moved_days[key], key[2]): n for key, n in kept.activity.items()})

    def _begun(self, kept: Kept) -> list[Begun]:
        since = kept.state.get("since")
        sessions = kept.sessions.items() if since is not None else ()
        return [
            Begun(*key[:2], one.product, one.holder, one.handle)
            for key, one in sessions
            if key[:2] >= tuple(since) and not one.inferred
        ]

    def _kept(self, stream: int) -> Kept:
        return next(kept for kept in self.streams.values() if kept.id == stream)
