"""The log is reached through links, or by several names at once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness.scene import Scene


def _link(scene: Scene, target: str) -> None:
    """Point ``current.log`` to *target*, as one step."""
    new = scene.logs / ".new"
    new.symlink_to(target)
    new.rename(scene.logs / "current.log")


@pytest.mark.case("F3", "The log is a symbolic link that is pointed to another file, and back.")
def test_a_link_is_pointed_to_a_new_log(make_scene: Callable[..., Scene]) -> None:
    """What was unread of the old file is read before the new one."""
    scene = make_scene(paths=["logs/current.log"], log="a-20241114.log")
    _link(scene, "a-20241114.log")
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.pen.log = scene.logs / "a-20241115.log"
        scene.pen.begin()
        _link(scene, "a-20241115.log")
        scene.pen.write(100)
        scene.poll()

    scene.see()


@pytest.mark.case("F3")
def test_a_link_is_pointed_back(make_scene: Callable[..., Scene]) -> None:
    """Pointed back to the old file, reading goes on there where it stood."""
    scene = make_scene(paths=["logs/current.log"], log="a-20241114.log")
    _link(scene, "a-20241114.log")
    scene.pen.write(300)
    scene.poll()
    scene.pen.log = scene.logs / "a-20241115.log"
    scene.pen.begin(stay=True)
    scene.pen.write(100)
    _link(scene, "a-20241115.log")
    scene.settle()
    with scene.meanwhile():
        _link(scene, "a-20241114.log")
        scene.pen.write(50, to=0)
        scene.poll()
    scene.settle()
    scene.pen.write(50, to=0)
    scene.poll()
    _link(scene, "a-20241115.log")
    scene.pen.write(50)

    scene.see()


@pytest.mark.case("F14", "One log is reached by two patterns, a hard link, a symbolic link, or a bind mount.")
@pytest.mark.parametrize("link", [Path.hardlink_to, Path.symlink_to])
def test_a_log_with_two_names(make_scene: Callable[..., Scene], link: Callable[[Path, Path], None]) -> None:
    """A file that two names lead to is read once, before and after a rotation."""
    scene = make_scene(paths=["logs/debug.log*", "logs/*.log"])
    scene.pen.write(300)
    with scene.meanwhile():
        link(scene.logs / "other.log", scene.log)
        scene.poll(2)
        scene.pen.write(100)
    scene.settle()
    scene.pen.rename()
    scene.pen.write(50)

    scene.see()


@pytest.fixture
def mounts() -> Iterator[Callable[[Path, Path], None]]:
    """Return what mounts a folder in a second place; where that is refused the test is skipped."""
    made: list[Path] = []

    def mount(folder: Path, place: Path) -> None:
        if os.geteuid() != 0 or subprocess.run(["mount", "--bind", folder, place], check=False).returncode:
            pytest.skip("no bind mounts here")
        made.append(place)

    yield mount
    for place in made:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.case("F14")
def test_a_folder_in_two_places(make_scene: Callable[..., Scene], mounts: Callable[[Path, Path], None]) -> None:
    """A log in a folder that is mounted in two places is read once."""
    scene = make_scene(paths=["logs/debug.log*", "again/debug.log*"])
    scene.pen.write(300)
    with scene.meanwhile():
        (scene.folder / "again").mkdir()
        mounts(scene.logs, scene.folder / "again")
        scene.poll(2)
        scene.pen.write(100)
        scene.pen.rename()
        scene.pen.write(100)

    scene.see()


_NAMES = {
    "no-utf-8": b"debug\xff\xfe.log",
    "newline": b"de\nbug.log",
    "pattern": b"a[1]*{b}?.log",
    "blanks": b" de bug .log",
    "longest": b"x" * 251 + b".log",
}


@pytest.mark.case("F15", "The log's name has bytes that are no UTF-8, a line end, signs of patterns, or 255 bytes.")
@pytest.mark.parametrize("name", _NAMES.values(), ids=_NAMES)
def test_a_strange_name(make_scene: Callable[..., Scene], name: bytes) -> None:
    """The log is read as any other, and found again after a restart and a rotation."""
    scene = make_scene(paths=["logs/*.log*"], log=os.fsdecode(name))
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        if len(name) < 250:  # else it can't be rotated
            scene.pen.rename(os.fsdecode(name + b".1"))
        scene.poll()
        scene.pen.write(50)

    scene.see()
