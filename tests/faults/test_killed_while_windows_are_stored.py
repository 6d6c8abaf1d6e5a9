"""Killed, or out of disk, while windows are stored: the next life stores what is missing, none twice, none wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.alike import Alike
from exporter.catalog.tiers import HOURLY, LONGTERM
from exporter.ledger.reader import LedgerReader
from exporter.windowing import Windowing
from tests.e2e.command_line import DEADLINE, environment
from tests.property.brute_windows import one_by_one

FEATURES, DAYS = 8, 60
"""More windows than are stored in one commit."""
CONFIG = """\
site: {name: any, timezone: Europe/Madrid}
ledger: {path: ledger.db}
sources: [{name: lic, format: flexlm, server: srv, timezone: UTC, paths: [srv.log]}]
"""
PLACES = ["mid-windows:1", "mid-windows:9", "before-commit:4", "before-commit:6", "after-commit:5", "wal-checkpoint:1"]
"""Before the fourth commit is all that was read, and no subject of windows; in the others some windows are stored."""


def log_lines() -> Iterator[str]:
    """Yield two months in which every feature is used a little every day."""
    for day in range(DAYS):
        yield f" 0:00:00 (lmgrd) TIMESTAMP {day // 28 + 1}/{day % 28 + 1}/2024"
        for feature in range(FEATURES):
            yield f'{8 + feature:2}:00:00 (acornd) OUT: "f{feature}" user{day % 3}@ws-01'
            yield f'{8 + feature:2}:30:00 (acornd) DENIED: "f{feature}" late@ws-02  (Licensed number. (-4,342))'
            yield f'{8 + feature:2}:59:59 (acornd) IN: "f{feature}" user{day % 3}@ws-01'


def collect(folder: Path, **failing: str) -> subprocess.CompletedProcess[str]:
    """Run `collect` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "exporter", "collect"],
        cwd=folder,
        env={**environment(), **failing},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def stored(folder: Path) -> list[tuple[object, ...]]:
    """Return all stored windows but their revisions, and up to where each subject has them."""
    ledger = LedgerReader(folder / "ledger.db")
    rows = ledger.ask(
        "SELECT start, end, n, tier, subject, seat_seconds, checkouts, denials_refused, times FROM window"
    )
    windows = [(begin, *rest) for start, end, n, *rest in rows for begin in Alike(start, end, n).starts]
    until = ledger.ask("SELECT subject, tier, until FROM stored")
    found = sorted(map(repr, [*windows, *until]))
    ledger.close()
    return [(row,) for row in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a log and a configuration."""
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "srv.log").write_text("\n".join([*log_lines(), ""]), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """Give the stored windows of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("never-killed")
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "srv.log").write_text("\n".join([*log_lines(), ""]), encoding="utf-8")
    assert collect(folder).returncode == 0
    return stored(folder)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.case("K1", mode="down")
def test_a_kill_while_windows_are_stored(folder: Path, never_killed: list[tuple[object, ...]], place: str) -> None:
    """Killed at its n-th pass and run again, all windows are stored once, and are those of the facts."""
    assert collect(folder, TAIL_FP=place).returncode == -signal.SIGKILL
    assert collect(folder).returncode == 0

    assert never_killed == stored(folder)
    ledger = LedgerReader(folder / "ledger.db")
    windowing = Windowing(ledger.ask)
    for feature in windowing.features():
        for tier in (HOURLY, LONGTERM):
            worked_out = [
                (window.start, window.end, window.sums)
                for window in one_by_one(windowing._work_out(tier, feature, 0, 1 << 62))
            ]
            given = windowing.windows(tier, feature)
            assert worked_out == [(start, start + starts.step, sums) for starts, sums in given for start in starts]
    ledger.close()


@pytest.mark.parametrize("place", ["mid-windows:ENOSPC", "before-commit:ENOSPC:5", "before-commit:ENOSPC:6"])
@pytest.mark.case("K6", mode="down")
def test_a_full_disk_while_windows_are_stored(folder: Path, never_killed: list[tuple[object, ...]], place: str) -> None:
    """It is told, what was read is there, and the next run stores the windows."""
    ran = collect(folder, TAIL_FP_ERR=place)

    assert "Windows can't be stored" in ran.stderr
    assert "make room on its disk" in ran.stderr
    assert collect(folder).returncode == 0
    assert never_killed == stored(folder)
