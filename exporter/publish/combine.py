"""
What is shown of a feature, a daemon, a source, when several streams tell of it. Pure.

A stream's features are shown while it is caught up, not stale and without a problem; otherwise they are absent, for a
frozen number looks like a true one. Redundant servers write one feature into several streams: there the levels of the
shown streams are added up. The counters of *all* its streams are added up, and not before each has caught up: a
counter that lost one stream's part and got it back would look like new events.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import add
from typing import TypeVar

from exporter.facts import Spread
from exporter.views import FeatureView, Key, StreamView, Transferred, View

_Told = TypeVar("_Told", Key, tuple[str, str])


@dataclass(slots=True)
class FeatureSum:
    """One feature over the streams that tell of it."""

    in_use: int = 0
    queued: int = 0
    users: int = 0
    suspect: int = 0
    drift: int | None = None
    """None when no stream gives one."""
    checkouts: int = 0
    checkins: int = 0
    denials: Counter[str] = field(default_factory=Counter)
    """By class."""
    effective: int = 0
    shown: bool = False
    """Whether any of its streams is shown."""
    stopless: bool = False
    """Whether the ends of one of its shown streams are not written: then its levels are not known."""
    counters_shown: bool = True
    """Whether none of its streams still has old lines to count."""


@dataclass(slots=True)
class DaemonSum:
    """One vendor daemon over the streams that tell of it."""

    up: bool = False
    last_event: int = 0
    """UTC second."""


@dataclass(slots=True)
class SourceSum:
    """One source over its streams."""

    name: str
    problems: list[str]
    """Why something can't be read; empty when all is well."""
    streams: int
    caught_up: bool
    caught_up_since: float | None
    """UTC seconds; None when one stream isn't caught up."""
    stale: int
    """Streams whose features are not shown because nothing was written for too long."""
    lag: int
    """Bytes not read yet."""
    tally: Counter[str]
    gaps: Counter[str]
    stopless: dict[str, bool]
    """Whether each of its vendor daemons writes no ends, in one stream at least."""
    writer_on_rotated: bool
    daemons: list[tuple[str, str]]
    """Server and vendor of the features that it tells of, sorted."""

    @property
    def up(self) -> bool:
        """Whether there is something to read and all of it can be read."""
        return self.streams > 0 and not self.problems


@dataclass(slots=True)
class DurationSum:
    """How long sessions or waits at one vendor daemon lasted, over the streams that tell of it."""

    spread: Spread = field(default_factory=dict)
    shown: bool = False
    """As with a feature; so is *counters_shown*."""
    counters_shown: bool = True


def feature_sum(parts: Iterable[tuple[StreamView, FeatureView]]) -> FeatureSum:
    """Return one feature over the streams that tell of it."""
    total = FeatureSum()
    for stream, feature in parts:
        _count(total, feature)
        total.counters_shown &= stream.caught_up
        if stream.shown:
            _level(total, feature)
            total.stopless |= feature.vendor in stream.stopless
    return total


def durations(view: View) -> list[tuple[tuple[str, str, str], DurationSum]]:
    """Return what is shown of how long sessions and waits lasted, sorted by (server, vendor, kind)."""
    sums: defaultdict[tuple[str, str, str], DurationSum] = defaultdict(DurationSum)
    for stream in view.streams:
        for (vendor, kind), spread in stream.durations.items():
            total = sums[stream.server, vendor, kind]
            total.shown |= stream.shown
            total.counters_shown &= stream.caught_up
            for bound, (count, seconds) in spread.items():
                before, seconds_before = total.spread.get(bound, (0, 0))
                total.spread[bound] = before + count, seconds_before + seconds
    return sorted((key, total) for key, total in sums.items() if total.shown and total.counters_shown)


