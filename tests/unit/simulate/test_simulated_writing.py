"""Make-believe logs on disk: rotation, the truth beside them, and following a clock."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from threading import Event as Signal
from zoneinfo import ZoneInfo

import pytest

from exporter.errors import UsageError
from exporter.simulate.live import LiveSimulation
from exporter.simulate.model import Simulation
from exporter.simulate.site import demo_site
from exporter.simulate.writing import Rotate, follow, write_days

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = date(2024, 3, 4)


def simulation() -> Simulation:
    """Give the simulation that all tests write."""
    return Simulation(5, demo_site(), MADRID)


class SteppedClock:
    """A clock that goes on by one second with each wait and raises the signal after so many."""

    def __init__(self, waits: int) -> None:
        """Take how often may be waited."""
        self.time = 1_709_280_000.0
        self.left = waits

    def now(self) -> float:
        """Give the time."""
        return self.time

    def monotonic(self) -> float:
        """Give the time."""
        return self.time

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Go on by a second."""
        self.time += 1
        self.left -= 1
        if self.left == 0:
            signal.set()
        return signal.is_set()


def read_all(path: Path) -> bytes:
    """Give the bytes of all generations, oldest first."""
    rotated = [found for found in path.parent.iterdir() if found.name.startswith(f"{path.name}.")]
    rotated.sort(key=lambda found: -int(found.name.removesuffix(".gz").rpartition(".")[2]))
    return b"".join(
        gzip.decompress(found.read_bytes()) if found.suffix == ".gz" else found.read_bytes()
        for found in (*rotated, path)
    )


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("rotate", [None, 60_000, "daily"])
def test_all_generations_hold_all_lines_in_order(tmp_path: Path, rotate: Rotate, compress: bool) -> None:
    """However the log is rotated, its generations from old to new are the lines of the simulation."""
    path = tmp_path / "demo.log"
    count = write_days(simulation(), MONDAY, 4, path, rotate=rotate, compress=compress)
    lines = [line.text for line in simulation().days(MONDAY, 4)]
    assert "".join(f"{line}\n" for line in lines).encode() == read_all(path)
    assert len(lines) == count
    names = {found.name for found in tmp_path.iterdir()}
    if rotate == "daily":
        older = ".gz" if compress else ""
        assert {"demo.log", "demo.log.1", f"demo.log.2{older}", f"demo.log.3{older}"} == names
    assert (rotate is None) == (len(names) == 1)


def test_a_log_that_is_there_is_continued(tmp_path: Path) -> None:
    """Lines are appended to an existing file."""
    path = tmp_path / "demo.log"
    path.write_bytes(b"before\n")
    write_days(simulation(), MONDAY, 1, path)
    assert path.read_bytes().startswith(b"before\n 0:00:00 (lmgrd) ---")


def test_the_truth_is_written_as_json_lines(tmp_path: Path) -> None:
    """The truth file holds every row of the simulation's truth, the open sessions too."""
    truth = tmp_path / "truth.jsonl"
    write_days(simulation(), MONDAY, 3, tmp_path / "demo.log", truth=truth)
    same = simulation()
    list(same.days(MONDAY, 3))
    assert list(same.truth()) == [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]


def test_progress_is_told_after_each_day(tmp_path: Path) -> None:
    """The callback hears 1, 2, 3 for three days."""
    heard: list[int] = []
    write_days(simulation(), MONDAY, 3, tmp_path / "demo.log", progress=heard.append)
    assert [1, 2, 3] == heard


def test_a_log_that_cannot_be_written_is_told_with_its_name(tmp_path: Path) -> None:
    """A missing folder gives an error that names the file."""
    path = tmp_path / "nowhere" / "demo.log"
    with pytest.raises(UsageError, match=str(path)):
        write_days(simulation(), MONDAY, 1, path)


def test_following_appends_what_is_due_until_the_stop(tmp_path: Path) -> None:
    """The file holds the lines of every step of the clock, and the truth what the server did."""
    path, truth = tmp_path / "demo.log", tmp_path / "truth.jsonl"
    follow(LiveSimulation(1, demo_site(), MADRID), path, SteppedClock(90), Signal(), truth=truth)
    same = LiveSimulation(1, demo_site(), MADRID)
    lines = [line.text for second in range(90) for line in same.due(1_709_280_000 + second)]
    assert lines == path.read_text(encoding="utf-8").splitlines()
    assert list(same.truth(over=True)) == [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]


def test_following_rotates_a_full_file_and_keeps_some(tmp_path: Path) -> None:
    """A file over its size is renamed between whole lines; only the newest generations are kept."""
    path = tmp_path / "demo.log"
    follow(LiveSimulation(1, demo_site(), MADRID), path, SteppedClock(900), Signal(), rotate_bytes=10_000, keep=3)
    assert {"demo.log.1", "demo.log.2", "demo.log.3"} == {found.name for found in tmp_path.iterdir()} - {"demo.log"}
    same = LiveSimulation(1, demo_site(), MADRID)
    lines = [line.text for second in range(900) for line in same.due(1_709_280_000 + second)]
    assert "".join(f"{line}\n" for line in lines).encode().endswith(read_all(path))
    assert all(10_000 <= (tmp_path / f"demo.log.{number}").stat().st_size < 30_000 for number in (1, 2, 3))
