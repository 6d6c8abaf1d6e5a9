"""Labs: rooms of machines and who is logged in: how full they are, by hour and day, and which stay empty."""

from __future__ import annotations

from dashboards import by_clock, looks, palette, panels, past, variables
from dashboards.board import Board
from dashboards.by_clock import HOUR, WEEKDAY
from dashboards.influxql import DAYS, HOURS, Origin, call, chosen, equals, limited, listed, mean_in_use, select
from dashboards.layout import Block, Row, row
from dashboards.past import EVERY, no_finer, over, zone
from dashboards.query import influxql
from dashboards.site import Site
from exporter.catalog.tiers import HOURLY, LONGTERM
from exporter.catalog.vendors import WTMP

_LOGINS = (equals("vendor", WTMP),)
_NAMES = {"site": "Site", "server": "Host or group of machines", "feature": "Lab"}
_WHERE = (*_LOGINS, *chosen(*_NAMES))
_KNOWN = '"issued" > 0'
_NONE = "nobody was logged in in this time"
_UNKNOWN = "it is not known how many machines the labs have"
_LAB = "$tag_feature · $tag_server"
_BY = ("server", "feature")


def board(site: Site) -> Board:
    """Return the board."""
    return Board(
        name="labs",
        title="Seatwatch: labs",
        description="Logins on hosts and in rooms of machines: how many at once, how full, and when.",
        rows=(_short(site), _course(site), _clock(site), _labs(), _years(site)),
        variables=(*variables.sources(), *past.choices(HOURS, _NAMES, always=_LOGINS)),
        annotations=past.happened("site", "server"),
        links=past.pages("labs", {"7 days": "7d", "5 weeks": "35d", "3 months": "90d"}),
        period="now-7d",
        refresh="",
        timezone=site.timezone,
    )


def _short(site: Site) -> Row:
    shares = select(
        {"share": f"{call('sum', 'in_use_mean')} / {call('sum', 'issued')}"}, HOURS, where=(*_WHERE, _KNOWN),
        by=("feature",),
    )  # fmt: skip
    full = select({"full": call("sum", "saturated_seconds")}, HOURS, where=(*_WHERE, _KNOWN), by=("feature",))
    return row(
        "How full",
        panels.bar_gauge(
            "Mean share of the machines in use", "Share of a lab's machines with somebody logged in, mean over hours.",
            influxql(shares, "$tag_feature"), unit="percentunit", no_value=_UNKNOWN, most=1,
            steps=looks.saturation(site.thresholds),
        ),
        panels.bar_gauge(
            "Full", "Time in which every machine of a lab was in use.",
            influxql(full, "$tag_feature"), unit="s", no_value=_UNKNOWN, steps=((None, palette.BLUE),),
        ),
    )  # fmt: skip


def _course(site: Site) -> Row:
    def over_time(what: str, *, every: str = EVERY) -> str:
        return select({"value": what}, HOURS, where=_WHERE, by=_BY, every=every, zone=zone(site))

    return row(
        "Course",
        no_finer(
            HOURLY,
            panels.timeseries(
                "Logged in", "People logged in, mean of each stretch of time, in each lab.",
                [influxql(over_time(mean_in_use()), _LAB)], unit="short", no_value=_NONE, width=24,
            ),
            panels.timeseries(
                "Peak of each day", "Most people logged in at once on each day, in each lab.",
                [influxql(over_time(call("max", "in_use_max"), every="1d"), _LAB)], unit="short", no_value=_NONE,
                style="bars",
            ),
            panels.timeseries(
                "Logins of each day", "Times that somebody logged in, in each lab; windows of a session don't count.",
                [influxql(over_time(call("sum", "checkouts"), every="1d"), _LAB)], unit="short", no_value=_NONE,
                style="bars",
            ),
        ),
    )  # fmt: skip


def _clock(site: Site) -> Row:
    def each_hour(*by: str) -> str:
        columns = {"logged in": call("sum", "in_use_mean")}
        return select(columns, HOURS, where=_WHERE, by=by, every="1h", fill="none", zone=zone(site))

    return row(
        "Hours of the week",
        by_clock.matrix(
            "Load of the site, by day of the week and hour",
            "People logged in anywhere among what is chosen, in each hour of the week, in the mean.",
            influxql(each_hour(), form="table"), zone=site.timezone, down=WEEKDAY, across=HOUR, value="logged in",
            how="mean",
            unit="short", no_value="none",
        ),
        by_clock.matrix(
            "Each lab, by hour of the day", "People logged in to each lab, mean over all days shown.",
            influxql(each_hour("feature"), form="table"), zone=site.timezone, down="feature", across=HOUR,
            value="logged in",
            how="mean", unit="short", no_value="none",
        ),
    )  # fmt: skip


def _labs() -> Row:
    names = {"feature": "Lab", "server": "Host or group"}
    columns = {
        "hours": f"{call('sum', 'seat_seconds')} / 3600",
        "peak": call("max", "in_use_max"),
        "machines": call("max", "issued"),
        "users": call("max", "users"),
        "logins": call("sum", "checkouts"),
    }
    where = (*_LOGINS, *chosen("site", "server"))
    return row(
        "Every lab",
        *over(
            "365d",
            panels.table(
                "Every lab, last 365 days",
                limited("Hours logged in, most people at once, machines, most distinct users in a day, and logins."),
                [influxql(listed(select(columns, DAYS, where=where, by=names), columns, names), form="table")],
                unit="short", no_value=_NONE, sort="Hours", width=24,
                columns=names | {"hours": "Hours", "peak": "Peak", "machines": "Machines", "users": "Users in a day",
                                 "logins": "Logins"},
            ),
        ),
    )  # fmt: skip


def _years(site: Site) -> Row:
    def over_time(origin: Origin, what: str) -> str:
        return select({"value": what}, origin, where=_WHERE, by=_BY, every=EVERY, zone=zone(site))

    def graph(title: str, description: str, what: str) -> Block:
        asked = influxql(over_time(DAYS, what), _LAB)
        return panels.timeseries(title, description, [asked], unit="short", no_value=_NONE)

    return row(
        "The last 3 years",
        over(
            "3y",
            *no_finer(
                LONGTERM,
                graph("Logged in, by day", "People logged in, mean of each day, in each lab.", mean_in_use()),
                graph("Users, by day", "Most distinct users on one day, in each lab.", call("max", "users")),
            ),
        ),
        collapsed=True,
    )
