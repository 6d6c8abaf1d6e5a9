"""
The loop that everything hangs on: read what is new of every stream, commit it in one transaction, show it.

A commit that fails is tried again with the same batches before anything more is read: nothing is lost and memory stays
flat while the disk is full. What is shown is made after the commit, from what was committed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event as Signal

from exporter.errors import LedgerFull
from exporter.health import Health
from exporter.logs import StateLog
from exporter.ports import Clock, Failpoint, Ledger
from exporter.records import Batch, Trouble
from exporter.stream import BLOCK, Stream
from exporter.telling import tell_changes
from exporter.views import StreamView, View

SMALLEST_COMMIT = 1 << 20
LARGEST_COMMIT = 8 << 20
"""Bytes read of one stream between commits: begins small, so that a short life makes progress, and doubles."""

_log = logging.getLogger(__name__)

RESCAN_SECONDS = 2.0
"""Every log is looked at this often, whatever the hints say."""

TEND_SECONDS = 10.0
"""Windows that are over, and what else may be due between commits, are looked for this often."""

HINT_SECONDS = 0.05
"""Cycles are at least so far apart, so hints that come closer together are answered together."""
HINT_SHARE = 5
"""Cycles that hints ask for take at most the nth part of the time: to look at many logs takes long."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look for logs found: streams not known before, and every source with its problem."""

    streams: Sequence[Stream]
    problems: Mapping[str, str | None]
    more: bool = False
    """There are more streams, for the next look, which may come at once."""


