"""The log lies on a network file system, whose attributes are old, whose numbers change, and whose server goes away."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.harness.scene import LOOK, Scene
from tests.faults.harness.shim import Fault, Quirks, no_such_handle


@pytest.mark.case("F9", "No events, sizes and times 3 to 60 s old, times in whole seconds.", how="shim")
@pytest.mark.parametrize("seconds", [3.0, 60.0])
def test_what_is_known_of_files_is_old(scene: Scene, seconds: float) -> None:
    """Every line is read once, no later than two looks after its size can be known; rotations too."""
    scene.behave(Quirks(sizes_stale=seconds, listings_stale=seconds, grain=1.0))
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        for _ in range(3):
            written = scene.pen.write(50)
            scene.poll(int(seconds / LOOK) + 2)
            if scene.mode == "alive":
                assert written[-1] == scene.found().lines[-1]
        scene.pen.write(50)
        scene.pen.rename()
        scene.pen.write(50)
        scene.poll(3)
        scene.pen.rename()
        scene.pen.write(50)
    scene.poll(2 * int(seconds / LOOK) + 4)

    scene.see()


@pytest.mark.case("F10", "The server was started anew: handles are stale; a deleted file stays as .nfs....", how="shim")
@pytest.mark.parametrize("call", ["pread", "fstat", "stat", "open"])
@pytest.mark.parametrize("times", [1, 2, 9])
def test_handles_are_stale(scene: Scene, call: str, times: int) -> None:
    """The log is opened again and known by its content: reading goes on where it stood."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.behave(Quirks(faults=(no_such_handle(call, times=times),)))
        scene.pen.write(50)
        scene.poll(3)
    scene.poll(2 * times)

    assert 350 == scene.found().counted
    scene.behave()
    scene.see()


@pytest.mark.case("F10")
@pytest.mark.parametrize("pattern", ["logs/*", "logs/debug.log*"])
def test_the_name_of_a_deleted_file_that_is_open(make_scene: Callable[..., Scene], pattern: str) -> None:
    """A name that the file system gave to a deleted file is no log of its own, nor is its file read twice."""
    scene = make_scene(paths=[pattern])
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.rename()
        scene.pen.write(50)
        scene.poll()
    scene.settle()
    scene.logs.joinpath("debug.log.1").rename(scene.logs / ".nfs000000000123abcd00000001")
    scene.poll(3)
    scene.pen.write(50)

    scene.see()


_REMOUNTED = {
    "device": Quirks(device=1),
    "device-and-inodes": Quirks(device=1, inodes="each start"),
    "inodes-at-each-look": Quirks(inodes="each look"),
}


@pytest.mark.case(
    "F11", "Unmounted and mounted again: the device number is another, maybe the inode numbers.", how="shim"
)
@pytest.mark.parametrize("quirks", _REMOUNTED.values(), ids=_REMOUNTED)
def test_other_numbers_after_a_remount(scene: Scene, quirks: Quirks) -> None:
    """All files are known by their content: nothing is read again, and reading goes on where it stood."""
    scene.pen.write(100)
    scene.pen.rename(pack=True)
    scene.pen.write(100)
    scene.pen.rename()
    scene.pen.write(100)
    scene.settle()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.behave(quirks)
        scene.poll(3)
    scene.poll(3)

    assert 350 == scene.found().counted
    scene.pen.rename()
    scene.pen.write(50)
    scene.see()


@pytest.mark.case("F17", "Reads are short, interrupted, or fail once.", how="shim")
@pytest.mark.parametrize("number", [errno.EINTR, errno.EIO, errno.EAGAIN])
@pytest.mark.parametrize("call", ["pread", "fstat", "stat", "open", "listdir"])
def test_a_call_fails_once(scene: Scene, call: str, number: int) -> None:
    """It is tried again, and nothing is lost or read twice."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.behave(Quirks(faults=(Fault(call, number, times=1),)))
        scene.pen.write(50)
        scene.poll(2)
        scene.pen.rename()
        scene.pen.write(50)
        scene.behave(Quirks(faults=(Fault(call, number, times=1),)))
        scene.poll(2)

    scene.see()


@pytest.mark.case("F17", how="shim")
def test_reads_are_short(scene: Scene) -> None:
    """Where each read gives a few bytes only, every line is read once."""
    scene.behave(Quirks(longest_read=97))
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.pen.rename(pack=True)
        scene.pen.write(50)
        scene.poll()

    scene.see()


@pytest.mark.case("F9", how="shim")
def test_everything_at_once(scene: Scene) -> None:
    """Old attributes, changing inodes and short reads together: every line is read once."""
    quirks = Quirks(sizes_stale=5, listings_stale=5, grain=1.0, inodes="each start", longest_read=1_000)
    scene.behave(quirks)
    scene.pen.write(300)
    scene.poll(5)
    with scene.meanwhile():
        scene.behave(replace(quirks, device=1))
        scene.pen.write(50)
        scene.pen.rename()
        scene.pen.write(50)
        scene.poll(5)

    scene.see()
