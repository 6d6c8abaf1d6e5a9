"""The log is truncated in its place, and the same file is written again from its start."""

from __future__ import annotations

import os

import pytest

from tests.faults.harness.oracle import events
from tests.faults.harness.scene import Scene


@pytest.mark.case("C1", "The log is copied and truncated, and is shorter than before when it is looked at again.")
@pytest.mark.parametrize("lines", [1, 100, 299])
def test_shorter_than_before(scene: Scene, lines: int) -> None:
    """The new life of the file is read from its start."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.truncate()
        scene.pen.write(lines)
        scene.poll()
        scene.pen.write(50)

    scene.see()


@pytest.mark.case("C2", "The same, and it is longer than before already.")
@pytest.mark.parametrize("lines", [301, 5_000])
def test_longer_than_before(scene: Scene, lines: int) -> None:
    """The bytes before the old offset are others, so the new life of the file is read from its start."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.truncate()
        scene.pen.write(lines)
        scene.poll()
        scene.pen.write(50)

    scene.see()


@pytest.mark.case("C3", "The same, and it is exactly as long as before.")
@pytest.mark.parametrize("same_mtime", [False, True], ids=["later", "same-mtime"])
def test_exactly_as_long_as_before(scene: Scene, *, same_mtime: bool) -> None:
    """Another time of change makes it look at the bytes; where that is put back too, the time of the inode does."""
    scene.pen.write(300)
    scene.poll()
    before = scene.log.stat()
    scene.advance(60)
    scene.poll()  # from now on the file is known to be at rest
    with scene.meanwhile():
        scene.pen.truncate(keep=scene.mode == "down")  # a copy beside it would make a living one look anyway
        scene.pen.write(300)
        if same_mtime:
            os.utime(scene.log, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = scene.log.stat()

    assert (before.st_size, before.st_ino) == (after.st_size, after.st_ino)
    assert same_mtime == (before.st_mtime_ns == after.st_mtime_ns)
    scene.see()


_BANNER = b"".join(b"FLEXnet Licensing v11.19.4 banner line %03d, as on each start\n" % number for number in range(80))


@pytest.mark.case("C4", "Both lives of the file begin with the same 4 KiB, a vendor's banner.")
@pytest.mark.parametrize("lines", [100, 300, 5_000], ids=["shorter", "as-long", "longer"])
def test_the_same_beginning(scene: Scene, lines: int) -> None:
    """Not the beginning but the bytes before the old offset tell that the file was begun anew."""
    assert 4_096 < len(_BANNER)
    scene.pen.raw(_BANNER)
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.truncate()
        scene.pen.raw(_BANNER)
        scene.pen.write(lines)
        scene.poll()
        scene.pen.write(50)

    scene.see(others=160, same=True)


@pytest.mark.case("C5", "The new life repeats the old one byte for byte beyond its end.", undecidable=True)
@pytest.mark.parametrize("lines", [10, 300], ids=["small", "large"])
def test_the_same_up_to_the_offset_and_beyond(scene: Scene, lines: int) -> None:
    """Nothing tells it from the old file that went on: counted as continuation, the repeated lines once."""
    scene.pen.write(lines)
    scene.poll()
    with scene.meanwhile():
        repeated = scene.log.read_bytes()
        os.truncate(scene.log, 0)
        scene.pen.raw(repeated)
        scene.pen.write(50)
        scene.poll()
        scene.pen.write(50)

    scene.see()


@pytest.mark.case("C5", only="alive")
def test_the_same_again_but_seen_empty(scene: Scene) -> None:
    """Where a look came while the file was empty it was begun anew, so the repeated lines are counted again."""
    scene.pen.write(300)
    scene.poll()
    repeated = scene.log.read_bytes()
    os.truncate(scene.log, 0)
    scene.poll()
    scene.pen.raw(repeated)
    scene.pen.write(50)
    scene.settle()

    assert [] == scene.found().gaps
    assert events(scene.pen.lines[:300] + scene.pen.lines) == scene.found().lines


@pytest.mark.case("C17", "The log is truncated, stays empty for an hour, and Seatwatch is started anew meanwhile.")
@pytest.mark.parametrize("keep", [True, False], ids=["copied", "no-copy"])
def test_empty_for_an_hour(scene: Scene, *, keep: bool) -> None:
    """The ten lines that come then are read, once."""
    scene.pen.write(300)
    scene.settle()
    read = scene.pen.size()
    with scene.meanwhile():
        scene.pen.truncate(keep=keep)
        scene.poll(5, after=360)
    scene.poll()
    scene.restart()
    scene.poll(5, after=360)
    assert 300 == scene.found().counted
    scene.pen.write(10)

    # Whether lines came before a truncation that nobody saw can't be known.
    unseen = scene.mode == "down" and not keep
    scene.see(gaps=[(read, None, "generation is gone")] if unseen else [])


@pytest.mark.case("C18", "Fifty truncations in five seconds, with lines between them.")
@pytest.mark.parametrize("lines", [2, 10, 50])
def test_fifty_truncations_with_copies(scene: Scene, lines: int) -> None:
    """Where every life of the file was copied, every line is read, each life after the one before it."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        for _ in range(50):
            scene.pen.truncate()
            scene.pen.write(lines)
            scene.poll(after=0.1)

    scene.see()


@pytest.mark.case("C18")
@pytest.mark.parametrize("every", [1, 3])
def test_fifty_truncations_without_copies(scene: Scene, every: int) -> None:
    """What any look could see is read, once; lives that began and ended between two looks left no trace."""
    scene.pen.write(300)
    scene.poll()
    read = scene.pen.size()
    lost = []
    with scene.meanwhile():
        for number in range(50):
            scene.pen.truncate(keep=False)
            written = scene.pen.write(number % 7 + 2)
            scene.advance(0.1)
            if scene.mode == "alive" and number % every == 0:
                scene.poll(after=0)
            elif number < 49:
                lost += written

    scene.see(lost=lost, gaps=[(read, None, "generation is gone")] if scene.mode == "down" else [])
