"""
Transfers: what is received and sent, and how long it takes.

The five graphs that MetPX's own tools drew with rrdtool and gnuplot, for the same spans and more: latency, bytes,
errors, files, and files over the limit, for any clients or sources, machines and products together.
"""

from __future__ import annotations

from collections.abc import Callable

from dashboards import by_clock, looks, palette, panels, past, variables
from dashboards.board import Board
from dashboards.by_clock import HOUR, WEEKDAY
from dashboards.influxql import TRANSFER_DAYS, TRANSFER_HOURS, Origin, call, chosen, limited, listed, select
from dashboards.layout import Block, Row, row
from dashboards.past import EVERY, no_finer, over, zone
from dashboards.query import influxql
from dashboards.site import Site
from exporter.catalog.tiers import HOURLY, LONGTERM

_NAMES = {
    "site": "Site",
    "machine": "Machine",
    "direction": "Direction",
    "client": "Client or source",
    "product": "Product",
}
_WHERE = chosen(*_NAMES)
_NONE = "nothing was received or sent in this time"
_MEAN = f"{call('sum', 'latency_sum')} / {call('sum', 'latencies')}"
_BY_DIRECTION = {"rx": palette.BLUE, "tx": palette.ORANGE, "trx": palette.GREEN}


def board(site: Site) -> Board:
    """Return the board."""
    graphs = no_finer(HOURLY, *_graphs(TRANSFER_HOURS, site, "in each stretch of time"))
    years = over("3y", *no_finer(LONGTERM, *_graphs(TRANSFER_DAYS, site, "day by day")))
    return Board(
        name="transfers",
        title="Seatwatch: transfers",
        description="Files that were received and sent: how many, how large, how late, and what went wrong.",
        rows=(
            _short(),
            row("Hour by hour", graphs),
            _who(),
            _clock(site),
            row("The last 3 years, day by day", years, collapsed=True),
        ),
        variables=(*variables.sources(), *past.choices(TRANSFER_HOURS, _NAMES)),
        links=past.pages("transfers", {"7 days": "7d", "5 weeks": "35d", "3 months": "90d"}),
        period="now-7d",
        refresh="",
        timezone=site.timezone,
    )


def _short() -> Row:
    def number(title: str, description: str, what: str, unit: str, steps: looks.Steps | None = None) -> Block:
        asked = influxql(select({title: what}, TRANSFER_HOURS, where=_WHERE))
        return panels.stat(title, description, asked, unit=unit, no_value=_NONE, steps=steps or ((None, palette.BLUE),))

    return row(
        "In short",
        number("Files", "Files received and sent.", call("sum", "files"), "short"),
        number("Bytes", "Bytes of the files received and sent.", call("sum", "bytes"), "bytes"),
        number("Errors", "Lines of errors.", call("sum", "errors"), "short", looks.any_is(palette.WARNING)),
        number("Files over the limit", "Files that took longer than the source's max_latency.",
               call("sum", "late_files"), "short", looks.any_is(palette.WARNING)),
        number("Mean latency", "Mean time that files took, of those that tell it.", _MEAN, "s"),
        number("Clocks that are wrong", "Files that were sent before they came, by their stamps: counted as no time.",
               call("sum", "negative_latencies"), "short", looks.any_is(palette.CRITICAL)),
    )  # fmt: skip


