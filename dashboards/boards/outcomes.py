"""How denials ended, which InfluxDB knows and Prometheus doesn't: for the boards of a feature and of denials."""

from __future__ import annotations

from dashboards import by_clock, palette, panels
from dashboards.by_clock import HOUR
from dashboards.influxql import HOURS, call, chosen, select
from dashboards.layout import Block
from dashboards.past import EVERY, no_finer, zone
from dashboards.query import influxql
from dashboards.site import Site
from exporter.catalog.tiers import HOURLY

_WHERE = chosen("server", "vendor", "feature")
_PARTS = {"waited": call("sum", "denials_waited"), "refused": call("sum", "denials_refused")}
_COLOURS = {"waited": palette.WARNING, "refused": palette.CRITICAL}
_NONE = "no hour of it is in InfluxDB"


def over_time(site: Site, *, width: int = 12) -> tuple[Block, ...]:
    """Return how denials ended hour by hour."""
    return no_finer(
        HOURLY,
        panels.timeseries(
            "Denials by how they ended",
            "Times that somebody had to wait and got a seat (waited) or went without (refused), by InfluxDB's hours.",
            [influxql(select(_PARTS, HOURS, where=_WHERE, every=EVERY, zone=zone(site)), "$col")],
            unit="short", no_value=_NONE, style="bars", stacked=True, colours=_COLOURS, width=width,
        ),
    )  # fmt: skip


def by_hour(site: Site) -> Block:
    """Return how denials ended by the hour of the day."""
    return by_clock.bars(
        "By hour of the day",
        "Times that somebody waited or went without in the time that is shown, by the hour of the day.",
        influxql(select(_PARTS, HOURS, where=_WHERE, every="1h", fill="none", zone=zone(site)), form="table"),
        zone=site.timezone, part=HOUR, values=dict.fromkeys(_PARTS, "sum"), unit="short", no_value=_NONE, stacked=True,
    )  # fmt: skip


def by_feature_and_hour(site: Site) -> Block:
    """Return effective denials of each feature by the hour of the day."""
    both = {"denials": f"{_PARTS['waited']} + {_PARTS['refused']}"}
    some = (*_WHERE, '("denials_waited" > 0 OR "denials_refused" > 0)')
    asked = select(both, HOURS, where=some, by=("feature",), every="1h", fill="none", zone=zone(site))
    return by_clock.matrix(
        "By feature and hour of the day",
        "Times that somebody waited or went without in the time that is shown, of each feature that is chosen.",
        influxql(asked, form="table"),
        zone=site.timezone, down="feature", across=HOUR, value="denials", how="sum", unit="short", decimals=0,
        no_value="none",
    )  # fmt: skip
