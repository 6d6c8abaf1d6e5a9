"""
Where the parts are joined: the one module that names concrete classes.

`Collector` is a ledger with the streams of the configured sources; `run` and `collect` drive it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Signal
from zoneinfo import ZoneInfo

from exporter.clock import SystemClock
from exporter.config.settings import Settings, Source
from exporter.errors import UsageError
from exporter.formats.flexlm import FlexlmReader
from exporter.health import Health
from exporter.ledger.backup import copy_ledger
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.names import decode
from exporter.pipeline import Found, Pipeline
from exporter.ports import Clock, Failpoint, Format
from exporter.records import Checkpoint
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.pairing import SessionPairing
from exporter.stream import Stream, StreamParts
from exporter.tail.discovery import Discovery, FoundStream
from exporter.tail.follower import Follower
from exporter.tail.hints import Hints
from exporter.tail.opening import OpenFiles

FORMATS = {"flexlm": FlexlmReader}

_PART = re.compile(r"\{([A-Za-z_]\w*)\}")


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
        streams = _StreamFactory(settings, self._ledger, clock, hit, importing=importing)
        self._watches = [_Watch(source, streams) for source in settings.sources if not only or source.name in only]
        self.pipeline = Pipeline(self._ledger, self._discover, clock, health, hit)

    def close(self) -> None:
        """Let go of the logs and of the ledger."""
        if self._hints:
            self._hints.stop()
        for watch in self._watches:
            watch.close()
        self._ledger.close()

    def _discover(self) -> Found:
        streams: list[Stream] = []
        problems: dict[str, str | None] = {}
        folders: set[str] = set()
        for watch in self._watches:
            streams += watch.look()
            problems[watch.source.name] = watch.problem
            folders |= watch.folders
        if self._hints and (said := self._hints.watch(folders)):
            self.pipeline.note(said)
        return Found(streams, problems)


class _StreamFactory:
    """Makes the streams that are found."""

    def __init__(
        self, settings: Settings, ledger: SqliteLedger, clock: Clock, hit: Failpoint, *, importing: bool
    ) -> None:
        self._settings, self._ledger, self._clock, self._hit = settings, ledger, clock, hit
        self._importing = importing
        self._open_files = OpenFiles()
        self._claims: dict[tuple[str, str], str] = {}

    def make(self, source: Source, found: FoundStream) -> tuple[Follower, Stream]:
        """Return the follower and the stream of what was found for *source*."""
        settings, ledger = self._settings, self._ledger
        # Values come from paths, which may hold any bytes; a name is readable.
        values = {part: decode(os.fsencode(value).decode("latin-1")) for part, value in found.fields.items()}
        server = _PART.sub(lambda part: values[part[1]], source.server)
        checkpoint = ledger.checkpoint(source.name, server, found.name)
        follower = Follower(
            source.name,
            found.name,
            generations=checkpoint.generations,
            position=checkpoint.position,
            next_generation=ledger.next_generation,
            clock=self._clock,
            hit=self._hit,
            open_files=self._open_files,
            importing=self._importing,
            files=found.files,
        )
        rule = EpisodeRule(settings.denials.grant_window, settings.denials.retry_window)

        def pairing(start: Checkpoint) -> SessionPairing:
            return SessionPairing(server, ledger.names, rule, settings.limits.open_sessions, start)

        def reader() -> Format:
            return FORMATS[source.format[0]](ZoneInfo(source.timezone))

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
            redundant=source.redundant,
            live=not self._importing,
        )
        return follower, Stream(parts, checkpoint)


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

    def look(self) -> Iterator[Stream]:
        """Yield the streams that were not there before."""
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
                self._followers[one.name], stream = self._factory.make(self.source, one)
                yield stream
        self._found = found

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


def source_problems(sources: Iterable[Source]) -> dict[str, str | None]:
    """Return what stands in the way of finding each source's logs now."""
    problems: dict[str, str | None] = {}
    for source in sources:
        discovery = Discovery(source.paths)
        discovery.streams()
        problems[source.name] = "; ".join(discovery.problems) or None
    return problems


def failpoint() -> Failpoint:
    """Return the failpoint that `TAIL_FP` asks for (``name`` or ``name:n``: SIGKILL at the n-th pass), or none."""
    name, _, count = os.environ.get("TAIL_FP", "").partition(":")
    left = int(count or 1)

    def hit(passed: str, /) -> None:
        nonlocal left
        if passed == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return hit


def ledger_size(path: Path) -> int:
    """Return the bytes of the ledger with its write-ahead log."""
    wal = path.with_name(path.name + "-wal")
    return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
