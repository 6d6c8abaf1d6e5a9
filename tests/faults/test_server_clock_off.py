"""The clock of the file server, which tells the times of the log's files, is minutes away from ours."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness.scene import Scene
from tests.faults.harness.shim import Quirks

_OFF = pytest.mark.parametrize("ahead", [600.0, -600.0], ids=["ahead", "behind"])


def _put(scene: Scene, path: Path, data: bytes) -> None:
    """Write a file with the scene's time."""
    path.write_bytes(data)
    os.utime(path, (scene.clock.now, scene.clock.now))


@pytest.mark.case("Z3", how="shim")
@_OFF
@pytest.mark.parametrize("unread", [0, 500])
def test_half_a_packed_file_on_a_server_with_another_clock(scene: Scene, ahead: float, unread: int) -> None:
    """A half-written packed file is not taken for a damaged one: it is read when it is whole."""
    scene.behave(Quirks(ahead=ahead))
    scene.pen.write(300)
    scene.poll()
    packed = scene.logs / "debug.log.1.gz"
    with scene.meanwhile():
        scene.pen.write(unread)
        aside = scene.folder / "aside"
        scene.pen.rename(aside)
        whole = gzip.compress(aside.read_bytes())
        _put(scene, packed, whole[: len(whole) // 3])
        scene.pen.write(100)
        scene.poll()
    for part in (2, 1):
        scene.poll(20)
        assert [] == scene.found().gaps
        _put(scene, packed, whole[: len(whole) // part])

    scene.see()


@pytest.mark.case("Z4", how="shim", only="down")
@_OFF
def test_a_damaged_packed_file_on_a_server_with_another_clock(scene: Scene, ahead: float) -> None:
    """A packed file that stays cut short is told as such a minute later: not at once, and not never."""
    scene.behave(Quirks(ahead=ahead))
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(200)
        readable = scene.pen.size()
        lost = scene.pen.write(300)
        aside = scene.folder / "aside"
        scene.pen.rename(aside)
        packer = zlib.compressobj(wbits=31)
        cut = packer.compress(aside.read_bytes()[: readable + 10]) + packer.flush(zlib.Z_FULL_FLUSH)
        _put(scene, scene.logs / "debug.log.1.gz", cut)
        scene.pen.write(100)
    scene.poll(20)

    assert [] == scene.found().gaps
    scene.see(lost=lost, gaps=[(readable, None, "damaged gzip file")])


@pytest.mark.case("C9", how="shim")
@_OFF
def test_half_a_copy_on_a_server_with_another_clock(scene: Scene, ahead: float) -> None:
    """Where the log is truncated and its copy holds a part so far, the rest of it is waited for."""
    scene.behave(Quirks(ahead=ahead))
    scene.pen.write(300)
    scene.poll()
    copy = scene.logs / "debug.log.1"
    with scene.meanwhile():
        scene.pen.write(500)
        content = scene.log.read_bytes()
        scene.pen.truncate(keep=False)
        scene.pen.write(100)
        _put(scene, copy, content[: len(content) // 5])
    for part in (4, 3, 1):
        scene.poll(3)
        _put(scene, copy, content[: len(content) // part])

    scene.see()


@pytest.mark.case("R9", how="shim")
@_OFF
def test_packed_into_the_archive_on_a_server_with_another_clock(make_scene: Callable[..., Scene], ahead: float) -> None:
    """An older log that is being packed into the archive is not told as found too late: it is one that was read."""
    scene = make_scene(source="archive: [logs/old]")
    scene.logs.joinpath("old").mkdir()
    scene.behave(Quirks(ahead=ahead))
    scene.pen.write(300)
    rotated = scene.pen.rename()
    scene.pen.write(100)
    scene.settle()
    packed = scene.logs / "old" / "debug.log-20241114.gz"
    whole = gzip.compress(rotated.read_bytes())
    with scene.meanwhile():
        _put(scene, packed, whole[: len(whole) // 2])
        scene.poll()
        scene.pen.write(50)
        scene.pen.rename("debug.log.2")
        scene.pen.write(50)
        scene.poll(3)
    scene.poll(20)
    assert [] == scene.found().gaps
    with scene.meanwhile():
        _put(scene, packed, whole)
        rotated.unlink()
        scene.poll()
        scene.pen.write(50)

    scene.see()


@pytest.mark.case("R18", how="shim", only="alive")
@_OFF
def test_a_torn_last_line_on_a_server_with_another_clock(scene: Scene, ahead: float) -> None:
    """The last line of a rotated log that is being written still is not taken for whole."""
    scene.behave(Quirks(ahead=ahead))
    scene.pen.write(300)
    scene.poll()
    scene.pen.write(1, hold=7)
    scene.pen.rename(stay=True)
    scene.pen.write(50)
    scene.poll(after=0.5)
    scene.poll(after=0.5)
    scene.pen.write(0, to=0)
    scene.poll()

    scene.see()


@pytest.mark.case("R5", how="shim", only="down")
@_OFF
def test_rotated_meanwhile_on_a_server_with_another_clock(scene: Scene, ahead: float) -> None:
    """Logs that were rotated and written long before their successors are read at the first look."""
    scene.behave(Quirks(ahead=ahead))
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        for _ in range(4):
            scene.pen.rename()
            scene.advance(10)
            scene.pen.write(50)
    scene.poll()

    assert 500 == scene.found().counted
    scene.see()
