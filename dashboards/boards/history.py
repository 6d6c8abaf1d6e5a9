"""History: the hours of one feature over days, weeks and months, and when it is that people are turned away."""

from __future__ import annotations

from dashboards import by_clock, palette, panels, past, variables
from dashboards.board import Board
from dashboards.by_clock import HOUR, WEEKDAY
from dashboards.influxql import HOURS, PRODUCT_HOURS, call, chosen, differs, mean_in_use, select
from dashboards.layout import Block, Row, row
from dashboards.past import EVERY, no_finer, zone
from dashboards.query import influxql
from dashboards.site import Site
from exporter.catalog.tiers import HOURLY
from exporter.catalog.vendors import WTMP
from exporter.catalog.windows import SHARES

_NAMES = {"site": "Site", "server": "Server", "vendor": "Vendor", "feature": "Feature"}
_LICENCES = (differs("vendor", WTMP),)
"""Labs have a board of their own."""
_FEATURE = chosen(*_NAMES)
_PRODUCT = chosen("site", "product")
_KNOWN = '"issued" > 0'
"""Shares are of seats that are known."""
_SHARE = f"{call('sum', 'in_use_mean')} / {call('sum', 'issued')}"
_NONE = "no hour of this feature in this time"


def board(site: Site) -> Board:
    """Return the board."""
    return Board(
        name="history",
        title="Seatwatch: history",
        description="One feature hour by hour: how much is used, when, how well, and when people are turned away.",
        rows=(_short(), _course(site), _week(site), _use(site), _denials(site), _product(site), _trust()),
        variables=(
            *variables.sources(),
            *past.choices(HOURS, _NAMES, one=("server", "vendor", "feature"), always=_LICENCES),
            *past.choices(PRODUCT_HOURS, {"product": "Product"}, one=("product",), always=chosen("site")),
        ),
        annotations=past.happened("site", "server"),
        links=past.pages("history", {"7 days": "7d", "5 weeks": "35d", "3 months": "90d"}),
        period="now-7d",
        refresh="",
        timezone=site.timezone,
    )


def _short() -> Row:
    def number(title: str, description: str, what: str, unit: str, *, where: tuple[str, ...] = ()) -> Block:
        asked = select({title: what}, HOURS, where=(*_FEATURE, *where))
        return panels.stat(title, description, influxql(asked), unit=unit, no_value=_NONE, decimals=None)

    return row(
        "In short",
        number("Peak", "Most seats in use at once, however briefly.", call("max", "in_use_max"), "short"),
        number("Mean in use", "Mean of the seats in use over all time that the log tells of.", mean_in_use(), "short"),
        number("Mean share", "Mean of the share of the issued seats in use, over hours.", _SHARE, "percentunit",
               where=(_KNOWN,)),
        number("All seats in use", "Time in which every issued seat was in use.",
               call("sum", "saturated_seconds"), "s"),
        number("Turned away", "Times that somebody asked for a seat and got none, retries counted once.",
               call("sum", "denials_refused"), "short"),
        number("Seat hours", "Seats in use times the hours they were in use.", f"{call('sum', 'seat_seconds')} / 3600",
               "short"),
    )  # fmt: skip


def _course(site: Site) -> Row:
    def over_time(what: str, *, every: str = EVERY) -> str:
        return select({"value": what}, HOURS, where=_FEATURE, every=every, zone=zone(site))

    return row(
        "Course",
        no_finer(
            HOURLY,
            panels.timeseries(
                "In use", "Seats in use: most, mean and least of each stretch of time, and those issued.",
                [
                    influxql(over_time(call("max", "in_use_max")), "most", colour=palette.PEAK),
                    influxql(over_time(mean_in_use()), "mean", colour=palette.IN_USE),
                    influxql(over_time(call("min", "in_use_min")), "least", colour=palette.GREEN),
                    influxql(over_time(call("max", "issued")), "issued", colour=palette.ISSUED),
                ],
                unit="short", no_value=_NONE, width=24,
            ),
            panels.timeseries(
                "Peak of each day", "Most seats in use at once on each day, in seats.",
                [influxql(over_time(call("max", "in_use_max"), every="1d"), "peak")],
                unit="short", no_value=_NONE, style="bars",
            ),
            panels.timeseries(
                "Users and queue", "Most distinct users within one hour, and most seats waited for at once.",
                [
                    influxql(over_time(call("max", "users")), "users", colour=palette.USERS),
                    influxql(over_time(call("max", "queued_max")), "queued", colour=palette.QUEUED),
                ],
                unit="short", no_value=_NONE,
            ),
            panels.timeseries(
                "Check-outs and check-ins", "Lines of each stretch of time; check-ins without a check-out count too.",
                [
                    influxql(over_time(call("sum", "checkouts")), "check-outs", colour=palette.BLUE),
                    influxql(over_time(call("sum", "checkins")), "check-ins", colour=palette.ORANGE),
                ],
                unit="short", no_value=_NONE,
            ),
            by_clock.bars(
                "In use by hour of the day", "Mean of the seats in use in each hour of the day, all days together.",
                influxql(_by_hour(site, {"in use": call("sum", "in_use_mean")}), form="table"),
                zone=site.timezone, part=HOUR, values={"in use": "mean"}, unit="short", no_value=_NONE,
            ),
        ),
    )  # fmt: skip


