"""A line comes in pieces, and Seatwatch looks, or is killed, between them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness.log_lines import line
from tests.faults.harness.scene import Scene
from tests.faults.harness.world import World


@pytest.mark.case("L1", "Half a line is written; its other half comes much later, after a restart.")
@pytest.mark.parametrize("hold", [1, 14, 25], ids=["all-but-its-end", "half", "all-but-its-beginning"])
def test_the_other_half_comes_later(scene: Scene, hold: int) -> None:
    """Half a line stays unread, over polls and a restart, and is one line when it is whole."""
    scene.pen.write(101, hold=hold)
    scene.poll()
    with scene.meanwhile():
        scene.poll(5)
        if scene.mode == "alive":
            assert 100 == scene.found().counted
            scene.restart()
            scene.poll()
        scene.pen.write(100)

    scene.see()


@pytest.mark.case("L3", "SIGKILL at each byte of a line that is being written.", only="down")
def test_killed_at_each_byte_of_a_line(scene: Scene) -> None:
    """Whatever part of a line was there at the kill, the line is read once."""
    scene.pen.write(20)
    for hold in range(1, len(line(0, 40, 40)) + 1):
        scene.pen.write(2, hold=hold)
        scene.poll()
        scene.restart()
    scene.pen.write(1)

    scene.see()


@pytest.mark.case("L2", "The log is written byte by byte, 20 kB a second.", mode="alive")
def test_byte_by_byte(world: World) -> None:
    """Each line is read once, and reading takes less than a third of a core."""
    world.start()
    used, begun = _cpu_seconds(world.seatwatch.pid), time.monotonic()
    world.writer.do("write", lines=400, at_once=1, pause=0.000_01)
    used, took = _cpu_seconds(world.seatwatch.pid) - used, time.monotonic() - begun
    world.read_all()

    assert 0.3 > used / took
    world.see_each_line_once()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.case("L4", "Lines end with CR LF, which lie in two reads; a lone CR is inside a line.")
@pytest.mark.parametrize("hold", [1, 2])
def test_carriage_return_and_line_feed_come_apart(make_scene: Callable[..., Scene], hold: int) -> None:
    """A line ends with its LF, and the CR before it is no part of it."""
    scene = make_scene(eol="\r\n")
    for _ in range(10):
        scene.pen.write(5, hold=hold)
        scene.poll()
    with scene.meanwhile():
        scene.pen.write(5, hold=hold)
        scene.poll(3)
        scene.pen.write(5)

    scene.see()
