"""Input that is odd in a way nobody plans for: it must never end the program, nor hold it up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, told
from tests.e2e.conftest import StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog

AMBER = ",acornd,acorn_base,amber,ws-01,"


@pytest.mark.parametrize(
    "line",
    [
        " 0:00:05 (MLM) (@MLM-SLOG@) Time: Fri Dec 31 9999 23:59:59 X",
        ' 0:00:05 (acornd) OUT: "A" u@h ^^^' + " " * 60_000 + "x",
        " 0:00:05 (acornd) FLEX" + "a" * 60_000,
        ' 0:00:05 (acornd) OUT: "A" u@h  (99999999999999999999 licenses) ',
        " 0:00:05 (lmgrd) TIMESTAMP 6/99999999999/2022",
    ],
    ids=["year 9999", "long verbose tail", "long word", "huge count", "huge day"],
)
def test_one_odd_line(line: str, log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """The lines around it are read, and quickly."""
    log.write(line + "\n")
    log.check_out("amber")
    config()
    told(seatwatch("collect"))

    assert AMBER in told(seatwatch("export", "sessions"))


def test_a_live_log_that_turns_out_to_be_compressed(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """An empty file that begins with bytes of Zstandard is a gap, and the service goes on."""
    log.check_out("amber")
    odd = log.path.with_name("odd.log")
    odd.touch()
    service = run(config("logs/*.log"))
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 1)
    odd.write_bytes(b"\x28\xb5\x2f\xfd whatever")
    log.check_out("birch")
    service.shows("licence_feature_in_use{acorn_base,lic1,acornd}", 2)


@pytest.mark.parametrize("server", ["lic{0}", "lic-{site}", "{site}{"])
def test_braces_and_bytes_in_a_servers_name(server: str, tmp_path: Path, seatwatch: Command) -> None:
    """A server named by a folder whose name is no text is read; braces that name no part stay what they are."""
    folder = os.fsencode(tmp_path) + b"/x\xff"
    Path(os.fsdecode(folder)).mkdir()
    path = Path(os.fsdecode(folder)) / "a.log"
    FlexlmLog(path).check_out("amber")
    (tmp_path / "config.yaml").write_text(
        "site: {name: e2e, timezone: UTC}\nledger: {path: ledger/l.db}\nsources:\n"
        f"  - {{name: lic, format: flexlm, server: '{server}', timezone: UTC, paths: ['{{site}}/a.log']}}\n"
    )
    ran = seatwatch("collect")

    assert ran.status in (0, 2), ran.err
    assert "Traceback" not in ran.err
    if ran.status == 0:
        assert AMBER in told(seatwatch("export", "sessions"))


def test_a_class_in_a_pattern_that_is_none(log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """A range the wrong way round matches nothing and breaks nothing."""
    log.check_out("amber")
    config("logs/[z-a]*.log")
    ran = seatwatch("collect")

    assert 1 == ran.status
    assert "no file matches" in ran.err


def test_a_date_of_a_file_that_no_log_has(log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """An mtime far ahead dates a log without anchor by now."""
    log.path.write_text(' 8:00:00 (acornd) OUT: "acorn_base" amber@ws-01  \n')
    os.utime(log.path, (9e9, 9e9))
    config()
    told(seatwatch("collect"))

    assert AMBER in told(seatwatch("export", "sessions"))


def test_a_name_that_is_no_text_is_asked_for(log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """A question with such a name is refused with a sentence."""
    log.check_out("amber")
    config()
    told(seatwatch("collect"))
    ran = seatwatch("export", "sessions", "--server", os.fsdecode(b"\xff"))

    assert 2 == ran.status
    assert "Traceback" not in ran.err


def test_the_path_of_a_closed_generation_is_kept_right(log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """After each rotation `export positions` names the file in which each generation lies now."""
    config("logs/lic.log")
    for user in ("amber", "birch", "clover"):
        log.check_out(user)
        told(seatwatch("collect"))
        for number in (2, 1):
            old = Path(f"{log.path}.{number}")
            if old.exists():
                old.rename(f"{log.path}.{number + 1}")
        log.path.rename(f"{log.path}.1")
    log.check_out("dahlia")
    told(seatwatch("collect"))
    rows = told(seatwatch("export", "positions")).splitlines()[1:]

    expected = [f"{log.path}.3", f"{log.path}.2", f"{log.path}.1", str(log.path)]
    assert expected == [row.split(",")[2] for row in rows]
