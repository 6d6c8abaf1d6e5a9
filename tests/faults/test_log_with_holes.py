"""The log has NULs in it: a hole that a truncation left, or a page that its writer's host has not written yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.harness.scene import LOOK, Scene

_TICKS = os.sysconf("SC_CLK_TCK")


def _cpu_seconds(scene: Scene) -> float:
    """Return how long Seatwatch has kept a processor busy."""
    user, system = Path(f"/proc/{scene.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS


@pytest.mark.case("C10", "Its writer goes on at its old place after a truncation: the log begins with a hole of NULs.")
@pytest.mark.parametrize("lines", [1, 100, 3_000], ids=["one-line", "short", "long"])
def test_its_writer_goes_on_at_its_old_place(make_scene: Callable[..., Scene], lines: int) -> None:
    """The lines behind the hole are read once, those before it were read from the copy; the hole is no line."""
    scene = make_scene(append=False)
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.pen.truncate()
        scene.pen.write(lines)
        scene.poll()
        scene.pen.write(50)

    assert b"\0" == scene.log.read_bytes()[:1]
    scene.see()


@pytest.mark.case("C10")
def test_a_hole_of_two_gibibytes(scene: Scene) -> None:
    """It is passed in less than a second, and memory stays as it was."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.truncate()
        os.truncate(scene.log, 2 << 30)
        scene.pen.write(100)
    memory, busy = scene.memory(), _cpu_seconds(scene)
    scene.poll(2)
    taken = _cpu_seconds(scene) - busy

    assert 400 == scene.found().counted
    assert 1.0 > taken
    assert memory + (8 << 20) > scene.memory()
    scene.pen.write(50)
    scene.see()


@pytest.mark.case("C10")
def test_a_hole_with_nothing_behind_it_yet(scene: Scene) -> None:
    """A file that is nothing but a hole has no line; those that come behind it are read."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.truncate()
        os.truncate(scene.log, 1 << 20)
        scene.poll(10)
    scene.poll(10)
    assert 300 == scene.found().counted
    scene.pen.write(100)

    scene.see()


@contextmanager
def _not_written_yet(log: Path, start: int, size: int) -> Iterator[None]:
    """Let *size* bytes from *start* be NULs, and what they shall be at the end."""
    with log.open("r+b") as file:
        page = os.pread(file.fileno(), size, start)
        os.pwrite(file.fileno(), bytes(size), start)
        yield
        os.pwrite(file.fileno(), page, start)


@pytest.mark.case("C11", "A page in the middle is NULs, and its bytes come 2 s later.")
@pytest.mark.parametrize("start", [0, 17, 1_000], ids=["at-a-line-start", "inside-a-line", "further-on"])
@pytest.mark.parametrize("size", [40, 512, 4_096])
def test_a_page_comes_late(scene: Scene, start: int, size: int) -> None:
    """Lines wait for the page before them, so that none is lost and none read twice."""
    scene.pen.write(300)
    scene.poll()
    start += scene.pen.size()
    scene.pen.write(500)
    with _not_written_yet(scene.log, start, size):
        scene.poll()
        with scene.meanwhile():
            scene.pen.write(50)
            scene.poll()
    scene.poll()
    assert 850 == scene.found().counted

    scene.see()


@pytest.mark.case("C11")
@pytest.mark.parametrize("size", [40, 512])
def test_the_page_at_the_end_comes_late(scene: Scene, size: int) -> None:
    """NULs at the end of the log are waited for as well."""
    scene.pen.write(300)
    scene.poll()
    scene.pen.write(50)
    with _not_written_yet(scene.log, scene.pen.size() - size, size):
        scene.poll()
        with scene.meanwhile():
            scene.poll()
    scene.poll()
    scene.pen.write(50)

    scene.see()


@pytest.mark.case("C11")
@pytest.mark.parametrize("size", [40, 5_000, 100_000])
def test_a_page_that_never_comes(scene: Scene, size: int) -> None:
    """NULs that stay are passed over after some seconds; they are no line, and the lines behind them are read."""
    scene.pen.write(300)
    scene.poll()
    scene.pen.raw(bytes(size))
    scene.pen.write(50)
    scene.poll(2)
    assert 300 == scene.found().counted
    with scene.meanwhile():
        scene.poll()
    for _ in range(12):
        scene.pen.write(10)  # a log that never rests must not make them wait for ever
        scene.poll(after=LOOK)
    assert 350 < scene.found().counted

    scene.see()


@pytest.mark.case("C11")
def test_nuls_inside_a_line_that_stay(scene: Scene) -> None:
    """A line with NULs in it that stay is one line, and those around it are read."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.raw(b"some\0\0\0\0words\n")
        scene.pen.write(50)
        scene.poll()

    scene.see(others=1, same=True)


@pytest.mark.case("C11")
def test_rotated_before_the_page_came(scene: Scene) -> None:
    """A page of a log that was renamed meanwhile is waited for too, and the new log waits behind it."""
    scene.pen.write(300)
    scene.poll()
    read = scene.pen.size()
    scene.pen.write(100)
    with _not_written_yet(scene.log, read, 512):
        scene.poll()
        with scene.meanwhile():
            scene.pen.rename()
            scene.pen.write(100)
            scene.poll(2)
    scene.poll()

    scene.see()
