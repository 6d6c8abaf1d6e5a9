"""Modules: which are loaded, how often and by how many, when, and which nobody has loaded for long."""

from __future__ import annotations

from dashboards import by_clock, panels, past, variables
from dashboards.board import Board
from dashboards.by_clock import HOUR, WEEKDAY
from dashboards.influxql import LOAD_DAYS, LOAD_HOURS, Origin, call, chosen, counted, limited, listed, select
from dashboards.layout import Block, Row, row
from dashboards.past import EVERY, no_finer, over, zone
from dashboards.query import influxql
from dashboards.site import Site
from exporter.catalog.tiers import HOURLY, LONGTERM

_NAMES = {"site": "Site", "server": "Cluster", "module": "Module"}
_WHERE = chosen("site", "server")
_MODULE = chosen(*_NAMES)
_NONE = "no module was loaded in this time"
_LOADED = '"loads" > 0'


def board(site: Site) -> Board:
    """Return the board."""
    return Board(
        name="modules",
        title="Seatwatch: modules",
        description="Which modules are loaded, how often and by how many people, and which are not loaded any more.",
        rows=(_all(site), _one(site), _clock(site), _unused(), _years(site)),
        variables=(*variables.sources(), *past.choices(LOAD_DAYS, _NAMES, one=("module",))),
        links=past.pages("modules", {"7 days": "7d", "5 weeks": "35d", "3 months": "90d"}),
        period="now-35d",
        refresh="",
        timezone=site.timezone,
    )


def _loads(title: str, description: str, origin: Origin, site: Site, width: int = 12) -> Block:
    asked = select({"loads": call("sum", "loads")}, origin, where=_WHERE, by=("server",), every=EVERY, zone=zone(site))
    return panels.timeseries(
        title, description, [influxql(asked, "$tag_server")], unit="short", no_value=_NONE, style="bars", stacked=True,
        width=width,
    )  # fmt: skip


def _all(site: Site) -> Row:
    names = {"module": "Module", "server": "Cluster"}
    columns = {"loads": call("sum", "loads"), "users": call("max", "users"), "days": call("count", "loads")}
    table = listed(select(columns, LOAD_DAYS, where=(*_WHERE, _LOADED), by=names), columns, names)
    distinct = select({"loads": call("sum", "loads")}, LOAD_DAYS, where=(*_WHERE, _LOADED), by=("module",))
    return row(
        "All modules",
        panels.stat(
            "Loads", "Times that a module was loaded; modules that come along with another count too.",
            influxql(select({"loads": call("sum", "loads")}, LOAD_DAYS, where=_WHERE)), unit="short", no_value=_NONE,
        ),
        panels.stat(
            "Modules in use", "Distinct modules that were loaded at all, by their full names.",
            influxql(counted(distinct, "loads")), unit="short", no_value=_NONE,
        ),
        *no_finer(HOURLY, _loads("Loads over time", "Loads on each cluster.", LOAD_HOURS, site, 16)),
        panels.table(
            "Loads, users and days of each module",
            limited(
                "How often each module was loaded on each cluster, by how many distinct users on the day with "
                "most, and on how many days. Users of several days can't be added up; `seatwatch report modules` does "
                "that."
            ),
            [influxql(table, form="table")], unit="short", no_value=_NONE, sort="Loads", width=24,
            columns=names | {"loads": "Loads", "users": "Users in a day", "days": "Days"},
        ),
    )  # fmt: skip


def _one(site: Site) -> Row:
    def over_time(what: str) -> str:
        return select({"value": what}, LOAD_DAYS, where=_MODULE, by=("server",), every=EVERY, zone=zone(site))

    return row(
        "The module",
        no_finer(
            LONGTERM,
            panels.timeseries(
                "Loads of the module", "Times that the module was loaded, on each cluster.",
                [influxql(over_time(call("sum", "loads")), "$tag_server")], unit="short", no_value=_NONE, style="bars",
                stacked=True,
            ),
            panels.timeseries(
                "Users of the module", "Distinct users who loaded the module on a day, at most, on each cluster.",
                [influxql(over_time(call("max", "users")), "$tag_server")], unit="short", no_value=_NONE, style="bars",
            ),
        ),
    )  # fmt: skip


def _clock(site: Site) -> Row:
    hours = select({"loads": call("sum", "loads")}, LOAD_HOURS, where=_WHERE, every="1h", fill="none", zone=zone(site))
    return row(
        "Hours of the week",
        by_clock.matrix(
            "Loads, by day of the week and hour", "Loads of all modules in each hour of the week, in the mean.",
            influxql(hours, form="table"), zone=site.timezone, down=WEEKDAY, across=HOUR, value="loads", how="mean",
            unit="short", no_value="none",
        ),
    )  # fmt: skip


def _unused() -> Row:
    names = {"module": "Module", "server": "Cluster"}
    last = select({"loads": call("last", "loads")}, LOAD_DAYS, where=(*_WHERE, _LOADED), by=names)
    return row(
        "Not used any more",
        *over(
            "10y",
            panels.table(
                "Last day of each module",
                limited(
                    "When each module was last loaded, longest ago first. A module that was never loaded is in no log: "
                    "`seatwatch report modules counts --all-modules` names these."
                ),
                [influxql(listed(last, ("loads",), names), form="table")], unit="short", no_value=_NONE,
                columns={"Time": "Last day"} | names | {"loads": "Loads on that day"}, sort="Last day",
                descending=False, width=24,
            ),
        ),
    )  # fmt: skip


def _years(site: Site) -> Row:
    return row(
        "The last 3 years",
        over("3y", *no_finer(LONGTERM, _loads("Loads by day", "Loads on each cluster.", LOAD_DAYS, site, 24))),
        collapsed=True,
    )
