"""
One stream on its way: blocks from its log, through its format and its pairing, into the batch that is committed next.

A stream that can't go on (too many open sessions, a daemon that another stream has) is stopped with a sentence; it
keeps what it has committed and reads no further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from exporter.claims import Claims
from exporter.coverage import Coverage
from exporter.dates import Dates
from exporter.ends import Ends
from exporter.errors import ForeignLayout, StreamStopped
from exporter.events import Event
from exporter.names import shown
from exporter.outset import Outset
from exporter.records import ROLLED_BACK, Batch, Block, Checkpoint, Gap, Trouble
from exporter.showing import Showing, daemon_views
from exporter.standing import WRITER_ON_ROTATED, Standing
from exporter.stream_parts import StreamParts
from exporter.trust import Trust
from exporter.views import StreamView

BLOCK = 1 << 17


class Stream:
    """One stream; not thread-safe."""

    def __init__(self, parts: StreamParts, checkpoint: Checkpoint) -> None:
        """Go on from *checkpoint*."""
        self._parts = parts
        self._lines, self._format = parts.lines, parts.format
        self._claims = Claims(parts.claims, parts.server, parts.lines.name)
        self._stopped = parts.refusal
        self._refused: str | None = None
        """Why it will be stopped once what was read before is committed."""
        self._standing = Standing(parts.lines, parts.format, parts.clock, live=parts.live)
        self._moved = self._still = False
        self._redate: Callable[[int], int] | None = None
        self._notes: list[str] = []
        self._moved_in_memory = self._moved_in_ledger = False
        self._searched = 0
        """Bytes to come that were searched for a date, in vain."""
        try:
            self._load(checkpoint)
        except StreamStopped as stop:
            self._stopped = str(stop)

    @property
    def problem(self) -> str | None:
        """Why it isn't read, a sentence; None when all is well."""
        return self._stopped or self._refused or self._lines.problem

    @property
    def trouble(self) -> Trouble:
        """What is wrong with it now."""
        return Trouble(self.problem, WRITER_ON_ROTATED if self._lines.writer_on_rotated else None)

    def notes(self) -> list[str]:
        """Return the sentences on its log and its lines since the last call."""
        said, self._notes = self._notes, []
        return said if self._still else said + self._lines.notes()

    @property
    def id(self) -> int:
        """The id of the stream in the ledger."""
        return self._id

    @property
    def name(self) -> str:
        """The path without its rotation mark."""
        return self._lines.name

    def fill(self, budget: int) -> tuple[int, bool]:
        """Read up to about *budget* bytes; return how many, and whether there may be more to read at once."""
        read, self._still, looked = 0, False, self._standing.look()
        while read < budget and self._stopped is None:
            block = self._lines.read(min(budget - read, BLOCK))
            self._still = block is None and not read and self._lines.still
            if not self._still:
                self._meet(self._lines.gaps())
            if block is None:
                self._standing.settle(looked)
                return read, False
            self._parts.hit("after-read")
            self._moved = True
            read += max(block.end.offset - block.start.offset, 1)
            try:
                self._take(block)
            except ForeignLayout as refused:
                self._lines.rewind(block.start)
                self._refused = str(refused)
                return read, False
            except StreamStopped as stop:
                self._stopped = str(stop)
            self._parts.hit("after-parse")
            if self._redate is not None:
                break
        self._standing.fall_behind()
        return read, self._stopped is None

    def batch(self) -> Batch | None:
        """Return what there is to commit, None if nothing moved."""
        if self._stopped or (self._still and not (self._moved or self._trust.lost)):
            return None
        generations = self._lines.moved()
        if not (self._moved or generations or self._trust.lost):
            return None
        facts = self._pairing.take(self._format.frontier, self._format.last_line)
        facts.tally |= self._parts.ledger.late(facts)
        self._showing.move(facts)
        ends = self._ends.add(facts.activity, self._format.frontier, self._format.last_line)
        tally, samples, gaps = self._trust.take(facts.tally)
        self._moved = False
        self._stopped = self._stopped or self._refused
        return Batch(
            stream=self._id,
            position=self._position,
            generations=generations,
            state=self._state(),
            facts=facts,
            frontier=self._frontier(),
            last_line=self._format.last_line,
            tally=tally,
            samples=samples,
            gaps=gaps,
            coverage=self._coverage.take(),
            ends=ends,
        )

    def grow_quiet(self) -> int | None:
        """Let what is known grow with the quiet of a log at its end; return up to when, None where that is no news."""
        if self._stopped or self._moved or self._redate is not None:
            return None
        until = self._standing.quiet_until
        self._moved = until is not None and self._pairing.pass_quiet(until)
        return until if until is not None and self._coverage.grow(until) else None

    @property
    def wrongly_dated(self) -> bool:
        """Whether an anchor showed that the date was wrong; then nothing more is read before `put_dates_right`."""
        return self._redate is not None

    def put_dates_right(self) -> None:
        """Move what is committed by the days that the anchor told, and go on from there. Raises LedgerFull."""
        if self._redate is None:
            return
        ledger = self._parts.ledger
        if not self._moved_in_memory:
            self._moved_in_memory = True
            self._format.redate()
            self._pairing.redate(self._redate)
            self._coverage.redate(self._redate)
            self._ends.redate(self._redate)
        if not self._moved_in_ledger:
            ledger.redate(self._id, self._redate, self._state())
            self._moved_in_ledger = True
        self._load(ledger.checkpoint(self._parts.source, self._parts.server, self.name))
        self._dates.forget()
        self._redate = None
        self._moved_in_memory = self._moved_in_ledger = False

    def view(self) -> StreamView:
        """Return what is shown of it, as of the last commit."""
        parts = self._parts
        return StreamView(
            source=parts.source,
            name=self.name,
            server=parts.server,
            features=self._showing.features(parts.ledger.superseded(self._id)),
            daemons=() if self._stopped else daemon_views(parts.server, self._format.daemons),
            caught_up=self._standing.caught_up is not None,
            caught_up_since=self._standing.caught_up,
            stale=self._standing.stale,
            stopless=self._ends.stopless(self._format.frontier),
            problem=self.problem,
            lag=self._lines.lag(),
            tally=self._trust.totals,
            gaps=self._trust.gaps,
            writer_on_rotated=self._lines.writer_on_rotated,
            durations=self._showing.durations,
            packages=self._showing.packages,
            uses=self._showing.uses,
            transfers=self._showing.transfers,
        )

    def differs(self, view: StreamView) -> bool:
        """Say whether *view* is out of date though nothing was committed since."""
        # Asked of each stream at each look, nearly always in vain: no tuples.
        standing = self._standing
        if (
            view.caught_up_since != standing.caught_up
            or view.stale is not standing.stale
            or view.writer_on_rotated is not self._lines.writer_on_rotated
        ):
            return True
        if self._showing.superseded != self._parts.ledger.superseded(self._id):
            return True
        return not self._still and (view.problem, view.lag) != (self.problem, self._lines.lag())

    def _frontier(self) -> int | None:
        """Return up to when it is known: by its lines, or because it was quiet after them."""
        by_lines, by_quiet = self._format.frontier, self._coverage.known
        return by_lines if by_lines is None or by_quiet is None else max(by_lines, by_quiet)

    def _load(self, checkpoint: Checkpoint) -> None:
        parts = self._parts
        self._id = checkpoint.stream
        self._position = checkpoint.position
        dates, told = parts.resume(checkpoint.state)
        self._dates = Dates(self._format, dates)
        self._notes += [f"{shown(self.name)} {note}" for note in told]
        self._pairing, stopped = parts.paired(checkpoint)
        self._stopped = self._stopped or stopped
        for generation in checkpoint.generations:
            if generation.first_time is not None:
                self._lines.note_first(generation.id, generation.first_hash, generation.first_time)
        self._trust = Trust(checkpoint)
        self._showing = Showing(parts.ledger.names, self._pairing, checkpoint)
        known = bool(checkpoint.state)
        self._outset = Outset(checkpoint.state.get("outset", None if known else parts.begin), begun=known)
        self._ends = Ends(checkpoint.state.get("ends", {}))
        saved = checkpoint.state.get("coverage", {})
        self._coverage = Coverage(saved, None if known else parts.begin, checkpoint.quiet)
        self._claim()

    def _meet(self, gaps: Iterable[Gap]) -> None:
        """Hand on losses that lie between the lines read so far and those of the next block."""
        for gap in gaps:
            placed = gap._replace(before=self._format.last_line)
            self._trust.lost.append(placed)
            if gap.reason == ROLLED_BACK:
                continue  # those lines were read
            self._pairing.meet(placed)
            if gap.withdrawn:
                self._coverage.join(gap)
            else:
                self._coverage.cut(gap)
                self._format.begin_stretch()

    def _take(self, block: Block) -> None:
        """Read one block into the next batch."""
        lines, generation = self._lines, block.start.generation
        if self._format.undated:
            # What was searched in vain need not be searched again, but for lines that came in its place.
            self._searched -= len(block.data)
            self._format.date_by((block,) if self._searched >= 0 else self._ahead(block), lines.written())
        newest = self._position.generation if self._position else None
        with self._dates.of(generation, newest):
            reading = self._format.read(block, every_line=self._pairing.in_doubt or self._outset.since is not None)
        if reading.first is not None:
            lines.note_first(generation, *reading.first)
        self._coverage.read(reading.stretches, self._format.stretch)
        events = self._begun(generation, reading.events)
        self._pairing.apply(generation, events)
        self._claim()
        self._trust.read(block, reading)
        self._notes += [f"{shown(self.name)}: {note}" for note in reading.notes]
        if reading.redate is not None:
            lines.rewind(reading.end)
            self._redate = reading.redate
        if newest is None or generation >= newest:  # late lines of an older one don't turn back the stream
            self._position = reading.end

    def _begun(self, generation: int, events: list[Event]) -> list[Event]:
        """Return what counts of *events*: nothing from before the time at which the log is to be begun."""
        if self._outset.since is None:
            return events
        events, passed_over = self._outset.pass_over(generation, events)
        self._trust.lost += [passed_over] if passed_over else []
        return events

    def _ahead(self, block: Block) -> Iterator[Block]:
        """Yield *block* and what follows it, and remember how much that was."""
        self._searched = -len(block.data)
        for ahead in chain((block,), self._lines.look_ahead(self._format.look_ahead)):
            self._searched += len(ahead.data)
            yield ahead

    def _claim(self) -> None:
        if not self._parts.redundant:
            self._claims.hold({*self._parts.owned, *self._format.daemons})

    def _state(self) -> dict[str, object]:
        return {
            "format": self._format.state(),
            "formats": list(self._parts.formats),
            "dates": self._dates.state(),
            "pairing": self._pairing.state(),
            "since": self._pairing.since,
            "outset": self._outset.since,
            "coverage": self._coverage.state(),
            "ends": self._ends.state(),
        }
