"""
Where the parts are joined: the one module that names concrete classes.

`Collector` is a ledger with the streams of the configured sources; `run` and `collect` drive it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Event as Signal
from zoneinfo import ZoneInfo

from exporter.clock import SystemClock
from exporter.config.retention import kept_by
from exporter.config.settings import Settings, Source
from exporter.errors import UsageError
from exporter.failpoint import failpoint
from exporter.formats.flexlm import FlexlmReader
from exporter.health import Health
from exporter.housekeeping import House, Housekeeping
from exporter.ledger.backup import copy_ledger
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.pipeline import Found, Pipeline
from exporter.ports import Clock, Failpoint, Format
from exporter.records import Checkpoint, WindowRow, WindowsAsked
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.pairing import SessionPairing
from exporter.stream import Stream, StreamParts
from exporter.tail.adoption import Adoption
from exporter.tail.discovery import Discovery, FoundStream
from exporter.tail.folders import Folders
from exporter.tail.follower import Follower
from exporter.tail.habits import Habits
from exporter.tail.hints import Hints
from exporter.tail.opening import OpenFiles, most_open
from exporter.windowing import Windowing

FORMATS = {"flexlm": FlexlmReader}

AT_ONCE = 250
"""Streams made before what the first ones hold is read: a short life makes progress however many logs there are."""


class Collector:
    """The ledger and the streams of some sources, ready to be driven."""

    def __init__(
        self, settings: Settings, clock: Clock, health: Health, *, importing: bool, only: Sequence[str] = ()
    ) -> None:
        """
        Open the ledger and prepare the sources named in *only*, or all.

        *importing*: the logs are complete; nothing waits for their writers. Raises LedgerError, UsageError.
        """
        known = [source.name for source in settings.sources]
        for name in only:
            if name not in known:
                raise UsageError(f"There is no source {name!r}: choose one of {', '.join(known)}.")
        hit = failpoint()
        self.wake = Signal()
        self._hints = None if importing else Hints(self.wake, settings.ledger.path)
        self._ledger = SqliteLedger.open(settings.ledger.path, clock, hit)
        self._settings = settings
        self._adoption = Adoption(self._ledger, self._found_now)
        self._streams = _StreamFactory(settings, self._ledger, clock, hit, self._adoption, importing=importing)
        self._new: deque[tuple[_Watch, FoundStream]] = deque()
        """Found, and no stream is made of it yet."""
        self._made: list[Stream] = []
        """Not handed to the pipeline yet: the ledger failed while others were being made."""
        self._watches = [
            _Watch(source, self._streams) for source in settings.sources if not only or source.name in only
        ]
        keep_house = Housekeeping(self._ledger, house_of(settings), clock, at_once=importing)
        self.pipeline = Pipeline(self._ledger, self._discover, clock, health, hit, keep_house)

    def close(self) -> None:
        """Let go of the logs and of the ledger."""
        if self._hints:
            self._hints.stop()
        for watch in self._watches:
            watch.close()
        self._ledger.close()

    def _discover(self) -> Found:
        if not self._new:
            self._adoption.look_again()
            self._new = deque((watch, found) for watch in self._watches for found in watch.look())
            folders = {folder for watch in self._watches for folder in watch.folders}
            if self._hints and (said := self._hints.watch(folders)):
                self.pipeline.note(said)
        self._streams.expect([(watch.source, found) for watch, found in islice(self._new, AT_ONCE)])
        while self._new and len(self._made) < AT_ONCE:
            watch, found = self._new[0]
            self._made.append(watch.follow(found))
            self._new.popleft()
        streams, self._made = self._made, []
        return Found(streams, {watch.source.name: watch.problem for watch in self._watches}, bool(self._new))

    def _found_now(self) -> Iterator[tuple[str, str]]:
        """Yield source and name of every stream that is followed, or that the configuration finds."""
        for watch in self._watches:
            yield from ((watch.source.name, name) for name in watch.followed)
        for source in self._settings.sources:
            yield from ((source.name, found.name) for found in Discovery(source.paths).streams())


class _StreamFactory:
    """Makes the streams that are found."""

    def __init__(
        self,
        settings: Settings,
        ledger: SqliteLedger,
        clock: Clock,
        hit: Failpoint,
        adoption: Adoption,
        *,
        importing: bool,
    ) -> None:
        self._settings, self._ledger, self._clock, self._hit = settings, ledger, clock, hit
        self._adoption = adoption
        self._importing = importing
        self._folders = Folders(clock)
        self._open_files = OpenFiles(most_open())
        self._claims: dict[tuple[str, str], str] = {}
        self._begun: set[str] | None = None
        """The sources with ``start: end`` that an earlier process has begun; None: not asked yet."""

    def expect(self, coming: Sequence[tuple[Source, FoundStream]]) -> None:
        """Let the ledger know in one transaction what streams will be made. Raises LedgerFull."""
        for source, found in coming:
            self._adoption.adopt(source.name, found.name, found.files)
        if self._begun is None:
            at_end = {source.name for source in self._settings.sources if source.start == "end"}
            theirs = [stream for stream in self._ledger.streams() if stream.source in at_end]
            self._begun = {stream.source for stream in theirs if self._ledger.generations(stream.id)}
        self._ledger.expect([(source.name, found.fill_in(source.server), found.name) for source, found in coming])

    def make(self, source: Source, found: FoundStream, *, at_first: bool) -> tuple[Follower, Stream]:
        """Return the follower and the stream of what was found for *source*; *at_first*: at the first look for it."""
        settings, ledger = self._settings, self._ledger
        # A log that appears later has nothing that is older than the wish to begin at the end.
        from_end = source.start == "end" and at_first and source.name not in (self._begun or ())
        server = found.fill_in(source.server)
        checkpoint = ledger.checkpoint(source.name, server, found.name)

        def reader() -> Format:
            return FORMATS[source.format[0]](ZoneInfo(source.timezone))

        follower = Follower(
            source.name,
            found.name,
            generations=checkpoint.generations,
            position=checkpoint.position,
            next_generation=ledger.next_generation,
            clock=self._clock,
            hit=self._hit,
            open_files=self._open_files,
            files=found.files,
            folders=self._folders,
            habits=Habits(
                importing=self._importing,
                archive=source.archive,
                encoding=source.encoding,
                from_end=from_end,
                first_date=reader().first_date,
            ),
        )
        rule = EpisodeRule(settings.denials.grant_window, settings.denials.retry_window)

        def pairing(start: Checkpoint) -> SessionPairing:
            return SessionPairing(server, ledger.names, rule, source.gap_expiry, settings.limits.open_sessions, start)

        parts = StreamParts(
            source=source.name,
            server=server,
            lines=follower,
            format=reader(),
            pairing=pairing,
            ledger=ledger,
            clock=self._clock,
            hit=self._hit,
            claims=self._claims,
            begin=_begin(source),
            redundant=source.redundant,
            live=not self._importing,
        )
        return follower, Stream(parts, checkpoint)


def _begin(source: Source) -> int | None:
    """Return the UTC second at which a new log of *source* is begun; None: at its beginning or its end."""
    if isinstance(source.start, str):
        return None
    moment = source.start
    return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(source.timezone))).timestamp())


class _Watch:
    """One source: looks for its streams, and knows which it has."""

    def __init__(self, source: Source, factory: _StreamFactory) -> None:
        self.source = source
        self.problem: str | None = None
        self.folders: set[str] = set()
        self._factory = factory
        self._discovery = Discovery(source.paths)
        self._found: list[FoundStream] = []
        self._followers: dict[str, Follower] = {}
        self._looks = 0

    def look(self) -> Iterator[FoundStream]:
        """Yield the streams that were not there before, for `follow`."""
        self._looks += 1
        found = self._discovery.streams()
        self.problem = "; ".join(self._discovery.problems) or None
        if found is self._found:
            return
        self.folders = {os.path.dirname(path) for path in self.source.paths}  # noqa: PTH120 -- may hold any bytes
        for one in found:
            self.folders.add(os.path.dirname(one.name))  # noqa: PTH120 -- the same
            if one.name in self._followers:
                self._followers[one.name].offer(one.files)
            else:
                yield one
        self._found = found

    def follow(self, found: FoundStream) -> Stream:
        """Return the stream of what `look` found. Raises LedgerFull."""
        self._followers[found.name], stream = self._factory.make(self.source, found, at_first=self._looks == 1)
        return stream

    @property
    def followed(self) -> Collection[str]:
        """Names of the streams it has."""
        return self._followers.keys()

    def close(self) -> None:
        for follower in self._followers.values():
            follower.close()


@contextmanager
def collector(settings: Settings, *, only: Sequence[str], dry_run: bool) -> Iterator[Collector]:
    """Give a collector for complete logs; with *dry_run* on a copy of the ledger that is thrown away."""
    if not dry_run:
        path = Path(settings.ledger.path)
        health = Health(lambda: ledger_size(path), lambda: shutil.disk_usage(path.parent).free)
        made = Collector(settings, SystemClock(), health, importing=True, only=only)
        try:
            yield made
        finally:
            made.close()
        return
    with tempfile.TemporaryDirectory(prefix="seatwatch-") as folder:
        copy = Path(folder) / "ledger" / "dry-run.db"
        copy_ledger(Path(settings.ledger.path), copy)
        trial = settings.model_copy(update={"ledger": settings.ledger.model_copy(update={"path": str(copy)})})
        with collector(trial, only=only, dry_run=False) as made:
            yield made


@contextmanager
def ledger_reader(settings: Settings) -> Iterator[LedgerReader]:
    """Give the ledger, for asking only."""
    reader = LedgerReader(settings.ledger.path)
    try:
        yield reader
    finally:
        reader.close()


def window_rows(settings: Settings, ledger: LedgerReader, asked: WindowsAsked) -> Generator[WindowRow, None, None]:
    """Yield the windows asked for, sorted by subject and start."""
    with ledger.snapshot():
        house = house_of(settings)
        yield from Windowing(ledger.ask, house.zone, house.retry_window, house.windows_kept).rows(asked)


def house_of(settings: Settings) -> House:
    """Return the rules by which house is kept."""
    return House(ZoneInfo(settings.site.timezone), settings.denials.retry_window, kept_by(settings))


def source_problems(sources: Iterable[Source]) -> dict[str, str | None]:
    """Return what stands in the way of finding each source's logs now."""
    problems: dict[str, str | None] = {}
    for source in sources:
        discovery = Discovery(source.paths)
        discovery.streams()
        problems[source.name] = "; ".join(discovery.problems) or None
    return problems


def ledger_size(path: Path) -> int:
    """Return the bytes of the ledger with its write-ahead log."""
    wal = path.with_name(path.name + "-wal")
    return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
