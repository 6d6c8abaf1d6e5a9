"""The writer was not told of the rotation, and writes on to the log that was renamed or deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exporter import pipeline
from tests.faults.harness.free_text import reading_by
from tests.faults.harness.rotating import pack
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


@pytest.mark.case("R2")
def test_the_renamed_log_is_packed_with_lines_that_came_late(scene: Scene) -> None:
    """Lines that came to the renamed log before it was packed are read, from the packed file where need be."""
    _rename_long_ago(scene)
    with scene.meanwhile():
        scene.pen.write(200, to=0)
        scene.poll()
        pack(scene.logs / "debug.log.1")
        scene.pen.write(20)
        scene.poll(3)

    scene.see()


@pytest.mark.case("R2", only="down")
@pytest.mark.parametrize("nth", [1, 2, 5])
def test_killed_while_late_lines_are_read_from_a_packed_log(make_scene: Callable[..., Scene], nth: int) -> None:
    """Killed in the middle of the lines that came late, it reads the rest of them and none twice."""
    scene = make_scene(before=[reading_by(1 << 10), _commit_often])
    _rename_long_ago(scene)
    scene.kill()
    scene.pen.write(400, to=0)
    pack(scene.logs / "debug.log.1")
    scene.start(f"after-commit:{nth}")
    scene.poll()

    assert 1 == scene.deaths
    scene.see()


@pytest.mark.case("R2", only="alive")
def test_lines_come_after_the_renamed_log_was_packed(scene: Scene) -> None:
    """Lines that its writer adds to the plain file after it was packed and deleted are read from the open file."""
    _rename_long_ago(scene)
    pack(scene.logs / "debug.log.1")
    scene.pen.write(200, to=0)
    scene.poll(2)

    assert 600 == scene.found().counted
    scene.see()


def _rename_long_ago(scene: Scene) -> None:
    """Let the log be read and renamed under its writer, another begin, and all be quiet."""
    scene.pen.write(300)
    scene.poll()
    scene.pen.rename(stay=True)
    scene.pen.write(100)
    scene.settle()


def _commit_often() -> None:
    pipeline.SMALLEST_COMMIT = pipeline.LARGEST_COMMIT = 1 << 10  # type: ignore[misc]  # final for all but a test


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
