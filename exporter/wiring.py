"""
Where the parts are joined: the one module that names concrete classes.

`Collector` is a ledger with the streams of the configured sources; `run` and `collect` drive it.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Event as Signal

from exporter import reaching
from exporter.clock import SystemClock
from exporter.config.people import people_of, stamps_of
from exporter.config.retention import kept_by
from exporter.config.rules import licence_places, licences_of, rules_of
from exporter.config.settings import Settings, Source
from exporter.entitlement import Entitlement, with_files
from exporter.errors import ConfigError, LedgerError, UsageError
from exporter.failpoint import failpoint
from exporter.health import Health
from exporter.housekeeping import Housekeeping
from exporter.ledger.audits import read_drifts
from exporter.ledger.backup import copy_ledger
from exporter.ledger.people import read_people
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.ledger.windows import Ask
from exporter.licence_files import LicenceFiles
from exporter.pipeline import Found, Pipeline
from exporter.ports import Clock
from exporter.records import WindowRow, WindowsAsked
from exporter.rules import Rules
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.replay import replay
from exporter.sink import Sink
from exporter.stream import Stream
from exporter.tail.adoption import Adoption
from exporter.tail.discovery import Discovery, FoundStream
from exporter.tail.hints import Hints
from exporter.tiers.products import counted
from exporter.views import Key, Licences, View
from exporter.watching import StreamFactory, Watch
from exporter.windowing import Windowing

_log = logging.getLogger(__name__)

AT_ONCE = 250
"""Streams made before what the first ones hold is read: a short life makes progress however many logs there are."""


class Collector:
    """The ledger and the streams of some sources, ready to be driven."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        health: Health,
        *,
        importing: bool,
        only: Sequence[str] = (),
        show: Callable[[View], None] = lambda _: None,
        audit: Callable[[Mapping[Key, int]], None] = lambda _: None,
        use: Callable[[Licences], None] = lambda _: None,
    ) -> None:
        """
        Open the ledger and prepare the sources named in *only*, or all; *show* is given every new view, and *use* what
        is licensed, whenever that changes.

        *audit* is given now and then what audits found, by feature the server's own count less ours.

        *importing*: the logs are complete; nothing waits for their writers.

        Raises ConfigError, LedgerError, UsageError.
        """
        known = [source.name for source in settings.sources]
        for name in only:
            if name not in known:
                raise UsageError(f"There is no source {name!r}: choose one of {', '.join(known)}.")
        hit = failpoint()
        self.wake = Signal()
        self._hints = None if importing else Hints(self.wake, settings.ledger.path)
        self._ledger = SqliteLedger.open(settings.ledger.path, clock, hit)
        try:
            self._ledger.refuse_other_zone(settings.site.timezone)
            self._stamps = stamps_of(settings)
            self._rules: Rules | None = rules_now(settings)
            """Not taken over yet."""
        except BaseException:
            self._ledger.close()
            raise
        self._settings, self._clock, self._audit = settings, clock, audit
        self.licences = LicenceFiles(licence_places(settings), clock)
        self._licences_due = False
        """They were looked at, and not taken over yet."""
        self._use = use
        self._adoption = Adoption(self._ledger, self._found_now)
        self._streams = StreamFactory(settings, self._ledger, clock, hit, self._adoption, importing=importing)
        self._new: deque[tuple[Watch, FoundStream]] = deque()
        """Found, and no stream is made of it yet."""
        self._made: list[Stream] = []
        """Not handed to the pipeline yet: the ledger failed while others were being made."""
        self._watches = [Watch(source, self._streams) for source in settings.sources if not only or source.name in only]
        self._keep_house = Housekeeping(self._ledger, kept_by(settings), clock, at_once=importing)
        self.sinks = self._made_sinks(clock, health)
        """The servers that windows are shipped to: by `run` now and then, else when they are drained."""
        tend = self._keep_house if importing else self._tend
        self.pipeline = Pipeline(self._ledger, self._discover, clock, health, hit, show, tend)

    def close(self) -> None:
        """Let go of the logs and of the ledger."""
        if self._hints:
            self._hints.stop()
        for watch in self._watches:
            watch.close()
        for sink in self.sinks:
            sink.close()
        self._ledger.close()

    def _tend(self) -> bool:
        """Do what is due when lines are committed, and say whether there is more to do soon. Raises LedgerFull."""
        self._audit(read_drifts(self._ledger.ask, self._clock.now()))
        if self._keep_house():
            return True
        for sink in self.sinks:
            sink()
        return False

    def _made_sinks(self, clock: Clock, health: Health) -> list[Sink]:
        """Return the configured sinks; their secrets are read when they are needed."""
        settings = self._settings
        reading, kept = partial(ledger_state, settings), kept_by(settings)
        sinks = []
        for number, one in enumerate(settings.influxdb):
            reached, lines = partial(reaching.connection, number, one), reaching.lines(settings, one)
            place = json.dumps([one.url, one.org, one.database, settings.site.name, one.tag_tier])
            sinks.append(
                Sink(one.name, place, self._ledger, kept, clock, health, reached, lines, reading, random.random)
            )
        return sinks

    def _discover(self) -> Found:
        self._look_at_tables()
        if self._rules:
            take_over(self._ledger, self._rules)
            self._rules = None
        self._look_at_licences()
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

    def _look_at_tables(self) -> None:
        """Read the tables of people and hosts again where one was changed; faulty ones change nothing."""
        stamps = stamps_of(self._settings)
        if stamps != self._stamps:
            self._stamps = stamps
            try:
                self._rules = rules_now(self._settings)
            except ConfigError as error:
                told = "The tables of people and hosts are faulty; what they said before holds."
                _log.error(told, extra={"faults": str(error)})
            else:
                _log.info("Tables of people and hosts read again.")

    def _look_at_licences(self) -> None:
        """Take over what licence files grant, if anything of it is new. Raises LedgerFull."""
        self._licences_due |= self.licences.look()
        if self._licences_due:
            entitlements = self.licences.entitlements
            granted = {one.server: one.granted for one in entitlements if one.whole}
            self._ledger.licences.take_over(granted, [one.server for one in entitlements])
            self._licences_due = False
            for fault in (fault for one in entitlements for fault in one.faults):
                self.pipeline.note(str(fault))
            self._use(with_files(licences_of(self._settings), entitlements, self._ledger.licences.issued()))

    def _found_now(self) -> Iterator[tuple[str, str]]:
        """Yield source and name of every stream that is followed, or that the configuration finds."""
        for watch in self._watches:
            yield from ((watch.source.name, name) for name in watch.followed)
        for source in self._settings.sources:
            yield from ((source.name, found.name) for found in Discovery(source.paths).streams())


