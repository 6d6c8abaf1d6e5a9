"""Overview: is anything short now, what was short today, is what we see to be believed."""

from __future__ import annotations

from dashboards import happenings, palette, panels, variables
from dashboards.board import Board
from dashboards.layout import Block, Row, row
from dashboards.links import to_board, to_feature
from dashboards.panels import any_is, saturation, should_be_1
from dashboards.promql import BY_FEATURE, chosen, increase, rate, share, top, total
from dashboards.query import prometheus
from dashboards.site import Site
from exporter.catalog import metrics, own_metrics

_WHERE = chosen("server", "vendor")
_TODAY = "now/d"
_FEATURE = "{{feature}} · {{vendor}} · {{server}}"
_SHARE = share(metrics.FEATURE_IN_USE, metrics.FEATURE_ISSUED, _WHERE)
_PRODUCT_SHARE = share(metrics.PRODUCT_IN_USE, metrics.PRODUCT_ISSUED)
_ROWS = 50
"""Features in a table, products too."""
_NAMES = {name: name for name in ("feature", "vendor", "server")}


def board(site: Site) -> Board:
    """Return the board."""
    return Board(
        name="overview",
        title="Seatwatch: overview",
        description="What is short now, what was short today, and whether what is shown is to be believed.",
        rows=(_now(site), _features(site), _products(site), _trouble(), _servers(), *_others(site)),
        variables=(
            variables.source("prometheus", "Prometheus"),
            variables.source("influxdb", "InfluxDB"),
            variables.of_servers(),
            variables.of_vendors(),
        ),
        annotations=happenings.now(),
        timezone=site.timezone,
    )


def _now(site: Site) -> Row:
    full, high = site.thresholds.critical, site.thresholds.warning
    denials = increase(metrics.DENIALS_EFFECTIVE, "", _WHERE, "$__range")
    return row(
        "Now",
        panels.stat(
            "Features at their limit",
            f"Features with at least {full:.0%} of their issued seats in use now.",
            prometheus(f"count({_SHARE} >= {full}) or vector(0)", instant=True),
            unit="short", no_value="no feature is shown", steps=any_is(palette.CRITICAL),
        ),
        panels.stat(
            "Features close to it",
            f"Features with at least {high:.0%} of their issued seats in use now.",
            prometheus(f"count({_SHARE} >= {high}) or vector(0)", instant=True),
            unit="short", no_value="no feature is shown", steps=any_is(palette.WARNING),
        ),
        panels.stat(
            "Denials that hurt, today",
            "Times today that somebody had to wait or went without. Retries of one person count once.",
            prometheus(f"{denials} or vector(0)", instant=True),
            unit="short", no_value="no feature is shown", steps=any_is(palette.WARNING), decimals=0, period=_TODAY,
            links=[to_board("denials", "Denials and queues")],
        ),
        panels.stat(
            "Daemons up",
            "Vendor daemons that run, by their logs; of those whose logs tell.",
            prometheus(total(metrics.SERVER_UP, "", _WHERE), instant=True),
            unit="short", no_value="no log tells",
        ),
        panels.stat(
            "Daemons down",
            "Vendor daemons that have ended, or whose log has been silent for too long.",
            prometheus(f"count({metrics.SERVER_UP.name}{_WHERE} == 0) or vector(0)", instant=True),
            unit="short", no_value="no log tells", steps=any_is(palette.CRITICAL),
        ),
        panels.stat(
            "Logs not read to their end",
            "Sources with a log that can't be read, or is still being caught up with: their features are not shown.",
            prometheus(
                f"sum((1 - {own_metrics.SOURCE_UP.name}) or (1 - {own_metrics.SOURCE_CAUGHT_UP.name}))", instant=True
            ),
            unit="short", no_value="Seatwatch is not scraped", steps=any_is(palette.CRITICAL),
            links=[to_board("pipeline", "Pipeline health")],
        ),
    )  # fmt: skip


