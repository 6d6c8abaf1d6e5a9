"""From a line in a log to a message: Seatwatch, Prometheus with the rules it made, Alertmanager, a web hook."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from exporter.clock import SystemClock
from tests.e2e.command_line import called, told
from tests.e2e.conftest import StartProgram, StartService
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import fetch, until
from tests.servers.alertmanager import Alertmanager
from tests.servers.web_hook import WebHook

CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources:
  - {{name: lic, format: flexlm, server: lic1, timezone: UTC, paths: ["logs/lic.log"]}}
capacity:
  - {{server: lic1, vendor: acornd, feature: acorn_base, seats: 3, from: 2001-01-01}}
prometheus: {{listen: "127.0.0.1:{port}"}}
log: {{format: json}}
alerts:
  dashboards_url: http://grafana.example.org
  team: licences
  rules:
    - {{alert: saturated, threshold: 60, for: 2s}}
    - {{alert: denied, threshold: 1, window: 5s}}
    - {{alert: lines_not_understood, threshold: 1, window: 5s, for: 0}}
    - {{alert: absent, for: {absent}}}
"""
AT_ONCE = ("exhausted", "server_down", "over_issued", "drift", "log_stale", "log_unreadable", "ends_missing")
"""These take effect a second after their condition has come about."""
SCRAPE = """\
global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}}
rule_files: [rules.yml]
scrape_configs: [{{job_name: seatwatch, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
"""
ROUTE = """\
route: {{receiver: hook, group_by: ["..."], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: "{url}"}}]}}]
"""


class Watched:
    """A site whose alerts are delivered."""

    def __init__(self, config: Path, hook: WebHook, prometheus: str) -> None:
        """Take what is running; *prometheus* is its address."""
        self.config = config
        self._hook, self._prometheus = hook, prometheus

    def delivered(self, name: str, status: str = "firing") -> dict[str, Any]:
        """Wait for the message that an alert fires or is resolved; return it."""

        def look() -> list[dict[str, Any]]:
            alerts = self._hook.alerts
            return [alert for alert in alerts if (name, status) == (alert["labels"]["alertname"], alert["status"])]

        return until(f"{name} {status}", look)[-1]

    def names(self) -> set[str]:
        """Return the alerts of which any message has come."""
        return {alert["labels"]["alertname"] for alert in self._hook.alerts}

    def forget(self) -> None:
        """Forget the messages that have come."""
        self._hook.alerts.clear()

    def value(self, expression: str) -> float | None:
        """Return what Prometheus answers, None for nothing."""
        found = fetch(f"http://{self._prometheus}/api/v1/query?{urlencode({'query': expression})}")
        result = json.loads(found.text)["data"]["result"] if found.status == 200 else []
        return float(result[0]["value"][1]) if result else None


Watch = Callable[..., Watched]


