"""The writer was not told of the rotation, and writes on to the log that was renamed or deleted."""

from __future__ import annotations

import pytest

from tests.faults.harness.scene import Scene


@pytest.mark.case("R2", "Lines come to the renamed log for 30 s more, while the new one grows too.")
def test_both_logs_grow_for_a_while(scene: Scene) -> None:
    """Every line of both is read, in the order of each."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(100)
        scene.pen.rename(stay=True)
        for _ in range(15):
            scene.pen.write(10, to=0)
            scene.pen.write(10)
            scene.poll()

    scene.see()


@pytest.mark.case("R2")
def test_a_line_comes_to_the_renamed_log_an_hour_later(scene: Scene) -> None:
    """A line that comes to the renamed log long after all was quiet is read."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.rename(stay=True)
        scene.pen.write(100)
        scene.settle()
        scene.advance(3_600)
        scene.pen.write(20, to=0)
        scene.pen.write(20)
        scene.poll()

    scene.see()


@pytest.mark.case("R3", "The writer never opens the new log, which stays empty; the renamed one grows.")
def test_the_new_log_stays_empty(scene: Scene) -> None:
    """Every line of the renamed log is read when it comes, and it is shown that the writer is still there."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.rename(stay=True)
        for _ in range(20):
            scene.pen.write(10, to=0)
            scene.poll(after=30)
    for _ in range(3):
        scene.poll(after=30)
        scene.pen.write(10, to=0)
    scene.poll()

    assert 530 == scene.found().counted
    assert scene.view.writer_on_rotated
    scene.pen.write(100)
    scene.see()
    assert not scene.view.writer_on_rotated


@pytest.mark.case("R13", "The log is deleted with unread lines in it, while it is open.", only="alive")
def test_a_deleted_log_is_read_to_its_end(scene: Scene) -> None:
    """What was unread is read through the open file, also what its writer adds; no loss is told."""
    scene.pen.write(300)
    scene.poll()
    scene.pen.write(200)
    scene.log.unlink()
    scene.pen.leave(stay=True)
    scene.poll(3)

    assert 500 == scene.found().counted
    scene.pen.write(50, to=0)
    scene.poll(2)
    assert 550 == scene.found().counted
    scene.pen.write(100)
    scene.see()


@pytest.mark.case("R13", only="alive")
def test_the_writer_of_a_deleted_log_is_shown(scene: Scene) -> None:
    """While lines come to the deleted log and the new one has none, it is shown where the writer is."""
    scene.pen.write(300)
    scene.poll()
    scene.log.unlink()
    scene.pen.begin(stay=True)
    for _ in range(5):
        scene.pen.write(50, to=0)
        scene.poll(after=30)

    assert 550 == scene.found().counted
    assert scene.view.writer_on_rotated
    scene.pen.write(100)
    scene.see()
