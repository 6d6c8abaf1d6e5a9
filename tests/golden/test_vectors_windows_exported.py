"""The windows of the worked examples, read and exported by the real command line, byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.command_line import ROOT, Command, told

VECTORS = ROOT / "tests" / "vectors"
TABLES = sorted((path.parent.name, path.stem) for path in VECTORS.glob("*/windows-*.csv"))
"""None is of an example with a gap: what could not be read can't be shown by a whole file."""


def exported(case: Path, table: str, folder: Path, run: Command) -> str:
    """Collect *case* in *folder* and return one of its tables of windows."""
    shutil.copytree(case, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    told(run("collect"))
    _, tier, *product = table.split("-")
    arguments = case / f"{table}.args"
    words = arguments.read_text(encoding="utf-8").split() if arguments.exists() else []
    return told(run("export", "windows", "--tier", tier, *(["--product"] if product else []), *words))


def test_every_tier_and_a_product_have_an_example() -> None:
    """The list of tables is not empty, and each kind is in it."""
    assert {"windows-live", "windows-hourly", "windows-longterm", "windows-hourly-product"} <= {of for _, of in TABLES}


@pytest.mark.parametrize(("case", "table"), TABLES)
def test_an_example_gives_its_windows(case: str, table: str, tmp_path: Path, seatwatch: Command) -> None:
    """Collected and exported, the windows of a worked example equal its file byte for byte."""
    expected = (VECTORS / case / f"{table}.csv").read_bytes().decode()

    assert expected == exported(VECTORS / case, table, tmp_path, seatwatch)


@pytest.mark.parametrize(("case", "table"), TABLES)
def test_an_example_beside_the_project_gives_its_windows(
    case: str, table: str, shared: Path, tmp_path: Path, seatwatch: Command
) -> None:
    """The same holds for the example as it lies beside the project, where it does."""
    folder = shared / "vectors" / case
    if not (folder / f"{table}.csv").exists():
        pytest.skip("this example is not beside the project")
    expected = (folder / f"{table}.csv").read_bytes().decode()

    assert expected == exported(folder, table, tmp_path, seatwatch)
