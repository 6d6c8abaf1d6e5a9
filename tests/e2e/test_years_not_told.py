"""Accounting whose lines tell no year, over years and rotated files, through the real command line."""

from __future__ import annotations

import csv
import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.command_line import called, told

CONFIG = """\
site: {{name: years, timezone: UTC}}
ledger: {{path: ledger.db}}
sources:
  - name: acc
    format: startstop
    server: hosts
    paths: ["acc.log*"]
    {more}
    startstop: {{line: "{{app}} {{word}} {{user}} {{pid}}"}}
"""
BEGIN = datetime(2021, 11, 3, 8, 15, tzinfo=UTC)
WEEKS = 130


def _starts() -> list[datetime]:
    """Return when the runs began: one a week, for two and a half years."""
    return [BEGIN + timedelta(days=7 * week) for week in range(WEEKS)]


def _written(folder: Path, copied: datetime | None = None, *, wrong: str = "") -> Path:
    """Write the log in four files, the older ones packed; *copied* is when a copy lost the times of all files."""
    lines = []
    for number, start in enumerate(_starts()):
        for moment, word in ((start, "START"), (start + timedelta(hours=2), "STOP")):
            lines.append((moment, f"{moment:%b %e %H:%M:%S} ws-1 LIC_ACC: mesh {word} fir {number}\n"))
    lines.insert(len(lines) // 2, (lines[len(lines) // 2][0], wrong))
    size = len(lines) // 4 + 1
    for number in range(4):
        part = lines[number * size : (number + 1) * size]
        path = folder / ("acc.log" if number == 3 else f"acc.log.{3 - number}.gz")
        data = "".join(text for _, text in part).encode()
        path.write_bytes(data if number == 3 else gzip.compress(data))
        second = (copied or part[-1][0]).timestamp()
        os.utime(path, (second, second))
    return folder


def _collected(folder: Path, more: str = "") -> list[str]:
    """Return the starts of the sessions that `collect` finds, in order."""
    (folder / "config.yaml").write_text(CONFIG.format(more=more))
    told(called(folder, "collect"))
    rows = list(csv.DictReader(told(called(folder, "export", "sessions")).splitlines()))
    assert {"7200"} == {row["seat_seconds"] for row in rows}
    return sorted(row["start"] for row in rows)


def _shown(starts: list[datetime]) -> list[str]:
    return [start.strftime("%Y-%m-%dT%H:%M:%SZ") for start in starts]


def test_years_are_counted_back_through_all_files(tmp_path: Path) -> None:
    """The newest file's time tells the year of the newest line, and by it that of every line in every file."""
    assert _shown(_starts()) == _collected(_written(tmp_path))


@pytest.mark.parametrize(("more", "by"), [("first_year: 2021", 0), ("", 2)], ids=["first_year", "nothing"])
def test_first_year_stands_in_for_times_that_a_copy_lost(tmp_path: Path, more: str, by: int) -> None:
    """Copied two years later, the log is two years late, unless the configuration tells its first year."""
    copied = datetime(2026, 5, 20, tzinfo=UTC)
    told_starts = _collected(_written(tmp_path, copied), more)

    assert [start.year + by for start in _starts()] == [int(start[:4]) for start in told_starts]


def test_one_line_of_2099_moves_nothing(tmp_path: Path) -> None:
    """A stamp that can't be is counted and shown, and the years of all others stay."""
    wrong = "2099-03-04T10:00:00Z ws-2 LIC_ACC: mesh START oak 7\n"

    assert _shown(_starts()) == _collected(_written(tmp_path, wrong=wrong))
    assert "1 with a time not believed" in told(called(tmp_path, "status"))
