"""A question of a panel to a data source, in the form that Grafana keeps it in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from grafanalib import core, influxdb

Source = Literal["prometheus", "influxdb"]
Form = Literal["series", "table", "heatmap"]


def data_source(source: Source) -> dict[str, str]:
    """Return the reference to the data source that the board's variable of that name means."""
    return {"type": source, "uid": f"${{{source}}}"}


class Query(NamedTuple):
    """
    One query; *legend* names its series (Prometheus ``{{label}}``, InfluxQL ``$tag_NAME``).

    *colour*: of its series, where it has but one, and *legend* is its name as it stands; *form*: what the panel takes;
    *instant*: only the newest values (Prometheus); *step*: no finer than this, such as ``1m``.
    """

    source: Source
    text: str
    legend: str = ""
    colour: str | None = None
    form: Form = "series"
    instant: bool = False
    step: str = ""

    def target(self, ref: str) -> Any:
        """Return it as a target of a panel, by the name *ref*."""
        if self.source == "influxdb":
            return influxdb.InfluxDBTarget(
                query=self.text,
                alias=self.legend,
                format="table" if self.form == "table" else "time_series",
                datasource=data_source("influxdb"),
                refId=ref,
            )
        return core.Target(
            expr=self.text,
            legendFormat=self.legend,
            format={"series": "time_series", "table": "table", "heatmap": "heatmap"}[self.form],
            instant=self.instant,
            interval=self.step,
            datasource=data_source("prometheus"),
            refId=ref,
        )


def prometheus(
    text: str,
    legend: str = "",
    *,
    colour: str | None = None,
    form: Form = "series",
    instant: bool = False,
    step: str = "",
) -> Query:
    """Return a query in PromQL."""
    return Query("prometheus", text, legend, colour, form, instant, step)


def counts(text: str, legend: str = "", *, colour: str | None = None, form: Form = "series") -> Query:
    """Return a query in PromQL: what is counted in each `$__interval`, at least 5 minutes, for scrapes to lie in it."""
    return prometheus(text, legend, colour=colour, form=form, step="5m")


def influxql(text: str, legend: str = "", *, colour: str | None = None, form: Form = "series") -> Query:
    """Return a query in InfluxQL."""
    return Query("influxdb", text, legend, colour, form)


def named(queries: Iterable[Query]) -> list[tuple[str, Query]]:
    """Return the queries of a panel with their names: A, B, C."""
    return [(chr(ord("A") + number), query) for number, query in enumerate(queries)]
