"""Logs that begin with the same banner, longer than what is remembered of a beginning."""

import gzip
import shutil

import pytest

BANNER = b"".join(b"line %04d of the banner\n" % n for n in range(100))
A, B, C = (BANNER + b"".join(b"%03d of log %s\n" % (n, log) for n in range(60)) for log in (b"a", b"b", b"c"))
MORE = b"and more of it\n" * 10


def pack(world, name):
    """Pack a file of the folder as gzip does."""
    plain = world.folder / name
    packed = world.folder / f"{name}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    return packed


@pytest.mark.parametrize("down", [False, True])
def test_truncated_twice_between_two_looks(world, down):
    """The copy of a log that was never seen is read: it is not taken for one of the log before it."""
    world.write("a.log", A + MORE)
    world.settle()
    if down:
        world.follower.close()
    world.replace("a.log", B)
    shutil.copy2(world.path, world.folder / "a.log.1")
    world.clock.seconds += 4_000
    world.replace("a.log", C)
    if down:
        world.restart()

    assert B + C == world.settle()
    assert ["generation is gone"] * down == [gap.reason for gap in world.gaps]


@pytest.mark.parametrize("logs", [2, 3])
def test_rotated_when_the_banner_alone_was_read(world, logs):
    """The newer logs, which as far as was read are the same, are read as soon as the rotated one is."""
    world.write("a.log", BANNER)
    world.settle()
    world.write("a.log", A[len(BANNER) :])
    world.path.rename(world.folder / f"a.log.{logs - 1}")
    if logs == 3:
        world.write("a.log.1", B)
    world.clock.seconds += 4_000
    world.write("a.log", C)

    assert A[len(BANNER) :] + (B if logs == 3 else b"") + C == world.settle()
    assert world.gaps == []


def test_a_packed_log_has_the_inode_of_one_that_was_deleted(world):
    """What was not read of it is read, and nothing of it is told as lost."""
    world.write("a.log", A)
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    packed = pack(world, "a.log.1")
    world.write("a.log", B)
    world.settle()
    world.follower.close()
    packed.write_bytes(gzip.compress(B + MORE))
    world.path.unlink()
    world.clock.seconds += 8_000
    world.touch(packed, 4_000)
    world.write("a.log", C)
    world.restart()

    assert MORE + C == world.settle()
    assert world.gaps == []


def test_a_log_vanishes_before_it_is_read(world):
    """That others begin as it did doesn't keep the loss from being told."""
    world.write("a.log", A)
    world.settle()
    world.path.rename(world.folder / "a.log.2")
    world.write("a.log.2", MORE)
    world.write("a.log.1", B)
    world.write("a.log", C)
    world.step(20)
    (world.folder / "a.log.1").unlink()
    world.follower.offer(["others"])

    world.settle()
    assert A + MORE + C == world.data
    assert [(0, None, "generation is gone")] == [gap[1:4] for gap in world.gaps]
