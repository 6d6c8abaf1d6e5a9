"""Logs that hold what no licence server writes: rubbish, endless lines, another program's lines."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, environment, told
from tests.e2e.conftest import StartProgram, StartService, WriteConfig
from tests.e2e.flexlm_log import FlexlmLog
from tests.e2e.running import until

IN_USE = "licence_feature_in_use{acorn_base,lic1,acornd}"
MEGABYTE = 1 << 20

OTHER_FORMATS = {
    "rlm": "05/11 15:17 (demo) OUT: acorn_base v2.1 by amber@ws-01 \n"
    "05/11 15:22 (demo) IN: acorn_base v2.1 by amber@ws-01 \n",
    "syslog": "Mar  5 08:00:00 lic-host1 sshd[4711]: Accepted publickey for amber from 192.0.2.1 port 40022 ssh2\n",
    "web": '192.0.2.1 - - [05/Mar/2024:08:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0"\n',
    "json": '{"time": "2024-03-05T08:00:00Z", "event": "OUT", "feature": "acorn_base", "user": "amber"}\n',
    "utf-16": ' 8:00:00 (acornd) OUT: "acorn_base" amber@ws-01\n'.encode("utf-16-le").decode("latin-1"),
}
LONG = {"utf-16": 300_000, "web": 40 * MEGABYTE}
"""Bytes of a long log: pieces between NULs are many and short, blocks of plain lines are 128 KiB."""


def test_binary_rubbish(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """Five megabytes of random bytes and of NULs crash nothing, and the lines after them are read."""
    log.check_out("amber")
    with log.path.open("ab") as file:
        file.write(b"\n" + random.Random(7).randbytes(4 * MEGABYTE) + b"\n" + bytes(MEGABYTE) + b"\n")  # noqa: S311
    log.check_out("birch")
    service = run(config())
    service.shows(IN_USE, 2)
    assert service.shown()["seatwatch_source_up{lic}"] == 1
    assert "Traceback" not in service.errors


def test_a_line_of_300_megabytes(log: FlexlmLog, config: WriteConfig, run: StartService) -> None:
    """A line that grows to 300 MB keeps memory below 150 MB and counts as one oversize line; what follows is read."""
    log.check_out("amber")
    service = run(config())
    service.shows(IN_USE, 1)
    with log.path.open("ab") as file:
        for _ in range(300):
            file.write(b"x" * MEGABYTE)
    until("the bytes that wait for their line end", lambda: service.shown()["seatwatch_log_lag_bytes{lic}"] > 0)
    log.write("\n")
    log.check_out("birch")
    service.shows(IN_USE, 2)
    shown = service.shown()
    assert (1, 0) == (shown["seatwatch_log_lines_total{oversize,lic}"], shown["seatwatch_log_lag_bytes{lic}"])
    assert service.peak_memory < 150 * MEGABYTE


@pytest.mark.parametrize("name", sorted(OTHER_FORMATS))
def test_a_log_of_another_format(name: str, config: WriteConfig, seatwatch: Command, tmp_path: Path) -> None:
    """Its lines are counted as noise or unparsed, none as understood, no session comes of them, and nothing crashes."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "lic.log").write_text(OTHER_FORMATS[name] * 500, encoding="latin-1")
    config()
    ran = seatwatch("collect")
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) < 5
    (stream,) = json.loads(told(seatwatch("status", "--format", "json")))["streams"]
    assert stream["lines"]["understood"] == 0
    assert stream["lines"]["noise"] + stream["lines"]["unparsed"] > 0
    assert len(told(seatwatch("export", "sessions")).splitlines()) == 1


@pytest.mark.parametrize("name", ["utf-16", "web"])
def test_a_long_log_without_a_date_is_passed_over_swiftly(
    name: str, config: WriteConfig, start: StartProgram, tmp_path: Path
) -> None:
    """The time for a log in which no line has a date grows with its length, not with the square of it."""
    (tmp_path / "logs").mkdir()
    text = OTHER_FORMATS[name]
    (tmp_path / "logs" / "lic.log").write_text(text * (LONG[name] // len(text)), encoding="latin-1")
    config()
    program = start("collect", sys.executable, "-m", "exporter", "collect", env=environment())
    until("the end of collect", lambda: not program.runs, seconds=20)
    assert program.ended() == 0, program.errors
