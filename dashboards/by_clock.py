r"""
Panels by hour of the day, day of the week, month or year, as rrd pictures never had them.

InfluxQL groups time into stretches of one length and knows no clock: it can't put all Mondays together, and no month is
as long as the next. So these panels ask for hours or days, and Grafana does the rest by transformations that every one
from 10 on has: it writes the time as the parts of a clock (*Format time*), which become columns (*Extract fields*), by
which rows are put together (*Group by*), and where there are two parts, one goes down and one across (*Grouping to
matrix*).

Parts are written with moment.js's letters, between texts in brackets, as JSON: ``[{"hour":"]HH["}]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from grafanalib import core

from dashboards import panels
from dashboards.layout import Block
from dashboards.query import Query

Json = dict[str, Any]
How = Literal["sum", "mean", "max", "min"]


class Part(NamedTuple):
    """A part of a clock: its name, which heads its column, and its form, which sorts as text."""

    name: str
    form: str


HOUR = Part("hour", "HH")
WEEKDAY = Part("weekday", "E ddd")
MONTH = Part("month", "MM")
YEAR = Part("year", "YYYY")
_TIME = "Time"
"""What Grafana calls the time of a table from InfluxDB."""


def by(parts: Sequence[Part], zone: str, values: dict[str, How], tags: Sequence[str] = ()) -> list[Json]:
    """
    Return the transformations that put the rows of a table together by *parts* of the clock of a *zone*, and by *tags*.

    *values*: columns, and how they are put together: ``in use`` becomes ``in use (mean)``. Rows come in the order of
    the parts, the first first.
    """
    form = ",".join(f'"{part.name}":"]{part.form}["' for part in parts)
    groups = {name: {"aggregations": [], "operation": "groupby"} for name in (*(part.name for part in parts), *tags)}
    sums = {name: {"aggregations": [how], "operation": "aggregate"} for name, how in values.items()}
    # `timezone` is read since 10.3, `useTimezone` before.
    clock = {"timeField": _TIME, "outputFormat": f"[{{{form}}}]", "timezone": zone, "useTimezone": True}
    return [
        {"id": "formatTime", "options": clock},
        _sorted(_TIME),
        {"id": "extractFields", "options": {"source": _TIME, "format": "json", "replace": False, "keepTime": False}},
        {"id": "groupBy", "options": {"fields": groups | sums}},
    ]


def matrix(
    title: str,
    description: str,
    query: Query,
    *,
    zone: str,
    down: Part | str,
    across: Part,
    value: str,
    how: How,
    unit: str,
    no_value: str,
    decimals: int = 1,
    width: int = 24,
    height: int = 9,
) -> Block:
    """
    Return a table with a coloured cell for each pair, the darker the more: the heat map of *down* and *across*.

    *query* is a table with the column *value*; *down* may be a tag of it instead of a part of the clock. A cell of
    which there is nothing says *no_value*.
    """
    parts = (across, down) if isinstance(down, Part) else (across,)
    row = down.name if isinstance(down, Part) else down
    cells = {
        "matcher": {"id": "byNames", "options": {"mode": "exclude", "names": [row]}},
        "properties": [{"id": "custom.cellOptions", "value": {"type": "color-background", "mode": "basic"}}],
    }
    panel = core.Table(
        title=title,
        description=description,
        targets=[query.target("A")],
        maxDataPoints=None,
        transformations=[
            *by(parts, zone, {value: how}, () if isinstance(down, Part) else (down,)),
            *_matrix(row, across.name, f"{value} ({how})"),
        ],
        extraJson={
            "fieldConfig": {
                "defaults": {
                    "unit": unit,
                    "decimals": decimals,
                    "noValue": no_value,
                    "color": {"mode": "continuous-blues"},
                    "custom": {"align": "center", "inspect": False},
                },
                "overrides": [cells],
            }
        },
    )
    return Block(panel, width, height)


def bars(
    title: str,
    description: str,
    query: Query,
    *,
    zone: str,
    part: Part,
    values: dict[str, How],
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 9,
    stacked: bool = False,
) -> Block:
    """Return a bar for each hour of the day, month of the year or whatever *part* is, of each column in *values*."""
    names = {f"{name} ({how})": name for name, how in values.items()}
    steps = [*by((part,), zone, values), _renamed(names)]
    return panels.bar_chart(
        title, description, [query], unit=unit, no_value=no_value, x=part.name, width=width, height=height,
        stacked=stacked, transformations=steps,
    )  # fmt: skip


def listed(
    title: str,
    description: str,
    query: Query,
    *,
    zone: str,
    part: Part,
    values: dict[str, How],
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 9,
) -> Block:
    """Return a table with a row for each year, or whatever *part* is, and the columns *values*."""
    names = {f"{name} ({how})": name for name, how in values.items()}
    panel = core.Table(
        title=title,
        description=description,
        targets=[query.target("A")],
        maxDataPoints=None,
        transformations=[*by((part,), zone, values), _renamed(names)],
        extraJson={"fieldConfig": {"defaults": {"unit": unit, "noValue": no_value, "custom": {"inspect": False}}}},
    )
    return Block(panel, width, height)


def side_by_side(
    title: str,
    description: str,
    query: Query,
    *,
    zone: str,
    value: str,
    how: How,
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 9,
) -> Block:
    """Return the months of the year with a bar for each year: whether this March is as the last one was."""
    steps = [*by((YEAR, MONTH), zone, {value: how}), *_matrix(MONTH.name, YEAR.name, f"{value} ({how})")]
    return panels.bar_chart(
        title, description, [query], unit=unit, no_value=no_value, x=MONTH.name, width=width, height=height,
        transformations=steps,
    )  # fmt: skip


def _matrix(row: str, column: str, value: str) -> list[Json]:
    """Return the transformations that put *row* down and *column* across, rows in order."""
    corner = f"{row}\\{column}"
    return [
        {"id": "groupingToMatrix", "options": {"columnField": column, "rowField": row, "valueField": value}},
        _sorted(corner),
        _renamed({corner: row}),
    ]


def _renamed(names: dict[str, str]) -> Json:
    return {"id": "organize", "options": {"excludeByName": {}, "indexByName": {}, "renameByName": names}}


def _sorted(field: str) -> Json:
    return {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": field, "desc": False}]}}
