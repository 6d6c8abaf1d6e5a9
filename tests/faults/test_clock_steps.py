"""The wall clock is wrong, is put right, or means two times at once; times of files tell nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.faults.harness.free_text import see_as_one_reading
from tests.faults.harness.scene import Scene

HOUR, YEAR = 3_600.0, 365.25 * 86_400


@pytest.mark.case("T1", "The wall clock steps back an hour, on a year, back ten years.")
@pytest.mark.parametrize("step", [-HOUR, YEAR, -10 * YEAR], ids=["hour-back", "year-on", "ten-years-back"])
@pytest.mark.parametrize("rotate", ["rename", "truncate"])
def test_the_clock_steps(scene: Scene, step: float, rotate: str) -> None:
    """Reading goes on, through a rotation, and the facts have the log's times whatever the clock says."""
    scene.clock.now = 2_100_000_000.0  # past the log's lines, ten years earlier too
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.step_clock(step)
        scene.pen.write(50)
        scene.poll(2)
        getattr(scene.pen, rotate)()
        scene.pen.write(50)
        scene.poll(2)
        scene.step_clock(-step)
        scene.pen.write(50)
        scene.poll(2)

    scene.see()


def _night(begin: str, hours: str) -> tuple[bytes, bytes]:
    """Return the lines of a night before its rotation at 2:30, and those after; *hours* are two digits each."""
    head = f"{hours[:2]}:00:00 (lmgrd) TIMESTAMP {begin}\n"
    lines = [
        f'{hours[at : at + 2]}:{minute:02}:00 (MLM) {what}: "F0" u{at}@h\n'
        for at in range(0, len(hours), 2)
        for minute, what in ((5, "OUT"), (25, "IN"), (35, "OUT"), (55, "IN"))
    ]
    cut = next(at for at, line in enumerate(lines) if line.startswith(("02:35", "03:35")))
    return (head + "".join(lines[:cut])).encode(), "".join(lines[cut:]).encode()


@pytest.mark.case("T2", "The clocks change in the log's zone; the log is rotated at 2:30 in that night.")
@pytest.mark.parametrize(
    ("begin", "hours"),
    [("10/27/2024", "000102020304"), ("3/31/2024", "0001030405")],
    ids=["autumn", "spring"],
)
@pytest.mark.parametrize("rotate", ["rename", "truncate"])
def test_the_clocks_change(make_scene: Callable[..., Scene], begin: str, hours: str, rotate: str) -> None:
    """The second pass of the hour is known over a rotation and a kill as in one reading."""
    scene = make_scene(timezone="Europe/Madrid")
    before, after = _night(begin, hours)
    scene.pen.raw(before[:-50])
    scene.poll()
    with scene.meanwhile():
        scene.pen.raw(before[-50:])
        scene.poll()
        getattr(scene.pen, rotate)()
        scene.pen.raw(after[:100])
        scene.poll(4)
    scene.pen.raw(after[100:])

    see_as_one_reading(scene, before + after)


def _same_times(scene: Scene) -> None:
    for path in scene.logs.iterdir():
        os.utime(path, (scene.clock.now - HOUR, scene.clock.now - HOUR))


@pytest.mark.case("T3", "All generations have the same mtime.", only="down")
def test_numbers_in_names_tell_the_order(scene: Scene) -> None:
    """Files that differ by their numbers only are read in the order of the numbers."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        for _ in range(4):
            scene.pen.write(50)
            scene.pen.rename()
            scene.pen.write(50)
        _same_times(scene)

    scene.see()


@pytest.mark.case("T3", only="down")
@pytest.mark.parametrize("names", [("debug.log.old", "debug.log.1"), ("debug.log.1", "debug.log.old")])
def test_first_lines_tell_the_order(scene: Scene, names: tuple[str, str]) -> None:
    """Files whose names can't be compared are read in the order of their first dates."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        for name in names:
            scene.pen.rename(name)
            scene.pen.write(50)
        _same_times(scene)

    scene.see()


@pytest.mark.case("T3", only="down")
def test_what_nothing_tells_is_not_guessed(scene: Scene) -> None:
    """Two files that no name, date or mtime puts in order stop the stream with a sentence, and nothing is read."""
    scene.kill()
    scene.pen.write(100)
    scene.pen.rename("debug.log.old")
    scene.pen.write(100)
    scene.pen.rename("debug.log.1")
    scene.pen.write(100)
    for path in scene.logs.iterdir():
        path.write_bytes(path.read_bytes().partition(b"\n")[2])
    _same_times(scene)
    scene.start()
    scene.poll(3)

    assert "nothing tells whether it is older" in str(scene.view.problem)
    assert 0 == scene.found().counted
    os.utime(scene.logs / "debug.log.old", (scene.clock.now - 2 * HOUR, scene.clock.now - 2 * HOUR))
    scene.poll(3)
    assert scene.view.problem is None
    assert 297 == scene.found().counted
