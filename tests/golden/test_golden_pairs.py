"""
Golden pairs: a small log, and the whole of what is shown of it at the endpoint and in every export.

Each folder here is a pair; the names in its log are made up, its shapes are those of real logs. After a change that is
meant, `pytest tests/golden --update-golden` writes the expected files anew: read the difference before you keep it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporter.catalog import own_metrics as metrics
from exporter.clock import SystemClock
from exporter.config.loading import load
from exporter.config.rules import licences_of
from exporter.health import Health
from exporter.ledger.export import EXPORTS
from exporter.publish.board import Board
from exporter.publish.prometheus import Exposition
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.e2e.command_line import called, told
from tests.reference.wtmp_records import packed, read_dump

HERE = Path(__file__).parent
PAIRS = sorted(folder.name for folder in HERE.iterdir() if folder.is_dir() and folder.name != "__pycache__")
DUMP = "input.dump"
"""Of a binary log, the text from which it is packed (see `tests.reference.wtmp_records`)."""
EXPORTED = sorted(set(EXPORTS) - {"positions", "coverage", "capacity"})
"""All but what depends on the folder the log lies in, and what only the configuration says."""
EXPECTED = {"scrape.txt", *(f"{what}.csv" for what in EXPORTED)}
NOON = int(datetime(2024, 3, 5, 12, tzinfo=UTC).timestamp())
"""When the logs are looked at: a few hours after their last lines, so none is stale."""
OF_THE_MACHINE = {
    metric.name
    for metric in (metrics.LEDGER_SIZE, metrics.LEDGER_DISK_FREE, metrics.COMMIT_DURATION, metrics.BUILD_INFO)
}


class Noon(SystemClock):
    """A clock that stands still."""

    def now(self) -> float:
        """Return noon."""
        return NOON

    def monotonic(self) -> float:
        """Return always the same."""
        return 0.0


def scrape(folder: Path) -> str:
    """Return what the endpoint shows of the log in *folder* at noon, less what the machine has a say in."""
    settings = load(folder / "config.yaml", FORMATS)
    health = Health(lambda: 0, lambda: 0)
    board = Board(Noon())
    board.use(licences_of(settings))
    collector = Collector(settings, Noon(), health, importing=False, show=board.show)
    try:
        collector.pipeline.drain(lambda: None)
        text = Exposition(board, health, "0").scrape("")[1].decode()
    finally:
        collector.close()
    families = re.split(r"^(?=# HELP )", text, flags=re.MULTILINE)
    return "".join(
        family
        for family in families
        if family.startswith(("# HELP licence_", "# HELP seatwatch_", "# HELP transfer_"))
        and family.split()[2] not in OF_THE_MACHINE
    )


def shown(pair: Path, folder: Path) -> dict[str, str]:
    """Return the golden files of *pair* as they are now, by name; *folder* is a new one to work in."""
    copy_given(pair, folder)
    files = {"scrape.txt": scrape(folder)}
    return files | {f"{what}.csv": told(called(folder, "export", what)) for what in EXPORTED}


def given(pair: Path) -> list[Path]:
    """Return the configuration of *pair* and its logs, of which there is one, but for formats that go by its name."""
    logs = sorted([*pair.glob("*.log"), *pair.glob(DUMP)])
    assert logs
    return [pair / "config.yaml", *logs]


def copy_given(pair: Path, folder: Path) -> None:
    """Put the logs and the configuration of *pair* into a new *folder*, the logs as if written until noon."""
    folder.mkdir()
    for file in given(pair):
        target = folder / file.with_suffix(".log").name if file.name == DUMP else folder / file.name
        if file.name == DUMP:
            target.write_bytes(packed(read_dump(file.read_text())))
        else:
            shutil.copyfile(file, target)
        os.utime(target, (NOON, NOON))


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give the folder of each pair; with `--update-golden`, write its expected files first."""
    folder = HERE / str(request.param)
    if request.config.getoption("--update-golden", default=False):
        for name, text in shown(folder, tmp_path / "update").items():
            (folder / name).write_text(text)
    return folder


def test_a_log_gives_its_golden_files(pair: Path, tmp_path: Path) -> None:
    """The endpoint and every export show exactly what the pair's files hold, no file more and none less."""
    files = shown(pair, tmp_path / "new")
    assert sorted(EXPECTED | {file.name for file in given(pair)}) == sorted(file.name for file in pair.iterdir())
    for name, text in files.items():
        assert (pair / name).read_text() == text


def test_collecting_gives_the_same_exports(pair: Path, tmp_path: Path) -> None:
    """`collect`, which takes a log for complete, exports what the long-running process exports."""
    folder = tmp_path / "collected"
    copy_given(pair, folder)
    told(called(folder, "collect"))
    for what in EXPORTED:
        assert (pair / f"{what}.csv").read_text() == told(called(folder, "export", what))


def test_the_pairs_pass_the_checker_of_prometheus(pair: Path, promtool: str) -> None:
    """The golden scrape has no fault in the eyes of `promtool check metrics`."""
    text = (pair / "scrape.txt").read_text()
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (0, "", "") == (checked.returncode, checked.stdout, checked.stderr)
