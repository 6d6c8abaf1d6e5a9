"""Denials and queues: who was turned away or had to wait, when, why and for how long."""

from __future__ import annotations

from dashboards import happenings, palette, panels, promql, variables
from dashboards.board import Board
from dashboards.boards import outcomes
from dashboards.layout import Row, row
from dashboards.links import to_feature
from dashboards.looks import any_is
from dashboards.promql import BY_FEATURE, NAMED, buckets, chosen, increase, quantile, top, total
from dashboards.query import counts, prometheus
from dashboards.site import Site
from exporter.catalog import metrics

CLASS_COLOURS = {
    "capacity": palette.VERMILION,
    "unsupported": palette.GREY,
    "expired": palette.YELLOW,
    "excluded": palette.PURPLE,
    "version": palette.SKY,
    "other": palette.BLUE,
}
"""Of the classes of denials."""
OUTCOME_COLOURS = {"granted": palette.GREEN, "given_up": palette.VERMILION, "reset": palette.GREY}
"""Of how waits end."""
_WHERE = chosen("server", "vendor", "feature")
_DAEMON = chosen("server", "vendor")
_RANGE = "$__range"


def board(site: Site) -> Board:
    """Return the board."""
    return Board(
        name="denials",
        title="Seatwatch: denials and queues",
        description="Denials by feature, class and time, raw (each line) and effective (each time that somebody had to "
        "wait or went without), and what was waited for.",
        rows=(_sums(), _by_feature(), _by_time(), _by_clock(site), _queues()),
        variables=(*variables.sources(), variables.of_servers(), variables.of_vendors(), variables.of_features()),
        annotations=happenings.now(),
        timezone=site.timezone,
    )


def _sums() -> Row:
    raw = increase(metrics.DENIALS, "", _WHERE, _RANGE)
    effective = increase(metrics.DENIALS_EFFECTIVE, "", _WHERE, _RANGE)
    capacity = increase(metrics.DENIALS, "", chosen("server", "vendor", "feature", also='class="capacity"'), _RANGE)
    waits = f"sum(increase({metrics.QUEUE_WAIT.name}_count{_DAEMON}[{_RANGE}]))"
    return row(
        "In the time shown",
        panels.stat(
            "Denial lines", "Lines of the log, each retry counted, of all classes.",
            prometheus(f"{raw} or vector(0)", instant=True), unit="short", no_value="no answer", decimals=0,
        ),
        panels.stat(
            "For want of seats", "Denial lines of class capacity: every seat was in use.",
            prometheus(f"{capacity} or vector(0)", instant=True), unit="short", no_value="no answer", decimals=0,
            steps=any_is(palette.WARNING),
        ),
        panels.stat(
            "Effective", "Times that somebody had to wait or went without; retries of one person count once.",
            prometheus(f"{effective} or vector(0)", instant=True), unit="short", no_value="no answer", decimals=0,
            steps=any_is(palette.CRITICAL),
        ),
        panels.stat(
            "Lines for each effective denial", "How often programs try again before somebody is counted once.",
            prometheus(f"{capacity} / ({effective} > 0)", instant=True), unit="short", no_value="none", decimals=1,
        ),
        panels.stat(
            "Waits ended", "Waits in the queue that have ended, of all features of the daemons that are chosen.",
            prometheus(f"{waits} or vector(0)", instant=True), unit="short", no_value="no answer", decimals=0,
        ),
        panels.stat(
            "Waiting now", "Seats that are being waited for now.",
            prometheus(total(metrics.FEATURE_QUEUED, "", _WHERE), instant=True), unit="short",
            no_value="no feature is shown", steps=any_is(palette.WARNING),
        ),
    )  # fmt: skip


