#!/usr/bin/env python3
"""Writes the tables of the documents that are made from the catalog: run it after a change there, or `make docs`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script it finds its own folder only

from exporter.alerting.promql import duration
from exporter.catalog.alerts import ALERTS, Alert
from exporter.catalog.influxdb import MEASUREMENTS
from exporter.catalog.metrics import METRICS
from exporter.catalog.tiers import TIERS
from exporter.catalog.windows import WINDOW_FIELDS

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("docs/windows.md", "docs/reference.md", "docs/influxdb.md", "docs/alerts.md")
_YEAR = 365


def tiers() -> list[str]:
    """Return the rows of the table of tiers."""
    return [
        "| tier | a window for each | kept, if the configuration says nothing | what it is |",
        "|---|---|---|---|",
        *(f"| `{tier.name}` | {tier.window} | {_kept(tier.keep)} | {tier.help} |" for tier in TIERS),
    ]


def fields() -> list[str]:
    """Return the rows of the table of a window's fields."""
    return [
        "| field | in | what it says |",
        "|---|---|---|",
        *(f"| `{field.name}` | {field.unit} | {field.help} |" for field in WINDOW_FIELDS),
    ]


def metrics() -> list[str]:
    """Return the rows of the table of metrics."""
    return [
        "| metric | kind | labels | what it says |",
        "|---|---|---|---|",
        *(f"| `{one.name}` | {one.kind} | {', '.join(one.labels)} | {one.help} |" for one in METRICS),
    ]


def measurements() -> list[str]:
    """Return the rows of the table of measurements."""
    return [
        "| measurement | tags | what it is |",
        "|---|---|---|",
        *(f"| `{one.name}` | {', '.join(one.tags)} | {one.help} |" for one in MEASUREMENTS),
    ]


def measured() -> list[str]:
    """Return the rows of the table of measurements' fields, by their type."""
    sharing: dict[tuple[str, str], list[str]] = {}
    for one in MEASUREMENTS:
        for kind in dict.fromkeys(field.kind for field in one.fields):
            names = ", ".join(f"`{field.name}`" for field in one.fields if field.kind == kind)
            sharing.setdefault((kind, names), []).append(f"`{one.name}`")
    return [
        "| measurement | type | fields |",
        "|---|---|---|",
        *(f"| {', '.join(measurements)} | {kind} | {names} |" for (kind, names), measurements in sharing.items()),
    ]


def alerts() -> list[str]:
    """Return the rows of the table of alerts."""
    return [
        "| alert | in the configuration | it fires when | for | severity |",
        "|---|---|---|---|---|",
        *(
            f"| `{one.name}` | `{one.key}` | {one.when}{_limits(one)} "
            f"| {duration(one.hold) if one.hold else 'at once'} | {one.severity} |"
            for one in ALERTS
        ),
    ]


def advice() -> list[str]:
    """Return the rows of the table of what to do."""
    return ["| alert | what to do |", "|---|---|", *(f"| `{one.name}` | {one.advice} |" for one in ALERTS)]


TABLES: Mapping[str, Callable[[], list[str]]] = {
    "tiers": tiers,
    "fields": fields,
    "metrics": metrics,
    "measurements": measurements,
    "measured": measured,
    "alerts": alerts,
    "advice": advice,
}


def filled(page: str) -> str:
    """Return *page* with each table between its marks as it is now."""
    for name, rows in TABLES.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        table = "\n".join([begin, "", *rows(), "", end])
        page = re.sub(f"{begin}.*?{end}", lambda _, table=table: table, page, flags=re.DOTALL)
    return page


def _limits(alert: Alert) -> str:
    """Return the threshold of an alert, and how far it looks back."""
    limits = []
    if threshold := alert.threshold:
        number = duration(threshold.default) if threshold.unit == "duration" else str(threshold.default)
        limits.append(f"threshold {number} {threshold.what}")
    if alert.window:
        limits.append(f"window {duration(alert.window)}")
    return f" ({', '.join(limits)})" if limits else ""


def _kept(days: int) -> str:
    return f"{days // _YEAR} years" if days % _YEAR == 0 else f"{days} days"


if __name__ == "__main__":
    for name in PAGES:
        path = ROOT / name
        path.write_text(filled(path.read_text("utf-8")), "utf-8")
