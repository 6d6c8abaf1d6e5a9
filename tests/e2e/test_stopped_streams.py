"""Logs that are stopped with a sentence while the others go on: too many sessions, one daemon in two logs."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.command_line import Command
from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import Service, until

MORE = '  - {name: more, format: flexlm, server: lic2, timezone: UTC, paths: ["logs/other.log"]}\n'
STOPPED = "A log can't be read."


@pytest.fixture
def too_many(log: FlexlmLog, config: WriteConfig, run: StartService) -> tuple[Service, FlexlmLog]:
    """Start a service that allows three open sessions, with two in one log; give it and the other log, with four."""
    other = FlexlmLog(log.path.with_name("other.log"), vendor="brookd")
    for user in ("amber", "birch"):
        log.check_out(user)
    file = config()
    file.write_text(file.read_text().replace("prometheus:", f"{MORE}limits: {{open_sessions: 3}}\nprometheus:"))
    service = run(file)
    service.shows("seatwatch_source_up{more}", 1)
    for number in range(4):
        other.check_out(f"user{number}", "brook_cfd")
    service.shows("seatwatch_source_up{more}", 0)
    return service, other


def test_too_many_open_sessions(too_many: tuple[Service, FlexlmLog], log: FlexlmLog) -> None:
    """The log with too many is stopped with a sentence that names the key and shows no level; the other goes on."""
    service, other = too_many
    said = service.awaited(STOPPED)
    assert "limits.open_sessions" in said["why"]
    assert str(other.path) == said["stream"]
    log.check_out("clover")
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 3)
    shown = service.shown()
    assert (1, 0) == (shown["seatwatch_source_up{lic}"], shown["seatwatch_source_up{more}"])
    assert not [name for name in shown if name.startswith("licence_feature_in_use{brook_cfd")]


def test_status_tells_of_too_many_open_sessions(too_many: tuple[Service, FlexlmLog], seatwatch: Command) -> None:
    """`status` says why the log was stopped."""
    assert "limits.open_sessions" in seatwatch("status").out


def test_a_higher_limit_lets_it_go_on(too_many: tuple[Service, FlexlmLog], config: WriteConfig) -> None:
    """With a higher limit after SIGHUP the log is read on from where it stopped, and nothing counts twice."""
    service, other = too_many
    file = config()
    file.write_text(file.read_text().replace("prometheus:", f"{MORE}limits: {{open_sessions: 9}}\nprometheus:"))
    service.send(signal.SIGHUP)
    service.shows("licence_feature_in_use{brook_cfd,lic2,brookd}", 4)
    other.check_out("dahlia", "brook_cfd")
    service.shows("licence_checkouts_total{brook_cfd,lic2,brookd}", 5)


@pytest.fixture
def twice(log: FlexlmLog, config: WriteConfig) -> FlexlmLog:
    """Write a second log of the same daemon of the same server; give it."""
    other = FlexlmLog(log.path.with_name("other.log"))
    other.check_out("birch")
    file = config("logs/lic.log")
    file.write_text(file.read_text().replace("prometheus:", f"{MORE.replace('lic2', 'lic1')}prometheus:"))
    return other


def test_one_daemon_in_two_logs(twice: FlexlmLog, log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """The later of the two is stopped with a sentence that names both and the keys; the first counts alone."""
    log.check_out("amber")
    service = run(log.path.parents[1] / "config.yaml")
    service.shows("seatwatch_source_up{more}", 0)
    why = service.awaited(STOPPED)["why"]
    assert f"{twice.path}: daemon acornd of server lic1 is already read from {log.path}" in why
    assert "different `server` names" in why
    log.check_out("clover")
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 2)


def test_collect_fails_for_one_daemon_in_two_logs(twice: FlexlmLog, seatwatch: Command) -> None:
    """`collect` reads the first log, says why it doesn't read the other, and ends with status 1."""
    ran = seatwatch("collect")
    assert ran.status == 1
    assert "of server lic1 is already read from" in ran.err


def test_status_tells_of_one_daemon_in_two_logs(twice: FlexlmLog, seatwatch: Command) -> None:
    """`status` says why the later log is not read."""
    seatwatch("collect")
    assert "of server lic1 is already read from" in " ".join(seatwatch("status").out.split())


def test_two_daemons_of_one_server_in_two_logs(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """Two logs of one server, each with its own lmgrd and vendor daemon, are no fault: both are read."""
    log.check_out("amber")
    FlexlmLog(log.path.with_name("other.log"), vendor="brookd").check_out("birch", "brook_cfd")
    file = config("logs/lic.log")
    file.write_text(file.read_text().replace("prometheus:", f"{MORE.replace('lic2', 'lic1')}prometheus:"))
    service = run(file)
    until("a decision about both", lambda: service.lines(STOPPED) or len(service.lines("Caught up.")) == 2)
    assert [] == [line["why"] for line in service.lines(STOPPED)]
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 1)
    service.shows("licence_feature_in_use{brook_cfd,lic1,brookd}", 1)
