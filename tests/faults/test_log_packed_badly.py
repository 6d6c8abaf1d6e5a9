"""Rotated logs are compressed, and the file is half written, cut short, damaged, or unpacks to far too much."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable

import pytest

from tests.faults.harness.scene import Scene

DAMAGED = "damaged gzip file"


@pytest.mark.case("Z3", "A packed file is half written when it is looked at.")
@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.999], ids=["empty", "two-bytes", "a-third", "all-but-one"])
@pytest.mark.parametrize("unread", [0, 500])
def test_half_a_packed_file(scene: Scene, part: float, unread: int) -> None:
    """Nothing of it is read before it is whole; then all that was unread of it."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(unread)
        whole = gzip.compress(scene.pen.take_away())
        scene.pen.put("debug.log.1.gz", whole[: min(len(whole) - 1, int(part * len(whole)) + (part > 0))])
        scene.pen.write(100)
        scene.poll()
    scene.poll(5)
    assert 0 == len(scene.found().gaps)
    with scene.meanwhile():
        scene.pen.put("debug.log.1.gz", whole)
        scene.poll()

    scene.see()


@pytest.mark.case("Z3")
def test_half_a_packed_file_of_a_log_never_seen(make_scene: Callable[..., Scene]) -> None:
    """A log that is found with a half-written packed generation waits for it, and is read in order."""
    scene = make_scene(started=False)
    scene.pen.write(500)
    whole = gzip.compress(scene.pen.take_away())
    scene.pen.put("debug.log.1.gz", whole[: len(whole) // 2])
    scene.pen.write(100)
    scene.start()
    scene.poll(3)
    with scene.meanwhile():
        scene.pen.put("debug.log.1.gz", whole)
        scene.poll()

    scene.see()


def _cut(readable: bytes, rest: bytes) -> bytes:
    """Return a packed file that ends inside the first line of *rest*."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(readable + rest[:10]) + packer.flush(zlib.Z_FULL_FLUSH)


def _corrupt(readable: bytes, rest: bytes) -> bytes:
    """Return a packed file that is damaged from inside the first line of *rest* on."""
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(readable + rest[:10]) + packer.flush(zlib.Z_FULL_FLUSH)
    second = packer.compress(rest[10:]) + packer.flush()
    return first + b"\xff\xff" + second[2:]


@pytest.mark.case("Z4", "A packed file is cut short, or damaged in the middle, and stays so.")
@pytest.mark.parametrize("damage", [_cut, _corrupt])
@pytest.mark.parametrize("read", [300, 0], ids=["begun", "not-begun"])
def test_a_damaged_packed_file(scene: Scene, damage: Callable[[bytes, bytes], bytes], read: int) -> None:
    """Its lines up to the damage are read once, one gap tells the rest, and the next log is read."""
    scene.pen.write(read)
    scene.poll()
    scene.kill()
    scene.pen.write(500 - read)
    readable = scene.pen.size()
    lost = scene.pen.write(300)
    content = scene.pen.take_away()
    scene.pen.put("debug.log.1.gz", damage(content[:readable], content[readable:]))
    scene.pen.write(100)
    scene.advance(120)
    scene.start()
    scene.poll(3)

    scene.see(lost=lost, gaps=[(readable, None, DAMAGED)])


@pytest.mark.case("Z4")
def test_damaged_in_its_checksum(scene: Scene) -> None:
    """Where only the checksum is wrong all lines are read, and the gap begins behind the last one."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(200)
        packed = bytearray(gzip.compress(scene.pen.take_away()))
        packed[-8] ^= 1
        scene.pen.put("debug.log.1.gz", bytes(packed))
        scene.advance(120)
        scene.pen.write(100)

    if scene.mode == "alive":
        scene.see()  # it was open, and its rest was read before
    else:
        scene.see(gaps=[(scene.pen.size(0), None, DAMAGED)])


@pytest.mark.case("Z4")
def test_a_read_generation_is_damaged_later(scene: Scene) -> None:
    """The damage of a generation that was read to its end is no loss."""
    scene.pen.write(300)
    scene.pen.rename(pack=True)
    scene.pen.write(100)
    scene.settle()
    with scene.meanwhile():
        packed = scene.logs / "debug.log.1.gz"
        os.truncate(packed, packed.stat().st_size // 2)
        scene.poll()
        scene.pen.write(50)

    scene.see()


_MIB = 1 << 20


@pytest.mark.case("Z6", "A packed file of a quarter MiB holds a quarter GiB of zeros, or of one line that never ends.")
@pytest.mark.parametrize(("filling", "others"), [(b"\0", 0), (b"x", 1)], ids=["zeros", "one-line"])
def test_a_bomb(scene: Scene, filling: bytes, others: int) -> None:
    """It is passed over in portions: memory stays far below what it unpacks to, and the lines around it are read."""
    member = gzip.compress(filling * (32 * _MIB), 9)
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(100)
        content = scene.pen.take_away()
        tail = scene.pen.write(50)
        behind = scene.pen.take_away()
        bomb = gzip.compress(content) + 8 * member + gzip.compress(b"\n" * others + behind)
        scene.pen.put("debug.log.1.gz", bomb)
        scene.pen.write(100)
    memory = scene.memory()
    scene.poll(40)

    assert tail
    assert memory + 100 * _MIB > scene.memory()
    scene.see(others=others, again=False)
