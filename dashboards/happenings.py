"""What happened, drawn across every panel of a board: restarts, rereads, gaps."""

from __future__ import annotations

from typing import Any

from dashboards import palette, promql
from dashboards.query import data_source
from exporter.catalog import metrics, own_metrics

Json = dict[str, Any]


def of_prometheus(name: str, text: str, colour: str, *, title: str, tags: str, on: bool = True) -> Json:
    """
    Return an annotation where a query in PromQL is above 0; *title* may name labels as ``{{label}}``.

    *tags*: labels whose values are shown as tags, by commas. It is asked minute by minute.
    """
    return {
        "name": name,
        "datasource": data_source("prometheus"),
        "enable": on,
        "iconColor": colour,
        "target": {"refId": "Anno", "expr": text, "interval": "1m"},
        "titleFormat": title,
        "tagKeys": tags,
        "useValueForTime": False,
        "step": "1m",
    }


def of_influxdb(name: str, text: str, colour: str, *, title: str, details: str, tags: str, on: bool = True) -> Json:
    """Return an annotation from the rows of a query in InfluxQL; the rest names the columns that are shown."""
    shown = {"titleColumn": title, "textColumn": details, "tagsColumn": tags}
    target = {"refId": "Anno", "name": name, "query": text, "rawQuery": True, "fromAnnotations": True, **shown}
    return {
        "name": name,
        "datasource": data_source("influxdb"),
        "enable": on,
        "iconColor": colour,
        "target": target,
    }


def now() -> tuple[Json, ...]:
    """Return those that Prometheus knows of."""
    down, gaps, sessions = metrics.SERVER_UP.name, own_metrics.GAPS.name, own_metrics.SESSIONS.name
    where = promql.chosen("server", "vendor")
    return (
        of_prometheus(
            "Server down", f"1 - {down}{where} > 0", palette.CRITICAL,
            title="{{vendor}} on {{server}} is down or silent", tags="server,vendor",
        ),
        of_prometheus(
            "Server restarted", f"changes({down}{where}[2m]) > 0 and {down}{where} == 1", palette.WARNING,
            title="{{vendor}} on {{server}} is back", tags="server,vendor",
        ),
        of_prometheus(
            "Sessions reset", f'sum by (source) (increase({sessions}{{outcome="reset"}}[2m])) > 0', palette.ORANGE,
            title="Sessions of {{source}} ended with their daemon", tags="source",
        ),
        of_prometheus(
            "Gap", f"sum by (source, reason) (increase({gaps}[2m])) > 0", palette.PURPLE,
            title="A piece of the log of {{source}} was lost: {{reason}}", tags="source,reason",
        ),
    )  # fmt: skip
