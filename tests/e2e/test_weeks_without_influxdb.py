"""InfluxDB 1.6 while it is away, and losses that are found late,at a clock that is stepped: in the end all is right."""

from __future__ import annotations

import gc
import logging
import tracemalloc
from pathlib import Path

import pytest

from exporter.catalog.windows import WINDOW_FIELDS
from exporter.reports.instant import iso
from tests.e2e.influxdb_site import MEASURED, Site, see_the_same
from tests.e2e.stepped_site import Log, Stepped, stepped
from tests.servers.influxd import Influxd, Stored
from tests.unit.pipeline.pipeline_fakes import NOON, FakeClock

HOUR = 3600
MEGABYTE = 1 << 20


@pytest.fixture
def site(tmp_path: Path, influxd: Influxd) -> Site:
    """Give a site whose server has the tiers and keeps everything."""
    influxd.make(live="inf", hourly="inf", longterm="inf")
    made = Site(tmp_path, influxd)
    made.configure("lic.log", "v", "f")
    return made


def all_points(server: Influxd) -> dict[tuple[str, str], list[Stored]]:
    """Return whatever the server holds of windows, zeros too."""
    return {(tier, one): server.points(one, tier) for tier in ("live", "hourly", "longterm") for one in MEASURED}


def test_a_week_of_outage(site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Windows come about all the week: memory stays flat, two lines tell of it, and in the end everything is there."""
    clock = FakeClock()
    log = Log(tmp_path / "lic.log", clock)
    used = []
    caplog.set_level(logging.INFO, "exporter.sink")
    with stepped(tmp_path, clock) as running:
        running.step(0)
        site.server.kill()
        for day in range(8):
            for n in range(24):
                user = f"u{n % 5}@h"
                log.write(f'OUT: "f" {user}', *([f'IN: "f" {user}'] * (n % 3 > 0)))
                running.step(HOUR)
            if day == 0:  # by now every name is known, and the server is missed
                tracemalloc.start()
                gc.disable()  # what is let go of is gone at once
            used.append(tracemalloc.get_traced_memory()[0])
        gc.enable()
        tracemalloc.stop()
        assert [True] == ["can't be reached" in str(problem) for problem in running.problems]
        site.server.start()
        running.step(HOUR)
        running.settle()
        assert [None] == running.problems
        see_the_same(site)

    assert ["Nothing can be sent.", "Windows can be sent again."] == [line.message for line in caplog.records]
    assert max(used[2:]) - used[1] < MEGABYTE


def test_a_loss(site: Site, tmp_path: Path) -> None:
    """What was open at a loss is shipped as if it were open still, and taken back a day later in all windows since."""
    clock = FakeClock()
    log = Log(tmp_path / "lic.log", clock)
    log.write('OUT: "f" amber@ws-01', 'OUT: "f" birch@ws-01')
    with stepped(tmp_path, clock) as running:
        running.settle()
        see_the_same(site)
    log.path.unlink()
    clock.time += 5 * HOUR
    log.write('OUT: "f" birch@ws-02')
    with stepped(tmp_path, clock) as running:
        running.settle()
        see_the_same(site)
        suspected = site.stored("hourly")
        for _ in range(30):
            running.step(HOUR)
            log.write()
        running.settle()
        see_the_same(site)
    after = site.stored("hourly")
    (level,) = (n for n, field in enumerate(WINDOW_FIELDS) if field.name == "in_use_max")
    newest = max(suspected)
    assert (3, 1) == (suspected[newest][level], after[newest][level])
    assert {iso(NOON + n * HOUR) for n in range(2, 6)}.isdisjoint(second for *_, second in after)
    stays_when_sent_again(site)


def test_a_log_that_lost_its_middle(site: Site, tmp_path: Path) -> None:
    """After `reset`, what the log doesn't tell of any more is zero in each tier, and nothing else is there."""
    clock = FakeClock()
    log = Log(tmp_path / "lic.log", clock)
    log.write('OUT: "f" amber@ws-01')
    lines = log.path.read_text()
    with stepped(tmp_path, clock) as running:
        grow(running, log, 48)
        see_the_same(site)
    before = all_points(site.server)
    log.path.write_text(lines)
    site.run("reset", "--source", "lic", "--yes")
    clock.time += 10 * HOUR
    log.write('IN: "f" amber@ws-01')
    with stepped(tmp_path, clock) as running:
        running.step(0)
        running.settle()
        see_the_same(site)
    after = all_points(site.server)
    assert all(len(after[place]) >= len(points) > 0 for place, points in before.items())
    stays_when_sent_again(site)


def grow(running: Stepped, log: Log, hours: int) -> None:
    """Let a log be written for some hours."""
    for n in range(hours):
        running.step(HOUR)
        log.write(f'{"IN" if n % 2 else "OUT"}: "f" birch@ws-01')
    running.settle()


def stays_when_sent_again(site: Site) -> None:
    """See that `influxdb resend` of each tier changes nothing."""
    before = all_points(site.server)
    for tier in ("live", "hourly", "longterm"):
        site.run("influxdb", "resend", "--tier", tier)
    assert before == all_points(site.server)