def _graphs(origin: Origin, site: Site, when: str) -> tuple[Block, ...]:
    """Return the five graphs; *when* ends their titles."""

    def over_time(what: str, *, by: tuple[str, ...] = ()) -> str:
        return select({"value": what}, origin, where=_WHERE, by=by, every=EVERY, zone=zone(site))

    def summed(title: str, description: str, field: str, unit: str) -> Block:
        asked = influxql(over_time(call("sum", field), by=("direction",)), "$tag_direction")
        return panels.timeseries(
            f"{title} {when}",
            description,
            [asked],
            unit=unit,
            no_value=_NONE,
            style="bars",
            stacked=True,
            colours=_BY_DIRECTION,
        )

    latency = {
        "greatest": (call("max", "latency_max"), palette.GREY),
        "greatest 99 %": (call("max", "latency_p99"), palette.VERMILION),
        "greatest 95 %": (call("max", "latency_p95"), palette.ORANGE),
        "greatest median": (call("max", "latency_median"), palette.GREEN),
        "mean": (_MEAN, palette.BLUE),
        "least": (call("min", "latency_min"), palette.SKY),
    }
    columns = {name: what for name, (what, _) in latency.items()}
    told = (*_WHERE, '"latencies" > 0')
    return (
        panels.timeseries(
            f"Latency {when}",
            "How long files took. Mean, least and greatest are of all files; medians and percentiles are those of the "
            "client, product and window in which they were greatest, for they can't be added up.",
            [influxql(select(columns, origin, where=told, every=EVERY, zone=zone(site)), "$col")],
            unit="s", no_value="no file of this time tells how long it took", width=24,
            colours={name: colour for name, (_, colour) in latency.items()},
        ),
        summed("Bytes", "Bytes received (rx) and sent (tx) in each stretch of time.", "bytes", "bytes"),
        summed("Files", "Files received (rx) and sent (tx) in each stretch of time.", "files", "short"),
        summed("Errors", "Lines of errors in each stretch of time.", "errors", "short"),
        summed("Files over the limit", "Files of each stretch of time that took longer than max_latency.", "late_files",
               "short"),
    )  # fmt: skip


def _who() -> Row:
    columns = {
        "files": call("sum", "files"),
        "MB": f"{call('sum', 'bytes')} / 1000000",
        "errors": call("sum", "errors"),
        "late files": call("sum", "late_files"),
        "mean latency": _MEAN,
        "greatest latency": call("max", "latency_max"),
    }
    headings = {"files": "Files", "MB": "MB", "errors": "Errors", "late files": "Late", "mean latency": "Mean, s",
                "greatest latency": "Greatest, s"}  # fmt: skip

    def by(title: str, description: str, tags: dict[str, str], width: int) -> Block:
        asked = listed(select(columns, TRANSFER_HOURS, where=_WHERE, by=tags), columns, tags)
        return panels.table(
            title, limited(f"{description}: files, megabytes, errors, late files, and latency in seconds."),
            [influxql(asked, form="table")], unit="short", no_value=_NONE, columns=tags | headings, sort="Files",
            width=width,
        )  # fmt: skip

    client = {"client": "Client or source", "direction": "Direction", "machine": "Machine"}
    return row(
        "Who, and what",
        by("By client or source", "Each client or source and direction on each machine", client, 24),
        by("By machine", "Each machine", {"machine": "Machine"}, 12),
        by("By product", "Each product", {"product": "Product"}, 12),
    )


def _clock(site: Site) -> Row:
    def each_hour(columns: dict[str, str]) -> str:
        return select(columns, TRANSFER_HOURS, where=_WHERE, every="1h", fill="none", zone=zone(site))

    matrix: Callable[..., Block] = by_clock.matrix
    return row(
        "Hours of the week",
        matrix(
            "Files, by day of the week and hour", "Files received and sent in each hour of the week, in the mean.",
            influxql(each_hour({"files": call("sum", "files")}), form="table"), zone=site.timezone, down=WEEKDAY,
            across=HOUR, value="files", how="mean", unit="short", no_value="none", decimals=0,
        ),
        by_clock.bars(
            "Files over the limit, by hour of the day", "Late files and errors by hour of the day, all days together.",
            influxql(each_hour({"late": call("sum", "late_files"), "errors": call("sum", "errors")}), form="table"),
            zone=site.timezone, part=HOUR, values={"late": "sum", "errors": "sum"}, unit="short", no_value=_NONE,
            width=24,
        ),
    )  # fmt: skip
