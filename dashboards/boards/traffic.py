"""What Prometheus knows of modules and of files that are received and sent: rows at the foot of the overview."""

from __future__ import annotations

from dashboards import palette, panels
from dashboards.layout import Row, row
from dashboards.promql import increase, quantile, rate, top
from dashboards.query import prometheus
from dashboards.site import Site
from exporter.catalog import metrics

_CLIENT = "machine, direction, client"
_CLIENT_NAMED = "{{client}} · {{direction}} · {{machine}}"


def rows(site: Site) -> list[Row]:
    """Return the rows of what the site's logs tell of."""
    found = []
    if "modules" in site.kinds:
        found.append(_modules())
    if "transfers" in site.kinds:
        found.append(_transfers())
    return found


def _modules() -> Row:
    return row(
        "Modules",
        panels.timeseries(
            "Module loads",
            "Modules loaded each second, and whatever else is used at an instant, by the 10 busiest clusters.",
            [prometheus(top(10, rate(metrics.USES, "server")), "{{server}}")],
            unit="ops", no_value="no module was loaded", style="line",
        ),
        panels.bar_gauge(
            "Module loads by cluster",
            "Modules loaded in the time that is shown, of the 10 busiest clusters.",
            prometheus(top(10, increase(metrics.USES, "server", "", "$__range")), "{{server}}", instant=True),
            unit="short", no_value="no module was loaded", steps=((None, palette.BLUE),), height=8,
        ),
        collapsed=True,
    )  # fmt: skip


def _transfers() -> Row:
    return row(
        "Transfers",
        panels.timeseries(
            "Files",
            "Files received (rx) and sent (tx) each second, by machine; the 10 busiest.",
            [prometheus(top(10, rate(metrics.TRANSFER_FILES, "machine, direction")), "{{machine}} · {{direction}}")],
            unit="ops", no_value="no file was received or sent", style="line", width=8,
        ),
        panels.timeseries(
            "Bytes",
            "Bytes received (rx) and sent (tx) each second, by machine; the 10 busiest.",
            [prometheus(top(10, rate(metrics.TRANSFER_BYTES, "machine, direction")), "{{machine}} · {{direction}}")],
            unit="Bps", no_value="no file was received or sent", style="line", width=8,
        ),
        panels.timeseries(
            "Latency",
            "Within which time 19 of 20 files were on their way from reception to departure, by machine.",
            [
                prometheus(
                    top(10, quantile(0.95, metrics.TRANSFER_LATENCY, "machine, direction")),
                    "{{machine}} · {{direction}}",
                )
            ],
            unit="s", no_value="no file told its latency", style="line", width=8,
        ),
        panels.bar_gauge(
            "Errors",
            "Lines of errors in the time that is shown, by the 15 clients and sources with the most.",
            prometheus(
                top(15, f"{increase(metrics.TRANSFER_ERRORS, _CLIENT, '', '$__range')} > 0"),
                _CLIENT_NAMED, instant=True,
            ),
            unit="short", no_value="none", steps=((None, palette.CRITICAL),), height=8,
        ),
        panels.bar_gauge(
            "Late files",
            "Files that took longer than `max_latency` in the time that is shown, by the 15 clients with the most.",
            prometheus(
                top(15, f"{increase(metrics.TRANSFER_LATE_FILES, _CLIENT, '', '$__range')} > 0"),
                _CLIENT_NAMED, instant=True,
            ),
            unit="short", no_value="none", steps=((None, palette.WARNING),), height=8,
        ),
        collapsed=True,
    )  # fmt: skip
