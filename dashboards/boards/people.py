"""People and groups: who uses the seats, by department, lab, project or whatever the tables of the site tell."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards import by_clock, palette, panels, past, variables
from dashboards.board import Board
from dashboards.by_clock import HOUR, WEEKDAY
from dashboards.influxql import USE_DAYS, USE_HOURS, call, chosen, equals, limited, listed, select
from dashboards.layout import Block, Row, row
from dashboards.past import EVERY, no_finer, over, zone
from dashboards.query import influxql
from dashboards.site import Site
from exporter.catalog.tiers import LONGTERM
from exporter.directory import USER

_NAMES = {"site": "Site", "server": "Server", "vendor": "Vendor", "feature": "Feature", "breakdown": "Grouped by"}
_VALUE = {"value": "Group"}
_BREAKDOWN = chosen(*_NAMES)
_WHERE = (*_BREAKDOWN, *chosen(*_VALUE))
_NONE = "no group used anything in this time, or no tables of people or hosts are configured"
_SEAT_HOURS = f"{call('sum', 'seat_seconds')} / 3600"
_COLUMNS = {"seat hours": _SEAT_HOURS, "check-outs": call("sum", "checkouts"), "denials": call("sum", "denials")}
_HEADINGS = {"seat hours": "Seat hours", "check-outs": "Check-outs", "denials": "Denials"}


def board(site: Site) -> Board:
    """Return the board."""
    labels = _NAMES | _VALUE
    return Board(
        name="people",
        title="Seatwatch: people and groups",
        description="Who uses the seats: seat hours, check-outs and denials by group, and by user where asked for.",
        rows=(_groups(site), _chosen(), _clock(site), *([_users()] if site.people else [])),
        variables=(*variables.sources(), *past.choices(USE_DAYS, labels, one=("breakdown",))),
        annotations=past.happened("site", "server"),
        links=past.pages("people", {"5 weeks": "35d", "3 months": "90d", "1 year": "1y"}),
        period="now-90d",
        refresh="",
        timezone=site.timezone,
    )


def _table(title: str, description: str, tags: Mapping[str, str], where: tuple[str, ...], width: int) -> Block:
    asked = listed(select(_COLUMNS, USE_DAYS, where=where, by=tags), _COLUMNS, tags)
    return panels.table(
        title, limited(description), [influxql(asked, form="table")], unit="short", no_value=_NONE,
        columns={**tags, **_HEADINGS}, sort="Seat hours", width=width,
    )  # fmt: skip


def _over_time(title: str, description: str, what: str, site: Site, width: int = 12) -> Block:
    asked = select({"value": what}, USE_DAYS, where=_WHERE, by=("value",), every=EVERY, zone=zone(site))
    return panels.timeseries(
        title, description, [influxql(asked, "$tag_value")], unit="short", no_value=_NONE, style="bars", stacked=True,
        width=width,
    )  # fmt: skip


def _groups(site: Site) -> Row:
    return row(
        "Groups",
        no_finer(
            LONGTERM,
            _over_time("Seat hours over time", "Seats in use times the hours, of each group.", _SEAT_HOURS, site, 24),
            _over_time("Check-outs over time", "Check-out lines of each group.", call("sum", "checkouts"), site),
            _over_time("Denials over time", "Denial lines of each group.", call("sum", "denials"), site),
        ),
        _table("Every group", "Seat hours, check-outs and denial lines of each group.", _VALUE, _BREAKDOWN, 12),
        _table(
            "Every feature, by group", "What each of the groups chosen used of each feature.",
            {"feature": "Feature", **_VALUE}, _WHERE, 12,
        ),
    )  # fmt: skip


def _chosen() -> Row:
    return row(
        "Chosen groups together",
        *(
            panels.stat(
                title, description, influxql(select({title: what}, USE_DAYS, where=_WHERE)), unit="short",
                no_value=_NONE, width=8, steps=((None, colour),),
            )
            for title, description, what, colour in (
                ("Seat hours", "Seat hours of the groups chosen.", _SEAT_HOURS, palette.BLUE),
                ("Check-outs", "Check-out lines of the groups chosen.", call("sum", "checkouts"), palette.BLUE),
                ("Denials", "Denial lines of the groups chosen.", call("sum", "denials"), palette.WARNING),
            )
        ),
    )  # fmt: skip


def _clock(site: Site) -> Row:
    hours = select({"seat hours": _SEAT_HOURS}, USE_HOURS, where=_WHERE, every="1h", fill="none", zone=zone(site))
    week = by_clock.matrix(
        "Seat hours of the last 7 days, by day and hour",
        "Seat hours of the groups chosen in each hour of the last 7 days.",
        influxql(hours, form="table"), zone=site.timezone, down=WEEKDAY, across=HOUR, value="seat hours", how="sum",
        unit="short", no_value="none", decimals=0,
    )  # fmt: skip
    return row("Hours of the week", over("7d", week))


def _users() -> Row:
    where = (*chosen("site", "server", "vendor", "feature"), equals("breakdown", USER))
    return row(
        "Users",
        _table("Every user", "Seat hours, check-outs and denial lines of each user.", {"value": "User"}, where, 24),
        collapsed=True,
    )
