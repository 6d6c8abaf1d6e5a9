"""The worked examples, read and exported by the real command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.command_line import ROOT, Command, told

VECTORS = ROOT / "tests" / "vectors"
CASES = sorted(folder.name for folder in VECTORS.iterdir() if folder.is_dir() and not (folder / "lost.csv").exists())
"""Those without a gap: what could not be read can't be shown by a whole file."""
EXPORTS = ("sessions", "denials", "waits", "spans")
IN_A_PROCESS = ("17-verbose-handles", "25-rotation")


def sorted_rows(text: str) -> str:
    """Return *text* with the lines below its header sorted."""
    header, *rows = text.splitlines(keepends=True)
    return "".join([header, *sorted(rows)])


def read_and_compare(case: str, folder: Path, run: Command) -> None:
    """Collect *case* in *folder*, and compare every export that it gives with its file."""
    shutil.copytree(VECTORS / case, folder, dirs_exist_ok=True)
    told(run("collect"))
    expected = {what: (folder / f"{what}.csv") for what in EXPORTS}
    given = {what: sorted_rows(file.read_text()) for what, file in expected.items() if file.exists()}
    assert given == {what: sorted_rows(told(run("export", what))) for what in given}
    assert told(run("export", "gaps")) == "source,stream,generation,from,to,reason,time\n"


def test_all_examples_are_there() -> None:
    """The list of examples is not empty, and sessions, denials, waits and spans each have one."""
    assert len(CASES) > 20
    for what in EXPORTS:
        assert list(VECTORS.glob(f"*/{what}.csv"))


@pytest.mark.parametrize("case", CASES)
def test_an_example_gives_its_files(case: str, tmp_path: Path, seatwatch: Command) -> None:
    """Collected and exported, a worked example equals its files byte for byte, and has no gap."""
    read_and_compare(case, tmp_path, seatwatch)


@pytest.mark.parametrize("case", IN_A_PROCESS)
def test_an_example_in_processes_of_their_own(case: str, tmp_path: Path, process: Command) -> None:
    """The same holds when each command is a process, as a user runs it."""
    read_and_compare(case, tmp_path, process)


def test_collecting_again_changes_nothing(tmp_path: Path, seatwatch: Command) -> None:
    """A second `collect` of an example that is read already counts no line twice."""
    case = "03-one-key-many-seats"
    read_and_compare(case, tmp_path, seatwatch)
    read_and_compare(case, tmp_path, seatwatch)
