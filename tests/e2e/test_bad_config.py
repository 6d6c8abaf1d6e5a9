"""A configuration with faults: exit status 2 and every fault at once, from every command that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command_line import Command

FAULTY = """\
site: {name: e2e, timezone: Europe/Madird}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: one, format: flexlm, server: lic1, timezone: UCT+1, paths: ["logs/*.log"]}
  - {name: two, format: flexlm, server: lic2, timezone: UTC, paths: ["logs/a.log"]}
  - {name: three, format: flexlm, server: lic3, timezone: UTC, paths: ["logs/a.log*"]}
"""
WELL = """\
site: {name: e2e, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: one, format: flexlm, server: lic1, paths: ["logs/one.log"]}
"""
COMMANDS = [
    ("run",),
    ("collect",),
    ("status",),
    ("who",),
    ("check-config",),
    ("export", "sessions"),
    ("explain", "--feature", "acorn_base"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_all_faults_are_told_at_once(words: tuple[str, ...], seatwatch: Command, tmp_path: Path) -> None:
    """Two wrong zones and two sources with one log end every command with status 2 and three lines, and no ledger."""
    (tmp_path / "config.yaml").write_text(FAULTY)
    ran = seatwatch(*words)
    assert (2, "") == (ran.status, ran.out)
    lines = [line.split(": ", 2) for line in ran.err.splitlines()]
    assert [
        ["config.yaml:1", "site.timezone"],
        ["config.yaml:4", "sources[0].timezone"],
        ["config.yaml:6", "sources[2].paths[0]"],
    ] == [line[:2] for line in lines]
    assert "sources[1] (two)" in lines[2][2]
    assert not (tmp_path / "ledger").exists()


def test_no_configuration(seatwatch: Command) -> None:
    """Without a configuration the sentence says how to get one, and the status is 2."""
    ran = seatwatch("run")
    assert (2, "") == (ran.status, ran.out)
    assert "config.yaml: there is no such file; `seatwatch init PATH...` looks at logs and writes one" in ran.err


def test_no_log_to_propose_for(seatwatch: Command, tmp_path: Path) -> None:
    """`init` that finds no log says why, writes no file, and ends as a wrong usage does."""
    (tmp_path / "letter").write_text("Dear reader,\n")
    ran = seatwatch("init", "letter", "--output", "my.yaml")

    assert (2, "") == (ran.status, ran.out)
    assert "letter is no log that Seatwatch knows" in ran.err
    assert "No log was found, so nothing is proposed" in ran.err
    assert not (tmp_path / "my.yaml").exists()


@pytest.mark.parametrize(
    "words", [("frobnicate",), ("export", "frobs"), ("explain",), ("status", "--frob"), ("collect", "--source", "x")]
)
def test_wrong_usage(words: tuple[str, ...], seatwatch: Command, tmp_path: Path) -> None:
    """An unknown command, export, option or source, or a missing feature, is told on stderr with status 2."""
    (tmp_path / "config.yaml").write_text(WELL)
    ran = seatwatch(*words)
    assert (2, "") == (ran.status, ran.out)
    assert ran.err
    assert "Traceback" not in ran.err
