"""Real logs that lie beside the project, shipped to a real InfluxDB 1.6: each window of each tier is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM
from exporter.clock import SystemClock
from exporter.ledger.reader import LedgerReader
from exporter.reports.instant import iso
from tests.e2e.influxdb_site import Shipping, Site, see_the_same
from tests.e2e.stepped_site import Log
from tests.servers.influxd import Influxd
from tests.unit.pipeline.pipeline_fakes import FakeClock

SAMPLES = {
    # log: its daemon, its busiest feature, and seats as many as were in use at most
    "ansys-2017": ("ansyslmd", "aa_r_hpc", 384),
    "autodesk-2022": ("adskflex", "64300ACD_F", 242),
    "autodesk-options-2016": ("adskflex", "64300ACD_F", 12),
    "maple-2022": ("maplelmg", "Maple", 39),
}
HOUR, DAY, YEAR = 3600, 86_400, 365 * 86_400


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_each_window_of_a_real_log(
    sample: str, shared: Path, tmp_path: Path, influxd: Influxd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours and days of all the log, minutes of its last day as they are kept then, field by field."""
    log = shared / "samples" / "flexlm" / f"{sample}.log"
    if not log.exists():
        pytest.skip(f"{log.name} is not beside the project")
    influxd.make(live="inf", hourly="inf", longterm="inf")
    unshipped = Shipping(tmp_path)
    unshipped.configure(str(log), *SAMPLES[sample])
    unshipped.run("collect")
    ledger = LedgerReader(tmp_path / "ledger" / "seatwatch.db")
    ((newest,),) = ledger.ask("SELECT max(last_line) FROM stream")
    ledger.close()
    monkeypatch.setattr(SystemClock, "now", lambda _: newest + HOUR)
    site = Site(tmp_path, influxd)
    site.configure(str(log), *SAMPLES[sample], live="3d")
    site.run("collect")

    see_the_same(site, HOURLY, LONGTERM)
    see_the_same(site, LIVE, since=iso(newest + HOUR - 3 * DAY))


@pytest.mark.parametrize("keep", ["2y", "forever"])
def test_two_years_of_three_are_kept(keep: str, tmp_path: Path, influxd: Influxd) -> None:
    """What the configuration or the server keeps no more is counted once, and all else is there."""
    influxd.make(live="2d", hourly="730d", longterm="730d")
    clock = FakeClock()
    now = SystemClock().now()
    clock.time = now - 3 * YEAR
    log = Log(tmp_path / "lic.log", clock)
    for _ in range(36):
        log.write('OUT: "f" amber@ws-01')
        clock.time += YEAR / 12
    log.write()
    unshipped = Shipping(tmp_path)
    unshipped.configure("lic.log", "v", "f")
    unshipped.run("collect")
    exported = {tier: unshipped.exported(tier.name) for tier in (HOURLY, LONGTERM)}
    site = Site(tmp_path, influxd)
    site.configure("lic.log", "v", "f", keep=keep, live="1d")
    site.run("collect")

    skipped = site.skipped()
    for tier, there in exported.items():
        kept = site.stored(tier.name)
        oldest = min(key[-1] for key in kept)
        assert {key: fields for key, fields in there.items() if key[-1] >= oldest} == kept
        # the server takes points of a week of which a part is kept
        assert iso(now - 2 * YEAR - 7 * DAY) < oldest < iso(now - 2 * YEAR + tier.seconds)
        # the product has as many
        assert 2 * (len(there) - len(kept)) == sum(n for of, reason, n in skipped if of == tier.name)
    assert {"retention"} == {reason for _, reason, _ in skipped}
    site.run("collect")
    assert skipped == site.skipped()