def rules_now(settings: Settings) -> Rules:
    """Return what of the configuration, and of the tables that it names, shapes windows. Raises ConfigError."""

    def key() -> bytes:
        with suppress(LedgerError), ledger_state(settings) as ask:
            return read_people(ask).key
        return b""

    return replace(rules_of(settings, counted), people=people_of(settings, key))


def take_over(ledger: SqliteLedger, rules: Rules, *, rezone: bool = False) -> None:
    """Let the ledger go on by *rules*; only with *rezone* in another zone. Raises ZoneChanged, LedgerFull."""
    rule = EpisodeRule(rules.grant_window, rules.retry_window)
    ledger.adopt(rules, partial(replay, rule), rezone=rezone)


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
        ledger_copy = settings.ledger.model_copy(update={"path": str(copy)})
        trial = settings.model_copy(update={"ledger": ledger_copy, "influxdb": ()})
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


@contextmanager
def ledger_state(settings: Settings) -> Iterator[Ask]:
    """Give what asks one committed state of the ledger."""
    with ledger_reader(settings) as reader, reader.snapshot():
        yield reader.ask


def window_rows(ledger: LedgerReader, asked: WindowsAsked) -> Generator[WindowRow, None, None]:
    """Yield the windows asked for, sorted by subject and start."""
    with ledger.snapshot():
        yield from Windowing(ledger.ask).rows(asked)


def source_problems(sources: Iterable[Source]) -> dict[str, str | None]:
    """Return what stands in the way of finding each source's logs now."""
    problems: dict[str, str | None] = {}
    for source in sources:
        discovery = Discovery(source.paths)
        discovery.streams()
        problems[source.name] = "; ".join(discovery.problems) or None
    return problems


def entitlements(settings: Settings) -> Sequence[Entitlement]:
    """Return what the licence files of the configuration grant, as they are now."""
    files = LicenceFiles(licence_places(settings), SystemClock())
    files.look()
    return files.entitlements


def ledger_size(path: Path) -> int:
    """Return the bytes of the ledger with its write-ahead log."""
    wal = path.with_name(path.name + "-wal")
    return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
