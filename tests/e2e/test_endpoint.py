"""The endpoint of a running service on a growing log: metrics, probes, pages, and a real Prometheus that scrapes it."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from tests.e2e.command_line import Command
from tests.e2e.conftest import StartProgram, StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import fetch, until

IN_USE = "licence_feature_in_use{acorn_base,lic1,acornd}"
CHECKOUTS = "licence_checkouts_total{acorn_base,lic1,acornd}"

SCRAPE = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: seatwatch
    static_configs:
      - targets: ["{address}"]
"""


def test_an_append_is_shown(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """A check-out and a check-in that are appended while the service runs change level and counters."""
    log.check_out("amber")
    service = run(config())
    service.shows(IN_USE, 1)
    log.check_out("birch")
    service.shows(IN_USE, 2)
    log.check_in("amber")
    service.shows(IN_USE, 1)
    shown = service.shown()
    assert (2, 1) == (shown[CHECKOUTS], shown["licence_checkins_total{acorn_base,lic1,acornd}"])
    assert shown["seatwatch_log_lag_bytes{lic}"] == 0


def test_a_line_is_shown_when_it_is_whole(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """Half a line stays unread and is no fault, and once its end is written it counts once."""
    service = run(config())
    service.shows("licence_server_up{lic1,acornd}", 1)
    line = log.text("acornd", 'OUT: "acorn_base" amber@ws-01  ')
    log.write(line[:30])
    service.shows("seatwatch_log_lag_bytes{lic}", 30)
    shown = service.shown()
    assert (None, 0) == (shown.get(IN_USE), shown["seatwatch_log_lines_total{unparsed,lic}"])
    log.write(line[30:])
    service.shows(IN_USE, 1)
    assert service.shown()[CHECKOUTS] == 1


def test_a_service_that_was_killed_counts_nothing_twice(
    log: FlexlmLog, config: WriteConfig, run: StartService, seatwatch: Command
) -> None:
    """After kill -9 and a new start the counters go on where they were, with what was written meanwhile."""
    log.check_out("amber")
    service = run(config())
    service.shows(CHECKOUTS, 1)
    service.send(signal.SIGKILL)
    assert service.ended() == -signal.SIGKILL
    log.check_out("birch")
    again = run(config())
    again.shows(CHECKOUTS, 2)
    assert again.shown()[IN_USE] == 2
    exported = seatwatch("export", "sessions").out
    assert ["amber", "birch"] == [row.split(",")[3] for row in exported.splitlines()[1:]]


def test_the_scrape_passes_the_checker_of_prometheus(
    log: FlexlmLog, config: WriteConfig, run: StartService, promtool: str
) -> None:
    """`promtool check metrics` has nothing to say about the real scrape, process metrics included."""
    log.check_out("amber")
    service = run(config())
    service.shows(IN_USE, 1)
    text = service.ask("metrics").text
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (0, "", "") == (checked.returncode, checked.stdout, checked.stderr)
    assert "\nprocess_cpu_seconds_total " in text


def test_a_real_prometheus_answers_with_the_same_number(
    log: FlexlmLog,
    config: WriteConfig,
    run: StartService,
    start: StartProgram,
    prometheus: str,
    free_port: int,
    tmp_path: Path,
) -> None:
    """Prometheus scrapes the service every second, and its answer to a query is what was checked out."""
    for user in ("amber", "birch", "clover"):
        log.check_out(user)
    service = run(config())
    service.shows(IN_USE, 3)
    address = str(service.awaited("Serving.")["metrics"]).split("/")[2]
    (tmp_path / "prometheus.yml").write_text(SCRAPE.format(address=address))
    start(
        "prometheus",
        prometheus,
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=series",
        f"--web.listen-address=127.0.0.1:{free_port}",
    )

    def answer(expression: str) -> dict[str, str]:
        found = fetch(f"http://127.0.0.1:{free_port}/api/v1/query?query={quote(expression)}")
        results = json.loads(found.text)["data"]["result"] if found.status == 200 else []
        return {one["metric"].get("feature", ""): one["value"][1] for one in results}

    assert {"acorn_base": "3"} == until("an answer", lambda: answer('licence_feature_in_use{server="lic1"}'))
    log.check_in("birch")
    until("the new level", lambda: answer('licence_feature_in_use{server="lic1"}') == {"acorn_base": "2"})
    assert {"": "1"} == answer('up{job="seatwatch"}')


def test_the_probes_of_a_service_that_has_read_everything(
    log: FlexlmLog, config: WriteConfig, run: StartService
) -> None:
    """/healthz and /readyz answer 200 once the log has been read, and other paths 404."""
    service = run(config())
    service.awaited("Caught up.")
    assert (200, "ok\n") == service.ask("healthz")
    assert (200, "ready\n") == service.ask("readyz")
    assert service.ask("users").status == 404


def test_a_service_that_is_behind_is_not_ready(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """While a long log is read, /readyz answers 503 and names source and bytes, /healthz 200, and no level is shown."""
    long = log.path.read_text() + "".join(
        f'{text} "acorn_base" amber@ws-01  \n' for text in ("23:59:59 (acornd) OUT:", "23:59:59 (acornd) IN:") * 400_000
    )
    log.path.write_text(long)
    service = run(config())
    service.awaited("Serving.")

    def seen_behind() -> Mapping[str, float]:
        shown, alive, ready = service.shown(), service.ask("healthz"), service.ask("readyz")
        assert (503, (200, "ok\n")) == (ready.status, alive), "it was read before it could be looked at"
        # The metrics were asked first: they may be of the instant before the log was found.
        known = "seatwatch_source_caught_up{lic}" in shown and "lic: catching up, " in ready.text
        return shown if known else {}

    shown = until("a look at it while it reads", seen_behind)
    assert (0, None) == (shown["seatwatch_source_caught_up{lic}"], shown.get(IN_USE))
    until("ready", lambda: service.ask("readyz").status == 200)
    assert service.shown()[CHECKOUTS] == 400_000


def test_the_landing_page_leads_on(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """The page at / links to metrics and probes, and says how each source does."""
    service = run(config())
    service.awaited("Caught up.")
    page = service.ask("")
    assert page.status == 200
    for link in ("metrics", "healthz", "readyz"):
        assert f'<a href="{link}">' in page.text
    assert "<td>lic</td><td>1</td><td>up to date</td>" in page.text


def test_a_port_that_is_taken(config: WriteConfig, seatwatch: Command, taken_port: int) -> None:
    """`run` on a taken port ends with status 1 and a sentence that names the key and what to do."""
    ran = seatwatch("run", "--config", config(port=taken_port))
    assert (1, "") == (ran.status, ran.out)
    assert f"prometheus.listen: 127.0.0.1:{taken_port} can't be served, another program listens there" in ran.err
    assert "Traceback" not in ran.err


def test_it_ends_cleanly(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """SIGINT and SIGTERM each end it with status 0, and it says that all it read is committed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        service = run(config())
        service.awaited("Caught up.")
        service.send(number)
        assert service.ended() == 0
        assert service.lines("Stopped; everything read is committed.")
