"""`export` as its users call it: which windows are asked for, the forms, files and pipes, and what makes no sense."""

from __future__ import annotations

import csv
import os
import pty
import subprocess
import sys
from collections.abc import Generator, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from pyarrow import parquet

from exporter import wiring
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.records import WindowRow, WindowsAsked
from tests.e2e.command_line import Command, called, environment, told
from tests.e2e.conftest import WriteConfig
from tests.e2e.flexlm_log import FlexlmLog

START = 1_714_521_600
FIELDS = tuple(range(len(WINDOW_FIELDS)))


@pytest.fixture
def command(log: FlexlmLog, config: WriteConfig, tmp_path: Path) -> Command:
    """Run commands in this process, in a folder with a ledger that holds an open session."""
    log.check_out("amber")
    config()
    run = partial(called, tmp_path)
    told(run("collect"))
    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[WindowsAsked]:
    """Put one made window in the place of the ledger's, and give what was asked for."""
    questions: list[WindowsAsked] = []

    def rows(__: object, question: WindowsAsked) -> Generator[WindowRow, None, None]:
        questions.append(question)
        yield WindowRow(("Draft",) if question.product else ("lic1", "v", "f"), START, START + 3600, FIELDS)

    monkeypatch.setattr(wiring, "window_rows", rows)
    return questions


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--tier", "hourly"], {"tier": "hourly", "product": False}),
        (["--tier", "longterm", "--product"], {"tier": "longterm", "product": True}),
        (
            ["--tier", "live", "--from", "2024-05-01", "--to", "2024-05-01T01:00:00Z"],
            {"tier": "live", "product": False, "start": START, "end": START + 3600},
        ),
        (
            ["--tier", "hourly", "--server", "a", "--vendor", "b", "--feature", "c"],
            {"tier": "hourly", "product": False, "server": "a", "vendor": "b", "feature": "c"},
        ),
    ],
)
def test_which_windows(
    words: list[str], expected: Mapping[str, object], command: Command, asked: list[WindowsAsked]
) -> None:
    """Tier, products, times and names reach the ledger as they were typed, and the rows reach stdout."""
    lines = told(command("export", "windows", *words)).splitlines()
    assert [WindowsAsked(**expected)] == asked  # type: ignore[arg-type]  # by name
    who = "product,start" if expected["product"] else "server,vendor,feature,start"
    assert 2 == len(lines)
    assert lines[0].startswith(f"{who},in_use_mean,")
    assert lines[1].startswith(f"{'Draft' if expected['product'] else 'lic1,v,f'},2024-05-01T00:00:00Z,0.000000,1,")


@pytest.mark.usefixtures("asked")
def test_windows_in_every_form(command: Command, tmp_path: Path) -> None:
    """JSON lines, OpenMetrics and Parquet hold the window that CSV holds."""
    words = ("export", "windows", "--tier", "hourly", "--format")
    (row,) = csv.DictReader(told(command(*words, "csv")).splitlines())
    assert '{"server":"lic1","vendor":"v","feature":"f","start":"2024-05-01T00:00:00Z",' in told(
        command(*words, "jsonl")
    )
    sample = 'licence_window_users{tier="hourly",server="lic1",vendor="v",feature="f"} 19 1714521600\n'
    assert sample in told(command(*words, "openmetrics"))
    assert "" == told(command(*words, "parquet", "--output", "windows.parquet"))
    (found,) = parquet.read_table(tmp_path / "windows.parquet").to_pylist()
    assert (row["feature"], float(row["users"])) == (found["feature"], found["users"])


def test_facts_as_parquet(command: Command, tmp_path: Path) -> None:
    """Sessions are written as Parquet too, to a file, and to a pipe in the same bytes."""
    told(command("export", "sessions", "--format", "parquet", "--output", "sessions.parquet"))
    (found,) = parquet.read_table(tmp_path / "sessions.parquet").to_pylist()
    assert ("amber", None, False) == (found["user"], found["end"], found["start_inferred"])
    piped = subprocess.run(
        [sys.executable, "-m", "exporter", "export", "sessions", "--format", "parquet"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=True,
    )
    assert [found] == parquet.read_table(BytesIO(piped.stdout)).to_pylist()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["windows"], "Which windows? Add one of --tier live, --tier hourly, --tier longterm."),
        (["sessions", "--tier", "live"], "`export sessions` has no --tier: only `export windows` has."),
        (["spans", "--product"], "`export spans` has no --product: only `export windows` has."),
        (["gaps", "--format", "openmetrics"], "OpenMetrics text holds samples, which only `export windows` has"),
        (["windows", "--tier", "live", "--product", "--feature", "f"], "leave out --server, --vendor and --feature"),
        (
            ["windows", "--tier", "live", "--from", "2024-05-02", "--to", "2024-05-01"],
            "Nothing lies between --from 2024-05-02 and --to 2024-05-01: the first has to be the earlier one.",
        ),
    ],
)
def test_what_makes_no_sense(words: list[str], sentence: str, command: Command, asked: list[WindowsAsked]) -> None:
    """Options that contradict each other are a wrong usage, told in a sentence, and nothing is asked or written."""
    ran = command("export", *words, "--output", "rows")
    assert (2, "") == (ran.status, ran.out)
    assert sentence in ran.err
    assert [] == asked


@pytest.mark.usefixtures("command")
def test_parquet_is_not_for_a_terminal(tmp_path: Path) -> None:
    """On a terminal Parquet is refused with status 2, and what to do instead is said."""
    reader, terminal = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-m", "exporter", "export", "sessions", "--format", "parquet"],
        cwd=tmp_path,
        env=environment(),
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(terminal)
    os.close(reader)
    assert 2 == ran.returncode
    assert "Parquet is no text for a terminal: add --output FILE, or a pipe." in ran.stderr


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize("shape", ["csv", "parquet"])
def test_a_full_disk_behind_stdout(tmp_path: Path, shape: str) -> None:
    """When stdout can't be written, the command says so in one sentence and ends with status 1."""
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "exporter", "export", "sessions", "--format", shape],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (1, "The output can't be written: No space left on device.\n") == (ran.returncode, ran.stderr)
