"""The log, or the folder it lies in, is not there at first, or goes away and comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.harness.scene import Scene

DAY = 86_400.0


@pytest.mark.case("F1", "The log's folder doesn't exist, comes a minute later, and is later renamed and made anew.")
def test_the_folder_comes_later(make_scene: Callable[..., Scene]) -> None:
    """The log is read from its start when its folder has come, and what is missing is told once until then."""
    scene = make_scene(paths=["logs/vendor/debug.log*"], log="vendor/debug.log")
    scene.poll(30)

    assert scene.views.sources["lic"] is not None
    assert 1 == len(scene.complaints)
    with scene.meanwhile():
        scene.log.parent.mkdir()
        scene.pen.write(300)
    scene.poll(2)

    assert scene.views.sources["lic"] is None
    assert 300 == scene.found().counted
    scene.see()


@pytest.mark.case("F1", only="alive")
def test_the_folder_is_renamed_and_made_anew(make_scene: Callable[..., Scene]) -> None:
    """The old log is read to its end through its open file, the one in the new folder from its start."""
    scene = make_scene(paths=["logs/vendor/debug.log*"], log="vendor/debug.log")
    scene.log.parent.mkdir()
    scene.pen.write(300)
    scene.poll()
    scene.pen.write(50)
    scene.log.parent.rename(scene.logs / "before")
    scene.log.parent.mkdir()
    scene.pen.begin()
    scene.pen.write(200)

    scene.see()


@pytest.mark.case("F2", "A log is first seen at a start: it was made while Seatwatch was down.", only="down")
def test_a_log_made_meanwhile_is_read_from_its_start(scene: Scene) -> None:
    """A log that no earlier start knew is read whole."""
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(300)
        scene.pen.rename()
        scene.pen.write(200)

    scene.see()


@pytest.mark.case("F12", "The mount point is empty for a day, as before its mount is there.")
def test_an_empty_mount_point(scene: Scene) -> None:
    """Nothing is taken for deleted: when the logs are back, reading goes on where it stood."""
    scene.pen.write(200)
    scene.pen.rename()
    scene.pen.write(100)
    scene.settle()
    mounted = scene.folder / "mounted"
    with scene.meanwhile():
        scene.logs.rename(mounted)
        scene.logs.mkdir()
        scene.poll(3)
        scene.advance(DAY / 2)
        scene.poll(3)
    scene.poll(3)
    scene.advance(DAY / 2)
    scene.poll(3)
    scene.logs.rmdir()
    mounted.rename(scene.logs)
    scene.pen.write(50)

    scene.see()


@pytest.mark.case("F12")
def test_no_mount_point(scene: Scene) -> None:
    """The same where the folder itself is missing."""
    scene.pen.write(300)
    scene.poll()
    mounted = scene.folder / "mounted"
    with scene.meanwhile():
        scene.logs.rename(mounted)
        scene.poll(3)
    scene.poll(3)
    scene.advance(DAY)
    scene.poll(3)
    mounted.rename(scene.logs)
    scene.pen.write(50)

    scene.see()


@pytest.mark.case("F16", "The log is gone for three days, and comes back as it was and with ten more lines.")
def test_back_after_three_days(scene: Scene) -> None:
    """Only the ten lines are read."""
    scene.pen.write(300)
    scene.poll()
    aside = scene.folder / "aside"
    with scene.meanwhile():
        scene.log.rename(aside)
        scene.poll(3)
        scene.advance(1.5 * DAY)
        scene.poll(3)
    scene.poll(3)
    scene.advance(1.5 * DAY)
    scene.poll(3)
    aside.rename(scene.log)
    scene.pen.write(10)

    scene.see()


@pytest.mark.case("F16")
def test_a_copy_comes_back_after_three_days(scene: Scene) -> None:
    """The same where what comes back is a copy in another inode, and rotated files are gone with it."""
    scene.pen.write(200)
    scene.pen.rename()
    scene.pen.write(100)
    scene.settle()
    away = scene.folder / "away"
    away.mkdir()
    scene.pen.close()
    with scene.meanwhile():
        for path in scene.logs.iterdir():
            (away / path.name).write_bytes(path.read_bytes())
            path.unlink()
        scene.poll(3)
    scene.advance(3 * DAY)
    scene.poll(3)
    for path in away.iterdir():
        path.rename(scene.logs / path.name)
    scene.pen.write(10)

    scene.see()
