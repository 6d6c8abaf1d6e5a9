"""
The scrape: the last committed state and the health of the process, as Prometheus and OpenMetrics read it.

The one place that knows prometheus_client. Nothing is kept between two scrapes but what the board meters, so what is
gone from the view is gone from the scrape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from math import inf, isinf

from prometheus_client import PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from exporter.catalog import metrics as catalog
from exporter.catalog import own_metrics as own
from exporter.catalog.durations import BOUNDS
from exporter.catalog.metric import Metric
from exporter.facts import LATENCY, RARE_OUTCOMES, SESSION, SESSION_OUTCOMES, Spread
from exporter.health import BUCKETS, Health
from exporter.publish import combine
from exporter.publish.board import Board, Shown
from exporter.publish.features import feature_lines
from exporter.publish.lines import utf8
from exporter.records import LINE_OUTCOMES
from exporter.views import View


class Exposition:
    """Writes the scrape; any thread may ask for one at any time."""

    def __init__(self, board: Board, health: Health, version: str) -> None:
        """Show what *board* and *health* say at the time of each scrape, and that *version* runs."""
        self._board, self._health, self._version = board, health, version
        self._own = ProcessCollector(registry=None), PlatformCollector(registry=None)

    def scrape(self, accept: str) -> tuple[str, bytes]:
        """Return the content type and the text, in the best format that the ``Accept`` header *accept* asks for."""
        try:
            encode, content_type = choose_encoder(accept)
        except TypeError:  # prometheus_client compares versions as numbers, and this one is none
            encode, content_type = choose_encoder("")
        shown = self._board.read()
        openmetrics = content_type.startswith("application/openmetrics-text")
        families = chain(self._families(shown), *(collector.collect() for collector in self._own))
        return content_type, feature_lines(shown, openmetrics=openmetrics) + encode(_Families(families))

    def _families(self, shown: Shown) -> list[Family]:
        """Return the families that have samples, features and products excepted, in the order of the catalog."""
        page = _Page()
        _show_daemons(page, shown.view)
        _show_durations(page, shown.view)
        for key, used in combine.uses(shown.view):
            page.add(catalog.USES, utf8(key), used)
        for place, (files, size, errors, late_files) in combine.transfers(shown.view):
            labels = utf8(place)
            page.add(catalog.TRANSFER_FILES, labels, files)
            page.add(catalog.TRANSFER_BYTES, labels, size)
            page.add(catalog.TRANSFER_ERRORS, labels, errors)
            page.add(catalog.TRANSFER_LATE_FILES, labels, late_files)
        _show_sources(page, shown)
        _show_health(page, self._health)
        page.add(own.BUILD_INFO, (self._version,), 1)
        return page.families()


class _Families(Collector):
    """The families of one scrape, for the encoder."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


class _Page:
    """The families of one scrape, being filled."""

    def __init__(self) -> None:
        self._numbers: dict[Metric, GaugeMetricFamily | CounterMetricFamily] = {}
        self._histograms: dict[Metric, HistogramMetricFamily] = {}
        for metric in catalog.METRICS:
            match metric.kind:
                case "gauge":
                    self._numbers[metric] = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
                case "counter":
                    self._numbers[metric] = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
                case "histogram":
                    self._histograms[metric] = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)

    def add(self, metric: Metric, labels: Sequence[str], value: float) -> None:
        self._numbers[metric].add_metric(labels, value)

    def add_histogram(
        self,
        metric: Metric,
        labels: Sequence[str],
        bounds: Iterable[float],
        counts: Iterable[int],
        total: float,
    ) -> None:
        """Take the *counts* up to each of *bounds*, the last of which is infinite."""
        named = ("+Inf" if isinf(bound) else str(bound) for bound in bounds)
        self._histograms[metric].add_metric(labels, list(zip(named, counts, strict=True)), total)

    def families(self) -> list[Family]:
        families = (self._numbers.get(metric) or self._histograms[metric] for metric in catalog.METRICS)
        return [family for family in families if family.samples]


