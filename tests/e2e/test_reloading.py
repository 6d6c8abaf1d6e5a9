"""SIGHUP: the configuration is read again, and a faulty one changes nothing."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import fetch, until

IN_USE = "licence_feature_in_use{acorn_base,lic1,acornd}"
RELOADED = "seatwatch_config_last_reload_successful{}"
REFUSED = "The new configuration can't be used; the old one stays."


def test_a_good_configuration_is_taken_over(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """After SIGHUP with a second source both logs are read, the first from where it was, and counted once."""
    log.check_out("amber")
    file = config()
    service = run(file)
    service.shows(IN_USE, 1)
    other = FlexlmLog(log.path.with_name("other.log"), vendor="brookd")
    other.check_out("birch", "brook_cfd")
    more = '  - {name: more, format: flexlm, server: lic2, timezone: UTC, paths: ["logs/other.log"]}\n'
    file.write_text(file.read_text().replace("prometheus:", f"{more}prometheus:"))
    service.send(signal.SIGHUP)
    service.awaited("Configuration read again.")
    service.shows("licence_feature_in_use{brook_cfd,lic2,brookd}", 1)
    log.check_out("clover")
    service.shows(IN_USE, 2)
    shown = service.shown()
    assert (2, 1) == (shown["licence_checkouts_total{acorn_base,lic1,acornd}"], shown[RELOADED])


def test_a_source_that_is_taken_away(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """After SIGHUP a source that the configuration no longer names is shown no more, and the other goes on."""
    log.check_out("amber")
    file = config("logs/lic.log")
    one = file.read_text()
    FlexlmLog(log.path.with_name("other.log"), vendor="brookd").check_out("birch", "brook_cfd")
    more = '  - {name: more, format: flexlm, server: lic2, timezone: UTC, paths: ["logs/other.log"]}\n'
    file.write_text(one.replace("prometheus:", f"{more}prometheus:"))
    service = run(file)
    service.shows("licence_feature_in_use{brook_cfd,lic2,brookd}", 1)
    file.write_text(one)
    service.send(signal.SIGHUP)
    until("the end of the other source", lambda: "seatwatch_source_up{more}" not in service.shown())
    service.shows(IN_USE, 1)
    assert "licence_feature_in_use{brook_cfd,lic2,brookd}" not in service.shown()


def test_a_faulty_configuration_changes_nothing(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """After SIGHUP with two faults the old configuration stays; a metric says so, and the log line names both."""
    file = config()
    service = run(file)
    service.shows(RELOADED, 1)
    good = file.read_text()
    file.write_text(good.replace("timezone: UTC, paths", "timezone: Europe/Madird, paths").replace("log:", "lgo:"))
    service.send(signal.SIGHUP)
    faults = str(service.awaited(REFUSED)["faults"])
    assert [f"{file}:4: sources[0].timezone", f"{file}:6: lgo"] == sorted(
        ": ".join(line.split(": ")[:2]) for line in faults.splitlines()
    )
    service.shows(RELOADED, 0)
    log.check_out("amber")
    service.shows(IN_USE, 1)
    file.write_text(good)
    service.send(signal.SIGHUP)
    service.shows(RELOADED, 1)
    service.shows(IN_USE, 1)


def test_the_address_changes(log: FlexlmLog, config: WriteConfig, run: StartService, free_port: int) -> None:
    """After SIGHUP with another listen address the new one answers and the old one is free."""
    file = config()
    service = run(file)
    old = str(service.awaited("Serving.")["metrics"])
    config(port=free_port)
    service.send(signal.SIGHUP)
    assert f"http://127.0.0.1:{free_port}/metrics" == service.awaited("Serving.", times=2)["metrics"]
    service.shows("seatwatch_source_caught_up{lic}", 1)
    until("silence at the old address", lambda: fetch(old).status == 0)


def test_an_address_that_is_taken_is_refused(
    log: FlexlmLog, config: WriteConfig, run: StartService, taken_port: int
) -> None:
    """After SIGHUP with a taken address the service goes on at the old one, and the log line names the key."""
    service = run(config())
    service.awaited("Caught up.")
    config(port=taken_port)
    service.send(signal.SIGHUP)
    assert "prometheus.listen" in service.awaited(REFUSED)["faults"]
    service.shows(RELOADED, 0)
    log.check_out("amber")
    service.shows(IN_USE, 1)


def test_another_ledger(log: FlexlmLog, config: WriteConfig, run: StartService, tmp_path: Path) -> None:
    """After SIGHUP with another ledger the logs are read into that one from their beginning."""
    log.check_out("amber")
    file = config()
    service = run(file)
    service.shows(IN_USE, 1)
    file.write_text(file.read_text().replace("ledger/seatwatch.db", "ledger/second.db"))
    service.send(signal.SIGHUP)
    service.awaited("Configuration read again.")
    service.shows(IN_USE, 1)
    assert (tmp_path / "ledger" / "second.db").exists()
    assert service.shown()["licence_checkouts_total{acorn_base,lic1,acornd}"] == 1


def test_a_foreign_ledger_is_refused(log: FlexlmLog, config: WriteConfig, run: StartService, tmp_path: Path) -> None:
    """After SIGHUP with a ledger that is none the old one stays in use."""
    file = config()
    service = run(file)
    service.awaited("Caught up.")
    (tmp_path / "notes.txt").write_text("not a ledger, and long enough to have a header of a hundred bytes\n" * 3)
    file.write_text(file.read_text().replace("ledger/seatwatch.db", "notes.txt"))
    service.send(signal.SIGHUP)
    assert "notes.txt is no ledger" in service.awaited(REFUSED)["faults"]
    log.check_out("amber")
    service.shows(IN_USE, 1)


def test_being_told_to_end_and_to_reload_at_once(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """A reload that is asked for right behind the end doesn't undo it."""
    log.check_out("amber")
    service = run(config())
    service.shows(IN_USE, 1)
    service.send(signal.SIGTERM)
    service.send(signal.SIGHUP)

    assert 0 == service.ended()


def test_the_same_port_on_all_addresses(log: FlexlmLog, config: WriteConfig, run: StartService, free_port: int) -> None:
    """The address may be widened on the port that is being served."""
    log.check_out("amber")
    file = config(port=free_port)
    service = run(file)
    service.shows(RELOADED, 1)
    file.write_text(file.read_text().replace("127.0.0.1:", "0.0.0.0:"))
    service.send(signal.SIGHUP)
    service.awaited("Configuration read again.")

    service.shows(IN_USE, 1)


def test_another_zone_is_refused(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """After SIGHUP with another zone of the site the old configuration stays, and the log line says why."""
    log.check_out("amber")
    file = config()
    service = run(file)
    service.shows(IN_USE, 1)
    file.write_text(file.read_text().replace("name: e2e, timezone: UTC", "name: e2e, timezone: Europe/Madrid"))
    service.send(signal.SIGHUP)
    told = service.awaited(REFUSED)
    assert "site.timezone is now Europe/Madrid: put UTC back, or run `seatwatch rebuild`" in told["faults"]
    service.shows(RELOADED, 0)
    log.check_out("clover")
    service.shows(IN_USE, 2)