def uses(view: View) -> list[tuple[tuple[str, str], int]]:
    """Return what was used at an instant, sorted by (server, vendor); shown as the counters of a feature are."""
    summed = Counter[tuple[str, str]]()
    for stream in view.streams:
        summed.update(stream.uses)
    return sorted((key, summed[key]) for key in _shown((stream, stream.uses) for stream in view.streams))


def transfers(view: View) -> list[tuple[Key, Transferred]]:
    """Return what was received and sent, sorted by (machine, direction, client); shown likewise."""
    summed: dict[Key, Transferred] = {}
    for stream in view.streams:
        for key, transferred in stream.transfers.items():
            known = summed.get(key)
            summed[key] = Transferred(*map(add, known, transferred)) if known else transferred
    return sorted((key, summed[key]) for key in _shown((stream, stream.transfers) for stream in view.streams))


def _shown(told: Iterable[tuple[StreamView, Iterable[_Told]]]) -> set[_Told]:
    """Return of what the streams tell whatever one that is shown tells, and none that has old lines to count."""
    shown, behind = set[_Told](), set[_Told]()
    for stream, keys in told:
        if stream.shown:
            shown.update(keys)
        if not stream.caught_up:
            behind.update(keys)
    return shown - behind


def daemons(view: View) -> list[tuple[tuple[str, str], DaemonSum]]:
    """Return every vendor daemon, sorted by (server, vendor); it is up where one stream that isn't stale says so."""
    sums: defaultdict[tuple[str, str], DaemonSum] = defaultdict(DaemonSum)
    for stream in view.streams:
        for daemon in stream.daemons:
            total = sums[daemon.server, daemon.vendor]
            total.up |= daemon.up and not stream.stale
            total.last_event = max(total.last_event, daemon.last_event)
    return sorted(sums.items(), key=lambda item: item[0])


def sources(view: View) -> Iterator[SourceSum]:
    """Yield every source by name: those configured, and those that still have a stream."""
    streams: defaultdict[str, list[StreamView]] = defaultdict(list)
    for stream in view.streams:
        streams[stream.source].append(stream)
    for name in sorted(view.sources.keys() | streams.keys()):
        yield _source(name, view.sources.get(name), streams[name])


def _count(total: FeatureSum, feature: FeatureView) -> None:
    total.checkouts += feature.checkouts
    total.checkins += feature.checkins
    total.denials.update(feature.denials)
    total.effective += feature.effective


def _level(total: FeatureSum, feature: FeatureView) -> None:
    total.shown = True
    total.in_use += feature.in_use
    total.queued += feature.queued
    total.users += feature.users
    total.suspect += feature.suspect
    if feature.drift is not None:
        total.drift = (total.drift or 0) + feature.drift


def _source(name: str, problem: str | None, streams: list[StreamView]) -> SourceSum:
    caught_up = bool(streams) and all(stream.caught_up for stream in streams)
    since = [stream.caught_up_since for stream in streams if stream.caught_up_since is not None]
    return SourceSum(
        name=name,
        problems=[text for text in (problem, *(stream.problem for stream in streams)) if text is not None],
        streams=len(streams),
        caught_up=caught_up,
        caught_up_since=max(since) if caught_up and since else None,
        stale=sum(stream.stale for stream in streams),
        lag=sum(stream.lag for stream in streams),
        tally=_added(stream.tally for stream in streams),
        gaps=_added(stream.gaps for stream in streams),
        stopless=_stopless(streams),
        writer_on_rotated=any(stream.writer_on_rotated for stream in streams),
        daemons=sorted({one.key[:2] for stream in streams for one in stream.features.values()}),
    )


def _stopless(streams: list[StreamView]) -> dict[str, bool]:
    daemons = [(daemon.vendor, daemon.vendor in stream.stopless) for stream in streams for daemon in stream.daemons]
    return {vendor: (vendor, True) in daemons for vendor, _ in sorted(daemons)}


def _added(counts: Iterator[Mapping[str, int]]) -> Counter[str]:
    total = Counter[str]()
    for count in counts:
        total.update(count)
    return total
