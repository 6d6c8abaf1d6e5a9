"""Module loads on their whole way: a real Lmod, rsyslog on three hosts, and logrotate while loads go on."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.busy import StartBusy
from tests.e2e.command_line import Command, told
from tests.e2e.conftest import StartService
from tests.e2e.lmod_shell import lmod_shell
from tests.e2e.running import until
from tests.servers.logrotate import Logrotate
from tests.servers.rsyslog_chain import Chain

CONFIG = """\
site: {{name: e2e, timezone: UTC}}
ledger: {{path: ledger/seatwatch.db}}
sources: [{{name: modules, format: lmod, server: hpc, timezone: UTC, paths: ["{log}*"]}}]
prometheus: {{listen: "127.0.0.1:0"}}
log: {{format: json}}
"""
MOST = 400
"""Loads that the slowest of machines needs time for."""
_LOADED = re.compile(r" module=(work/\d+) ")


@pytest.fixture
def chain() -> Iterator[Chain]:
    """Give three hosts with rsyslog; they end with the test."""
    chain = Chain()
    yield chain
    chain.remove()


def _creating(chain: Chain) -> Logrotate:
    """Return our rules for the logs that rsyslog writes."""
    yours = {
        "/var/log/seatwatch/accounting.log\n": f"{chain.accounting}\n",
        "/var/log/seatwatch/modules.log\n": f"{chain.modules}\n",
        "systemctl kill --signal=HUP --kill-who=main rsyslog.service": f"kill -HUP {chain.tracking.pid}",
    }
    return Logrotate("seatwatch-collected", yours)


def _truncating(chain: Chain) -> Logrotate:
    """Return our rules that copy a log and empty it."""
    yours = {
        "/var/log/flexlm/*.log": str(chain.modules),
        "/var/log/rlm/*.dlog": "{folder}/*.dlog",
        "su lmadmin lmadmin": "su {owner}",
    }
    return Logrotate("seatwatch-licence-servers", yours)


@pytest.mark.parametrize("rules", [_creating, _truncating])
def test_each_load_is_counted_once(
    rules: Callable[[Chain], Logrotate],
    chain: Chain,
    tmp_path: Path,
    start_busy: StartBusy,
    run: StartService,
    seatwatch: Command,
    request: pytest.FixtureRequest,
) -> None:
    """Whichever way the log is rotated, each load that is in its files is counted once; one that failed is in none."""
    chain.start()
    files = {f"work/{number}": "" for number in range(MOST)} | {"broken/1": 'LmodError("broken")'}
    shell = lmod_shell(tmp_path, chain.node.socket, tmp_path / "modules", files, "amber")
    rotation = rules(chain)
    request.addfinalizer(rotation.remove)
    (tmp_path / "config.yaml").write_text(CONFIG.format(log=chain.modules))
    run(tmp_path / "config.yaml")
    busy = start_busy(lambda number: shell(f"module load work/{number} broken/1; module load work/{number}"))
    for _ in range(2):
        busy.more(8)
        rotation.rotate()
    busy.more(8)
    busy.stop()

    loaded = Counter(f"work/{number}" for number in range(busy.users))
    last = f"work/{busy.users - 1}"
    until("the last load has come", lambda: chain.modules.exists() and f"={last} " in chain.modules.read_text())
    lie = Counter(_LOADED.findall(_text(chain.modules)))
    read = until("all loads read", lambda: found if (found := _uses(seatwatch)) >= lie else None)

    assert 3 == len([*chain.modules.parent.glob("modules.log*")])
    assert lie <= read <= loaded
    if rules is _creating:  # nothing is lost between the copy and the emptying
        assert loaded == read


def _uses(seatwatch: Command) -> Counter[str]:
    """Return how often each module was loaded, by the ledger."""
    rows = csv.DictReader(io.StringIO(told(seatwatch("export", "uses", "--config", "config.yaml"))))
    return Counter(row["feature"] for row in rows for _ in range(int(row["uses"])))


def _text(log: Path) -> str:
    """Return the text of a log and of its rotated selves."""
    found = []
    for path in log.parent.glob(f"{log.name}*"):
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            found.append(file.read())
    return "".join(found)
