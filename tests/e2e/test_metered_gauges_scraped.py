"""What a real Prometheus makes of counters that integrate gauges, while all that can go wrong does."""

from __future__ import annotations

import json
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from exporter.clock import SystemClock
from tests.e2e.conftest import StartProgram, StartService
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import fetch, until

BEHIND = 5
"""Seconds by which the log's clock is behind."""
RANGE = 8
"""Seconds over which rates are taken: eight scrapes."""

CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources:
  - {{name: lic, format: flexlm, server: lic1, timezone: UTC, paths: ["logs/lic.log"]}}
capacity:
  - {{server: lic1, vendor: acornd, feature: acorn_base, seats: 9, from: 2001-01-01}}
  - {{server: lic1, vendor: acornd, feature: acorn_base, seats: 2, from: "{change}"}}
products:
  - {{name: Acorn, members: [{{server: lic1, vendor: acornd, feature: acorn_base}}]}}
prometheus: {{listen: "127.0.0.1:{port}"}}
log: {{format: json}}
"""
SCRAPE = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: seatwatch
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


class SlowLog(FlexlmLog):
    """A log whose server's clock is behind."""

    def text(self, daemon: str, message: str) -> str:
        """Return a line with the time that the server believes in."""
        moment = datetime.fromtimestamp(SystemClock().now() - BEHIND, UTC)
        return f"{moment.hour:2}:{moment:%M:%S} ({daemon}) {message}\n"


class Prometheus:
    """A running one, to be asked."""

    def __init__(self, port: int) -> None:
        """Ask at *port* of this machine."""
        self._port = port

    def values(self, expression: str, **times: float) -> list[float]:
        """Return the values of a query that gives one series; of a range query, all of them."""
        kind = "query_range" if times else "query"
        words = "".join(f"&{name}={value}" for name, value in times.items())
        found = fetch(f"http://127.0.0.1:{self._port}/api/v1/{kind}?query={quote(expression)}{words}")
        results = json.loads(found.text)["data"]["result"] if found.status == 200 else []
        assert len(results) <= 1, expression
        return [float(value) for one in results for _, value in one.get("values", [one.get("value")])]

    def seen(self, condition: str) -> bool:
        """Say whether *condition* has held for four seconds."""
        (held,) = self.values(f"count_over_time(({condition})[4s:1s])") or [0]
        return held >= 4

    @property
    def leeway(self) -> float:
        """
        Share by which a rate may be off: 1 %, and what a busy machine adds.

        A scrape counts for the instant of its request, and tells of one before its answer.
        """
        (longest,) = self.values("max_over_time(scrape_duration_seconds[5m])")
        return 0.01 + longest / (RANGE - 1)


@pytest.fixture
def own_port() -> int:
    """Give a port for the service, which has to be the same before and after it is killed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_counters_of_time_are_the_gauges_shown(
    run: StartService, start: StartProgram, prometheus: str, free_port: int, own_port: int, tmp_path: Path
) -> None:
    """
    No rate is above the gauge by more than 1 %, only a new process resets a counter, and a steady rate is the gauge.

    Meanwhile the log's clock is behind, capacity changes at its date, a daemon begins anew with sessions open, and the
    process is killed.
    """
    clock = SystemClock()
    (tmp_path / "logs").mkdir()
    log = SlowLog(tmp_path / "logs" / "lic.log")
    begun = clock.now()
    change = datetime.fromtimestamp(begun + RANGE, UTC)
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(port=own_port, change=f"{change:%Y-%m-%dT%H:%M:%SZ}"))
    (tmp_path / "prometheus.yml").write_text(SCRAPE.format(port=own_port))
    start(
        "prometheus", prometheus, "--config.file=prometheus.yml", "--storage.tsdb.path=series",
        f"--web.listen-address=127.0.0.1:{free_port}",
    )  # fmt: skip
    asked = Prometheus(free_port)

    for user in ("amber", "birch", "clover"):
        log.check_out(user)
    service = run(config)
    until("a steady level", lambda: asked.values(f"count_over_time(licence_feature_in_use[{RANGE}s])") == [RANGE])
    until("less capacity", lambda: asked.values("licence_feature_issued") == [2])
    (steady,) = asked.values(f"rate(licence_seat_seconds_total[{RANGE}s])")
    assert abs(steady - 3) <= 3 * asked.leeway

    log.line("lmgrd", "REStarted acornd (pid 2302)")
    log.check_out("dew")
    until("the daemon's new life", lambda: asked.seen("licence_product_in_use == 1"))
    service.send(signal.SIGKILL)
    assert service.ended() == -signal.SIGKILL
    again = run(config)
    log.check_out("elm")
    again.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 2)
    until("a level after the kill", lambda: asked.seen("licence_feature_in_use == 2"))

    span = f"[{int(clock.now() - begun)}s]"
    assert [1] == asked.values(f"resets(licence_seat_seconds_total{span})")
    assert [0] == asked.values(f"resets(licence_checkouts_total{span})")
    assert [3] == asked.values(f"max_over_time(licence_feature_in_use{span})")
    times = {"start": begun, "end": clock.now(), "step": 1}
    rates = asked.values(f"rate(licence_seat_seconds_total[{RANGE}s])", **times)
    assert len(rates) > RANGE
    assert max(rates) <= 3 * (1 + asked.leeway)
    saturated = asked.values(f"rate(licence_saturated_seconds_total[{RANGE}s])", **times)
    assert 0 < max(saturated) <= 1 + asked.leeway
