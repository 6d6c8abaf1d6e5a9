"""What the property test of any history found, each as the short story that it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.harness.life import obey_permissions
from tests.faults.harness.rotating import pack
from tests.faults.harness.scene import Scene


def test_packed_while_its_writer_goes_on(scene: Scene) -> None:
    """A packed copy that lacks the last lines of a log, which were read from the deleted file, is not read again."""
    scene.pen.write(40)
    scene.poll()
    scene.pen.rename(create=False, stay=True, pack=True)
    scene.pen.write(5, to=0)
    scene.poll()
    scene.pen.write(50)

    scene.see()


def test_packed_while_its_writer_goes_on_and_no_newer_log_is_there_at_a_start(scene: Scene) -> None:
    """Nothing is read again then either; that the deleted file may have had more lines is told as a loss."""
    scene.pen.write(300)
    scene.poll()
    scene.pen.rename(create=False, stay=True, pack=True)
    scene.pen.write(5, to=0)
    scene.poll()
    scene.restart()
    scene.poll(3)
    scene.pen.write(50)

    scene.see(gaps=[(scene.pen.size(0), None, "generation is gone")])


def test_packed_where_the_log_that_is_read_lay_before(scene: Scene) -> None:
    """The packed file is seen at the first look, though the plain file of the same name was there before."""
    scene.pen.write(36)
    scene.poll(3)
    scene.pen.rename()
    scene.poll(3)
    scene.pen.rename(pack=True)
    pack(scene.logs / "debug.log.2")
    scene.pen.write(10)
    scene.pen.rename(create=False, pack=True)

    scene.see()


@pytest.mark.parametrize("packed", [False, True], ids=["deleted", "packed"])
def test_gone_from_its_place_with_its_first_lines(scene: Scene, packed: bool) -> None:
    """A log that was empty at the last look, and is gone with its first lines at the next, is read once."""
    scene.pen.begin()
    scene.poll(3)
    scene.pen.write(20)
    if packed:
        scene.pen.rename(pack=True)
    else:
        scene.log.unlink()
        scene.pen.leave()
    scene.pen.write(20)

    scene.see()


@pytest.mark.parametrize("restarted", [False, True], ids=["alive", "restarted"])
def test_the_line_end_of_a_rotated_log_comes_late(scene: Scene, restarted: bool) -> None:
    """A line that was counted without its line end is not counted again when that comes, with more lines."""
    scene.pen.write(20, hold=1)
    scene.pen.rename(stay=True)
    scene.pen.write(10)
    scene.poll(5)
    if restarted:
        scene.kill()
    scene.pen.write(3, to=0)
    if restarted:
        scene.start()

    scene.see()


def test_another_packed_file_has_the_name_of_one_that_was_read(scene: Scene) -> None:
    """It is read though the log itself is not there, and no name has changed since the last look."""
    scene.pen.write(25)
    scene.pen.rename(create=False, pack=True)
    scene.settle()
    scene.pen.write(30)
    scene.pen.rename(create=False, pack=True)
    (scene.logs / "debug.log.2.gz").unlink()

    scene.see()


@pytest.mark.parametrize("forbidden", [False, True], ids=["readable", "unreadable at first"])
def test_lines_come_to_a_rotated_log_after_a_restart(make_scene: Callable[..., Scene], forbidden: bool) -> None:
    """A restart doesn't let Seatwatch lose sight of the rotated logs to which lines may still come."""
    scene = make_scene(before=[obey_permissions])
    for generation in range(3):
        scene.pen.write(30)
        if generation < 2:
            scene.pen.rename(stay=True)
    scene.settle()
    scene.restart()
    scene.settle()
    for generation in range(2):
        scene.pen.write(5, to=generation)
    if forbidden:
        scene.logs.joinpath("debug.log.1").chmod(0)
        scene.poll(3)
        scene.logs.joinpath("debug.log.1").chmod(0o644)

    scene.see()


def test_a_log_that_waits_is_overwritten(make_scene: Callable[..., Scene]) -> None:
    """A log that waits for an older one, which may not be read, is told as lost where no copy was made of it."""
    scene = make_scene(before=[obey_permissions])
    scene.pen.write(20)
    scene.poll()
    older = scene.logs / "debug.log.1"
    scene.kill()
    scene.pen.write(10)
    scene.pen.rename()
    older.chmod(0)
    lost = scene.pen.write(20)
    scene.start()
    scene.poll(2)
    scene.pen.truncate(keep=False)
    scene.pen.write(60)
    scene.poll(2)
    older.chmod(0o644)

    scene.see(lost=lost, gaps=[(0, None, "generation is gone")])


def test_a_log_that_waits_is_copied_and_truncated(make_scene: Callable[..., Scene]) -> None:
    """Nothing of it is lost where a copy was made, however much is in the log when it is looked at next."""
    scene = make_scene(before=[obey_permissions])
    scene.pen.write(20)
    scene.poll()
    scene.kill()
    scene.pen.write(10)
    scene.pen.rename()
    (scene.logs / "debug.log.1").chmod(0)
    scene.pen.write(20)
    scene.start()
    scene.poll(2)
    scene.pen.truncate()
    scene.pen.write(60)
    scene.poll(2)
    (scene.logs / "debug.log.2").chmod(0o644)

    scene.see()


@pytest.mark.parametrize("gone", ["deleted", "begun anew", "packed", "written on"])
def test_copied_and_truncated_and_gone_while_it_was_empty_to_us(scene: Scene, gone: str) -> None:
    """What came to an empty log before it was truncated is read from the copy first, then what its open file holds."""
    scene.pen.begin()
    scene.poll(3)
    scene.pen.write(20)
    scene.pen.truncate()
    scene.pen.write(15)
    if gone == "packed":
        scene.pen.rename(pack=True)
    else:
        scene.log.unlink()
        (scene.pen.begin if gone != "deleted" else scene.pen.leave)(stay=gone == "written on")
    scene.poll()
    if gone == "written on":
        scene.pen.write(5, to=2)
        scene.poll()
    scene.pen.write(10)

    scene.see()


def test_deleted_while_it_was_empty_to_us_and_its_successor_rotated(scene: Scene) -> None:
    """What the open file of a deleted log holds is read before the log that was begun after it, and renamed."""
    scene.pen.begin()
    scene.poll(3)
    scene.pen.write(20)
    scene.log.unlink()
    scene.pen.begin()
    scene.advance(5.0)
    scene.pen.write(15)
    scene.pen.rename()
    scene.poll()
    scene.pen.write(10)

    scene.see()


def test_an_unreadable_copy_comes_before_what_an_empty_log_holds_now(make_scene: Callable[..., Scene]) -> None:
    """An empty log that was copied and truncated since waits for its copy where that may not be read yet."""
    scene = make_scene(before=[obey_permissions])
    scene.pen.begin()
    scene.poll(3)
    scene.pen.write(20)
    scene.pen.truncate()
    copy = scene.logs / "debug.log.1"
    copy.chmod(0)
    scene.pen.write(15)
    scene.poll(3)
    copy.chmod(0o644)

    scene.see()
