"""The page on capacity: its licence file, under its configuration, gives the rows that it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exporter.licences.licence_text import _POOLS
from exporter.licences.options_text import _KEYWORDS
from tests.e2e.command_line import Command, told

SITE = """\
site: {name: e2e, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources: [{name: lic, format: flexlm, server: lic1, paths: ["lic.log"]}]
"""


@pytest.fixture
def fenced(root: Path) -> list[str]:
    """Give the examples of the page: rows, licence files, a licence file, what follows from it."""
    return re.findall(r"(?ms)^```\w*\n(.*?)^```", (root / "docs" / "capacity.md").read_text())


def test_the_example_of_licence_files(fenced: list[str], tmp_path: Path, seatwatch: Command) -> None:
    """The rows of the page are those of the command, and check-config has nothing to say against it."""
    _, entry, licences, rows = fenced
    (tmp_path / "lic.log").touch()
    (tmp_path / "acorn.lic").write_text(licences)
    (tmp_path / "acornd.opt").write_text("RESERVE 2 acorn_mesh USER amber\n")
    (tmp_path / "config.yaml").write_text(f"{SITE}prometheus: {{listen: null}}\n{entry}")
    assert "capacity of 2 features of lic1" in told(seatwatch("check-config"))
    told(seatwatch("collect"))
    assert rows == told(seatwatch("export", "capacity")).replace(f"{tmp_path}/", "")


def test_the_example_of_rows(fenced: list[str], tmp_path: Path, seatwatch: Command) -> None:
    """Rows by hand hold from their days."""
    (tmp_path / "lic.log").touch()
    (tmp_path / "config.yaml").write_text(SITE + fenced[0])
    told(seatwatch("collect"))
    rows = told(seatwatch("export", "capacity")).splitlines()[1:]
    assert ["2022-01-01T00:00:00Z,50,config", "2024-07-01T00:00:00Z,60,config"] == [
        row.removeprefix("lic1,acornd,acorn_base,") for row in rows
    ]


def test_what_makes_pools_is_told(root: Path) -> None:
    """Each attribute that keeps seats apart, and each line of options files that is made use of, is on the page."""
    page = (root / "docs" / "capacity.md").read_text()
    assert [] == [name for name in _POOLS if name != "PLATFORM" and f"`{name}`" not in page]
    assert [] == [name for name in _KEYWORDS[:7] if f"`{name}`" not in page]
