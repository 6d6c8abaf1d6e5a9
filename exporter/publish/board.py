"""
What is shown now, with all that depends on time: integrals of the gauges as shown, peaks, and seats issued.

The pipeline's thread puts every view up, any thread may read it. A read moves the integrals on to its own instant, so
that they don't stand still between two commits; they never fall while the process lives. A feature that isn't shown
is not metered: its integrals stand still and go on from there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import nsmallest
from math import inf
from threading import Lock
from typing import NamedTuple

from exporter.catalog.alerts import NO_NEWS
from exporter.ports import Clock
from exporter.publish.busiest import Busiest
from exporter.publish.capacity import Capacity, issued_at, next_expiry
from exporter.publish.combine import FeatureSum, feature_sum
from exporter.publish.metering import Meter, Peak
from exporter.publish.parts import Parts
from exporter.publish.portfolio import Place, Portfolio
from exporter.views import Key, Licences, View


class FeatureShown(NamedTuple):
    """One feature at the instant of a read; *issued* and *peak* are None while they are unknown."""

    key: Key
    sum: FeatureSum
    issued: int | None
    peak: int | None
    seat_seconds: float
    saturated_seconds: float
    over_issued_seconds: float
    place: Place


class LicensedShown(NamedTuple):
    """What the licence and options files say of a feature, whether a log ever told of it or not."""

    key: Key
    expiry: float | None
    """UTC second, inf: never; None: they don't say."""
    reserved: int | None
    place: Place


class ProductShown(NamedTuple):
    """One product at the instant of a read."""

    name: str
    in_use: int
    issued: int | None
    peak: int | None


class Shown(NamedTuple):
    """All of it at one instant."""

    view: View
    features: list[FeatureShown]
    """Sorted by key."""
    licensed: list[LicensedShown]
    """Sorted by key."""
    products: list[ProductShown]
    """Sorted by name."""
    drifts: list[tuple[Key, int]]
    """Of features, the server's own count less ours; sorted by key."""
    dropped: Counter[str]
    """By source, the features that are not shown because there are too many."""


