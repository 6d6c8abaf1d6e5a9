"""Real logrotate, with the rules in deploy/logrotate, rotates logs that are written all the while and read by `run`."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporter.clock import SystemClock
from tests.e2e.busy import StartBusy
from tests.e2e.command_line import Command, told
from tests.e2e.conftest import StartService
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import Service, until
from tests.servers.logrotate import Logrotate
from tests.servers.rsyslog_chain import Chain

CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources:
  - {{name: logs, format: {format}, server: lic1, timezone: UTC, paths: ["{log}*"]}}
prometheus: {{listen: "127.0.0.1:0"}}
log: {{format: json}}
"""
_USER = re.compile(r"\b(user\d+)\b")


@pytest.fixture
def chain() -> Iterator[Chain]:
    """Give three hosts with rsyslog; they end with the test."""
    chain = Chain()
    yield chain
    chain.remove()


@pytest.fixture
def rules() -> Iterator[Callable[..., Logrotate]]:
    """Make logrotates from the name of our rules and what is set in them."""
    made: list[Logrotate] = []

    def make(name: str, yours: dict[str, str]) -> Logrotate:
        made.append(Logrotate(name, yours))
        return made[-1]

    yield make
    for one in made:
        one.remove()


def _config(folder: Path, format_: str, log: Path) -> Path:
    file = folder / "config.yaml"
    file.write_text(CONFIG.format(format=format_, log=log))
    return file


def _rows(seatwatch: Command, what: str) -> list[dict[str, str]]:
    """Return what `seatwatch export` gives."""
    return list(csv.DictReader(io.StringIO(told(seatwatch("export", what, "--config", "config.yaml")))))


def _files(log: Path) -> dict[str, str]:
    """Return the text of a log and of its rotated selves, by their names."""
    found = {}
    for path in sorted(log.parent.glob(f"{log.name}*")):
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            found[path.name] = file.read()
    return found


def test_rsyslogs_log_is_rotated_while_lines_go_on(
    tmp_path: Path,
    chain: Chain,
    rules: Callable[..., Logrotate],
    start_busy: StartBusy,
    run: StartService,
    seatwatch: Command,
) -> None:
    """From the node's socket through two hosts and two rotations, each start and stop is counted once."""
    chain.start()
    today = datetime.fromtimestamp(SystemClock().now(), UTC)
    rotation = rules(
        "seatwatch-collected",
        {
            "/var/log/seatwatch/accounting.log\n": f"{chain.accounting}\n",
            "/var/log/seatwatch/modules.log\n": f"{chain.modules}\n",
            "systemctl kill --signal=HUP --kill-who=main rsyslog.service": f"kill -HUP {chain.tracking.pid}",
        },
    )

    def log(user: int) -> None:
        for word in ("START", "STOP"):
            text = f"app1 {word} {today:%Y%m%d-%H%M} user{user} PID: {user}"
            chain.node.log(f"<134>Nov 20 07:47:40 LIC_ACC[{user}]: {text}")

    service = run(_config(tmp_path, "startstop", chain.accounting))
    busy = start_busy(log)
    for _ in range(2):
        busy.more(50)
        rotation.rotate()
    busy.more(50)
    busy.stop()

    service.shows("licence_checkins_total{app1,node,LIC_ACC}", busy.users)
    sessions = _rows(seatwatch, "sessions")
    assert Counter(f"user{user}" for user in range(busy.users)) == Counter(row["user"] for row in sessions)
    assert {"returned"} == {row["end_reason"] for row in sessions}
    assert [] == _rows(seatwatch, "gaps")
    files = _files(chain.accounting)
    assert 3 == len(files)
    assert f"user{busy.users - 1} " in files["accounting.log"]


@pytest.mark.parametrize("mode", ["a", "r+"], ids=["appends", "keeps-its-place"])
def test_a_servers_log_is_rotated_while_lines_go_on(
    mode: str,
    tmp_path: Path,
    rules: Callable[..., Logrotate],
    start_busy: StartBusy,
    run: StartService,
    seatwatch: Command,
) -> None:
    """A server that never opens its log again goes on in it; each line that is in a file afterwards is counted once."""
    rotation = rules(
        "seatwatch-licence-servers",
        {
            "/var/log/flexlm/*.log": "{folder}/*.log",
            "/var/log/rlm/*.dlog": "{folder}/*.dlog",
            "su lmadmin lmadmin": "su {owner}",
        },
    )
    log = FlexlmLog(rotation.folder / "lic.log")
    owner = rotation.folder.stat()
    os.chown(log.path, owner.st_uid, owner.st_gid)
    service = run(_config(tmp_path, "flexlm", log.path))
    with log.path.open(mode, buffering=1) as server:
        server.seek(0, os.SEEK_END)
        busy = start_busy(lambda user: server.write(log.text("acornd", f'OUT: "acorn_base" user{user}@ws-01  ')))
        for _ in range(2):
            busy.more(100)
            rotation.rotate()
        busy.more(100)
        busy.stop()

    files = _files(log.path)
    assert 3 == len(files)
    assert f"user{busy.users - 1}@" in files["lic.log"]
    lie = Counter(_USER.findall("".join(files.values())))
    until("all lines read", lambda: sum(_checkouts(service)) >= len(lie))
    read = Counter(row["user"] for row in _rows(seatwatch, "sessions"))
    assert lie <= read <= Counter(f"user{user}" for user in range(busy.users))


def _checkouts(service: Service) -> list[float]:
    """Return how many check-outs are shown."""
    return [value for name, value in service.shown().items() if name.startswith("licence_checkouts_total{")]
