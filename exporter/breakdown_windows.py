"""
Windows by group: of a feature, what each value of a breakdown has used. Those that are closed are stored.

They are stored, and made again, apart from the windows of the feature, for a change of the tables touches only these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from exporter.catalog.tiers import HOURLY, LONGTERM, TIERS, Tier
from exporter.directory import Directory
from exporter.errors import UsageError
from exporter.feature_rows import EVER
from exporter.ledger.breakdowns import BreakdownPiece, Shown, read_first, read_shown, read_stores, read_values
from exporter.ledger.people import read_breakdowns, read_people
from exporter.ledger.reader import LedgerReader
from exporter.ledger.windows import Ask, Subject
from exporter.records import BreakdownRow, WindowsAsked
from exporter.tiers.breakdowns import (
    BreakdownSums,
    Coding,
    Lines,
    Spans,
    Tellers,
    added,
    by_hour,
    most_of,
    spans_of,
)
from exporter.tiers.calendar import grid, window_holding
from exporter.tiers.intervals import Interval, difference, union
from exporter.windowing import Windowing

Found = Mapping[Tier, Sequence[Shown]]


class BreakdownWindows:
    """The windows by group of one state of the ledger; a subject is a value of a breakdown of a feature."""

    def __init__(self, ask: Ask, windowing: Windowing) -> None:
        """Read with *ask* what *windowing* has the windows of."""
        self._ask, self._windowing = ask, windowing
        self._zone: ZoneInfo = windowing.zone
        self._breakdowns = read_breakdowns(ask)
        self._stores = read_stores(ask)
        self._not_stored: tuple[int, Found] = 0, {}
        """Of one feature, what is later than what is stored."""

    @cached_property
    def _directory(self) -> Directory:
        return Directory(read_people(self._ask))

    @cached_property
    def _coding(self) -> Coding:
        holders = self._ask("SELECT id, user, host FROM holder")
        return Coding(self._directory, {holder: (user, host) for holder, user, host in holders})

    @cached_property
    def _features(self) -> Mapping[int, Subject]:
        """By feature, what tells how far its windows by group are stored, and whose they are."""
        return {
            subject.products[0]: subject._replace(id=self._stores.get(subject.products[0]), measure="by")
            for subject in self._windowing.features()
            if self._breakdowns
        }

    @property
    def unnamed(self) -> bool:
        """Whether there are features that have windows by group and no place to store them yet."""
        return bool(self._breakdowns) and len(self._stores) < len(self._windowing.features())

    def subjects(self) -> list[Subject]:
        """Return what has such windows: by server, vendor, feature, breakdown and value."""
        return read_values(self._ask)

    def windows(
        self, tier: Tier, subject: Subject, start: int = 0, end: int = EVER
    ) -> Iterator[tuple[range, BreakdownSums]]:
        """Yield a value's windows that begin in [*start*, *end*): the start with the length as step, and the sums."""
        until = self._settled(tier, subject)
        if subject.id is not None:
            for begin, finish, *sums in read_shown(self._ask, tier.seconds, subject.id, start, min(end, until)):
                yield range(begin, finish, finish - begin), BreakdownSums(*sums)
        for one in self._later(tier, subject) if end > until else ():
            if one[:2] == subject.names[3:] and max(start, until) <= one.start < end:
                yield range(one.start, one.end, one.end - one.start), BreakdownSums(*one[4:])

    def closed_until(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which all of the value's windows are closed, 0 where it has none."""
        shown = tier.stored and subject.names[3] in self._breakdowns
        feature = self._features.get(subject.products[0])
        return self._windowing.closed_until(tier, feature) if shown and feature else 0

    def begins(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which the value has no windows, EVER where it has none."""
        first = read_first(self._ask, tier.seconds, subject.id or 0)
        return EVER if first is None else first

    def count(self, tier: Tier, subject: Subject, start: int, end: int) -> int:
        """Count the windows that begin in [*start*, *end*)."""
        return sum(1 for _ in self.windows(tier, subject, start, end))

    def covered(self, subject: Subject, start: int, end: int) -> list[Interval]:
        """Return the time in [*start*, *end*), or more, that its windows are of."""
        stored = [
            (row[0], row[1])
            for tier in TIERS
            for row in read_shown(self._ask, tier.seconds, subject.id or 0, start - tier.seconds, end)
        ]
        return union([*stored, (self._settled(HOURLY, subject), EVER)])

    def closed(self) -> Iterator[BreakdownPiece]:
        """Yield what is closed and not stored, of each feature in order of time."""
        for product, feature in self._features.items():
            for start, end, spans in self._windowing.unstored(feature):
                found = self._hours_and_days(product, start, end)
                for tier, (begin, finish) in spans.items():
                    shown = [one for one in found.get(tier, ()) if begin <= one.start < finish]
                    yield BreakdownPiece(tier.seconds, product, begin, finish, shown)

    def outlived(self) -> Iterator[tuple[Tier, int, int]]:
        """Yield the stored tiers with each feature, and the UTC second before which its windows are not kept."""
        for product, feature in self._features.items():
            for tier in (HOURLY, LONGTERM):
                if since := self._windowing.kept_since(tier, feature):
                    yield tier, product, since

    def rows(self, asked: WindowsAsked, breakdown: str) -> Iterator[BreakdownRow]:
        """Yield the windows of features asked for by the values of a breakdown, by subject and start."""
        (tier,) = (tier for tier in TIERS if tier.name == asked.tier)
        stored: defaultdict[int, list[Subject]] = defaultdict(list)
        for value in self.subjects():
            if value.names[3] == breakdown:
                stored[value.products[0]].append(value)
        wanted = asked.server, asked.vendor, asked.feature
        start, end = asked.start or 0, EVER if asked.end is None else asked.end
        for product, feature in self._features.items():
            if not all(want in (None, name) for want, name in zip(wanted, feature.names, strict=True)):
                continue
            later = {one.value for one in self._later(tier, feature) if one.breakdown == breakdown}
            new = sorted(later - {value.names[4] for value in stored[product]})
            unnamed = [Subject(None, (*feature.names, breakdown, value), (product,), (), "by") for value in new]
            yield from sorted(
                BreakdownRow(value.names, starts.start, starts.stop, sums)
                for value in (*stored[product], *unnamed)
                for starts, sums in self.windows(tier, value, start, end)
            )

    def _settled(self, tier: Tier, subject: Subject) -> int:
        """Return the bound up to which windows of the feature stay as they are stored."""
        feature = self._features.get(subject.products[0])
        return self._windowing.settled(tier, feature) if feature else EVER

    def _later(self, tier: Tier, subject: Subject) -> Sequence[Shown]:
        """Return the windows of all values of a feature from where they are not stored on."""
        product = subject.products[0]
        if product not in self._features:
            return ()
        if self._not_stored[0] != product:
            begin = min(self._settled(each, subject) for each in (HOURLY, LONGTERM))
            begin = window_holding(LONGTERM, self._zone, begin)[0] if begin else 0
            self._not_stored = product, self._hours_and_days(product, begin, EVER)
        until = self._settled(tier, subject)
        return [one for one in self._not_stored[1].get(tier, ()) if one.start >= until]

    def _hours_and_days(self, product: int, start: int, end: int) -> Found:
        """Return the windows that begin in [*start*, *end*), a day's bound or 0 at first."""
        feature = self._features[product]
        coverage = [
            (max(begun, start), min(ended, end)) for begun, ended in self._windowing.covered(feature, start, end)
        ]
        covered = union(coverage)
        hourly = grid(HOURLY, self._zone, covered[0][0], covered[-1][1]) if covered else None
        days = grid(LONGTERM, self._zone, covered[0][0], covered[-1][1]) if covered else None
        if hourly is None or days is None:
            return {}
        tellers, first = self._tellers(product, (hourly.bounds[0], hourly.bounds[-1]))
        if first >= hourly.bounds[-1]:
            return {}
        most = self._directory.rules.most
        day_of = days.numbers(np.array(hourly.bounds[:-1], dtype=np.int64)).tolist()
        found: Mapping[Tier, list[Shown]] = {HOURLY: [], LONGTERM: []}
        for breakdown in self._breakdowns:
            hours: defaultdict[int, dict[str, BreakdownSums]] = defaultdict(dict)
            of_day: defaultdict[int, defaultdict[str, list[BreakdownSums]]] = defaultdict(lambda: defaultdict(list))
            for hour, value, sums in by_hour(tellers, hourly, breakdown, self._coding):
                hours[hour][value] = sums
                of_day[day_of[hour]][value].append(sums)
            each_day = {
                day: {value: added(all_of) for value, all_of in values.items()} for day, values in of_day.items()
            }
            for tier, of_tier, windows in ((HOURLY, hourly, hours), (LONGTERM, days, each_day)):
                found[tier].extend(
                    Shown(breakdown, value, of_tier.bounds[number], of_tier.bounds[number + 1], *sums)
                    for number, values in sorted(windows.items())
                    if number >= of_tier.holding(first)  # as windows of features; a lone refusal is no first sight
                    for value, sums in most_of(values, most).items()
                )
        return found

    def _tellers(self, product: int, span: Interval) -> tuple[Tellers, int]:
        """Return what tells of a feature in *span*, and its first sight, EVER where there is none."""
        rows = self._windowing.told(product, *span)
        streams = rows.streams
        sights = (*(stream.first for stream in streams), *(start for start, _ in rows.issued[:1]))
        spans, checkouts = zip(*(spans_of(stream) for stream in streams), strict=True)
        covered = union(interval for stream in streams for interval in stream.coverage)
        tellers = Tellers(
            Spans(*map(np.concatenate, zip(*spans, strict=True))),
            Lines(*map(np.concatenate, zip(*checkouts, strict=True))),
            Lines(*self._windowing.denied(product, *span)),
            difference(covered, [interval for stream in streams for interval in stream.stopless]),
            covered,
        )
        return tellers, min((first for first in sights if first is not None), default=EVER)


def directory_of(ledger: LedgerReader, *, pseudonyms: bool) -> Directory:
    """
    Return who people are, as the ledger has taken it over.

    Raises UsageError where *pseudonyms* are wanted and it would show names.
    """
    rules = read_people(ledger.ask)
    if pseudonyms and not rules.key:
        raise UsageError("people.pseudonyms is not in effect yet: `seatwatch collect` or `run` takes it over.")
    return Directory(rules)


def breakdown_rows(ledger: LedgerReader, asked: WindowsAsked, breakdown: str) -> Generator[BreakdownRow, None, None]:
    """Return the windows by group asked for, sorted by subject and start. Raises UsageError at once."""
    if breakdown not in (known := read_breakdowns(ledger.ask)):
        raise UsageError(f"Windows are not broken down by {breakdown!r}, but by: {', '.join(known) or 'nothing'}.")
    return _by_group(ledger, asked, breakdown)


def _by_group(ledger: LedgerReader, asked: WindowsAsked, breakdown: str) -> Generator[BreakdownRow, None, None]:
    with ledger.snapshot():
        yield from BreakdownWindows(ledger.ask, Windowing(ledger.ask)).rows(asked, breakdown)