def _show_daemons(page: _Page, view: View) -> None:
    for key, daemon in combine.daemons(view):
        labels = utf8(key)
        page.add(catalog.SERVER_UP, labels, daemon.up)
        page.add(catalog.SERVER_LAST_EVENT, labels, daemon.last_event)


def _show_durations(page: _Page, view: View) -> None:
    for (server, vendor, kind), total in combine.durations(view):
        metric, labels = catalog.SESSION_DURATION, utf8((server, vendor))
        if kind == LATENCY:
            metric = catalog.TRANSFER_LATENCY
        elif kind != SESSION:
            metric, labels = catalog.QUEUE_WAIT, (*labels, kind)
        bounds = (*map(float, BOUNDS[kind]), inf)
        seconds = sum(seconds for _, seconds in total.spread.values())
        page.add_histogram(metric, labels, bounds, accumulate(_counts(total.spread, bounds)), seconds)


def _counts(spread: Spread, bounds: Sequence[float]) -> Iterator[int]:
    """Yield how many of *spread* lie between each of *bounds* and the one before."""
    before = 0.0
    for bound in bounds:
        # A ledger may hold buckets with other bounds, of an older version: they go to the next one that holds them.
        yield sum(count for upper, (count, _) in spread.items() if before < (upper or inf) <= bound)
        before = bound


def _show_sources(page: _Page, shown: Shown) -> None:
    for source in combine.sources(shown.view):
        labels = utf8((source.name,))
        page.add(own.SOURCE_UP, labels, source.up)
        page.add(own.SOURCE_CAUGHT_UP, labels, source.caught_up)
        if source.caught_up_since is not None:
            page.add(own.SOURCE_CAUGHT_UP_TIME, labels, source.caught_up_since)
        for daemon in source.daemons:
            page.add(own.SOURCE_INFO, (*labels, *utf8(daemon)), 1)
        page.add(own.LOG_LAG, labels, source.lag)
        page.add(own.WRITER_ON_ROTATED, labels, source.writer_on_rotated)
        page.add(own.FEATURES_DROPPED, labels, shown.dropped[source.name])
        for outcome in LINE_OUTCOMES:
            page.add(own.LOG_LINES, (*labels, outcome), source.tally[outcome])
        page.add(own.TIMES_REFUSED, labels, source.tally["refused"])
        page.add(own.LATE_FACTS, labels, source.tally["late"])
        for reason, gaps in sorted(source.gaps.items()):
            page.add(own.GAPS, (*labels, reason), gaps)
        for outcome in (*SESSION_OUTCOMES, *(rare for rare in RARE_OUTCOMES if source.tally[rare])):
            page.add(own.SESSIONS, (*labels, outcome), source.tally[outcome])
        page.add(own.SESSIONS_UNMATCHED, labels, source.tally["unmatched"])
        for vendor, stopless in source.stopless.items():
            page.add(own.STOPLESS, utf8((source.name, vendor)), stopless)


def _show_health(page: _Page, health: Health) -> None:
    now = health.view()
    page.add(own.LEDGER_ERRORS, (), now.ledger_errors)
    if now.ledger_size is not None:
        page.add(own.LEDGER_SIZE, (), now.ledger_size)
    if now.ledger_free is not None:
        page.add(own.LEDGER_DISK_FREE, (), now.ledger_free)
    page.add_histogram(own.COMMIT_DURATION, (), BUCKETS, now.commits, now.commit_seconds)
    for (sink, tier), standing in now.sinks.items():
        labels = utf8((sink, tier))
        if standing.last_success is not None:
            page.add(own.SINK_LAST_SUCCESS, labels, standing.last_success)
        if standing.newest is not None:
            page.add(own.SINK_NEWEST, labels, standing.newest)
        page.add(own.SINK_PENDING, labels, standing.pending)
        page.add(own.SINK_ERRORS, labels, standing.errors)
        for reason, skipped in standing.skipped.items():
            page.add(own.SINK_SKIPPED, (*labels, reason), skipped)
    page.add(own.CONFIG_RELOADED, (), now.reload_successful)