class Pipeline:
    """Drives the streams; `view` may be read from any thread."""

    def __init__(
        self,
        ledger: Ledger,
        discover: Callable[[], Found],
        clock: Clock,
        health: Health,
        hit: Failpoint,
        show: Callable[[View], None] = lambda _: None,
        tend: Callable[[], bool] = lambda: False,
    ) -> None:
        """
        Begin with the streams that *discover* finds at the first cycle.

        *show* is given every new view at once. *tend* does what is due by what is committed, such as storing windows
        that are over; it says whether there is more to do soon, and may raise LedgerFull.
        """
        self._show_to = show
        self._tend = tend
        self._tended: float | None = None
        """The monotonic second at which nothing was left to do; None: there may be something."""
        self._ledger, self._discover, self._clock, self._health, self._hit = ledger, discover, clock, health, hit
        self._streams: list[Stream] = []
        self._views: dict[int, StreamView] = {}
        self._pending: list[tuple[Stream, Batch]] = []
        self._wrongly_dated: list[Stream] = []
        self._moved: set[int] = set()
        """Streams (by `id`) that were committed and not shown since."""
        self._problems: Mapping[str, str | None] = {}
        self._turn = 0
        self._budget = SMALLEST_COMMIT
        self._scanned: float | None = None
        self._ready = False
        self._minute = self._minute_now()
        """The last minute in which the quiet of the streams was noted."""
        self._states = StateLog(_log)
        self._noted: dict[int, Trouble] = {}
        """By stream id, what is wrong as the ledger has it."""
        self._to_note: dict[int, Trouble] = {}
        self.view = View()
        self.bytes_read = 0
        """Bytes of log read since the start."""

    @property
    def streams(self) -> Sequence[Stream]:
        """The streams known so far."""
        return self._streams

    def cycle(self, stop: Signal | None = None) -> bool:
        """Read, commit and show once, a part of it when *stop* is set; return whether there is more to do at once."""
        behind = self.unfinished
        try:
            if not self.unfinished:
                self._scan()
                # Where not all streams are known yet the next look is due at once.
                behind = self._fill(stop) or self._scanned is None
                self._pending = [(stream, batch) for stream in self._streams if (batch := stream.batch()) is not None]
                self._budget = min(self._budget * 2, LARGEST_COMMIT) if behind else SMALLEST_COMMIT
            self._finish()
            self._note_quiet()
        except LedgerFull as full:
            self._health.ledger_failed()
            told = "Nothing can be committed; it is tried again."
            self._states.note("ledger", str(full), logging.ERROR, told, why=full)
            return False
        self._states.note("ledger", None, logging.INFO, "Commits go through again.")
        self._show()
        if not behind:
            self._tend_now_and_then()
        return behind

    def run(self, stop: Signal, wake: Signal, alive: Callable[[], None] = lambda: None) -> None:
        """Cycle until *stop* is set; *wake* is set by hints and with *stop*. *alive* is called before each cycle."""
        while not stop.is_set():
            alive()
            begun = self._clock.monotonic()
            wake.clear()
            if self.cycle(stop) or stop.is_set():
                continue
            took = self._clock.monotonic() - begun
            if self._clock.wait(wake, RESCAN_SECONDS):
                apart = min(max(HINT_SECONDS, took * HINT_SHARE), RESCAN_SECONDS)
                early = apart - (self._clock.monotonic() - begun)
                if early > 0:
                    self._clock.wait(stop, early)
        self._hit("shutdown")

    def drain(self, progress: Callable[[], None]) -> None:
        """
        Cycle until every stream has been read to its end; *progress* is called after each commit.

        Raises LedgerFull when a commit fails twice.
        """
        while self.cycle() or self.unfinished or self._scanned is None:
            if self.unfinished:
                self._finish()
                self._show()
            elif self._scanned is None:
                self._scan()
            progress()
        self._tended = None
        self._tend_now_and_then()
        progress()

    def _fill(self, stop: Signal | None) -> bool:
        """
        Read about as much as one commit takes; return whether there is more at once.

        The streams share it, each in its turn, so that memory and the time to the next commit don't grow with them.
        """
        left, behind = self._budget, False
        hungry = self._streams[self._turn :] + self._streams[: self._turn]
        while hungry and left > 0:
            share, waiting = max(BLOCK, left // len(hungry)), hungry
            hungry = []
            for stream in waiting:
                if left <= 0 or (stop is not None and stop.is_set()):
                    return True
                self._turn = (self._turn + 1) % len(self._streams)
                read, more = stream.fill(min(share, left))
                self.bytes_read += read
                left -= read
                if more and not stream.wrongly_dated:
                    hungry.append(stream)
                behind = behind or more
        return behind

    def note(self, sentence: str) -> None:
        """Log a sentence about the way of working, once."""
        self._states.note(sentence, sentence, logging.WARNING, sentence)

    def _scan(self) -> None:
        """Look for new streams now and then."""
        now = self._clock.monotonic()
        if self._scanned is not None and now - self._scanned < RESCAN_SECONDS:
            return
        found = self._discover()
        self._scanned = None if found.more else now
        self._streams.extend(found.streams)
        self._problems = found.problems

    @property
    def unfinished(self) -> bool:
        """Whether something read is not in the ledger yet."""
        return bool(self._pending or self._wrongly_dated)

    def _finish(self) -> None:
        """Commit what is pending, and put wrong dates right. Raises LedgerFull."""
        if self._pending:
            begun = self._clock.monotonic()
            self._ledger.commit([batch for _, batch in self._pending])
            self._hit("after-commit-before-memory-advance")
            self._health.committed(self._clock.monotonic() - begun)
        for stream, _ in self._pending:
            self._moved.add(id(stream))
            if stream.wrongly_dated:
                self._wrongly_dated.append(stream)
        self._pending = []
        while self._wrongly_dated:
            self._wrongly_dated[0].put_dates_right()
            del self._wrongly_dated[0]

    def _tend_now_and_then(self) -> None:
        """Do what is due, if it wasn't just now; not while old lines are read, which would open windows again."""
        now = self._clock.monotonic()
        if self._tended is not None and now - self._tended < TEND_SECONDS:
            return
        try:
            more = self._tend()
        except LedgerFull as full:
            self._health.ledger_failed()
            told = "Windows can't be stored; it is tried again."
            self._states.note("windows", str(full), logging.ERROR, told, why=full)
        else:
            self._tended = None if more else now
            self._states.note("windows", None, logging.INFO, "Windows can be stored again.")

    def _note_quiet(self) -> None:
        """Once a minute keep up to when the streams are known that had no lines. Raises LedgerFull."""
        minute = self._minute_now()
        if minute != self._minute:
            quiet = {stream.id: until for stream in self._streams if (until := stream.grow_quiet()) is not None}
            if quiet:
                self._ledger.note_quiet(quiet)
            self._minute = minute

    def _minute_now(self) -> int:
        return int(self._clock.now() // 60)

    def _show(self) -> None:
        """Publish a new view if anything in it changed."""
        moved, self._moved = self._moved, set()
        changed = []
        for stream in self._streams:
            for sentence in stream.notes():
                self.note(sentence)
            known = self._views.get(id(stream))
            if known is None or id(stream) in moved or stream.differs(known):
                self._views[id(stream)] = stream.view()
                changed.append(stream)
        self._note_troubles(changed)
        if changed or self._problems != self.view.sources:
            tell_changes(self._states, (self._views[id(stream)] for stream in changed), self._problems)
            views = tuple(self._views[id(stream)] for stream in self._streams)
            complete = self._scanned is not None
            self._ready = self._ready or (complete and all(view.caught_up or view.problem for view in views))
            self.view = View(views, self._problems, self._ready)
            self._show_to(self.view)

    def _note_troubles(self, changed: Iterable[Stream]) -> None:
        """Write to the ledger what is wrong with streams, where that is not what it has."""
        for stream in changed:
            if self._noted.get(stream.id) != stream.trouble:
                self._to_note[stream.id] = stream.trouble
        if self._to_note:
            try:
                self._ledger.note_troubles(self._to_note)
            except LedgerFull as full:
                self._health.ledger_failed()
                told = "What is wrong with a log can't be kept for `seatwatch status`; it is tried again."
                self._states.note("troubles", str(full), logging.WARNING, told, why=full)
            else:
                self._noted |= self._to_note
                self._to_note = {}
                self._states.note("troubles", None, logging.INFO, "What is wrong with a log can be kept again.")
