"""What commands print, and who reads it: pipes that close early, answers as tables and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, environment, told
from tests.e2e.conftest import WriteConfig
from tests.e2e.flexlm_log import FlexlmLog


def test_a_reader_that_has_enough(log: FlexlmLog, config: WriteConfig, seatwatch: Command, tmp_path: Path) -> None:
    """`export | head -1` says nothing on stderr and ends with status 0, however many rows are left."""
    log.write("".join(log.text("acornd", f'OUT: "acorn_base" user{n}@ws-01  ') for n in range(20_000)))
    config()
    told(seatwatch("collect"))
    ran = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m exporter export sessions | head -1; exit ${{PIPESTATUS[0]}}"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "server,vendor,feature," == ran.stdout[:22]
    assert (0, "") == (ran.returncode, ran.stderr)


@pytest.mark.parametrize("words", [("status",), ("who",), ("explain", "--feature", "acorn_base")])
def test_an_answer_as_json(words: tuple[str, ...], log: FlexlmLog, config: WriteConfig, seatwatch: Command) -> None:
    """With `--format json` an answer is one JSON document on stdout and nothing else, and it has the open session."""
    log.check_out("amber")
    config()
    told(seatwatch("collect"))
    ran = seatwatch(*words, "--format", "json")
    assert (0, "") == (ran.status, ran.err)
    answer = json.loads(ran.out)
    assert '"amber"' in ran.out or answer["streams"][0]["open_sessions"] == 1
