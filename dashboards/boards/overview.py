"""Overview: is anything short now, what was short today, is what we see to be believed."""

from __future__ import annotations

from dashboards import happenings, palette, panels, promql, variables
from dashboards.board import Board
from dashboards.boards import traffic
from dashboards.layout import Row, row
from dashboards.links import to_board, to_feature
from dashboards.looks import any_is, expiry, saturation, should_be_1
from dashboards.promql import BY_FEATURE, NAMED, bottom, chosen, equals, increase, one_each, share, top
from dashboards.query import prometheus
from dashboards.site import Site
from exporter.catalog import metrics, own_metrics
from exporter.catalog.alerts import DAY, NO_NEWS
from exporter.catalog.metric import Metric

_WHERE = chosen("server", "vendor")
_SHARE = share(metrics.FEATURE_IN_USE, metrics.FEATURE_ISSUED, _WHERE)
_PRODUCT_SHARE = share(metrics.PRODUCT_IN_USE, metrics.PRODUCT_ISSUED)
_FREE = f"{metrics.FEATURE_ISSUED.name}{_WHERE} - {metrics.FEATURE_IN_USE.name}{_WHERE}"
_LEFT = f"({metrics.FEATURE_EXPIRY.name}{_WHERE} < +Inf) - time()"
_TODAY = "now/d"
_ROWS = 50
"""Features in a table, products too."""
_SERVERS = 12
"""With a panel each; so many are on one board."""
_PERCENT = "Share, %"
_NO_CAPACITY = "of no feature it is known how many seats are issued: see `capacity` in the configuration"
_NO_PRODUCT = "no product is shown: see `products` in the configuration"


def board(site: Site) -> Board:
    """Return the board."""
    return Board(
        name="overview",
        title="Seatwatch: overview",
        description="What is short now, what was short today, and whether what is shown is to be believed.",
        rows=(_now(site), _features(site), _products(site), _servers(), *_by_server(site), *traffic.rows(site)),
        variables=(*variables.sources(), variables.of_servers(), variables.of_vendors()),
        annotations=happenings.now(),
        timezone=site.timezone,
    )


def _now(site: Site) -> Row:
    full, high = site.thresholds.critical, site.thresholds.warning
    server_up, denials = metrics.SERVER_UP.name, increase(metrics.DENIALS_EFFECTIVE, "", _WHERE, "$__range")
    unread = f"(1 - {own_metrics.SOURCE_UP.name} > 0) or (1 - {own_metrics.SOURCE_CAUGHT_UP.name} > 0)"
    return row(
        "Now",
        panels.stat(
            "Features at their limit",
            f"Features with at least {full:.0%} of their issued seats in use now.",
            prometheus(f"count({_SHARE} >= {full}) or vector(0)", instant=True),
            unit="short", no_value="no answer", steps=any_is(palette.CRITICAL),
        ),
        panels.stat(
            "Features close to it",
            f"Features with at least {high:.0%} of their issued seats in use now, those at their limit among them.",
            prometheus(f"count({_SHARE} >= {high}) or vector(0)", instant=True),
            unit="short", no_value="no answer", steps=any_is(palette.WARNING),
        ),
        panels.stat(
            "Denials that hurt, today",
            "Times today that somebody had to wait or went without. Retries of one person count once.",
            prometheus(f"{denials} or vector(0)", instant=True),
            unit="short", no_value="no answer", steps=any_is(palette.WARNING), decimals=0, period=_TODAY,
            links=[to_board("denials", "Denials and queues")],
        ),
        panels.stat(
            "Daemons up",
            "Vendor daemons that run, by their logs; of those whose logs tell.",
            prometheus(f"sum({server_up}{_WHERE})", instant=True),
            unit="short", no_value="no log tells",
        ),
        panels.stat(
            "Daemons down",
            "Vendor daemons that have ended, or whose log has been silent for too long.",
            prometheus(f"count({server_up}{_WHERE} == 0) or vector(0)", instant=True),
            unit="short", no_value="no answer", steps=any_is(palette.CRITICAL),
        ),
        panels.stat(
            "Sources not read to their end",
            "Those with a log that can't be read, or is still being caught up with: their features are not shown.",
            prometheus(f"count({unread}) or vector(0)", instant=True),
            unit="short", no_value="no answer", steps=any_is(palette.CRITICAL),
            links=[to_board("pipeline", "Pipeline health")],
        ),
    )  # fmt: skip


