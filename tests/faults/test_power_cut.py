"""The power fails: the log loses what was not on the disk yet, though it had been read and counted."""

from __future__ import annotations

import os

import pytest

from tests.faults.harness.scene import Scene


@pytest.mark.case(
    "K11", "A power cut takes the log's last 4 KiB after they were counted, and its writer goes on.", only="down"
)
@pytest.mark.parametrize("torn", [0, 17], ids=["between lines", "in a line"])
def test_the_log_lost_its_end(scene: Scene, torn: int) -> None:
    """What was lost stays counted, once, and is told; what is written in its place is read."""
    scene.pen.write(400)
    scene.settle()
    read = scene.pen.size()
    with scene.meanwhile():
        end = scene.log.read_bytes().rfind(b"\n", 0, read - 4_096) + 1 + torn
        os.truncate(scene.log, end)
    scene.poll()
    scene.pen.write(50)

    scene.see(gaps=[(end, read, "rolled back")])


@pytest.mark.case("K11", only="down")
def test_its_writer_goes_on_before_the_first_look(scene: Scene) -> None:
    """Lines written before Seatwatch was there again are read, but for a few where the log was cut."""
    scene.pen.write(400)
    scene.settle()
    read = scene.pen.size()
    with scene.meanwhile():
        end = scene.log.read_bytes().rfind(b"\n", 0, read - 4_096) + 1
        os.truncate(scene.log, end)
        scene.pen.write(200)
    scene.settle()
    found = scene.found()

    assert len(found.lines) == len(set(found.lines)), "a line was counted twice"
    assert ["rolled back"] == [gap[2] for gap in found.gaps]
    assert scene.pen.lines[-1] == found.lines[-1]
    assert 590 < found.counted
