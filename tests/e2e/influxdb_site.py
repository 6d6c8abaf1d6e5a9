"""A site whose windows go to an InfluxDB, and what its server has to hold."""

from __future__ import annotations

import csv
import io
import json
from operator import itemgetter
from pathlib import Path

from exporter.catalog.tiers import LIVE, TIERS, Tier
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.reports.instant import iso
from tests.e2e.command_line import called, told
from tests.servers.influxd import Influxd

CONFIG = """\
site: {{name: e2e, timezone: Europe/Madrid}}
ledger: {{path: ledger/seatwatch.db}}
sources: [{{name: lic, format: flexlm, server: lic1, paths: ["{paths}"], timezone: UTC}}]
capacity: [{{server: lic1, vendor: {vendor}, feature: {feature}, seats: {seats}, from: 2010-01-01}}]
products: [{{name: "all, of it", members: [{{server: lic1, vendor: {vendor}, feature: {feature}}}]}}]
influxdb: [{{name: main, url: "{url}"}}]
prometheus: {{listen: "127.0.0.1:0"}}
log: {{format: json}}
tiers: {{live: {{keep: {live}}}, hourly: {{keep: {keep}}}, longterm: {{keep: {keep}}}}}
"""
Found = dict[tuple[str, ...], tuple[float, ...]]


class Site:
    """A configuration, its ledger and a server."""

    def __init__(self, folder: Path, server: Influxd) -> None:
        """Use the folder of the test."""
        self._folder, self.server = folder, server

    def configure(
        self, paths: str, vendor: str, feature: str, seats: int = 4, keep: str = "forever", live: str = ""
    ) -> None:
        """Write the configuration."""
        text = CONFIG.format(
            paths=paths, vendor=vendor, feature=feature, seats=seats, keep=keep, live=live or keep, url=self.server.url
        )
        (self._folder / "config.yaml").write_text(text)

    def run(self, *words: str) -> str:
        """Run `seatwatch`, which has to succeed; return what it writes."""
        return told(called(self._folder, *words))

    def skipped(self) -> list[tuple[str, str, int]]:
        """Return how many windows were skipped, by tier and reason, as `status` tells."""
        (sink,) = json.loads(self.run("status", "--format", "json"))["sinks"]
        return sorted((tier["tier"], reason, n) for tier in sink["tiers"] for reason, n in tier["skipped"].items())

    def exported(self, tier: str, *more: str) -> Found:
        """Return the windows as `export` writes them, but those with nothing but zeros."""
        rows = csv.reader(io.StringIO(self.run("export", "windows", "--tier", tier, "--from", "2000-01-01", *more)))
        names = next(rows).index("start") + 1
        return {tuple(row[:names]): fields for row in rows if any(fields := tuple(map(float, row[names:])))}

    def stored(self, tier: str, measurement: str = "licence_usage") -> Found:
        """Return what the server holds of it, but zeros."""
        tags = ("server", "vendor", "feature") if measurement == "licence_usage" else ("product",)
        return {
            (*(point.tags[tag] for tag in tags), iso(point.second)): fields
            for point in self.server.points(measurement, tier)
            if any(fields := tuple(float(point.fields[field.name]) for field in WINDOW_FIELDS))
        }


def see_the_same(site: Site, *tiers: Tier) -> None:
    """See that the server holds each window of *tiers*, or all, of features and products, and no other."""
    for tier in [tier.name for tier in tiers or TIERS]:
        for measurement, more in (("licence_usage", ()), ("licence_product_usage", ("--product",))):
            wanted, found = site.exported(tier, *more), site.stored(tier, measurement)
            if tier == LIVE.name:  # the minute that is open is sent when it is over
                newest = max(map(itemgetter(-1), wanted))
                wanted, found = ({key: row for key, row in one.items() if key[-1] != newest} for one in (wanted, found))
            assert wanted
            differing = [key for key in sorted({**wanted, **found}) if wanted.get(key) != found.get(key)]
            assert not differing, [(tier, key, wanted.get(key), found.get(key)) for key in differing[:5]]
