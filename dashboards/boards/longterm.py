"""Long term: the days of one feature over years, years beside one another, and what is never used."""

from __future__ import annotations

from dashboards import by_clock, palette, panels, past, variables
from dashboards.board import Board
from dashboards.by_clock import YEAR
from dashboards.influxql import DAYS, PRODUCT_DAYS, call, chosen, differs, limited, listed, mean_in_use, select
from dashboards.layout import Block, Row, row
from dashboards.links import to_feature
from dashboards.past import EVERY, no_finer, over, zone
from dashboards.query import influxql
from dashboards.site import Site
from exporter.catalog.tiers import LONGTERM
from exporter.catalog.vendors import WTMP

_NAMES = {"site": "Site", "server": "Server", "vendor": "Vendor", "feature": "Feature"}
_LICENCES = (differs("vendor", WTMP),)
"""Labs have a board of their own."""
_FEATURE = chosen(*_NAMES)
_SITE = (*_LICENCES, *chosen("site"))
_PRODUCT = chosen("site", "product")
_NONE = "no day of this feature in this time"


def board(site: Site) -> Board:
    """Return the board."""
    return Board(
        name="longterm",
        title="Seatwatch: long term",
        description="One feature day by day over years: its course, its growth, and whether this year is as the last.",
        rows=(_course(site), _years(site), _growth(), _features(), _product(site)),
        variables=(
            *variables.sources(),
            *past.choices(DAYS, _NAMES, one=("server", "vendor", "feature"), always=_LICENCES),
            *past.choices(PRODUCT_DAYS, {"product": "Product"}, one=("product",), always=chosen("site")),
        ),
        annotations=past.happened("site", "server"),
        links=past.pages("longterm", {"3 years": "3y", "10 years": "10y"}),
        period="now-3y",
        refresh="",
        timezone=site.timezone,
    )


def _course(site: Site) -> Row:
    def over_time(what: str, *, every: str = EVERY) -> str:
        return select({"value": what}, DAYS, where=_FEATURE, every=every, zone=zone(site))

    away = {"waited": call("sum", "denials_waited"), "refused": call("sum", "denials_refused")}
    return row(
        "Course",
        no_finer(
            LONGTERM,
            panels.timeseries(
                "In use", "Seats in use: most and mean of each stretch of time, and those issued.",
                [
                    influxql(over_time(call("max", "in_use_max")), "most", colour=palette.PEAK),
                    influxql(over_time(mean_in_use()), "mean", colour=palette.IN_USE),
                    influxql(over_time(call("max", "issued")), "issued", colour=palette.ISSUED),
                ],
                unit="short", no_value=_NONE, width=24,
            ),
            panels.timeseries(
                "Growth", "Mean in use of each week, and of the 52 weeks up to it.",
                [
                    influxql(over_time(mean_in_use(), every="7d"), "week", colour=palette.SKY),
                    influxql(over_time(f"moving_average({call('mean', 'in_use_mean')}, 52)", every="7d"),
                             "52 weeks", colour=palette.VERMILION),
                ],
                unit="short", no_value=_NONE, style="line",
            ),
            panels.timeseries(
                "Users", "Most distinct users on one day.",
                [influxql(over_time(call("max", "users")), "users", colour=palette.USERS)],
                unit="short", no_value=_NONE,
            ),
            panels.timeseries(
                "Turned away, by week", "Times a week that somebody waited for a seat, or got none.",
                [influxql(select(away, DAYS, where=_FEATURE, every="7d", zone=zone(site)), "$col")],
                unit="short", no_value=_NONE, style="bars",
                colours={"waited": palette.WARNING, "refused": palette.CRITICAL},
            ),
            panels.timeseries(
                "Time at its limit, by week", "Time of each week with every issued seat in use; unit: time.",
                [influxql(over_time(call("sum", "saturated_seconds"), every="7d"), "at its limit")],
                unit="s", no_value=_NONE, style="bars",
            ),
        ),
    )  # fmt: skip


