"""A wtmp is written and rotated while Seatwatch is killed: afterwards all is as if there had been no kill."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.e2e.command_line import called, told
from tests.faults.harness.fork import Died, Fork
from tests.faults.harness.shim import Quirks
from tests.reference.wtmp_life import BEGIN, lived
from tests.reference.wtmp_records import SIZE, packed

RECORDS = lived(21, 120)[:120]
DATA = packed(RECORDS)
CONFIG = """
site: {name: here, timezone: UTC}
ledger: {path: ledger/seatwatch.db}
sources:
  - {name: logins, format: wtmp, server: alder, paths: ["logs/wtmp*"]}
prometheus: {listen: null}
"""
PLACES = (
    *("after-open:2", "after-read:3", "after-parse:3", "marker-update:3", "after-register-new:2"),
    *("drain-old-before-register-new:2", "txn-begin:3", "mid-upserts:2", "before-offset-update:3"),
    *("before-commit:3", "after-commit:3", "after-commit-before-memory-advance:3"),
)
LOOK = 2.0


class Host:
    """A wtmp in ``logs/``, and Seatwatch, which looks at it when it is told to and comes back when it dies."""

    def __init__(self, folder: Path, failpoint: str = "") -> None:
        """Build it in *folder*, with a Seatwatch that dies at *failpoint*."""
        self.folder, self.deaths = folder, 0
        self.wtmp = folder / "logs" / "wtmp"
        self.wtmp.parent.mkdir(parents=True)
        self._now, self._monotonic = float(BEGIN + 200_000), 1_000.0
        (folder / "config.yaml").write_text(CONFIG)
        self._fork: Fork | None = None
        self._start(failpoint)

    def write(self, data: bytes) -> None:
        """Append to the wtmp."""
        with self.wtmp.open("ab") as wtmp:
            wtmp.write(data)
        os.utime(self.wtmp, (self._now, self._now))

    def rotate(self) -> None:
        """Rotate as logrotate's `create` does."""
        for number in (2, 1):
            older = self.wtmp.with_name(f"wtmp.{number}")
            if older.exists():
                older.rename(self.wtmp.with_name(f"wtmp.{number + 1}"))
        self.wtmp.rename(self.wtmp.with_name("wtmp.1"))
        self.write(b"")

    def look(self, times: int = 1, after: float = LOOK) -> None:
        """Let time pass and Seatwatch look, so many *times*; where it dies, it is started again and looks."""
        for _ in range(times):
            self._now += after
            self._monotonic += after
            for _ in range(2):
                try:
                    assert self._fork is not None
                    self._fork.ask((self._now, self._monotonic), "poll")
                    break
                except Died:
                    self.deaths += 1
                    self._start()

    def kill(self) -> None:
        """Kill Seatwatch with SIGKILL, and start it again."""
        self.close()
        self.deaths += 1
        self._start()

    def settle(self) -> None:
        """Look until every rule of quiet has passed."""
        self.look(4, after=3.0)
        self.look(2, after=60.0)

    def close(self) -> None:
        """End Seatwatch."""
        if self._fork is not None:
            self._fork.kill()
            self._fork = None

    def _start(self, failpoint: str = "") -> None:
        try:
            self._fork = Fork(self.folder / "config.yaml", failpoint, Quirks(), (), (self._now, self._monotonic))
        except Died:
            self.deaths += 1
            self._start()


@contextmanager
def host(folder: Path, failpoint: str = "") -> Iterator[Host]:
    """Give a host, whose Seatwatch ends with the block."""
    made = Host(folder, failpoint)
    try:
        yield made
    finally:
        made.close()


def exports(folder: Path) -> dict[str, str]:
    """Return what is exported of a host, once Seatwatch has ended."""
    return {what: told(called(folder, "export", what)) for what in ("sessions", "spans", "gaps")}


@pytest.fixture
def at_one_go(tmp_path: Path) -> dict[str, str]:
    """Return the exports of all records read at one go from one file."""
    with host(tmp_path / "at-one-go") as quiet:
        quiet.write(DATA)
        quiet.settle()
    return exports(tmp_path / "at-one-go")


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_byte(tmp_path: Path, at_one_go: dict[str, str], seed: int) -> None:
    """Written a few bytes at a time, rotated in between, and killed again and again, each record counts once."""
    chance = Random(seed)  # noqa: S311 -- no secret is made of it
    with host(tmp_path / "killed") as harmed:
        written = 0
        while written < len(DATA):
            step = chance.choice((1, 7, SIZE - 1, SIZE, SIZE + 1, 3 * SIZE, chance.randrange(1, 4 * SIZE)))
            harmed.write(DATA[written : written + step])
            written = min(written + step, len(DATA))
            if written % SIZE == 0 and chance.random() < 0.2:
                harmed.rotate()
            if chance.random() < 0.3:
                harmed.kill()
            else:
                harmed.look()
        harmed.settle()

    assert harmed.deaths > 5
    assert at_one_go == exports(tmp_path / "killed")


@pytest.mark.parametrize("place", PLACES)
def test_killed_at_each_place_of_harm(tmp_path: Path, at_one_go: dict[str, str], place: str) -> None:
    """Killed where a crash could do harm, over rotations, nothing is lost and nothing counts twice."""
    with host(tmp_path / "killed", place) as harmed:
        for part in range(6):
            harmed.write(DATA[part * 20 * SIZE : (part + 1) * 20 * SIZE])
            harmed.look(2)
            if part in (1, 3):
                harmed.rotate()
        harmed.settle()

    assert 1 == harmed.deaths
    assert at_one_go == exports(tmp_path / "killed")
