"""A ledger that can't be used: exit status 1, a sentence with the way out, and the file left as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, told
from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog

COMMANDS = [("run",), ("collect",), ("status",), ("export", "sessions")]


@pytest.fixture
def ledger(log: FlexlmLog, config: WriteConfig, seatwatch: Command, tmp_path: Path) -> Path:
    """Give a ledger that holds a session."""
    log.check_out("amber")
    config()
    told(seatwatch("collect"))
    return tmp_path / "ledger" / "seatwatch.db"


def refused(seatwatch: Command, ledger: Path, *sentences: str) -> None:
    """See that every command refuses *ledger* with status 1 and the *sentences*, and changes nothing in it."""
    before = ledger.read_bytes()
    for words in COMMANDS:
        ran = seatwatch(*words)
        assert (1, "") == (ran.status, ran.out)
        assert "Traceback" not in ran.err
        for sentence in sentences:
            assert sentence in ran.err
    assert before == ledger.read_bytes()


def test_a_broken_ledger(ledger: Path, seatwatch: Command) -> None:
    """A ledger whose beginning was overwritten is refused, and the sentence leads to a backup."""
    whole = ledger.read_bytes()
    ledger.write_bytes(b"rubbish " * 16 + whole[128:])
    refused(seatwatch, ledger, f"{ledger} is no ledger", "backup")


def test_a_ledger_that_is_cut_off(ledger: Path, seatwatch: Command) -> None:
    """A ledger that lost its end is refused, and the sentence leads to a backup."""
    ledger.write_bytes(ledger.read_bytes()[:-4096])
    refused(seatwatch, ledger, "is cut off", "backup")


def test_a_foreign_database(ledger: Path, seatwatch: Command) -> None:
    """A database of another program is refused, and the sentence names the key to set."""
    ledger.unlink()
    with closing(sqlite3.connect(ledger)) as other:
        other.execute("CREATE TABLE mine (x)")
        other.commit()
    refused(seatwatch, ledger, "of another program", "set ledger.path")


def test_a_lost_ledger(ledger: Path, seatwatch: Command) -> None:
    """A ledger that was here and is gone is no first start: the sentence says what to do, and no new one is begun."""
    ledger.unlink()
    for words in COMMANDS:
        ran = seatwatch(*words)
        assert (1, "") == (ran.status, ran.out)
        assert "is missing, but it was here before" in ran.err
        assert "backup" in ran.err
    assert not ledger.exists()


def test_two_writers(log: FlexlmLog, config: WriteConfig, run: StartService, seatwatch: Command) -> None:
    """While `run` holds the ledger, `collect` is refused with status 1 and the pid, and questions are answered."""
    log.check_out("amber")
    service = run(config())
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 1)
    ran = seatwatch("collect")
    assert (1, "") == (ran.status, ran.out)
    assert f"Another seatwatch (process {service.pid}) writes the ledger" in ran.err
    assert "amber" in told(seatwatch("who"))
