"""The log is rotated by renaming, in the ways that rotations have."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.faults.harness.scene import Scene


@pytest.mark.case("R1", "The log is renamed while lines of it are unread, and a new one is begun.")
def test_unread_lines_of_the_old_log_come_first(scene: Scene) -> None:
    """What was unread of the renamed log is read before the new one."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(500)
        scene.pen.rename()
        scene.pen.write(200)
        scene.poll()
        scene.pen.write(100)

    scene.see()


@pytest.mark.case("R7", "The pattern also matches the rotated files; ten rotations.")
def test_every_generation_is_read_once_whatever_it_is_called(scene: Scene) -> None:
    """Files that move on from name to name are not read again."""
    scene.pen.write(30)
    scene.poll()
    with scene.meanwhile():
        for _ in range(10):
            scene.pen.write(20)
            scene.pen.rename()
            scene.pen.write(20)
            scene.poll(2)

    scene.see()


_DATES = {
    "date": ("debug.log-20241114", "debug.log-20241115"),
    "date-before-extension": ("debug.2024-11-14.log", "debug.2024-11-15.log"),
    "date-and-time": ("debug.log.2024-11-14-1731600000", "debug.log.2024-11-14-1731603600"),
    "plain-date-and-time": ("debug.log-20241114-1731600000", "debug.log-20241114-1731603600"),
}


@pytest.mark.case("R8", "Rotated logs are called by dates, in three ways.")
@pytest.mark.parametrize("names", _DATES.values(), ids=_DATES)
def test_dates_in_names_make_one_chain(make_scene: Callable[..., Scene], names: tuple[str, str]) -> None:
    """Files named by dates belong to the log, the older date before the newer one."""
    scene = make_scene(paths=["logs/debug*log*"])
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        for name in names:
            scene.pen.write(100)
            scene.pen.rename(name)
            scene.pen.write(100)
            scene.poll()

    scene.see()
    assert 1 == len(scene.views.streams)


@pytest.mark.case("R11", "Two rotations between two looks.")
def test_a_generation_that_no_look_saw_is_read(scene: Scene) -> None:
    """The generation in the middle is found in the folder."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.pen.rename()
        scene.pen.write(3)
        scene.pen.rename()
        scene.pen.write(5)

    scene.see()


@pytest.mark.case("R12", "The new log is made 20 s after the old one was renamed.")
def test_the_new_log_comes_late(scene: Scene) -> None:
    """The old log is read on as long as it grows, one line tells what is missing, and the new log is read whole."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.rename(create=False, stay=True)
        scene.pen.write(50, to=0)
        scene.poll(3)
    for _ in range(10):
        scene.pen.write(5, to=0)
        scene.poll()

    assert 400 == scene.found().counted
    assert 1 >= len(scene.complaints)
    scene.pen.write(200)
    scene.see()


@pytest.mark.case("R16", "The log is renamed away and back: a rotation that failed.")
@pytest.mark.parametrize("aside", ["debug.log.1", "debug.log.failed", "aside"])
def test_renamed_away_and_back(scene: Scene, aside: str) -> None:
    """Reading goes on where it stood, whatever the log was called meanwhile."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.log.rename(scene.logs / aside)
        scene.poll(20)
        (scene.logs / aside).rename(scene.log)
    scene.poll()
    scene.pen.write(100)

    scene.see()


def _touch(scene: Scene) -> None:
    scene.pen.touch(scene.logs / "debug.log.1")


def _date_ahead(scene: Scene) -> None:
    os.utime(scene.logs / "debug.log.1", (scene.clock.now + 31_536_000, scene.clock.now + 31_536_000))


def _permit(scene: Scene) -> None:
    (scene.logs / "debug.log.1").chmod(0o600)


def _give_away(scene: Scene) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(scene.logs / "debug.log.1", 12_345, 12_345)


@pytest.mark.case("R17", "A rotated log gets other times (now, or next year), another mode, or another owner.")
@pytest.mark.parametrize("change", [_touch, _date_ahead, _permit, _give_away])
def test_a_change_beside_the_content_of_a_rotated_log(scene: Scene, change: Callable[[Scene], None]) -> None:
    """Nothing is read again, and the log goes on."""
    scene.pen.write(300)
    scene.poll()
    scene.pen.rename()
    scene.pen.write(50)
    scene.settle()
    with scene.meanwhile():
        change(scene)
        scene.poll(3)
    scene.poll(3)

    assert 350 == scene.found().counted
    scene.pen.write(50)
    scene.see()


@pytest.mark.case("R18", "The last line of the renamed log has no line end.")
def test_a_last_line_without_an_end_is_a_line(scene: Scene) -> None:
    """Once its writer has left the renamed log, what stands at its end is its last line."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(51, hold=1)
        scene.pen.rename()
        scene.pen.write(100)
        scene.poll()

    scene.see()


@pytest.mark.case("R18")
@pytest.mark.parametrize("hold", [1, 4, 20])
def test_a_last_line_that_is_ended_soon_is_one_line(scene: Scene, hold: int) -> None:
    """A line of the renamed log that its writer ends a second later is one line."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(51, hold=hold)
        scene.pen.rename(stay=True)
        scene.pen.write(100)
        scene.poll(after=1)
        scene.pen.write(0, to=0)

    scene.see()


@pytest.mark.case("R18")
def test_a_last_line_that_is_ended_after_it_was_counted_is_one_line(scene: Scene) -> None:
    """The line end that comes long after is no second line, and lines behind it are read."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(51, hold=1)
        scene.pen.rename(stay=True)
        scene.pen.write(100)
        scene.settle()
        scene.pen.write(1, to=0)
        scene.poll()
    scene.pen.write(10)

    scene.see()


@pytest.mark.case("R19", "The log is rotated by a hard link: for a moment it has both names.")
def test_rotated_by_a_hard_link(scene: Scene) -> None:
    """The file with two names is one generation, before and after the first name is gone."""
    rotated = scene.logs / "debug.log.1"
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        rotated.hardlink_to(scene.log)
        scene.poll(3)
        scene.pen.write(50)
        scene.log.unlink()
        scene.poll()
        scene.pen.begin()
        scene.pen.write(100)
        scene.poll()

    scene.see()
