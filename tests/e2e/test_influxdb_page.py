"""The page on InfluxDB, followed to the letter: its commands as they stand there lead from nothing to filled tiers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exporter.catalog.tiers import TIERS
from exporter.clock import SystemClock
from tests.e2e.page import Terminal, blocks, section
from tests.e2e.stepped_site import Log
from tests.servers.influxd import Influxd
from tests.servers.influxdb2 import ORG, TOKEN, FakeInfluxdb2, served
from tests.servers.openapi import Description
from tests.unit.pipeline.pipeline_fakes import FakeClock

SITE = """\
site: {name: e2e, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources: [{name: lic, format: flexlm, server: lic1, paths: ["lic.log"]}]
"""
HOUR = 3600
SECRETS = "/etc/seatwatch"


@pytest.fixture
def page(root: Path) -> Path:
    """Give the page."""
    return root / "docs" / "influxdb.md"


class Reader:
    """Somebody who has a log of three days, and does what the page says."""

    def __init__(self, folder: Path, port: int, url: str) -> None:
        """Sit down at a terminal; where the page says *SECRETS* it is a folder here, and 8086 is another port."""
        self._folder, self._url = folder, url
        self._terminal = Terminal(folder, port)
        self._secrets = folder / "secrets"
        self._secrets.mkdir()
        self.passwords: dict[str, str] = {}
        clock = FakeClock()
        clock.time = SystemClock().now() - 72 * HOUR
        log = Log(folder / "lic.log", clock)
        for n in range(71):
            log.write(f'{"IN" if n % 2 else "OUT"}: "f" amber@ws-01')
            clock.time += HOUR
        (folder / "config.yaml").write_text(SITE)

    def keep(self, name: str, secret: str) -> None:
        """Put a secret into a file."""
        (self._secrets / name).write_text(f"{secret}\n")

    def configure(self, text: str) -> None:
        """Write the configuration with what the page shows."""
        shown = text.replace("http://127.0.0.1:8086", self._url).replace(SECRETS, str(self._secrets))
        assert self._url in shown
        (self._folder / "config.yaml").write_text(f"{SITE}{shown}\n")

    def type(self, command: str) -> str:
        """Type a command, which has to succeed; return what it says."""
        ran = self._terminal.type(command.replace(SECRETS, str(self._secrets)), self.passwords)
        assert 0 == ran.status, (command, ran.out)
        return ran.out


def all_is_well(said: str) -> bool:
    """Return whether `check` has nothing to say, but that."""
    return said.rstrip().endswith("All is well.")


def test_version_1_with_users(page: Path, tmp_path: Path, influxd: Influxd) -> None:
    """With Debian's packages: server, users, database, rights, then `collect`; in the end `check` finds all well."""
    text = section(page, "### InfluxDB 1.x, from the Debian package")
    reader = Reader(tmp_path, influxd.port, influxd.url)
    reader.passwords = dict(re.findall(r"CREATE USER (\w+) WITH PASSWORD '([^']+)'", text))
    reader.keep("influxdb-admin", reader.passwords["admin"])
    reader.keep("influxdb-password", reader.passwords["seatwatch"])
    typed = []
    for block in blocks(text):
        if block.startswith("influxdb:"):
            reader.configure(block)
            continue
        for command in block.splitlines():
            if command == "sudo systemctl restart influxdb":
                assert "`auth-enabled = true` below `[http]`" in text
                influxd.set(INFLUXDB_HTTP_AUTH_ENABLED="true")
                influxd.kill()
                influxd.start()
            elif not command.startswith("sudo"):
                typed.append((command, reader.type(command)))

    assert ["setup", "GRANT", "collect", "check"] == [
        re.findall("setup|GRANT|collect|check", command)[0] for command, _ in typed[2:]
    ]
    assert all_is_well(typed[-1][1])
    admin = {"u": "admin", "p": reader.passwords["admin"]}
    (policies,) = influxd.ask("SHOW RETENTION POLICIES ON licences", **admin)
    assert {tier.name for tier in TIERS} == {name for name, *_ in policies["values"]}


def test_the_four_commands(page: Path, tmp_path: Path, influxd: Influxd) -> None:
    """On a server without users, the four commands above both ways do; typed once more, they find nothing to do."""
    reader = Reader(tmp_path, influxd.port, influxd.url)
    (shown,) = (
        block for block in blocks(section(page, "### InfluxDB 1.x, from the Debian package")) if "url:" in block
    )
    reader.configure(re.sub(r"\n *(user|password_file): .*", "", shown))
    commands = next(blocks(section(page, "## Set up"))).splitlines()
    planned, done, _, checked = map(reader.type, commands)

    assert (4, True) == (len(commands), all_is_well(checked))
    assert done.startswith(planned)
    assert [True, True, True] == [
        "all is as the configuration says" in reader.type(commands[0]),
        "all is as the configuration says" in reader.type(commands[1]),
        all_is_well(reader.type(commands[3])),
    ]


def test_version_2(page: Path, tmp_path: Path, influxdb2_description: Description) -> None:
    """What the page says of 2.x but its own command line, on what stands in for a server."""
    server = FakeInfluxdb2(influxdb2_description)
    with served(server) as url:
        reader = Reader(tmp_path, 0, url)
        for name in ("token", "influxdb-setup"):
            reader.keep(name, TOKEN)
        said = ""
        for block in blocks(section(page, "### InfluxDB 2.x")):
            if block.startswith("influxdb:"):
                assert f"org: {ORG}" in block
                reader.configure(block)
            for command in block.splitlines() if "seatwatch influxdb" in block or "collect" in block else ():
                if command.startswith(".venv"):
                    said = reader.type(command)
                    server.newest = {tier.name: int(SystemClock().now()) for tier in TIERS if "collect" in command}

    assert all_is_well(said)
    assert [f"licences/{tier.name}" for tier in TIERS] == sorted(server.rules(), key=list(server.rules()).index)
    assert [] == server.faults
