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
    """Return those that Prometheus knows of: of daemons and of logs."""
    up, where = metrics.SERVER_UP.name, promql.chosen("server", "vendor")
    return (
        of_prometheus(
            "Daemon down", f"1 - {up}{where} > 0", palette.CRITICAL,
            title="{{vendor}} on {{server}} is down, or silent for too long", tags="server,vendor",
        ),
        of_prometheus(
            "Daemon restarted", f"changes({up}{where}[2m]) > 0 and {up}{where} == 1", palette.WARNING,
            title="{{vendor}} on {{server}} is back", tags="server,vendor",
        ),
        *of_logs(),
    )  # fmt: skip


def of_logs() -> tuple[Json, ...]:
    """Return those of logs only: sessions that ended with their daemon, pieces that were lost, and our own restarts."""
    gaps, sessions = own_metrics.GAPS.name, own_metrics.SESSIONS.name
    caught_up, version = own_metrics.SOURCE_CAUGHT_UP.name, own_metrics.BUILD_INFO.name
    return (
        of_prometheus(
            "Sessions reset", f'sum by (source) (increase({sessions}{{outcome="reset"}}[2m])) > 0', palette.ORANGE,
            title="Sessions of {{source}} ended with their daemon", tags="source",
        ),
        of_prometheus(
            "Gap", f"sum by (source, reason) (increase({gaps}[2m])) > 0", palette.PURPLE,
            title="A piece of the log of {{source}} was lost: {{reason}}", tags="source,reason",
        ),
        of_prometheus(
            "Catching up", f"1 - {caught_up} > 0", palette.GREY,
            title="{{source}} was not read to its end: its features are not shown meanwhile", tags="source",
        ),
        of_prometheus(
            "Seatwatch restarted",
            f"changes(process_start_time_seconds[2m]) > 0 and on (job, instance) {version}", palette.SKY,
            title="Seatwatch was started on {{instance}}", tags="instance",
        ),
    )  # fmt: skip
