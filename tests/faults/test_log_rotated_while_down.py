"""The log was rotated, once or often, while Seatwatch was down; some of it may be gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness.scene import Scene


@pytest.mark.case("R4", "One rotation.", only="down")
@pytest.mark.case("R5", "Five rotations; reading stood in the oldest file.", only="down")
@pytest.mark.parametrize("times", [1, 5])
def test_every_generation_is_read_in_order(scene: Scene, times: int) -> None:
    """Reading goes on in the file it stood in, and the newer ones follow, each whole."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        for _ in range(times):
            scene.pen.rename()
            scene.pen.write(40)

    scene.see()


@pytest.mark.case("R6", "Twelve rotations; the eight oldest files were deleted.", only="down")
def test_what_was_deleted_is_told(scene: Scene) -> None:
    """One gap tells from where lines are missing, and everything that is there is read."""
    scene.pen.write(300)
    scene.poll()
    stood = scene.pen.size()
    with scene.meanwhile():
        lost = scene.pen.write(50)
        for nth in range(12):
            scene.pen.rename()
            lines = scene.pen.write(40)
            if nth < 12 - 5:
                lost += lines
        for number in range(5, 13):
            (scene.logs / f"debug.log.{number}").unlink()

    scene.see(lost=lost, gaps=[(stood, None)])


@pytest.mark.case("R14", "The log is deleted with unread lines in it.", only="down")
@pytest.mark.parametrize("later", [False, True], ids=["a-new-log-at-once", "a-new-log-later"])
def test_a_deleted_log_is_told(scene: Scene, later: bool) -> None:
    """One gap tells from where lines are missing; without a new log it is told that there is none."""
    scene.pen.write(300)
    scene.poll()
    stood = scene.pen.size()
    with scene.meanwhile():
        lost = scene.pen.write(50)
        scene.log.unlink()
        scene.pen.leave()
        if not later:
            scene.pen.write(40)
    if later:
        scene.settle()
        assert scene.complaints
        scene.pen.write(40)

    scene.see(lost=lost, gaps=[(stood, None)])


def _same_inode(log: Path, wanted: int) -> bool:
    """Make an empty file at *log* until it gets the inode *wanted*, as file systems like to do."""
    others = []
    for nth in range(200):
        log.touch()
        if log.stat().st_ino == wanted:
            break
        others.append(log.rename(log.with_name(f".other-{nth}")))
    for other in others:
        other.unlink()
    return log.exists()


@pytest.mark.case(
    "R15", "The log is deleted, and the new one gets its inode number; it is shorter, as long, or longer."
)
@pytest.mark.parametrize("longer", [-3, 0, 7], ids=["shorter", "as-long", "longer"])
def test_the_new_log_gets_the_inode_of_the_old_one(scene: Scene, longer: int) -> None:
    """The new log is read from its start, whatever its number and length."""
    scene.pen.write(30)
    scene.poll()
    inode, stood = scene.log.stat().st_ino, scene.pen.size()
    with scene.meanwhile():
        scene.pen.close()
        scene.log.unlink()
        if scene.mode == "down" and not _same_inode(scene.log, inode):
            pytest.skip("this file system gives no inode number twice")
        scene.pen.begin()
        scene.pen.write(30 + longer)

    # While nobody looked, lines may have come before the log was deleted: that can't be known.
    scene.see(gaps=[(stood, None)] if scene.mode == "down" else [])


@pytest.mark.case("R15", only="down")
@pytest.mark.parametrize("longer", [-3, 0, 7], ids=["shorter", "as-long", "longer"])
def test_a_rotated_log_s_inode_comes_again(make_scene: Callable[..., Scene], longer: int) -> None:
    """The inode number of a rotated log that was read and deleted is that of the new log, which is read whole."""
    scene = make_scene()
    scene.pen.write(30)
    scene.poll()
    inode = scene.log.stat().st_ino
    scene.pen.rename()
    scene.pen.write(20)
    scene.settle()
    with scene.meanwhile():
        scene.pen.rename(create=False)
        (scene.logs / "debug.log.2").unlink()
        if not _same_inode(scene.log, inode):
            pytest.skip("this file system gives no inode number twice")
        scene.pen.write(30 + longer)

    scene.see()
