"""`run` with a real InfluxDB 1.6: killed on either side, it has in the end what the ledger has."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from tests.e2e.influxdb_site import Site, see_the_same
from tests.e2e.running import Service, until
from tests.servers.influxd import Influxd

PENDING = "seatwatch_sink_pending_rows{main,live}"
NEWEST = "seatwatch_sink_newest_point_timestamp_seconds{main,longterm}"
LATER = "".join(f'{6 + hour // 60:02}:{hour % 60:02}:00 (v) {{verb}}: "f" u{hour % 7}@h\n' for hour in range(0, 900, 5))


@pytest.fixture
def site(tmp_path: Path, influxd: Influxd) -> Site:
    """Give a site whose server has the tiers and keeps everything."""
    influxd.make(live="inf", hourly="inf", longterm="inf")
    made = Site(tmp_path, influxd)
    made.configure("lic.log", "v", "f")
    return made


def test_killed_on_either_side(site: Site, tmp_path: Path, run: Callable[..., Service]) -> None:
    """A growing log, and ten times the server or Seatwatch is killed while windows are on their way."""
    log = tmp_path / "lic.log"
    chance = random.Random(7)  # noqa: S311 -- no secret
    running: Service | None = None
    for day in range(1, 11):
        with log.open("a") as out:
            out.write(f"05:00:00 (v) TIMESTAMP 3/{day}/2024\n" + LATER.format(verb="OUT" if day % 2 else "IN"))
        if running is None or not running.runs:
            running = run(tmp_path / "config.yaml")
        Event().wait(chance.uniform(0, 0.4))
        if chance.random() < 0.5:
            site.server.kill()
            Event().wait(chance.uniform(0, 0.2))
            site.server.start()
        else:
            kill(running)
    assert running is not None
    kill(running)
    last = run(tmp_path / "config.yaml")
    until("all is sent", lambda: NEWEST in (shown := last.shown()) and not shown[PENDING])
    assert 0 == last.stop()

    see_the_same(site)


def kill(running: Service) -> None:
    """Kill a process that may have ended."""
    if running.runs:
        running.send(signal.SIGKILL)
    running.ended()


def test_a_server_that_is_away(site: Site, tmp_path: Path, run: Callable[..., Service]) -> None:
    """Without a server the logs are read and shown all the same; what waits is told, and sent when it is back."""
    (tmp_path / "lic.log").write_text("05:00:00 (v) TIMESTAMP 3/1/2024\n" + LATER.format(verb="OUT"))
    site.server.kill()
    running = run(tmp_path / "config.yaml")
    until("it is told that nothing can be sent", lambda: running.lines("Nothing can be sent."))
    assert (
        181
        == running.shown()["seatwatch_log_lines_total{understood,lic}"]
        + running.shown()["seatwatch_log_lines_total{noise,lic}"]
    )
    assert running.shown()[PENDING]
    site.server.start()
    until("it is told that windows are sent again", lambda: running.lines("Windows can be sent again."))
    assert 0 == running.stop()
    site.run("collect")

    see_the_same(site)