def _week(site: Site) -> Row:
    return row(
        "Hours of the week",
        by_clock.matrix(
            "Mean in use, by day of the week and hour",
            "Mean of the seats in use in each hour of the week over all weeks shown.",
            influxql(_by_hour(site, {"in use": call("sum", "in_use_mean")}), form="table"),
            zone=site.timezone, down=WEEKDAY, across=HOUR, value="in use", how="mean", unit="short", no_value=_NONE,
        ),
        by_clock.matrix(
            "Peak, by day of the week and hour",
            "Most seats in use at once in each hour of the week, over all weeks shown.",
            influxql(_by_hour(site, {"peak": call("max", "in_use_max")}), form="table"),
            zone=site.timezone, down=WEEKDAY, across=HOUR, value="peak", how="max", unit="short", no_value=_NONE,
            decimals=0,
        ),
    )  # fmt: skip


def _use(site: Site) -> Row:
    at_least = {f"at least {share} %": call("sum", f"seconds_ge_{share}") for share in SHARES}
    shares = {name: f"{what} / {call('sum', 'covered_seconds')}" for name, what in at_least.items()}
    full = {"all in use": call("sum", "saturated_seconds"), "over the issued": call("sum", "over_issued_seconds")}
    known = (*_FEATURE, _KNOWN)
    return row(
        "How well it is used",
        panels.bar_gauge(
            "Efficiency", "Share of the time in which at least so many of the issued seats were in use.",
            influxql(select(shares, HOURS, where=known), "$col"),
            unit="percentunit", no_value="it is not known how many seats are issued", most=1,
            steps=((None, palette.BLUE),),
        ),
        panels.timeseries(
            "Time at its limit, by day", "Time of each day with every issued seat in use, and with more than issued.",
            [influxql(select(full, HOURS, where=known, every="1d", zone=zone(site)), "$col")],
            unit="s", no_value="it is not known how many seats are issued", style="bars",
            colours={"all in use": palette.WARNING, "over the issued": palette.CRITICAL},
        ),
    )  # fmt: skip


def _denials(site: Site) -> Row:
    lines = {
        "lines": call("sum", "denials"),
        "waited": call("sum", "denials_waited"),
        "refused": call("sum", "denials_refused"),
    }
    people = {name: what for name, what in lines.items() if name != "lines"}
    colours = {"lines": palette.GREY, "waited": palette.WARNING, "refused": palette.CRITICAL}
    turned = {"denials": f"{call('sum', 'denials_waited')} + {call('sum', 'denials_refused')}"}
    some = (*chosen("site", "server", "vendor"), '("denials_waited" > 0 OR "denials_refused" > 0)')
    return row(
        "Denials",
        panels.timeseries(
            "Denials, by day", "Lines of denials, and what they come to: times that somebody waited or got nothing.",
            [influxql(select(lines, HOURS, where=_FEATURE, every="1d", zone=zone(site)), "$col")],
            unit="short", no_value=_NONE, style="bars", colours=colours,
        ),
        by_clock.bars(
            "Denials by hour of the day", "Times that somebody waited or got nothing, by hour of the day.",
            influxql(_by_hour(site, people), form="table"), zone=site.timezone, part=HOUR,
            values=dict.fromkeys(people, "sum"), unit="short", no_value=_NONE, stacked=True,
        ),
        by_clock.matrix(
            "Denials of every feature of the vendor, by hour of the day",
            "Times that somebody waited or got nothing, of every feature of the server and vendor chosen.",
            influxql(select(turned, HOURS, where=some, by=("feature",), every="1h", fill="none", zone=zone(site)),
                     form="table"),
            zone=site.timezone, down="feature", across=HOUR, value="denials", how="sum", unit="short", decimals=0,
            no_value="none",
        ),
    )  # fmt: skip


def _product(site: Site) -> Row:
    def over_time(what: str, *, every: str = EVERY) -> str:
        return select({"value": what}, PRODUCT_HOURS, where=_PRODUCT, every=every, zone=zone(site))

    none = "no product is configured, or none has hours in this time"
    away = {"waited": call("sum", "denials_waited"), "refused": call("sum", "denials_refused")}
    return row(
        "The product",
        no_finer(
            HOURLY,
            panels.timeseries(
                "Product: in use", "Seats of all features of the product in use: most and mean, and those issued.",
                [
                    influxql(over_time(call("max", "in_use_max")), "most", colour=palette.PEAK),
                    influxql(over_time(mean_in_use()), "mean", colour=palette.IN_USE),
                    influxql(over_time(call("max", "issued")), "issued", colour=palette.ISSUED),
                ],
                unit="short", no_value=none,
            ),
            panels.timeseries(
                "Product: turned away", "Times a day that somebody waited for a seat of the product, or got none.",
                [influxql(select(away, PRODUCT_HOURS, where=_PRODUCT, every="1d", zone=zone(site)), "$col")],
                unit="short", no_value=none, style="bars",
                colours={"waited": palette.WARNING, "refused": palette.CRITICAL},
            ),
        ),
        collapsed=True,
    )  # fmt: skip


def _trust() -> Row:
    def over_time(what: str) -> str:
        return select({"value": what}, HOURS, where=_FEATURE, every=EVERY)

    return row(
        "Is it to be believed",
        no_finer(
            HOURLY,
            panels.timeseries(
                "Told of by the log", "Share of each hour that the log tells of; of a gap there is none.",
                [influxql(over_time(f"{call('mean', 'covered_seconds')} / 3600"), "told of")],
                unit="percentunit", no_value=_NONE, most=1,
            ),
            panels.timeseries(
                "Suspect seats", "Most seats at once whose check-in may be in a part of the log that was lost.",
                [influxql(over_time(call("max", "suspect_seats")), "suspect")], unit="short", no_value=_NONE,
            ),
        ),
        collapsed=True,
    )  # fmt: skip


def _by_hour(site: Site, columns: dict[str, str]) -> str:
    """Return the question for single hours of the feature, all servers together."""
    return select(columns, HOURS, where=_FEATURE, every="1h", fill="none", zone=zone(site))
