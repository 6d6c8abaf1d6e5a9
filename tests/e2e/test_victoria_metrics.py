"""`collect` to VictoriaMetrics, as Debian ships it: every window of the ledger is there, told by its tier."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from exporter.catalog.tiers import LIVE, TIERS
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.reports.instant import iso
from tests.e2e.command_line import called, told
from tests.e2e.influxdb_site import MEASURED, Found, Shipping
from tests.servers.victoria_metrics import VictoriaMetrics

LOG = """\
08:00:00 (v,d) TIMESTAMP 3/5/2024
08:10:00 (v,d) OUT: "f=1 x" amber@ws-01
08:20:30 (v,d) OUT: "f=1 x" birch@ws-01
08:20:31 (v,d) DENIED: "f=1 x" cedar@ws-02  (Licensed number of users already reached. (-4,342))
11:45:00 (v,d) IN: "f=1 x" amber@ws-01
13:05:00 (v,d) TIMESTAMP 3/7/2024
"""
AFTER = 1_709_942_400
"""2024-03-09T00:00:00Z, after all of it."""


def stored(server: VictoriaMetrics, measurement: str) -> dict[str, Found]:
    """Return by tier what the server holds of a measurement, but zeros."""
    tags = ("server", "vendor", "feature") if measurement == "licence_usage" else ("product",)
    points: defaultdict[str, defaultdict[tuple[str, ...], list[float]]] = defaultdict(lambda: defaultdict(list))
    for field in WINDOW_FIELDS:
        for labels, samples in server.samples(f"{measurement}_{field.name}", AFTER, "10d"):
            for second, value in samples:
                points[labels["tier"]][(*(labels[tag] for tag in tags), iso(second))].append(value)
    return {tier: {key: tuple(of) for key, of in found.items() if any(of)} for tier, found in points.items()}


def test_tiers_in_one_place(tmp_path: Path, victoria_metrics: VictoriaMetrics) -> None:
    """With `tag_tier` its query API gives each field of each window of the ledger, by tier, and no other."""
    (tmp_path / "lic.log").write_text(LOG)
    site = Shipping(tmp_path, f'{{name: main, url: "{victoria_metrics.url}", tag_tier: true}}')
    site.configure("lic.log", '"v,d"', '"f=1 x"')
    site.run("collect")

    for measurement, more in MEASURED.items():
        found = stored(victoria_metrics, measurement)
        wanted = {tier.name: site.exported(tier.name, *more) for tier in TIERS}
        del wanted[LIVE.name][max(wanted[LIVE.name])]  # the minute that is open is sent when it is over
        assert wanted.keys() == found.keys()
        for tier, windows in wanted.items():
            assert windows
            assert windows == found[tier], tier


@pytest.mark.parametrize(
    ("more", "said"),
    [("", "write tag_tier: true, so that each window tells its tier"), (", tag_tier: true", "by the tag tier")],
)
def test_it_is_told_that_tiers_fall_together(
    tmp_path: Path, victoria_metrics: VictoriaMetrics, more: str, said: str
) -> None:
    """`setup` and `check` say what becomes of the tiers on a server that is no InfluxDB, and what helps."""
    site = Shipping(tmp_path, f'{{name: main, url: "{victoria_metrics.url}"{more}}}')
    site.configure("lic.log", "v", "f")

    assert said in called(tmp_path, "influxdb", "setup").err
    assert said in " ".join(told(called(tmp_path, "influxdb", "check")).split())