def _by_feature() -> Row:
    def most(metric_text: str) -> str:
        return top(15, f"{metric_text} > 0")

    return row(
        "By feature",
        panels.bar_gauge(
            "Effective denials",
            "The 15 features at which somebody had to wait or went without most often, in the time shown.",
            prometheus(most(increase(metrics.DENIALS_EFFECTIVE, BY_FEATURE, _WHERE, _RANGE)), NAMED, instant=True),
            unit="short", no_value="none", width=8, steps=((None, palette.CRITICAL),), links=[to_feature()],
        ),
        panels.bar_gauge(
            "Denial lines",
            "The 15 features with the most denial lines in the time shown, of all classes, each retry counted.",
            prometheus(most(increase(metrics.DENIALS, BY_FEATURE, _WHERE, _RANGE)), NAMED, instant=True),
            unit="short", no_value="none", width=8, steps=((None, palette.WARNING),), links=[to_feature()],
        ),
        panels.bar_gauge(
            "By class",
            "Denial lines in the time shown by why: for want of seats (capacity), or because it is not sold here, "
            "expired, excluded, of another version.",
            prometheus(increase(metrics.DENIALS, "class", _WHERE, _RANGE), "{{class}}", instant=True),
            unit="short", no_value="none", width=8, steps=((None, palette.BLUE),),
        ),
    )  # fmt: skip


def _by_time() -> Row:
    hourly = increase(metrics.DENIALS, "feature", _WHERE, "1h")
    weight = f"sum by (feature) (increase({metrics.DENIALS.name}{_WHERE}[{_RANGE}] @ end()))"
    return row(
        "By time",
        panels.timeseries(
            "Denials by class",
            "Denial lines, each retry counted, by class.",
            [counts(increase(metrics.DENIALS, "class", _WHERE), "{{class}}")],
            unit="short", no_value="none", style="bars", stacked=True, colours=CLASS_COLOURS,
        ),
        panels.timeseries(
            "Denials, raw and effective",
            "Denial lines for want of seats, and times that somebody had to wait or went without, which are counted "
            "once their outcome is known.",
            [
                counts(
                    increase(metrics.DENIALS, "", chosen("server", "vendor", "feature", also='class="capacity"')),
                    "lines", colour=palette.GREY,
                ),
                counts(increase(metrics.DENIALS_EFFECTIVE, "", _WHERE), "effective", colour=palette.CRITICAL),
            ],
            unit="short", no_value="none", style="bars",
        ),
        panels.heatmap(
            "Feature by hour",
            "Denial lines in each hour, a line for each of the 20 features with the most.",
            prometheus(promql.top_of_all(20, hourly, weight, "feature"), "{{feature}}", step="1h"),
            unit="short", no_value="none", width=24, height=10,
        ),
    )  # fmt: skip


def _by_clock(site: Site) -> Row:
    return row(
        "From InfluxDB: how they ended, and when in the day",
        outcomes.over_time(site, width=24),
        outcomes.by_hour(site),
        outcomes.by_feature_and_hour(site),
    )


def _queues() -> Row:
    wait = metrics.QUEUE_WAIT
    return row(
        "Queues",
        panels.timeseries(
            "Seats waited for",
            "Seats that are being waited for, of the 8 features with the most at the end.",
            [
                prometheus(
                    promql.top_of_all(
                        8, f"{metrics.FEATURE_QUEUED.name}{_WHERE}", f"{metrics.FEATURE_QUEUED.name}{_WHERE} @ end()",
                        BY_FEATURE,
                    ),
                    NAMED,
                )
            ],
            unit="short", no_value="nobody waited", width=8, links=[to_feature()],
        ),
        panels.timeseries(
            "Waits by how they ended",
            "Waits that ended with a seat (granted), without (given_up), or with the daemon (reset); of all features.",
            [
                counts(
                    f"sum by (outcome) (increase({wait.name}_count{_DAEMON}[$__interval]))", "{{outcome}}"
                )
            ],
            unit="short", no_value="nobody waited", width=8, style="bars", stacked=True, colours=OUTCOME_COLOURS,
        ),
        panels.timeseries(
            "Wait times",
            "How long those waited who got a seat: half of them, and 19 of 20; of all features of the daemons.",
            [
                prometheus(
                    quantile(share, wait, "", chosen("server", "vendor", also='outcome="granted"')), name, colour=colour
                )
                for share, name, colour in ((0.5, "half", palette.BLUE), (0.95, "19 of 20", palette.ORANGE))
            ],
            unit="s", no_value="nobody waited", width=8, style="line",
        ),
        panels.heatmap(
            "Wait times, how many",
            "Waits that ended, by how long they lasted; of all features of the daemons.",
            counts(buckets(wait, _DAEMON), "{{le}}",
                       form="heatmap"),
            unit="short", axis_unit="s", no_value="nobody waited", colour=palette.PURPLE, width=24, height=8,
        ),
    )  # fmt: skip
