"""The log has been rotated so often that nobody knows how often."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from exporter.ledger import restore
from exporter.tail import register
from tests.faults.harness.inside import Inside
from tests.faults.harness.log_lines import line
from tests.faults.harness.scene import Scene

ROTATIONS = 240
KEPT = 3
REMEMBERED = 20
"""Closed generations kept in mind; a thousand in earnest."""


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    """Return a Seatwatch in this process that remembers little."""
    logging.disable()
    monkeypatch.setattr(register, "_REMEMBERED", REMEMBERED)
    monkeypatch.setattr(restore, "LATEST", 3 * REMEMBERED)
    made = Inside(tmp_path)
    yield made
    made.close()
    logging.disable(logging.NOTSET)


@pytest.mark.case("B3", "The log is rotated hundreds of times, and the oldest of its files are deleted.")
def test_what_is_kept_in_mind_is_bounded(inside: Inside, mode: str) -> None:
    """Open files, generations in memory and those that a start loads stay few, and each line is read once."""
    log = inside.logs / "a.log"
    lines = count()
    open_files, known = [], []
    inside.start()
    for generation in range(ROTATIONS):
        if mode == "down" and generation % 10 == 5:
            inside.start()
        with log.open("a") as writer:
            writer.writelines(f"{line(generation, seq, next(lines))}\n" for seq in range(4))
        inside.poll(10.0)
        for number in range(KEPT, 0, -1):
            older = log.with_name(f"a.log.{number - 1}") if number > 1 else log
            if older.exists():
                older.replace(log.with_name(f"a.log.{number}"))
        log.touch()
        inside.poll(10.0)
        open_files.append(len(list(Path("/proc/self/fd").iterdir())))
        known.append(len(inside.followers["a"]._register.known))
    inside.poll(100.0)

    found = inside.found()
    assert [(generation, seq) for generation in range(ROTATIONS) for seq in range(1, 4)] == found.lines
    assert [] == found.gaps
    assert max(open_files[20:60]) >= max(open_files[60:])
    assert 2 * REMEMBERED + KEPT + 3 >= max(known)
    inside.start()
    inside.poll()
    assert 3 * REMEMBERED >= len(inside.followers["a"]._register.known)
    assert found.lines == inside.found().lines


@pytest.mark.parametrize("nth", [1, 2, 17])
@pytest.mark.case("K1", only="down")
def test_a_kill_while_generations_are_forgotten(make_scene: Callable[..., Scene], nth: int) -> None:
    """Killed while it forgets files that are long gone, for the n-th time, it reads on and nothing twice."""
    scene = make_scene(before=[_forget_soon], started=False)
    scene.start(f"registry-gc:{nth}")
    for _ in range(4 * nth + 8):
        scene.pen.write(10)
        scene.poll(2)
        scene.pen.rename()
        for old in scene.logs.glob("debug.log.[3-9]"):
            old.unlink()

    assert 1 == scene.deaths
    scene.see()


def _forget_soon() -> None:
    register._REMEMBERED = 2
