"""The rotated log is moved where the pattern doesn't lead: into another folder, onto another file system."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness.scene import Scene


@pytest.mark.case("R9", "The log is rotated into another folder, which is named as an archive or is not.")
def test_into_the_archive(make_scene: Callable[..., Scene]) -> None:
    """What was unread is read from the archive, once and before the new log."""
    scene = make_scene(source="archive: [old]")
    (scene.folder / "old").mkdir()
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        for number in (2, 1):
            scene.pen.write(50)
            scene.pen.rename(scene.folder / "old" / f"debug.log.{number}")
            scene.pen.write(40)
            scene.poll()

    scene.see()


@pytest.mark.case("R9", only="alive")
def test_where_nobody_looks_while_open(scene: Scene) -> None:
    """A log that is open is read to its end though it lies where nobody looks."""
    (scene.folder / "old").mkdir()
    scene.pen.write(300)
    scene.poll()
    scene.pen.write(50)
    scene.pen.rename(scene.folder / "old" / "debug.log.1")
    scene.pen.write(40)

    scene.see()


@pytest.mark.case("R9", only="down")
def test_where_nobody_looks_while_down(scene: Scene) -> None:
    """Without an archive one gap tells from where lines are missing."""
    (scene.folder / "old").mkdir()
    scene.pen.write(300)
    scene.poll()
    stood = scene.pen.size()
    with scene.meanwhile():
        lost = scene.pen.write(50)
        scene.pen.rename(scene.folder / "old" / "debug.log.1")
        scene.pen.write(40)

    scene.see(lost=lost, gaps=[(stood, None)])


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on another file system than the logs."""
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.mark.case("R10", "The log is moved to an archive on another file system: copied, then deleted.")
def test_onto_another_file_system(make_scene: Callable[..., Scene], other_disk: Path) -> None:
    """The copy is known by its content: what was unread is read once, whichever of the two it is read from."""
    scene = make_scene(source=f"archive: [{other_disk}]")
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        shutil.copy2(scene.log, other_disk / "debug.log.1")
        scene.poll()
        scene.log.unlink()
        scene.pen.begin()
        scene.pen.write(40)
        scene.poll()

    scene.see()
