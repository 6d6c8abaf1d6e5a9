"""
The sources of the configuration being watched: what is found of each becomes a stream, with the parts it is made of.

With `exporter.wiring` it names concrete classes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from math import inf
from zoneinfo import ZoneInfo

from exporter.catalog.vendors import WTMP
from exporter.config.labs import lab_of
from exporter.config.settings import Settings, Source
from exporter.config.values import utc_second
from exporter.formats.flexlm import FlexlmReader
from exporter.formats.linewise import LinewiseReader
from exporter.formats.lmod import LmodReader
from exporter.formats.metpx import MetpxReader, Place, Rules, place_of
from exporter.formats.several import SeveralReader, carried_over
from exporter.formats.startstop import MAX_SESSION, StartStopReader, Wording
from exporter.formats.wtmp import MAX_SESSION as LONGEST_LOGIN
from exporter.formats.wtmp import WtmpReader
from exporter.formats.wtmp_layouts import RECORD
from exporter.ledger.store import SqliteLedger
from exporter.ports import Clock, Failpoint, Format
from exporter.records import Checkpoint
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.lifetimes import LifetimeRule
from exporter.sessions.pairing import SessionPairing
from exporter.stream import Stream
from exporter.stream_parts import StreamParts
from exporter.tail.adoption import Adoption
from exporter.tail.discovery import Discovery, FoundStream
from exporter.tail.folders import Folders
from exporter.tail.follower import Follower
from exporter.tail.habits import Habits
from exporter.tail.opening import OpenFiles, most_open

_PLACELESS = (
    "Its path doesn't tell whether it is of files received or sent, and of which client or source: call it "
    "tx_CLIENT.log, rx_SOURCE.log or trx_NAME.log, or name the parts {direction} and {client} in `paths` of the source."
)


def host_of(source: Source, found: FoundStream) -> str:
    """Return the machine that wrote a log, where that tells of one."""
    return found.fill_in(source.host or source.server)


def _startstop(source: Source, _: FoundStream) -> Format:
    wording = Wording(**source.startstop.model_dump())
    return StartStopReader(ZoneInfo(source.timezone), wording, source.first_year)


def _wtmp(source: Source, found: FoundStream) -> Format:
    host = host_of(source, found)
    return WtmpReader(lab_of(host, source.labs), host, "" if host == found.fill_in(source.server) else host)


def _metpx(source: Source, found: FoundStream) -> Format:
    rules = Rules(source.product_patterns, source.max_latency, source.latency == "raw")
    return MetpxReader(ZoneInfo(source.timezone), place_of(*found.told) or Place("", ""), rules)


FORMATS: Mapping[str, Callable[[Source, FoundStream], Format]] = {
    "flexlm": lambda source, _: FlexlmReader(ZoneInfo(source.timezone)),
    "startstop": _startstop,
    "lmod": lambda source, _: LmodReader(ZoneInfo(source.timezone), source.first_year),
    "metpx": _metpx,
    "wtmp": _wtmp,
}
"""Makes what reads one stream of a source, by the name of its format."""
LIFETIMES: Mapping[str, LifetimeRule] = {
    "startstop": LifetimeRule(MAX_SESSION, one_per_handle=True),
    "wtmp": LifetimeRule(LONGEST_LOGIN, one_per_handle=True),
}
"""Of formats whose sessions may end otherwise than by their lines."""
RECORDS: Mapping[str, int] = {"wtmp": RECORD}
"""Bytes of a record, of formats that have no lines."""


def reader_of(source: Source, found: FoundStream) -> Format:
    """Return what reads one new stream of *source*, that was *found*."""
    readers = {name: FORMATS[name](source, found) for name in source.format}
    if len(readers) == 1:
        return next(iter(readers.values()))
    line_by_line = {name: reader for name, reader in readers.items() if isinstance(reader, LinewiseReader)}
    return SeveralReader(line_by_line, source.first_year)


class StreamFactory:
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
        """Make streams that commit to *ledger*; *importing*: the logs are complete."""
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
            return reader_of(source, found)

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
                record=RECORDS.get(source.format[0], 0),
                from_end=from_end,
                first_date=reader().first_date,
            ),
        )
        rule = EpisodeRule(settings.denials.grant_window, settings.denials.retry_window)
        limit = settings.limits.open_sessions
        lifetime = next((LIFETIMES[name] for name in source.format if name in LIFETIMES), LifetimeRule())
        if source.max_session is not None:
            lifetime = lifetime._replace(longest=source.max_session)

        placeless = "metpx" in source.format and place_of(*found.told) is None
        kinds = inf if source.product_patterns else settings.limits.breakdown  # names from a log may be any number

        def pairing(start: Checkpoint) -> SessionPairing:
            return SessionPairing(server, ledger.names, rule, source.gap_expiry, limit, start, lifetime, kinds)

        parts = StreamParts(
            source=source.name,
            server=server,
            lines=follower,
            format=reader(),
            formats=source.format,
            carry_over=carried_over,
            pairing=pairing,
            ledger=ledger,
            clock=self._clock,
            hit=self._hit,
            claims=self._claims,
            begin=None if isinstance(source.start, str) else utc_second(source.start, source.timezone),
            owned=(f"{WTMP} of {host_of(source, found)}",) if source.format[0] == "wtmp" else (),
            redundant=source.redundant,
            live=not self._importing,
            refusal=_PLACELESS if placeless else None,
        )
        return follower, Stream(parts, checkpoint)


class Watch:
    """One source: looks for its streams, and knows which it has."""

    def __init__(self, source: Source, factory: StreamFactory) -> None:
        """Watch *source*; *factory* makes its streams."""
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
        """Let go of the logs."""
        for follower in self._followers.values():
            follower.close()
