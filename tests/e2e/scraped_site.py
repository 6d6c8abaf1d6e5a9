"""A site that lives while a real Prometheus scrapes it: licences, modules, transfers, and all that goes wrong there."""

from __future__ import annotations

import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from exporter.clock import SystemClock
from tests.e2e.command_line import environment
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import Service, until
from tests.servers.prometheus_server import PrometheusServer

HOSTILE = (
    'quo"te',
    "dol$lar",
    "${server}",
    "br[ack]{et}",
    "sla/sh",
    "back\\slash",
    "räder-ß-日本",
    "a|b(c)*+?.^",
    "it's",
)
"""Features whose names would break a query, a link or a regular expression, if anything did."""
CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources:
  - {{name: lic, format: flexlm, server: lic1, timezone: UTC, paths: ["lic.log"]}}
  - {{name: hpc, format: lmod, server: hpc, timezone: UTC, paths: ["modules.log"]}}
  - {{name: px, format: metpx, server: px1, timezone: UTC, paths: ["tx_harbour.log"]}}
capacity:
  - {{server: lic1, vendor: acornd, feature: acorn_base, seats: 2, from: 2001-01-01}}
  - {{server: lic1, vendor: acornd, feature: acorn_mesh, seats: 1, from: 2001-01-01}}
products:
  - {{name: Acorn, members: [{{server: lic1, vendor: acornd, feature: acorn_base}}]}}
denials: {{grant_window: 1s, retry_window: 2s}}
influxdb: [{influxdb}]
prometheus: {{listen: "127.0.0.1:{port}"}}
log: {{format: json}}
"""
REASONS = {
    "capacity": "Licensed number of users already reached. (-4,342)",
    "unsupported": "No such feature exists. (-5,346)",
    "expired": "Feature has expired. (-10,32)",
    "excluded": "User/host on EXCLUDE list for feature. (-38,349)",
    "version": "License server system does not support this version of this feature. (-21,126)",
}


class ScrapedSite:
    """Writes logs, reads them with `seatwatch run`, and has them scraped."""

    def __init__(self, folder: Path, prometheus: PrometheusServer, influxdb: str = "") -> None:
        """Begin, and wait until all is scraped; *influxdb*: an entry of the configuration."""
        self._folder, self.prometheus = folder, prometheus
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (folder / "config.yaml").write_text(CONFIG.format(influxdb=influxdb, port=port))
        self.begun = SystemClock().now()
        self.log = FlexlmLog(folder / "lic.log")
        self._sessions(begin=True)
        self._others()
        self.service = self._run("run")
        self.service.awaited("Serving.")
        prometheus.start([f"127.0.0.1:{port}"])
        self._wait("sum(seatwatch_source_caught_up) == 3")
        self._wait("licence_feature_in_use{feature='acorn_base'} == 2")

    def live(self) -> None:
        """Let all happen that there is to see, twice: a counter's first value is no increase."""
        for times in (1, 2):
            self._demand()
            self.log.line("acornd", 'IN: "acorn_base" nobody@ws-01')
            self.log.line("acornd", "OUT: no feature at all")
            self._others()
            self._wait(f"licence_checkins_total{{feature='acorn_base'}} == {3 * times}")
            self._wait("time() - licence_server_last_event_timestamp_seconds{vendor='acornd'} > 4")
            self._restart_daemon()
        self._wait("sum(increase(licence_denials_effective_total[1h])) > 0")
        self.log.check_out("dew")  # one more than there are
        self._lose()
        self._wait("count_over_time((licence_feature_in_use{feature='acorn_base'} == 3)[5s:1s]) >= 4")
        self.service.stop()
        self.service = self._run("again")
        self._wait("sum(changes(process_start_time_seconds[1m]) and on (job, instance) seatwatch_build_info) > 0")
        self._wait("count_over_time(licence_feature_in_use{feature='acorn_base'}[4s]) >= 4")

    def close(self) -> None:
        """End."""
        self.service.stop()

    def _run(self, name: str) -> Service:
        words = (sys.executable, "-m", "exporter", "run", "--config", self._folder / "config.yaml")
        return Service(self._folder, name, *words, env=environment())

    def _demand(self) -> None:
        """Let people be turned away for every reason, and wait: one gets a seat, one gives up."""
        for reason in REASONS.values():
            self.log.line("acornd", f'DENIED: "acorn_base" elm@ws-07  ({reason})')
            self.log.line("acornd", f'DENIED: "{HOSTILE[0]}" elm@ws-07  ({reason})')
        self.log.line("acornd", 'QUEUED: "acorn_base" fern@ws-01')
        self.log.line("acornd", 'QUEUED: "acorn_mesh" holly@ws-09')
        self._wait("sum(licence_feature_queued) >= 2")
        self.log.line("acornd", 'DEQUEUED: "acorn_mesh" holly@ws-09')
        self.log.check_in("amber")
        self.log.check_out("fern")
        self.log.check_in("fern")
        self.log.check_out("amber")

    def _restart_daemon(self) -> None:
        """Let the daemon end with its sessions open, and begin anew with as many."""
        self.log.line("lmgrd", "acornd exited with status 58 (Died on purpose)")
        self._wait("licence_server_up{vendor='acornd'} == 0")
        self.log.line("lmgrd", "REStarted acornd (pid 2302)")
        self._sessions(begin=False)
        self._wait("licence_server_up{vendor='acornd'} == 1")

    def _lose(self) -> None:
        """Let a log be lost before its end is read, and lines be written at a time that can't be true."""
        log = self._folder / "tx_harbour.log"
        log.unlink()
        self._others()
        with log.open("a") as out:
            out.write("2099-01-01 00:00:00,556 [INFO] (86 Bytes) Message a:b:c:d:e::20990101000000  delivered\n")

    def _sessions(self, *, begin: bool) -> None:
        """Check out what is in use now, seats of features with hostile names too."""
        for user, feature in (("amber", "acorn_base"), ("birch", "acorn_base"), ("clover", "acorn_mesh")):
            self.log.check_out(user, feature)
        for number, feature in enumerate(HOSTILE):
            self.log.check_out(f"u{number}", feature)
            if begin:
                self.log.check_out(f"v{number}", feature)
                self.log.check_in(f"v{number}", feature)

    def _others(self) -> None:
        """Load a module, send a file that comes late, and fail to send one."""
        now = datetime.fromtimestamp(SystemClock().now(), UTC)
        load = f"user=amber module=gcc/13.2.0 path=/apps/gcc.lua host=login1 time={now.timestamp():.6f}"
        with (self._folder / "modules.log").open("a") as out:
            out.write(f"{now:%b} {now.day:2} {now:%H:%M:%S} login1 ModuleUsageTracking: {load}\n")
        sent = datetime.fromtimestamp(now.timestamp() - 40, UTC)
        name = f"radar.gif:CWAO:T:3:GIF::{sent:%Y%m%d%H%M%S}"
        with (self._folder / "tx_harbour.log").open("a") as out:
            out.write(f"{now:%Y-%m-%d %H:%M:%S},556 [INFO] (86 Bytes) Message {name}  delivered\n")
            out.write(f"{now:%Y-%m-%d %H:%M:%S},600 [ERROR] No connection\n")

    def _wait(self, condition: str) -> None:
        def holds() -> bool:
            assert self.service.runs, self.service.errors
            return self.prometheus.value(condition) is not None

        until(condition, holds)