@pytest.fixture
def own_port() -> int:
    """Give a port for the service, which is scraped there before it is started and after it has ended."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture
def hook() -> Iterator[WebHook]:
    """Give a web hook."""
    hook = WebHook()
    yield hook
    hook.close()


@pytest.fixture
def alertmanager(hook: WebHook) -> Iterator[Alertmanager]:
    """Give an Alertmanager that delivers to the web hook at once."""
    server = Alertmanager()
    try:
        server.start(ROUTE.format(url=hook.url))
        yield server
    finally:
        server.remove()


@pytest.fixture
def watch(
    tmp_path: Path,
    start: StartProgram,
    prometheus: str,
    free_port: int,
    hook: WebHook,
    alertmanager: Alertmanager,
) -> Watch:
    """Write a configuration, have rules made of it, and start a Prometheus that goes by them."""

    def begin(port: int, absent: str = "1h") -> Watched:
        config = tmp_path / "config.yaml"
        at_once = "".join(f"    - {{alert: {key}, for: 1}}\n" for key in AT_ONCE)
        config.write_text(CONFIG.format(port=port, absent=absent) + at_once)
        told(called(tmp_path, "rules", "build", "--out", "rules.yml"))
        manager = alertmanager.url.removeprefix("http://")
        (tmp_path / "prometheus.yml").write_text(SCRAPE.format(port=port, alertmanager=manager))
        address = f"127.0.0.1:{free_port}"
        words = ("--config.file=prometheus.yml", "--storage.tsdb.path=series", f"--web.listen-address={address}")
        start("prometheus", prometheus, *words)
        until("Prometheus is ready", lambda: fetch(f"http://{address}/-/ready").status == 200)
        return Watched(config, hook, address)

    return begin


def test_a_feature_that_runs_full_is_told_and_its_end_too(
    log: FlexlmLog, watch: Watch, run: StartService, own_port: int
) -> None:
    """A feature reaches its limit, which is told with words and a link; it calms down, and that is told."""
    watched = watch(own_port)
    log.check_out("amber")
    run(watched.config)
    until("a calm feature", lambda: watched.value("licence_feature_in_use") == 1)
    log.check_out("birch")
    alert = watched.delivered("LicenceSaturated")
    said = "67 % of the seats of acorn_base (acornd on lic1) are in use."
    assert said == alert["annotations"]["summary"]
    begun = datetime.fromisoformat(alert["startsAt"])
    since = datetime.fromisoformat(alert["annotations"]["description"].split(" so since ")[1][:19]).replace(tzinfo=UTC)
    assert timedelta(seconds=1) <= begun - since <= timedelta(seconds=30)
    link = "http://grafana.example.org/d/seatwatch-feature?var-server=lic1&var-vendor=acornd&var-feature=acorn_base"
    assert link == alert["annotations"]["dashboard"]
    assert ("warning", "licences") == (alert["labels"]["severity"], alert["labels"]["team"])
    assert {"LicenceSaturated"} == watched.names()

    log.check_out("clover")
    assert "critical" == watched.delivered("LicenceExhausted")["labels"]["severity"]
    for user in ("amber", "birch", "clover"):
        log.check_in(user)
    watched.delivered("LicenceExhausted", "resolved")
    watched.delivered("LicenceSaturated", "resolved")
    assert {"LicenceSaturated", "LicenceExhausted"} == watched.names()


def test_a_dead_source_and_a_dead_collector_are_told(
    log: FlexlmLog, watch: Watch, run: StartService, own_port: int, tmp_path: Path
) -> None:
    """The folder of the logs goes, and comes back; then Seatwatch is killed: each is told, though no gauge says so."""
    watched = watch(own_port, absent="1s")
    log.check_out("amber")
    service = run(watched.config)
    until("a feature", lambda: watched.value("licence_feature_in_use") == 1)
    watched.forget()
    (tmp_path / "logs").rename(tmp_path / "away")
    assert "lic" == watched.delivered("LicenceLogUnreadable")["labels"]["source"]
    assert watched.value("licence_feature_in_use") is None
    (tmp_path / "away").rename(tmp_path / "logs")
    watched.delivered("LicenceLogUnreadable", "resolved")
    until("the feature again", lambda: watched.value("licence_feature_in_use") == 1)
    assert {"LicenceLogUnreadable"} == watched.names()
    service.send(signal.SIGKILL)
    assert "critical" == watched.delivered("SeatwatchAbsent")["labels"]["severity"]


def stamped(moment: datetime, *messages: str) -> Iterator[str]:
    """Yield lines of one second, and before them the date."""
    time = f"{moment.hour:2}:{moment:%M:%S}"
    yield f"{time} (lmgrd) TIMESTAMP {moment.month}/{moment.day}/{moment.year}\n"
    yield from (f"{time} {message}\n" for message in messages)


def test_a_log_that_fell_silent_is_told(watch: Watch, run: StartService, own_port: int, tmp_path: Path) -> None:
    """A log that can be read, and whose last line is of eight hours ago, is told with the time of its silence."""
    then = datetime.fromtimestamp(SystemClock().now(), UTC) - timedelta(hours=8)
    (tmp_path / "logs").mkdir()
    started = "(lmgrd) Started acornd (internet tcp_port 41001 pid 2301)"
    lines = stamped(then, started, '(acornd) OUT: "acorn_base" amber@ws-01  ')
    (tmp_path / "logs" / "lic.log").write_text("".join(lines))
    watched = watch(own_port)
    run(watched.config)
    alert = watched.delivered("LicenceLogStale")
    assert alert["annotations"]["summary"].startswith("The log of acornd on lic1 has been silent for 8h 0m ")
    watched.delivered("LicenceServerDown")
    assert {"LicenceLogStale", "LicenceServerDown"} == watched.names()


def weekend(start: datetime, end: datetime) -> Iterator[str]:
    """Yield what was written from *start* to *end*: full, over-issued, denied, down; at the end all is calm."""
    full = [f'(acornd) OUT: "acorn_base" user{number}@ws-01  ' for number in range(4)]
    denied = '(acornd) DENIED: "acorn_base" elm@ws-09  (Licensed number of users already reached. (-4,342:10054 ""))'
    busy = [f'(brookd) {word}: "brook_cfd" oak@ws-07  ' for word in ("OUT", "IN")] * 4000
    yield from stamped(start, *full)
    down = start + timedelta(hours=2)
    yield from stamped(down, denied, "(lmgrd) acornd exited with status 36 (Exited because another server was running)")
    moment = down
    while moment < end - timedelta(hours=3):
        moment += timedelta(hours=1)
        yield from stamped(moment, *busy, *["(brookd) OUT: nothing that can be read"] * 500)
    yield from stamped(end - timedelta(hours=2), "(lmgrd) Started acornd (internet tcp_port 41001 pid 2302)", denied)
    yield from stamped(end - timedelta(minutes=90), '(acornd) OUT: "acorn_base" amber@ws-01  ')
    yield from stamped(end, "(brookd) TIMESTAMP")


def test_two_days_of_catching_up_raise_no_alarm(watch: Watch, run: StartService, own_port: int, tmp_path: Path) -> None:
    """
    Seatwatch ended two days ago and is started again: nothing of what it reads then is told as if it were now.

    In these days all seats were in use, people were turned away, a daemon was down, and thousands of lines unreadable.
    """
    now = datetime.fromtimestamp(SystemClock().now(), UTC).replace(microsecond=0)
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "lic.log"
    started = "(lmgrd) Started acornd (internet tcp_port 41001 pid 2301)"
    friday = stamped(now - timedelta(hours=49), started, '(acornd) OUT: "acorn_base" amber@ws-01  ')
    log.write_text("".join(friday))
    watched = watch(own_port)
    service = run(watched.config)
    known = ("LicenceLogStale", "LicenceServerDown")  # to Prometheus, as it was on Friday
    for name in known:
        watched.delivered(name)
    service.send(signal.SIGTERM)
    assert 0 == service.ended()
    for name in known:
        watched.delivered(name, "resolved")

    with log.open("a") as file:
        file.writelines(weekend(now - timedelta(hours=48), now - timedelta(minutes=1)))
    watched.forget()
    run(watched.config)
    until("a look at it while it reads", lambda: watched.value("seatwatch_source_caught_up") == 0)
    until("its end", lambda: watched.value("licence_feature_in_use{feature='acorn_base'}") == 1)
    assert watched.value("licence_denials_effective_total{feature='acorn_base'}") == 2
    until("what is looked back on", lambda: watched.value("time() - seatwatch_source_caught_up_timestamp_seconds > 12"))
    assert set() == watched.names()
    assert watched.value("increase(seatwatch_log_lines_total{outcome='unparsed'}[1m])") > 10_000