def _years(site: Site) -> Row:
    def each_day(columns: dict[str, str]) -> str:
        return select(columns, DAYS, where=_FEATURE, every="1d", fill="none", zone=zone(site))

    every_year = {
        "peak": call("max", "in_use_max"),
        "mean in use": call("sum", "in_use_mean"),
        "issued": call("sum", "issued"),
        "hours at its limit": f"{call('sum', 'saturated_seconds')} / 3600",
        "refused": call("sum", "denials_refused"),
        "seat hours": f"{call('sum', 'seat_seconds')} / 3600",
    }
    how: dict[str, by_clock.How] = {
        "peak": "max", "mean in use": "mean", "issued": "max", "hours at its limit": "sum", "refused": "sum",
        "seat hours": "sum",
    }  # fmt: skip
    return row(
        "Years side by side",
        by_clock.side_by_side(
            "Peak of each month", "Most seats in use at once in each month, a bar for each year.",
            influxql(each_day({"peak": call("max", "in_use_max")}), form="table"),
            zone=site.timezone, value="peak", how="max", unit="short", no_value=_NONE,
        ),
        by_clock.side_by_side(
            "Mean in use of each month", "Mean of the seats in use in each month, a bar for each year.",
            influxql(each_day({"mean": call("sum", "in_use_mean")}), form="table"),
            zone=site.timezone, value="mean", how="mean", unit="short", no_value=_NONE,
        ),
        by_clock.side_by_side(
            "Hours at its limit of each month", "Hours of each month with every seat in use, a bar a year.",
            influxql(each_day({"hours": f"{call('sum', 'saturated_seconds')} / 3600"}), form="table"),
            zone=site.timezone, value="hours", how="sum", unit="short", no_value=_NONE,
        ),
        by_clock.listed(
            "Year by year", "Each year of the time shown in numbers; issued are the most of the year.",
            influxql(each_day(every_year), form="table"), zone=site.timezone, part=YEAR, values=how, unit="short",
            no_value=_NONE,
        ),
    )  # fmt: skip


def _growth() -> Row:
    numbers = (
        ("Mean in use", "Mean of the seats in use", mean_in_use(), "short"),
        ("Peak", "Most seats in use at once", call("max", "in_use_max"), "short"),
        ("Time at its limit", "Time with every issued seat in use", call("sum", "saturated_seconds"), "s"),
        ("Turned away", "Times that somebody got no seat", call("sum", "denials_refused"), "short"),
    )
    found: list[Block] = []
    for when, shift in (("last 365 days", None), ("365 days before", "365d")):
        for title, description, what, unit in numbers:
            asked = influxql(select({title: what}, DAYS, where=_FEATURE))
            one = panels.stat(f"{title}, {when}", f"{description}, {when}.", asked, unit=unit, no_value=_NONE, width=6)
            found += over("365d", one, shifted=shift)
    return row("This year and the one before", found)


def _features() -> Row:
    names = {name: name for name in ("feature", "vendor", "server")}
    columns = {
        "seat hours": f"{call('sum', 'seat_seconds')} / 3600",
        "peak": call("max", "in_use_max"),
        "issued": call("max", "issued"),
        "at its limit": f"{call('sum', 'saturated_seconds')} / 3600",
        "refused": call("sum", "denials_refused"),
    }
    unused = {"check-outs": call("sum", "checkouts"), "seat seconds": call("sum", "seat_seconds"),
              "issued": call("max", "issued")}  # fmt: skip
    link = [to_feature(table=True)]
    return row(
        "Every feature",
        *over(
            "365d",
            panels.table(
                "Every feature of the site, last 365 days",
                limited(
                    "Seat hours, peak and issued seats, hours with every seat in use, and times that somebody got none."
                ),
                [influxql(listed(select(columns, DAYS, where=_SITE, by=names), columns, names), form="table")],
                unit="short", no_value="no day of any feature in this time", width=14, height=12, sort="Seat hours",
                columns=names | {"seat hours": "Seat hours", "peak": "Peak", "issued": "Issued",
                                 "at its limit": "At its limit, h", "refused": "Turned away"},
                links=link,
            ),
            panels.table(
                "Never used, last 365 days",
                limited("Features of which no seat was in use; those that no log ever names are not there."),
                [
                    influxql(
                        listed(select(unused, DAYS, where=_SITE, by=names), ("issued",), names,
                               where='"seat seconds" = 0 AND "check-outs" = 0'),
                        form="table",
                    )
                ],
                unit="short", no_value="every feature was used", width=10, height=12, sort="Issued",
                columns=names | {"issued": "Issued"}, links=link,
            ),
        ),
    )  # fmt: skip


def _product(site: Site) -> Row:
    def over_time(what: str) -> str:
        return select({"value": what}, PRODUCT_DAYS, where=_PRODUCT, every=EVERY, zone=zone(site))

    none = "no product is configured, or none has days in this time"
    hours = {"hours": f"{call('sum', 'saturated_seconds')} / 3600"}
    return row(
        "The product",
        *no_finer(
            LONGTERM,
            panels.timeseries(
                "Product: in use", "Seats of all features of the product in use: most and mean, and those issued.",
                [
                    influxql(over_time(call("max", "in_use_max")), "most", colour=palette.PEAK),
                    influxql(over_time(mean_in_use()), "mean", colour=palette.IN_USE),
                    influxql(over_time(call("max", "issued")), "issued", colour=palette.ISSUED),
                ],
                unit="short", no_value=none,
            ),
        ),
        by_clock.side_by_side(
            "Product: hours at its limit of each month", "Hours of each month with every seat in use, a bar a year.",
            influxql(
                select(hours, PRODUCT_DAYS, where=_PRODUCT, every="1d", fill="none", zone=zone(site)), form="table"
            ),
            zone=site.timezone, value="hours", how="sum", unit="short", no_value=none,
        ),
        collapsed=True,
    )  # fmt: skip
