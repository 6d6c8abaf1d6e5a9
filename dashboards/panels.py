"""
The kinds of panels, a function each: title, what it shows, its queries, its unit and what stands there without data.

Units are Grafana's: ``short`` (seats), ``s``, ``percentunit`` (1 is 100 %), ``bytes``, ``dateTimeAsIso``. Gaps are
drawn as gaps: a time that no log tells of is no zero. Every function returns a `Block`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from grafanalib import core

from dashboards import looks, palette
from dashboards.layout import Block
from dashboards.looks import Json, Steps
from dashboards.query import Query, named


def timeseries(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 8,
    style: Literal["line", "steps", "bars", "area"] = "steps",
    stacked: bool = False,
    colours: Mapping[str, str] | None = None,
    steps: Steps = (),
    least: float | None = 0,
    most: float | None = None,
    links: Sequence[Json] = (),
    legend: Literal["list", "table", "hidden"] = "list",
) -> Block:
    """
    Return lines (or *style*) over time; *colours*: of series by their names; *steps*: drawn as lines across.

    Levels are drawn as steps, for that is what they are: a seat is taken or not.
    """
    panel = core.TimeSeries(
        title=title,
        description=description,
        targets=_targets(queries),
        drawStyle="bars" if style == "bars" else "line",
        lineInterpolation="stepAfter" if style == "steps" else "linear",
        fillOpacity={"bars": 80, "area": 30}.get(style, 30 if stacked else 8),
        lineWidth=0 if style == "bars" else 2,
        showPoints="auto",
        stacking={"mode": "normal", "group": "A"} if stacked else {},
        spanNulls=False,
        legendDisplayMode=legend,
        legendCalcs=["lastNotNull", "max", "mean"] if legend == "table" else [],
        tooltipMode="multi",
        tooltipSort="desc",
        thresholdsStyleMode="dashed" if steps else "off",
        maxDataPoints=None,
        extraJson=looks.field(
            unit, no_value, color={"mode": "shades", "fixedColor": palette.BLUE}, min=least, max=most,
            links=list(links), thresholds=looks.thresholds(steps or ((None, palette.WELL),)),
            overrides=looks.of_series(queries, colours),
        ),
    )  # fmt: skip
    return Block(panel, width, height)


def stat(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str,
    no_value: str,
    width: int = 4,
    height: int = 4,
    steps: Steps = ((None, palette.BLUE),),
    texts: Mapping[str, str] | None = None,
    decimals: int | None = None,
    sparkline: bool = False,
    calc: str = "lastNotNull",
    text: Literal["auto", "name", "value_and_name"] = "auto",
    period: str | None = None,
    links: Sequence[Json] = (),
) -> Block:
    """
    Return a number; *texts*: words in place of values; *text*: whether the name of a series is shown too, or alone.

    *period*: instead of the board's, such as ``now/d`` for today.
    """
    panel = core.Stat(
        title=title,
        description=description,
        targets=_targets([query]),
        graphMode="area" if sparkline else "none",
        reduceCalc=calc,
        textMode=text,
        noValue=no_value,
        maxDataPoints=None,
        timeFrom=period,
        extraJson=looks.field(
            unit, no_value, color={"mode": "thresholds"}, thresholds=looks.thresholds(steps), decimals=decimals,
            mappings=looks.words(texts), links=list(links),
        ),
    )  # fmt: skip
    return Block(panel, width, height)


def bar_gauge(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 10,
    steps: Steps,
    most: float | None = None,
    calc: str = "lastNotNull",
    period: str | None = None,
    links: Sequence[Json] = (),
) -> Block:
    """Return a bar for each series; *most*: at which a bar is full, else the longest is; *period*: see `stat`."""
    panel = core.BarGauge(
        title=title,
        description=description,
        targets=_targets([query]),
        calc=calc,
        displayMode="basic",
        orientation="horizontal",
        maxDataPoints=None,
        timeFrom=period,
        extraJson=looks.field(
            unit,
            no_value,
            color={"mode": "thresholds"},
            thresholds=looks.thresholds(steps),
            min=0,
            max=most,
            links=list(links),
        ),
    )
    return Block(panel, width, height)


def table(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str,
    no_value: str,
    columns: Mapping[str, str],
    width: int = 12,
    height: int = 10,
    steps: Mapping[str, Steps] | None = None,
    sort: str | None = None,
    descending: bool = True,
    links: Sequence[Json] = (),
) -> Block:
    """
    Return a table; *columns*: field to heading, in order; fields that are not named are not shown.

    All columns have one unit, for Grafana's schema knows no other: a column in another one says so in its heading,
    such as ``Share, %``. *steps*: colours of columns by heading; *sort*: the heading to sort by. Several queries give
    the columns of one table, joined by the fields they share. Values of a Prometheus query in form ``table`` are
    ``Value #A``, or ``Value`` where there is but one query. Fields that a link asks for keep their own name.
    """
    overrides = [
        looks.for_field(
            heading,
            {
                "thresholds": looks.thresholds(colours),
                "color": {"mode": "thresholds"},
                "custom.cellOptions": {"type": "color-background", "mode": "basic"},
            },
        )
        for heading, colours in (steps or {}).items()
    ]
    order = {"indexByName": {field: at for at, field in enumerate(columns)}, "renameByName": dict(columns)}
    panel = core.Table(
        title=title,
        description=description,
        targets=_targets(queries),
        sortBy=[core.TableSortByField(sort, desc=descending)] if sort else [],
        maxDataPoints=None,
        transformations=[
            *([{"id": "merge", "options": {}}] if len(queries) > 1 else []),
            {"id": "filterFieldsByName", "options": {"include": {"names": list(columns)}}},
            {"id": "organize", "options": order},
        ],
        extraJson=looks.field(unit, no_value, overrides=overrides, links=list(links), custom={"inspect": False}),
    )
    return Block(panel, width, height)


def heatmap(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str,
    no_value: str,
    axis_unit: str = "short",
    colour: str = palette.VERMILION,
    width: int = 12,
    height: int = 9,
) -> Block:
    """Return a heat map of buckets (form ``heatmap``) or of series, a line each; *axis_unit*: of the lines."""
    panel = core.Heatmap(
        title=title,
        description=description,
        targets=_targets([query]),
        maxDataPoints=None,
        options={
            "color": {"mode": "opacity", "fill": colour, "scale": "exponential", "exponent": 0.5, "scheme": "Blues",
                      "steps": 64, "reverse": False},
            "yAxis": {"unit": axis_unit, "axisPlacement": "left"},
            "cellValues": {"unit": unit},
            "rowsFrame": {"layout": "auto"},
        },
        extraJson=looks.field(unit, no_value, custom={"scaleDistribution": {"type": "linear"}}),
    )  # fmt: skip
    return Block(panel, width, height)


def state_timeline(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str,
    no_value: str,
    steps: Steps,
    texts: Mapping[str, str] | None = None,
    width: int = 12,
    height: int = 8,
    links: Sequence[Json] = (),
) -> Block:
    """Return a band for each series, coloured by its value; *texts*: words in place of values."""
    panel = core.StateTimeline(
        title=title,
        description=description,
        targets=_targets(queries),
        showValue="never",
        fillOpacity=85,
        maxDataPoints=None,
        extraJson=looks.field(
            unit, no_value, color={"mode": "thresholds"}, thresholds=looks.thresholds(steps),
            mappings=looks.words(texts), links=list(links), custom={"spanNulls": False, "insertNulls": False},
        ),
    )  # fmt: skip
    return Block(panel, width, height)


def bar_chart(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str,
    no_value: str,
    x: str | None = None,
    width: int = 12,
    height: int = 9,
    stacked: bool = False,
    colours: Mapping[str, str] | None = None,
    transformations: Sequence[Json] = (),
) -> Block:
    """Return bars by a field that is no time; *x*: the field they stand at, else the first that is text."""
    panel = core.BarChart(
        title=title,
        description=description,
        targets=_targets(queries),
        stacking="normal" if stacked else "none",
        tooltipMode="multi",
        transformations=list(transformations),
        maxDataPoints=None,
        thresholdSteps=[],
        extraJson=looks.field(
            unit, no_value, color={"mode": "fixed", "fixedColor": palette.BLUE}, min=0,
            thresholds=looks.thresholds(((None, palette.BLUE),)), overrides=looks.of_series(queries, colours),
        )
        | ({"options": {"xField": x}} if x else {}),
    )  # fmt: skip
    return Block(panel, width, height)


def _targets(queries: Sequence[Query]) -> list[Any]:
    return [query.target(ref) for ref, query in named(queries)]
