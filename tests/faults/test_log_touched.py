"""The times of the log say one thing and its size another."""

from __future__ import annotations

import os

import pytest

from tests.faults.harness.scene import Scene


@pytest.mark.case("F18", "The log is touched but doesn't grow, or grows and keeps its time.")
def test_touched_and_not_grown(scene: Scene) -> None:
    """Nothing is read again."""
    scene.pen.write(300)
    scene.settle()
    with scene.meanwhile():
        for _ in range(3):
            scene.pen.touch(scene.log)
            scene.poll()
    scene.poll(3)

    assert 300 == scene.found().counted
    scene.pen.write(50)
    scene.see()


@pytest.mark.case("F18")
@pytest.mark.parametrize("age", [0, 3_600], ids=["young", "an-hour-old"])
def test_grown_without_a_new_time(scene: Scene, age: float) -> None:
    """The new lines are read at the next look."""
    then = scene.clock.now - age
    scene.pen.write(300)
    os.utime(scene.log, (then, then))
    scene.settle()
    with scene.meanwhile():
        scene.pen.write(50)
        os.utime(scene.log, (then, then))
        scene.poll()
    scene.poll()

    assert 350 == scene.found().counted
    scene.see()
