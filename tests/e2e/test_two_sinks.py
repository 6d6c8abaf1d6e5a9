"""Several servers side by side: each gets everything at its own pace, and one that is dead holds up nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exporter.clock import SystemClock
from tests.e2e.influxdb_site import Site, see_the_same
from tests.e2e.running import Service
from tests.servers.influxd import Influxd

LATER = "".join(f'{6 + minute // 60:02}:{minute % 60:02}:00 (v) {{}}: "f" u{minute % 7}@h\n' for minute in range(600))
NEWEST = "seatwatch_sink_newest_point_timestamp_seconds{main,live}"
PENDING = "seatwatch_sink_pending_rows{%s,live}"
MARCH_4 = 1_709_510_400


def test_dead_servers_hold_up_nobody(
    tmp_path: Path, influxd: Influxd, run: Callable[..., Service], free_port: int, taken_port: int
) -> None:
    """One refuses connections, one takes them and never answers: logs are read, the third gets all, and `run` ends."""
    influxd.make(live="inf", hourly="inf", longterm="inf")
    dead = (
        f'{{name: absent, url: "http://127.0.0.1:{free_port}", timeout: 10m}}',
        f'{{name: silent, url: "http://127.0.0.1:{taken_port}", timeout: 10m}}',
    )
    site = Site(tmp_path, influxd, *dead)
    site.configure("lic.log", "v", "f")
    log = tmp_path / "lic.log"
    log.write_text("05:00:00 (v) TIMESTAMP 3/4/2024\n" + LATER.format(*["OUT"] * 600))
    running = run(tmp_path / "config.yaml")
    last = MARCH_4 + 15 * 3600 + 58 * 60

    running.shows(NEWEST, last)
    with log.open("a") as out:
        out.write("05:00:00 (v) TIMESTAMP 3/5/2024\n" + LATER.format(*["IN"] * 600))
    running.shows(NEWEST, last + 86_400)

    shown = running.shown()
    assert (True, True, 0) == (*(bool(shown[PENDING % name]) for name in ("absent", "silent")), shown[PENDING % "main"])
    assert ["absent"] == [line["sink"] for line in running.lines("Nothing can be sent.")]
    clock = SystemClock()
    begun = clock.monotonic()
    assert 0 == running.stop()
    assert clock.monotonic() - begun < 30
    alone = Site(tmp_path, influxd)
    alone.configure("lic.log", "v", "f")
    alone.run("collect")
    see_the_same(alone)
