"""A site whose windows go to an InfluxDB, and what its server has to hold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
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
influxdb: [{influxdb}]
prometheus: {{listen: "127.0.0.1:0"}}
log: {{format: json}}
tiers: {{live: {{keep: {live}}}, hourly: {{keep: {keep}}}, longterm: {{keep: {keep}}}}}
"""
Found = dict[tuple[str, ...], tuple[float, ...]]


class Shipping:
    """A configuration with the servers that it ships to, and its ledger."""

    def __init__(self, folder: Path, *entries: str) -> None:
        """Use the folder of the test; *entries* are those of `influxdb`, in YAML."""
        self._folder, self._entries = folder, entries

    def configure(
        self, paths: str, vendor: str, feature: str, seats: int = 4, keep: str = "forever", live: str = ""
    ) -> None:
        """Write the configuration."""
        of = {"paths": paths, "vendor": vendor, "feature": feature, "seats": seats, "keep": keep, "live": live or keep}
        (self._folder / "config.yaml").write_text(CONFIG.format(influxdb=", ".join(self._entries), **of))

    def run(self, *words: str) -> str:
        """Run `seatwatch`, which has to succeed; return what it writes."""
        return told(called(self._folder, *words))

    def skipped(self) -> list[tuple[str, str, int]]:
        """Return how many windows were skipped, by tier and reason, as `status` tells."""
        (sink,) = json.loads(self.run("status", "--format", "json"))["sinks"]
        return sorted((tier["tier"], reason, n) for tier in sink["tiers"] for reason, n in tier["skipped"].items())

    def exported(self, tier: str, *more: str, since: str = "2000-01-01") -> Found:
        """Return the windows as `export` writes them, but those with nothing but zeros."""
        rows = csv.reader(io.StringIO(self.run("export", "windows", "--tier", tier, "--from", since, *more)))
        names = next(rows).index("start") + 1
        return {tuple(row[:names]): fields for row in rows if any(fields := tuple(map(float, row[names:])))}


class Site(Shipping):
    """One that ships to an InfluxDB 1.6."""

    def __init__(self, folder: Path, server: Influxd, *others: str) -> None:
        """Use the folder of the test; *others* are entries of `influxdb` that come first."""
        super().__init__(folder, *others, f'{{name: main, url: "{server.url}"}}')
        self.server = server

    def stored(self, tier: str, measurement: str = "licence_usage") -> Found:
        """Return what the server holds of it, but zeros."""
        tags = ("server", "vendor", "feature") if measurement == "licence_usage" else ("product",)
        return {
            (*(point.tags[tag] for tag in tags), iso(point.second)): fields
            for point in self.server.points(measurement, tier)
            if any(fields := tuple(float(point.fields[field.name]) for field in WINDOW_FIELDS))
        }


MEASURED: Mapping[str, tuple[str, ...]] = {"licence_usage": (), "licence_product_usage": ("--product",)}
"""The measurements of windows, and the options with which `export` writes them."""


def see_the_same(site: Site, *tiers: Tier, since: str = "2000-01-01") -> None:
    """See that the server holds each window of *tiers*, or all, from *since* on, and no other."""
    for tier in tiers or TIERS:
        for measurement, more in MEASURED.items():
            wanted, found = site.exported(tier.name, *more, since=since), site.stored(tier.name, measurement)
            if tier is LIVE:  # the minute that is open is sent when it is over
                newest = max(key[-1] for key in wanted)
                wanted, found = (_without(newest, windows) for windows in (wanted, found))
            assert wanted
            differing = [key for key in sorted({**wanted, **found}) if wanted.get(key) != found.get(key)]
            assert not differing, [(tier.name, key, wanted.get(key), found.get(key)) for key in differing[:5]]


def _without(second: str, windows: Found) -> Found:
    """Return the windows that don't begin in a second."""
    return {key: fields for key, fields in windows.items() if key[-1] != second}
