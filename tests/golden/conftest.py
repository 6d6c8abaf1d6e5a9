"""The command line for the golden tests, and the switch that writes what is expected anew."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.e2e.command_line import Command, called, spawned


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`; it is known where this folder is named: `pytest tests/golden --update-golden`."""
    parser.addoption(
        "--update-golden", action="store_true", help="Write the golden files anew; look at the difference."
    )


@pytest.fixture
def seatwatch(tmp_path: Path) -> Command:
    """Run commands in the test's folder, inside this process."""
    return partial(called, tmp_path)


@pytest.fixture
def process(tmp_path: Path) -> Command:
    """Run commands in the test's folder, each in a process of its own."""
    return partial(spawned, tmp_path)
