"""
The scrape: the last committed state and the health of the process, as Prometheus and OpenMetrics read it.

The one place that knows prometheus_client. Nothing is kept between two scrapes, so what is gone from the view is gone
from the scrape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isinf

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from exporter.catalog import metrics as catalog
from exporter.health import BUCKETS, Health
from exporter.publish import combine
from exporter.records import LINE_OUTCOMES
from exporter.views import View

SESSION_OUTCOMES = ("matched", "inferred", "reset", "gap")


class Exposition:
    """Writes the scrape; any thread may ask for one at any time."""

    def __init__(self, view: Callable[[], View], health: Health, version: str) -> None:
        """Show what *view* and *health* say at the time of each scrape, and that *version* runs."""
        self._registry = CollectorRegistry()
        self._registry.register(SeatwatchCollector(view, health, version))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def scrape(self, accept: str) -> tuple[str, bytes]:
        """Return the content type and the text, in the best format that the ``Accept`` header *accept* asks for."""
        try:
            encode, content_type = choose_encoder(accept)
        except TypeError:  # prometheus_client compares versions as numbers, and this one is none
            encode, content_type = choose_encoder("")
        return content_type, encode(self._registry)


class SeatwatchCollector(Collector):
    """Turns the view and the health into metric families, anew for every scrape."""

    def __init__(self, view: Callable[[], View], health: Health, version: str) -> None:
        """See `Exposition`."""
        self._view = view
        self._health = health
        self._version = version

    def collect(self) -> Iterable[Family]:
        """Return the families that have samples, in the order of the catalog."""
        page = _Page()
        view = self._view()
        _show_features(page, view)
        _show_daemons(page, view)
        _show_sources(page, view)
        _show_health(page, self._health)
        page.add(catalog.BUILD_INFO, (self._version,), 1)
        return page.families()


class _Page:
    """The families of one scrape, being filled."""

    def __init__(self) -> None:
        self._numbers: dict[catalog.Metric, GaugeMetricFamily | CounterMetricFamily] = {}
        self._histograms: dict[catalog.Metric, HistogramMetricFamily] = {}
        for metric in catalog.METRICS:
            match metric.kind:
                case "gauge":
                    self._numbers[metric] = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
                case "counter":
                    self._numbers[metric] = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
                case "histogram":
                    self._histograms[metric] = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)

    def add(self, metric: catalog.Metric, labels: Sequence[str], value: float) -> None:
        self._numbers[metric].add_metric(labels, value)

    def add_histogram(self, metric: catalog.Metric, counts: Sequence[int], total: float) -> None:
        bounds = ("+Inf" if isinf(bound) else str(bound) for bound in BUCKETS)
        self._histograms[metric].add_metric((), list(zip(bounds, counts, strict=True)), total)

    def families(self) -> list[Family]:
        families = (self._numbers.get(metric) or self._histograms[metric] for metric in catalog.METRICS)
        return [family for family in families if family.samples]


def _show_features(page: _Page, view: View) -> None:
    for key, feature in combine.features(view):
        labels = _utf8(key)
        page.add(catalog.FEATURE_IN_USE, labels, feature.in_use)
        page.add(catalog.FEATURE_QUEUED, labels, feature.queued)
        page.add(catalog.FEATURE_USERS, labels, feature.users)
        page.add(catalog.FEATURE_SUSPECT, labels, feature.suspect)
        if feature.drift is not None:
            page.add(catalog.FEATURE_DRIFT, labels, feature.drift)
        if feature.counters_shown:
            page.add(catalog.CHECKOUTS, labels, feature.checkouts)
            page.add(catalog.CHECKINS, labels, feature.checkins)
            for kind, denials in sorted(feature.denials.items()):
                page.add(catalog.DENIALS, (*labels, kind), denials)


def _show_daemons(page: _Page, view: View) -> None:
    for key, daemon in combine.daemons(view):
        labels = _utf8(key)
        page.add(catalog.SERVER_UP, labels, daemon.up)
        page.add(catalog.SERVER_LAST_EVENT, labels, daemon.last_event)


def _show_sources(page: _Page, view: View) -> None:
    for source in combine.sources(view):
        labels = _utf8((source.name,))
        page.add(catalog.SOURCE_UP, labels, source.up)
        page.add(catalog.SOURCE_CAUGHT_UP, labels, source.caught_up)
        if source.caught_up_since is not None:
            page.add(catalog.SOURCE_CAUGHT_UP_TIME, labels, source.caught_up_since)
        page.add(catalog.LOG_LAG, labels, source.lag)
        page.add(catalog.WRITER_ON_ROTATED, labels, source.writer_on_rotated)
        for outcome in LINE_OUTCOMES:
            page.add(catalog.LOG_LINES, (*labels, outcome), source.tally[outcome])
        page.add(catalog.TIMES_REFUSED, labels, source.tally["refused"])
        page.add(catalog.LATE_FACTS, labels, source.tally["late"])
        for reason, gaps in sorted(source.gaps.items()):
            page.add(catalog.GAPS, (*labels, reason), gaps)
        for outcome in SESSION_OUTCOMES:
            page.add(catalog.SESSIONS, (*labels, outcome), source.tally[outcome])
        page.add(catalog.SESSIONS_UNMATCHED, labels, source.tally["unmatched"])


def _show_health(page: _Page, health: Health) -> None:
    now = health.view()
    page.add(catalog.LEDGER_ERRORS, (), now.ledger_errors)
    if now.ledger_size is not None:
        page.add(catalog.LEDGER_SIZE, (), now.ledger_size)
    if now.ledger_free is not None:
        page.add(catalog.LEDGER_DISK_FREE, (), now.ledger_free)
    page.add_histogram(catalog.COMMIT_DURATION, now.commits, now.commit_seconds)
    page.add(catalog.CONFIG_RELOADED, (), now.reload_successful)


def _utf8(labels: Iterable[str]) -> tuple[str, ...]:
    """Replace what UTF-8 can't say (a name taken from a path may hold it): one such label would fail every scrape."""
    return tuple(text if text.isascii() else text.encode(errors="replace").decode() for text in labels)