class Board:
    """See above; it outlives the pipelines whose views it shows."""

    def __init__(self, clock: Clock) -> None:
        """Begin with an empty view."""
        self._clock = clock
        self._lock = Lock()
        self._view = View()
        self._wall = clock.now()
        self._parts = Parts()
        self._capacity = Capacity({}, self._wall)
        self._licences = Licences()
        self._portfolio = Portfolio(self._licences, ())
        self._meters: dict[Key, Meter] = {}
        self._products: dict[str, Peak] = {}
        self._busiest: defaultdict[str, Busiest] = defaultdict(Busiest)
        self._audited: Mapping[Key, int] = {}

    @property
    def view(self) -> View:
        """The last view."""
        return self._view

    def use(self, licences: Licences) -> None:
        """Go by *licences* from now on."""
        with self._lock:
            now, wall = self._pass_time()
            self._licences = licences
            self._capacity = Capacity(licences.issued, wall)
            self._issue(self._meters, now)
            self._sort_products()

    def audit(self, drifts: Mapping[Key, int]) -> None:
        """Show what audits found from now on: by feature, the server's own count less ours."""
        self._audited = drifts

    def show(self, view: View) -> None:
        """Put *view* up."""
        with self._lock:
            now, wall = self._pass_time()
            packages = self._parts.packages
            moved, turned = self._parts.take(view.streams, wall)
            self._view = view
            for key, above in moved.items():
                self._move(key, above, now, wall)
            if self._parts.packages is not packages:
                self._sort_products()
            names = self._products if turned else {name for key in moved for name in self._portfolio.products_of[key]}
            for name in names:
                self._move_product(name, max((moved.get(key, 0) for key in self._portfolio.counted[name]), default=0))

    def read(self) -> Shown:
        """Return all that is shown now."""
        with self._lock:
            now, wall = self._pass_time()
            features = []
            chosen, dropped = self._choose()
            for key in sorted(chosen):
                meter = self._meters[key]
                meter.settle(now)
                meter.peak.pass_time(wall)
                features.append(
                    FeatureShown(
                        key, meter.sum, meter.issued, meter.peak.last, meter.seat_seconds, meter.saturated_seconds,
                        meter.over_issued_seconds, self._portfolio.place(key),
                    )
                )  # fmt: skip
            drifts = sorted(self._drifts(features))
            return Shown(self._view, features, self._licensed(wall), list(self._shown_products(wall)), drifts, dropped)

    def _drifts(self, features: Iterable[FeatureShown]) -> Iterator[tuple[Key, int]]:
        """Yield drifts: the log's newest word where it has one, else an audit's; and of what our logs never told."""
        for one in features:
            drift = self._audited.get(one.key) if one.sum.drift is None else one.sum.drift
            if drift is not None:
                yield one.key, drift
        for key, drift in self._audited.items():
            if drift and key not in self._meters and self._parts.quiet_since(key[0]) is not None:
                yield key, drift

    def _pass_time(self) -> tuple[float, float]:
        """Let changes of seats issued take effect up to now; return the monotonic and the wall clock."""
        now, wall = self._clock.monotonic(), self._clock.now()
        if wall < self._wall:
            self._parts.put_back(wall)
            self._issue(self._capacity.turn(wall), now)
        while self._capacity.next <= wall:
            change = self._capacity.next
            self._issue(self._capacity.turn(change), now - (wall - change))
        self._wall = wall
        return now, wall

    def _issue(self, keys: Iterable[Key], now: float) -> None:
        """Let the seats issued of *keys* hold since *now*."""
        for key in keys:
            if key in self._meters:
                self._meters[key].settle(now)
                self._meters[key].issued = self._capacity.now.get(key)

    def _move(self, key: Key, above: int, now: float, wall: float) -> None:
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = Meter(now)
            meter.issued = self._capacity.now.get(key)
        meter.settle(now)
        meter.sum = total = feature_sum(self._parts.of(key))
        meter.peak.move(total.in_use if total.shown else None, wall, self._parts.shown_since(key), above)

    def _sort_products(self) -> None:
        """Go by the products and packages as they are known now."""
        self._portfolio = Portfolio(self._licences, self._parts.packages)
        self._products = {name: self._products.get(name, Peak()) for name in self._portfolio.counted}
        for name in self._products:
            self._move_product(name, 0)

    def _move_product(self, name: str, above: int) -> None:
        """Show a product, or not while one of its members isn't; who was never seen is not in use."""
        level, begun = 0, 0.0
        for key in self._portfolio.counted[name]:
            meter = self._meters.get(key)
            told = any(self._parts.of(key))
            since = self._parts.shown_since(key) if told else self._parts.quiet_since(key[0])
            if since is None or (told and meter is not None and (meter.sum.stopless or not meter.sum.shown)):
                self._products[name].move(None, self._wall, 0.0, 0)
                return
            level += meter.sum.in_use if meter is not None and told else 0
            begun = max(begun, since)
        self._products[name].move(level, self._wall, begun, above)

    def _shown_products(self, wall: float) -> Iterable[ProductShown]:
        for name, peak in sorted(self._products.items()):
            peak.pass_time(wall)
            if peak.level is not None:
                yield ProductShown(name, peak.level, self._issued_of(name, wall), peak.last)

    def _issued_of(self, name: str, wall: float) -> int | None:
        """Return a product's own seats, or those of its members; None while they are unknown."""
        if own := self._licences.own.get(name):
            return issued_at(own, wall)
        issued = [self._capacity.now.get(key) for key in self._portfolio.counted[name]]
        known = [seats for seats in issued if seats is not None]
        return sum(known) if len(known) == len(issued) else None

    def _licensed(self, wall: float) -> list[LicensedShown]:
        """Return what is licensed; of too many features, those whose licences end first, or ended of late."""
        licences = self._licences
        ends = {key: next_expiry(expiries, wall) for key, expiries in licences.expiries.items()}
        soon = {key: end for key, end in ends.items() if end > wall - NO_NEWS}
        most = nsmallest(
            licences.most_features, ends.keys() | licences.reserved.keys(), key=lambda key: (soon.get(key, inf), key)
        )
        return [
            LicensedShown(key, ends.get(key), licences.reserved.get(key), self._portfolio.place(key))
            for key in sorted(most)
        ]

    def _choose(self) -> tuple[Collection[Key], Counter[str]]:
        """Return the features to show, and how many of each source are not because it has too many."""
        by_source: defaultdict[str, Counter[Key]] = defaultdict(Counter)
        for stream in self._view.streams:
            if stream.shown:
                by_source[stream.source].update({one.key: one.checkouts for one in stream.features.values()})
        most = self._licences.most_features
        chosen: set[Key] = set()
        for source, checkouts in by_source.items():
            chosen.update(self._busiest[source].choose(checkouts, most))
        return chosen, Counter({source: len(checkouts.keys() - chosen) for source, checkouts in by_source.items()})
