"""Rotated logs that are lost out of sight, or never were looked into, when something happens to them."""

import errno
import gzip
import os
import shutil

import pytest

OLD = b"".join(b"%03d of the old log\n" % n for n in range(60))
NEW = b"".join(b"%03d of the new log\n" % n for n in range(60))
LATE = b"a late line\n" * 3


@pytest.fixture
def rotated(world):
    """Return a world with a rotated log and its successor, both read."""
    world.write("a.log", OLD)
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", NEW)
    world.settle()
    return world


@pytest.mark.parametrize("restarted", [False, True])
def test_a_mirror_replaces_the_rotated_log_alone(rotated, tmp_path, restarted):
    """Lines that a newer state of it brings are read, though the log itself hasn't changed."""
    if restarted:
        rotated.restart()
        rotated.settle()
    shutil.copy2(rotated.folder / "a.log.1", rotated.folder / "newer")
    rotated.write("newer", LATE).replace(rotated.folder / "a.log.1")

    assert LATE == rotated.settle()
    assert rotated.gaps == []


def test_reading_the_rotated_log_fails_once(rotated, monkeypatch):
    """Its late lines are read when the disk gives them again, without a rotation or a restart in between."""
    rotated.write("a.log.1", LATE)

    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", refuse)
        assert rotated.step() is None

    assert LATE == rotated.settle()


def test_a_log_that_could_not_be_read_vanishes(world, monkeypatch):
    """It is told as lost, though nothing is known of its content."""
    world.write("a.log", OLD)
    world.settle()
    world.path.rename(world.folder / "a.log.2")
    world.write("a.log.1", LATE)
    world.write("a.log", NEW)
    opened = os.open

    def refuse(path, *rest):
        if os.fspath(path).endswith("a.log.1"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return opened(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        world.settle()
        (world.folder / "a.log.1").unlink()
    world.settle()

    assert OLD + NEW == world.data
    assert [(0, None, "generation is gone")] == [gap[1:4] for gap in world.gaps]


def test_a_log_that_could_not_be_read_is_packed(world, monkeypatch):
    """It is read then, and nothing is told as lost."""
    world.write("a.log", OLD)
    world.settle()
    world.path.rename(world.folder / "a.log.2")
    world.write("a.log.1", LATE)
    world.write("a.log", NEW)
    opened = os.open

    def refuse(path, *rest):
        if os.fspath(path).endswith("a.log.1"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return opened(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        world.settle()
    (world.folder / "a.log.1.gz").write_bytes(gzip.compress(LATE))
    (world.folder / "a.log.1").unlink()
    world.touch(world.folder / "a.log.1.gz", 0)
    world.settle()

    assert OLD + LATE + NEW == world.data
    assert world.gaps == []


def test_a_log_found_too_late_is_packed(world):
    """It is told as lost once, not again for the packed file."""
    world.write("a.log", NEW)
    world.settle()
    world.write("a.log.1", OLD, ago=9_000)
    world.restart()
    world.settle()
    assert ["found after newer lines had been read"] == [gap.reason for gap in world.gaps]
    (world.folder / "a.log.1.gz").write_bytes(gzip.compress(OLD))
    (world.folder / "a.log.1").unlink()
    world.touch(world.folder / "a.log.1.gz", 9_000)
    world.follower.offer(["others"])
    world.settle()

    assert NEW == world.data
    assert 1 == len(world.gaps)
