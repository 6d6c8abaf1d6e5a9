"""
Windows of the ledger's subjects: those that somebody asks for, and those that are closed and to be stored.

A window is closed when every stream it needs has passed its end. What is stored is up to `stored.until` of a subject;
what is later, or was opened again by a change in the past, is worked out from the facts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from exporter.alike import Alike
from exporter.catalog.tiers import HOURLY, LONGTERM, TIERS, Tier
from exporter.facts import Activity
from exporter.feature_rows import EVER, Column, FeatureRows
from exporter.ledger.pruning import read_sealed
from exporter.ledger.window_facts import Ask, WindowFacts
from exporter.ledger.windows import (
    Piece,
    StoredWindow,
    Subject,
    read_features,
    read_products,
    read_stored,
    read_sums,
    read_zone,
    to_json,
)
from exporter.records import WindowRow, WindowsAsked
from exporter.tiers.calendar import bounds, grid, window_holding
from exporter.tiers.facts import Issued, SubjectFacts
from exporter.tiers.gather import gather
from exporter.tiers.grid import Grid
from exporter.tiers.intervals import Interval, union
from exporter.tiers.longer import longer_windows
from exporter.tiers.products import Part, as_member, feature_facts, product_facts
from exporter.tiers.stopless import stopless
from exporter.tiers.windows import Sums, Window, windows

_GIVEN_UP = 7 * 86_400
"""Seconds behind the newest stream of a subject after which one is not waited for: its server may be no more."""
_AT_ONCE = 10_000
"""Sessions whose windows are worked out together; it bounds the memory, and what a rebuild that is killed has lost."""

WindowsKept = Mapping[Tier, int | None]
"""How many seconds the windows of a tier are kept, counted from the newest line; None: for ever."""


class Windowing:
    """The windows of one state of the ledger."""

    def __init__(self, ask: Ask, kept: WindowsKept | None = None) -> None:
        """
        Read with *ask*; the zone, and what else shapes windows, are those that the ledger has taken over.

        *kept* says what is to be stored: None, all there is.
        """
        self._ask = ask
        self._kept = kept or {}
        self._sealed = read_sealed(ask)
        self.zone = ZoneInfo(read_zone(ask))
        self._facts = WindowFacts(ask)
        self._stopless: dict[int, Mapping[str, Sequence[Interval]]] = {}
        self._stored = {tier: read_stored(ask, tier.seconds) for tier in TIERS if tier.stored}

    def features(self) -> list[Subject]:
        """Return the features that have windows, by server, vendor and feature."""
        return read_features(self._ask)

    def products(self) -> list[Subject]:
        """Return the configured products, by name."""
        return read_products(self._ask)

    def windows(self, tier: Tier, subject: Subject, start: int = 0, end: int = EVER) -> Iterator[tuple[range, Sums]]:
        """
        Yield a subject's windows that begin in [*start*, *end*), stored or not: those that are alike come together.

        Of these the sums of each are given, and the starts, as far from one another as each lasts.
        """
        until = self.settled(tier, subject)
        if subject.id is not None and until > start:
            for starts, sums in read_sums(self._ask, tier.seconds, subject.id, start, min(end, until)):
                yield starts, Sums._make(sums)
        for window in self._work_out(tier, subject, max(start, until), end):
            yield Alike(window.start, window.end, window.n).starts, window.sums

    def closed_until(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which all of the subject's windows are closed, 0 where none is."""
        return window_holding(tier, self.zone, frontier)[0] if (frontier := self._frontier(subject)) else 0

    def begins(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which the subject has no windows, EVER where it has none."""
        begins = self._facts.begins(subject.products)
        return window_holding(tier, self.zone, begins)[0] if begins else EVER

    def covered(self, subject: Subject, start: int, end: int) -> list[Interval]:  # noqa: ARG002 -- as loads have it
        """Return the time that streams tell of the subject, all of it."""
        return [interval for product in subject.products for interval in self._facts.coverage(product)]

    def count(self, tier: Tier, subject: Subject, start: int, end: int) -> int:
        """Count the windows that begin in [*start*, *end*), two bounds, without working them out."""
        facts = self._facts_of(subject, 0, 0)
        if facts.first is None:
            return 0
        edges = bounds(tier, self.zone, max(start, window_holding(tier, self.zone, facts.first)[0]), end)
        counted = last = 0
        for begin, finish in union(facts.coverage) if edges else ():
            after = min(bisect_left(edges, finish), len(edges) - 1)
            first = max(bisect_right(edges, begin) - 1, last)
            counted += max(after - first, 0)
            last = max(after, last)
        return counted

    def rows(self, asked: WindowsAsked) -> Iterator[WindowRow]:
        """Yield the windows asked for, by subject and start."""
        (tier,) = (tier for tier in TIERS if tier.name == asked.tier)
        wanted = asked.server, asked.vendor, asked.feature
        for subject in self.products() if asked.product else self.features():
            if asked.product or all(want in (None, name) for want, name in zip(wanted, subject.names, strict=True)):
                until = EVER if asked.end is None else asked.end
                for starts, sums in self.windows(tier, subject, asked.start or 0, until):
                    fields = sums.fields()
                    for start in starts:
                        yield WindowRow(subject.names, start, start + starts.step, fields)

    def closed(self) -> Iterator[Piece]:
        """Yield what is closed and not stored: of each subject, in order of time, as much as memory should hold."""
        for subject in [*self.features(), *self.products()]:
            for start, end, spans in self.unstored(subject):
                found = dict(zip((HOURLY, LONGTERM), self._hours_and_days(subject, start, end), strict=True))
                for tier, (begin, finish) in spans.items():
                    parts = (window.within(begin, finish) for window in found[tier])
                    stored = [_to_store(part) for part in parts if part]
                    yield Piece(tier.seconds, subject.id or 0, begin, finish, stored)

    def unstored(self, subject: Subject) -> Iterator[tuple[int, int, Mapping[Tier, Interval]]]:
        """Yield pieces of time, from and to, with the part in which windows of a tier begin that are to be stored."""
        frontier = self._frontier(subject)
        if frontier is None or subject.id is None:
            return
        ends = {tier: window_holding(tier, self.zone, frontier)[0] for tier in self._stored}
        if all(stored.get(subject.id, 0) >= ends[tier] for tier, stored in self._stored.items()):
            return  # so it is nearly always, and for every feature every ten seconds
        begins = {tier: max(self.settled(tier, subject), self.kept_since(tier, subject)) for tier in self._stored}
        due = [tier for tier in self._stored if begins[tier] < ends[tier]]
        if not due:
            return
        for start, end in self._pieces(subject, min(begins[tier] for tier in due), max(ends.values())):
            spans = {tier: (max(start, begins[tier]), min(end, ends[tier])) for tier in due}
            yield start, end, {tier: span for tier, span in spans.items() if span[0] < span[1]}

    def outlived(self) -> Iterator[tuple[Tier, int, int]]:
        """Yield the stored tiers with each subject's id, and the UTC second before which its windows are not kept."""
        for subject in [*self.features(), *self.products()]:
            for tier in self._stored:
                if subject.id is not None and (since := self.kept_since(tier, subject)):
                    yield tier, subject.id, since

    def _hours_and_days(self, subject: Subject, start: int, end: int) -> tuple[list[Window], list[Window]]:
        """Return the hours, and the days, of [*start*, *end*), a day's bound or 0 at first."""
        hourly = self._grid(HOURLY, subject, start, end)
        days = self._grid(LONGTERM, subject, start, end)
        if hourly is None or days is None:
            return [], []
        facts = self._facts_of(subject, hourly.bounds[0], hourly.bounds[-1])
        if facts.first is None:
            return [], []
        # The day of the first sight counts from its begin, though its hours begin with the one of the first sight.
        hour, day = (each.bounds[each.holding(facts.first)] for each in (hourly, days))
        hours = list(windows(replace(facts, first=day), hourly))
        parts = (each.within(hour, EVER) for each in hours)
        return [part for part in parts if part], list(longer_windows(hours, days, facts.uses))

    def settled(self, tier: Tier, subject: Subject) -> int:
        """Return the bound up to which windows of the subject stay as they are stored, 0 where there are none."""
        until = self._stored[tier].get(subject.id, 0) if tier.stored and subject.id is not None else 0
        until = window_holding(tier, self.zone, until)[0] if until else 0
        sealed = max((self._sealed.get(product, 0) for product in subject.products), default=0)
        if sealed <= until:
            return until
        # A window of which facts are gone can't be made: the first one begins where they do, or after it.
        start, end = window_holding(tier, self.zone, sealed)
        return start if start == sealed else end

    def kept_since(self, tier: Tier, subject: Subject) -> int:
        """Return the bound of a day before which windows of the subject are not kept, 0 where all are."""
        newest = max((end for product in subject.products for end in self._facts.frontiers(product)), default=0)
        kept = self._kept.get(tier)
        return window_holding(LONGTERM, self.zone, newest - kept)[0] if kept is not None and newest > kept else 0

    def _frontier(self, subject: Subject) -> int | None:
        """Return the instant that every stream the subject needs has passed; None: nothing is known of it."""
        ends = [end for product in subject.products for end in self._facts.frontiers(product)]
        return min((end for end in ends if end > max(ends) - _GIVEN_UP), default=None)

    def _pieces(self, subject: Subject, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Cut [*start*, *end*) at days, so that no piece has too many sessions; the first begins with its day."""
        start = window_holding(LONGTERM, self.zone, start)[0] if start else 0
        first = max(start, self._facts.begins(subject.products))
        sessions = sum(self._facts.about(product, start, end) for product in subject.products)
        parts = 1 + sessions // _AT_ONCE
        inner = [
            window_holding(LONGTERM, self.zone, first + (end - first) * number // parts)[0]
            for number in range(1, parts)
        ]
        yield from pairwise(sorted({start, *(cut for cut in inner if start < cut < end), end}))

    def _work_out(self, tier: Tier, subject: Subject, start: int, end: int) -> Iterator[Window]:
        """Yield the windows that begin in [*start*, *end*), a bound or 0 at first, from the facts."""
        if tier is LONGTERM:  # sums of hours, as those that are stored; of the last day all hours
            last = window_holding(LONGTERM, self.zone, end - 1)[1] if start < end < EVER else end
            found = self._hours_and_days(subject, start, last)[1]
            yield from filter(None, (window.within(start, end) for window in found))
            return
        asked = self._grid(tier, subject, start, end)
        if asked is not None:
            facts = self._facts_of(subject, asked.bounds[0], asked.bounds[-1])
            yield from filter(None, (window.within(start, end) for window in windows(facts, asked)))

    def _grid(self, tier: Tier, subject: Subject, start: int, end: int) -> Grid | None:
        """Return the windows from the first covered second of [*start*, *end*) to the last, None where none is."""
        coverage = self.covered(subject, start, end)
        begin = max(start, min((begun for begun, _ in coverage), default=0))
        return grid(tier, self.zone, begin, min(end, max((ended for _, ended in coverage), default=0)))

    def _facts_of(self, subject: Subject, start: int, end: int) -> SubjectFacts:
        if len(subject.names) > 1:
            return feature_facts(self._parts(subject.products[0], start, end))
        members = (self._parts(product, start, end) for product in subject.products)
        parts = [part for of_member in members for part in as_member(of_member)]
        return product_facts(parts, [Issued(*row) for row in subject.issued] or None)

    def told(self, product: int, start: int, end: int) -> FeatureRows:
        """Return what is told of a feature in [*start*, *end*)."""
        rows = self._facts.of(product, start, end)
        vendor = self._facts.vendors[product]
        for stream in rows.streams:
            stream.stopless = self._stopless_of(stream.stream).get(vendor, ())
        return rows

    def denied(self, product: int, start: int, end: int) -> tuple[Column, Column]:
        """Return when a feature was denied in [*start*, *end*), and to which holders."""
        return self._facts.denied(product, start, end)

    def _parts(self, product: int, start: int, end: int) -> list[Part]:
        return gather(self.told(product, start, end), self._facts.users)

    def _stopless_of(self, stream: int) -> Mapping[str, Sequence[Interval]]:
        """Return when each daemon of a stream wrote no ends."""
        if stream not in self._stopless:
            days: defaultdict[str, list[Activity]] = defaultdict(list)
            for day in self._facts.activity(stream):
                days[day.vendor].append(day)
            passed = self._facts.last_lines.get(stream, -1) + 1
            self._stopless[stream] = {vendor: stopless(of_vendor, passed) for vendor, of_vendor in days.items()}
        return self._stopless[stream]


def _to_store(window: Window) -> StoredWindow:
    times = to_json(window.times, window.sums.in_use_max)
    return StoredWindow(window.start, window.end, tuple(window.sums), times, window.n)