def _features(site: Site) -> Row:
    busiest = f"{top(_ROWS, _SHARE)}"

    def of(text: str) -> str:
        return f"({text}) and on ({BY_FEATURE}) {busiest}"

    columns = [
        ("Share, %", f"100 * {busiest}"),
        ("In use", of(f"{metrics.FEATURE_IN_USE.name}{_WHERE}")),
        ("Issued", of(f"{metrics.FEATURE_ISSUED.name}{_WHERE}")),
        ("Free", of(f"{metrics.FEATURE_ISSUED.name}{_WHERE} - {metrics.FEATURE_IN_USE.name}{_WHERE}")),
        ("Peak", of(f"{metrics.FEATURE_PEAK.name}{_WHERE}")),
        ("Queued", of(f"{metrics.FEATURE_QUEUED.name}{_WHERE}")),
        ("Users", of(f"{metrics.FEATURE_USERS.name}{_WHERE}")),
    ]
    values = {f"Value #{chr(ord('A') + at)}": heading for at, (heading, _) in enumerate(columns)}
    return row(
        "Features",
        panels.table(
            "Features by saturation",
            f"The {_ROWS} features with the greatest share of their issued seats in use now. Peak: most seats at once "
            "in the last whole 5 minutes. A feature of which it isn't known how many seats are issued is not here.",
            [prometheus(text, form="table", instant=True) for _, text in columns],
            unit="short", no_value="no feature has issued seats: see `capacity` in the configuration",
            columns=_NAMES | values, steps={"Share, %": saturation(site.thresholds, of=100)}, sort="Share, %",
            links=[to_feature(table=True)], width=24, height=12,
        ),
        panels.bar_gauge(
            "Longest with no seat free",
            "The 15 features that had every issued seat in use for the longest, in the time that is shown.",
            prometheus(
                top(15, f"increase({metrics.SATURATED_SECONDS.name}{_WHERE}[$__range]) > 0"), _FEATURE, instant=True
            ),
            unit="s", no_value="nothing was ever full", steps=((None, palette.CRITICAL),), width=8,
            links=[to_feature()],
        ),
        panels.bar_gauge(
            "Fewest seats free",
            "The 15 features with the fewest free seats now.",
            prometheus(
                f"bottomk(15, {metrics.FEATURE_ISSUED.name}{_WHERE} - {metrics.FEATURE_IN_USE.name}{_WHERE})",
                _FEATURE, instant=True,
            ),
            unit="short", no_value="no feature has issued seats", width=8, links=[to_feature()],
            steps=((None, palette.CRITICAL), (1, palette.WARNING), (3, palette.WELL)),
        ),
        panels.bar_gauge(
            "Denials today",
            "The 15 features with the most denials today: lines of the log, each retry counted, of all classes.",
            prometheus(
                top(15, f"{increase(metrics.DENIALS, BY_FEATURE, _WHERE, '$__range')} > 0"), _FEATURE, instant=True
            ),
            unit="short", no_value="none", steps=((None, palette.WARNING),), width=8, period=_TODAY,
            links=[to_feature()],
        ),
    )  # fmt: skip


def _products(site: Site) -> Row:
    columns = [
        ("Share, %", f"100 * {top(_ROWS, _PRODUCT_SHARE)}"),
        *(
            (heading, f"{metric.name} and on (product) {top(_ROWS, _PRODUCT_SHARE)}")
            for heading, metric in (
                ("In use", metrics.PRODUCT_IN_USE),
                ("Issued", metrics.PRODUCT_ISSUED),
                ("Peak", metrics.PRODUCT_PEAK),
            )
        ),
    ]
    values = {f"Value #{chr(ord('A') + at)}": heading for at, (heading, _) in enumerate(columns)}
    return row(
        "Products",
        panels.table(
            "Products by saturation",
            f"The {_ROWS} products of the configuration with the greatest share of their seats in use.",
            [prometheus(text, form="table", instant=True) for _, text in columns],
            unit="short", no_value="no product is shown: see `products` in the configuration",
            columns={"product": "product"} | values,
            steps={"Share, %": saturation(site.thresholds, of=100)}, sort="Share, %", height=8,
        ),
        panels.timeseries(
            "Products over time",
            "Share of the issued seats in use, of the 8 products that are fullest now.",
            [
                prometheus(
                    f"({_PRODUCT_SHARE}) and on (product) topk(8, ({_PRODUCT_SHARE}) @ end())".replace(
                        f"({_PRODUCT_SHARE}) @ end()", _at_the_end()
                    ),
                    "{{product}}",
                )
            ],
            unit="percentunit", no_value="no product is shown: see `products` in the configuration",
            steps=saturation(site.thresholds),
        ),
    )  # fmt: skip


def _at_the_end() -> str:
    return f"{metrics.PRODUCT_IN_USE.name} @ end() / ({metrics.PRODUCT_ISSUED.name} @ end() > 0)"


def _trouble() -> Row:
    return row("Trouble")


def _servers() -> Row:
    return row(
        "Servers",
        panels.state_timeline(
            "Daemons",
            "Whether each vendor daemon runs, by its log: down after its exit, and when the log is silent for long.",
            [prometheus(top(40, f"{metrics.SERVER_UP.name}{_WHERE}"), "{{vendor}} · {{server}}")],
            unit="short", no_value="no log tells", steps=should_be_1(), texts={"0": "down", "1": "up"},
        ),
        panels.bar_gauge(
            "Silence",
            "Time since the newest line of each vendor daemon; they write one every few hours at the least.",
            prometheus(
                top(15, f"time() - {metrics.SERVER_LAST_EVENT.name}{_WHERE}"), "{{vendor}} · {{server}}", instant=True
            ),
            unit="s", no_value="no line was read", height=8,
            steps=((None, palette.WELL), (3600 * 4, palette.WARNING), (3600 * 7, palette.CRITICAL)),
        ),
    )  # fmt: skip


def _others(site: Site) -> list[Row]:
    """Return what is told of modules and transfers now."""
    rows = []
    blocks: list[Block] = []
    if "modules" in site.kinds:
        blocks.append(
            panels.timeseries(
                "Module loads",
                "Modules loaded a second, and what else is used at an instant, by cluster.",
                [prometheus(top(10, rate(metrics.USES, "server", _WHERE)), "{{server}}")],
                unit="ops", no_value="no module was loaded", style="line", width=8,
            )
        )  # fmt: skip
    if blocks:
        rows.append(row("Modules and transfers", blocks, collapsed=True))
    return rows
