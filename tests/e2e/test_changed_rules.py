"""Capacity and products of the configuration reach the ledger, and a change of them too."""

from __future__ import annotations

import signal

from tests.e2e.command_line import Command, told
from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog

HEADER = "server,vendor,feature,from,seats,origin\n"
CAPACITY = "capacity:\n  - {server: lic1, vendor: acornd, feature: acorn_base, seats: %d, from: 2024-01-01}\n"
ROW = "lic1,acornd,acorn_base,2024-01-01T00:00:00Z,%d,config\n"


def test_a_capacity_is_there_before_any_line(log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """`collect` takes over what is configured of features that no log has shown; a change replaces it."""
    log.path.touch()
    file = config()
    without = file.read_text()
    for seats in (5, 7):
        file.write_text(without + CAPACITY % seats)
        told(seatwatch("collect"))
        assert HEADER + ROW % seats == told(seatwatch("export", "capacity"))
    file.write_text(without)
    told(seatwatch("collect"))
    assert HEADER == told(seatwatch("export", "capacity", "--server", "lic1"))


def test_another_zone_is_refused(log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """`collect` ends with status 1 and says what to do; with the zone put back it goes on."""
    log.check_out("amber")
    file = config()
    told(seatwatch("collect"))
    good = file.read_text()
    file.write_text(good.replace("name: e2e, timezone: UTC", "name: e2e, timezone: Europe/Madrid"))
    ran = seatwatch("collect")
    assert 1 == ran.status
    assert "site.timezone is now Europe/Madrid: put UTC back, or run `seatwatch rebuild`" in ran.err

    file.write_text(good)
    told(seatwatch("collect"))


def test_a_reload_takes_capacity_over(
    log: FlexlmLog, config: WriteConfig, run: StartService, seatwatch: Command
) -> None:
    """After SIGHUP a capacity that was not there is in the ledger, without a restart."""
    log.check_out("amber")
    file = config()
    service = run(file)
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 1)
    file.write_text(file.read_text() + CAPACITY % 3)
    service.send(signal.SIGHUP)
    service.awaited("Configuration read again.")
    assert HEADER + ROW % 3 == told(seatwatch("export", "capacity"))