def _features(site: Site) -> Row:
    busiest = top(_ROWS, one_each(_SHARE, BY_FEATURE))

    def of(text: str) -> str:
        return f"{one_each(text, BY_FEATURE)} and {busiest}"

    gauges = {
        "In use": metrics.FEATURE_IN_USE,
        "Issued": metrics.FEATURE_ISSUED,
        "Peak": metrics.FEATURE_PEAK,
        "Queued": metrics.FEATURE_QUEUED,
        "Users": metrics.FEATURE_USERS,
    }
    columns = {_PERCENT: f"100 * {busiest}", "Free": of(_FREE)}
    columns |= {heading: of(f"{metric.name}{_WHERE}") for heading, metric in gauges.items()}
    return row(
        "Features",
        panels.table(
            "Features by saturation",
            f"The {_ROWS} features with the greatest share of their issued seats in use now, in seats. Peak: most at "
            "once in the last whole 5 minutes. A feature of which it isn't known how many are issued is not here.",
            [prometheus(text, form="table", instant=True) for text in columns.values()],
            unit="short", no_value=_NO_CAPACITY, columns=_headings("feature", "vendor", "server", *columns),
            steps={_PERCENT: saturation(site.thresholds, of=100)}, sort=_PERCENT,
            links=[to_feature(table=True)], width=24, height=12,
        ),
        panels.bar_gauge(
            "Longest with no seat free",
            "The 15 features that had every issued seat in use for the longest, in the time that is shown.",
            prometheus(
                top(15, f"increase({metrics.SATURATED_SECONDS.name}{_WHERE}[$__range]) > 0"), NAMED, instant=True
            ),
            unit="s", no_value="nothing was ever full", steps=((None, palette.CRITICAL),), width=6,
            links=[to_feature()],
        ),
        panels.bar_gauge(
            "Fewest seats free",
            "The 15 features with the fewest free seats now.",
            prometheus(bottom(15, _FREE), NAMED, instant=True),
            unit="short", no_value=_NO_CAPACITY, width=6, links=[to_feature()],
            steps=((None, palette.CRITICAL), (1, palette.WARNING), (3, palette.WELL)),
        ),
        panels.bar_gauge(
            "Licences that expire soon",
            "Time until seats of a feature go because a licence expires, by the licence files; the 15 that go next. "
            f"What went more than {NO_NEWS // DAY} days ago is left out.",
            prometheus(bottom(15, f"{_LEFT} > -{NO_NEWS}"), NAMED, instant=True),
            unit="s", no_value="none, or no licence file is read: see `capacity` in the configuration", width=6,
            steps=expiry(site.thresholds), links=[to_feature()],
        ),
        panels.bar_gauge(
            "Denials today",
            "The 15 features with the most denials today: lines of the log, each retry counted, of all classes.",
            prometheus(
                top(15, f"{increase(metrics.DENIALS, BY_FEATURE, _WHERE, '$__range')} > 0"), NAMED, instant=True
            ),
            unit="short", no_value="none", steps=((None, palette.WARNING),), width=6, period=_TODAY,
            links=[to_feature()],
        ),
    )  # fmt: skip


def _products(site: Site) -> Row:
    fullest = top(_ROWS, one_each(_PRODUCT_SHARE, "product"))

    def of(metric: Metric) -> str:
        return f"{one_each(metric.name, 'product')} and {fullest}"

    columns = {
        _PERCENT: f"100 * {fullest}",
        "In use": of(metrics.PRODUCT_IN_USE),
        "Issued": of(metrics.PRODUCT_ISSUED),
        "Peak": of(metrics.PRODUCT_PEAK),
    }
    at_the_end = share(metrics.PRODUCT_IN_USE, metrics.PRODUCT_ISSUED, " @ end()")
    return row(
        "Products",
        panels.table(
            "Products by saturation",
            f"The {_ROWS} products of the configuration with the greatest share of their seats in use now, in seats.",
            [prometheus(text, form="table", instant=True) for text in columns.values()],
            unit="short", no_value=_NO_PRODUCT, columns=_headings("product", *columns),
            steps={_PERCENT: saturation(site.thresholds, of=100)}, sort=_PERCENT, height=8,
        ),
        panels.timeseries(
            "Products through the day",
            "Share of the issued seats in use, of the 8 products that are fullest at the end.",
            [prometheus(promql.top_of_all(8, _PRODUCT_SHARE, at_the_end, "product"), "{{product}}")],
            unit="percentunit", no_value=_NO_PRODUCT, steps=saturation(site.thresholds),
            colours=dict(zip(site.products, palette.ORDER, strict=False)),
        ),
    )  # fmt: skip


def _servers() -> Row:
    last = f"time() - {metrics.SERVER_LAST_EVENT.name}{_WHERE}"
    hour = 3600
    return row(
        "Servers",
        panels.state_timeline(
            "Daemons",
            "Whether each vendor daemon runs, by its log: down after its exit, and when it is silent for too long.",
            [prometheus(bottom(40, f"{metrics.SERVER_UP.name}{_WHERE}"), "{{vendor}} · {{server}}")],
            unit="short", no_value="no log tells", steps=should_be_1(), texts={"0": "down", "1": "up"},
        ),
        panels.bar_gauge(
            "Silence",
            "Time since the newest line of each vendor daemon; FlexNet's write one every few hours at the least.",
            prometheus(top(15, last), "{{vendor}} · {{server}}", instant=True),
            unit="s", no_value="no line was read", height=8,
            steps=((None, palette.WELL), (4 * hour, palette.WARNING), (7 * hour, palette.CRITICAL)),
        ),
    )  # fmt: skip


def _by_server(site: Site) -> list[Row]:
    """Return a row with a panel for each server that is known, for a site with some, but not too many of them."""
    servers = site.servers
    if not 1 < len(servers) <= _SERVERS:
        return []
    return [
        row(
            "Server by server",
            (
                panels.bar_gauge(
                    server,
                    "The 10 features of the server with the greatest share of their issued seats in use now.",
                    prometheus(top(10, _share_of(server)), "{{feature}} · {{vendor}}", instant=True),
                    unit="percentunit", no_value=_NO_CAPACITY, width=8, height=8, most=1,
                    steps=saturation(site.thresholds), links=[to_feature()],
                )
                for server in servers
            ),
            collapsed=True,
        )
    ]  # fmt: skip


def _share_of(server: str) -> str:
    return share(metrics.FEATURE_IN_USE, metrics.FEATURE_ISSUED, f"{{{equals('server', server)}}}")


def _headings(*columns: str) -> dict[str, str]:
    """Return the headings of a table: fields as they are, and in their order the queries, which have capitals."""
    values = iter("ABCDEFGHIJ")
    return {(column if column.islower() else f"Value #{next(values)}"): column for column in columns}
