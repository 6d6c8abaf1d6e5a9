"""The log is copied and then truncated: unread lines are taken from the copy, and it is not read a second time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness.rotating import pack
from tests.faults.harness.scene import Scene


@pytest.mark.case("C6", "500 lines are unread when the log is copied and truncated.")
@pytest.mark.parametrize("after", [1, 100, 2_000], ids=["little", "shorter", "longer"])
def test_unread_lines_are_in_the_copy(scene: Scene, after: int) -> None:
    """The unread lines come from the copy, then the new life of the file from its start."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(500)
        scene.pen.truncate()
        scene.pen.write(after)
        scene.poll()
        scene.pen.write(50)

    scene.see()


@pytest.mark.case("C6")
@pytest.mark.parametrize("read", [0, 1, 8], ids=["nothing-read", "one-line-read", "a-few-lines-read"])
def test_a_small_log_is_in_the_copy(scene: Scene, read: int) -> None:
    """However little was read of the log, the rest comes from the copy."""
    scene.pen.write(read)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(20)
        scene.pen.truncate()
        scene.pen.write(30)
        scene.poll()
        scene.pen.truncate()
        scene.pen.write(5)

    scene.see()


@pytest.mark.case("C6")
def test_copied_into_the_archive_and_packed(make_scene: Callable[..., Scene]) -> None:
    """A copy that was packed, in another folder, serves as well."""
    scene = make_scene(source="archive: [old]")
    (scene.folder / "old").mkdir()
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(500)
        copy = Path(shutil.copy2(scene.log, scene.folder / "old" / "debug.log-20241114"))
        pack(copy)
        scene.pen.truncate(keep=False)
        scene.pen.write(50)
        scene.poll()

    scene.see()


@pytest.mark.case("C7", "The same, and there is no copy.", only="down")
def test_unread_lines_are_nowhere(scene: Scene) -> None:
    """One gap tells that lines are lost from where reading stood, and the new life of the file is read."""
    scene.pen.write(300)
    scene.poll()
    read = scene.pen.size()
    with scene.meanwhile():
        lost = scene.pen.write(500)
        scene.pen.truncate(keep=False)
        scene.pen.write(100)

    scene.see(lost=lost, gaps=[(read, None, "generation is gone")])


@pytest.mark.case("C7", only="alive")
def test_lines_that_were_seen_and_not_read_are_nowhere(scene: Scene) -> None:
    """What a look saw and could not take yet is one gap, up to where the file ended when it was seen last."""
    scene.pen.write(300)
    scene.poll()
    read = scene.pen.size()
    scene.pen.raw(bytes(512))  # may be a page that is not written yet, so what follows has to wait
    lost = scene.pen.write(500)
    scene.poll()
    assert 300 == scene.found().counted
    scene.pen.truncate(keep=False)
    scene.pen.write(100)
    seen = 512 + scene.pen.size(0)

    scene.see(lost=lost, gaps=[(read, seen, "truncated before it was read")])


@pytest.mark.case("C7", only="alive")
def test_half_a_line_is_nowhere(scene: Scene) -> None:
    """Half a line that was truncated away is a gap of so many bytes."""
    scene.pen.write(300)
    scene.poll()
    read = scene.pen.size()
    lost = scene.pen.write(1, hold=7)
    scene.poll()
    scene.pen.truncate(keep=False)
    scene.pen.write(100)

    scene.see(lost=lost, gaps=[(read, scene.pen.size(0) - 7, "truncated before it was read")])


def _copy(scene: Scene) -> Path:
    """Copy the log as logrotate does, and not truncate it yet."""
    return Path(shutil.copy2(scene.log, scene.logs / "debug.log.1"))


@pytest.mark.case("C8", "A look comes between the copy and the truncation, when two files have one content.")
@pytest.mark.parametrize("looks", [1, 3, 60])
def test_a_look_between_copy_and_truncation(scene: Scene, looks: int) -> None:
    """The copy is known as what it is: it is not read a second time, before the truncation nor after it."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(500)
        _copy(scene)
    scene.poll(looks)
    with scene.meanwhile():
        scene.pen.truncate(keep=False)
        scene.pen.write(100)
        scene.poll()
        scene.pen.write(50)

    scene.see()


@pytest.mark.case("C8")
@pytest.mark.parametrize("between", [1, 50])
def test_lines_that_came_after_the_copy(scene: Scene, between: int) -> None:
    """Lines written after the copy and read before the truncation are no loss, though the copy lacks them."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        _copy(scene)
        scene.pen.write(between)
    scene.poll(2)
    with scene.meanwhile():
        scene.pen.truncate(keep=False)
        scene.pen.write(100)
        scene.poll()

    unseen = [(scene.pen.size(0), None, "generation is gone")] if scene.mode == "down" else []
    scene.see(gaps=unseen)


@pytest.mark.case("C8")
@pytest.mark.parametrize("looks", [1, 60])
def test_a_copy_that_stays_beside_the_log(scene: Scene, looks: int) -> None:
    """A copy made by hand, without any truncation, is not read; the log goes on."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        _copy(scene)
        scene.poll(looks)
        scene.pen.write(50)
        scene.poll(looks)

    scene.see()


@pytest.mark.case("C9", "A look comes while the copy is being made.")
@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99], ids=["empty", "begun", "half", "nearly"])
@pytest.mark.parametrize("unread", [0, 500])
def test_a_look_at_half_a_copy(scene: Scene, part: float, unread: int) -> None:
    """Half a copy is neither the truncated log nor a new one; the whole copy serves as any other."""
    scene.pen.write(300)
    scene.poll()
    if unread:
        scene.kill()
    scene.pen.write(unread)
    content = scene.log.read_bytes()
    copy = scene.logs / "debug.log.1"
    copy.write_bytes(content[: int(part * len(content))])
    scene.pen.touch(copy)
    if unread:
        scene.start()
    scene.poll(3)
    with scene.meanwhile():
        with copy.open("ab") as out:
            out.write(content[out.tell() :])
        shutil.copystat(scene.log, copy)
        scene.pen.truncate(keep=False)
        scene.pen.write(100)
        scene.poll()

    scene.see()


@pytest.mark.case("C9")
@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.9])
def test_truncated_while_there_is_half_a_copy(scene: Scene, part: float) -> None:
    """Where the log is gone and its copy holds a part so far, nothing is lost: the rest of it is waited for."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(500)
        content = scene.log.read_bytes()
        scene.pen.truncate(keep=False)
        scene.pen.write(100)
        copy = scene.logs / "debug.log.1"
        copy.write_bytes(content[: int(part * len(content))])
        scene.pen.touch(copy)
    scene.poll(1, after=0.1)
    copy.write_bytes(content)
    scene.pen.touch(copy)

    scene.see()
