"""Compressed generations: read in decompressed offsets, known by their content, damage told once."""

import bz2
import gzip
import importlib.util
import lzma
import os
from pathlib import Path

import pytest

from exporter.records import BEFORE_START, Gap
from exporter.tail import unfinished
from exporter.tail.identity import HEAD
from exporter.tail.opening import is_whole
from exporter.tail.packed import PackedLog

OLD = b"".join(b"%06d old line of some length\n" % (n * n) for n in range(20_000))
NEW = b"".join(b"%06d new line\n" % n for n in range(100))


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
@pytest.mark.parametrize("named", [True, False])
def test_reads_compressed_generations(world, suffix, pack, named):
    """Magic decides, the suffix does not; a restart in the middle goes on in decompressed offsets."""
    world.write(f"a.log.1.{suffix}" if named else "a.log.1", pack(OLD))
    world.write("a.log", NEW)
    world.step(100_000)
    world.restart()
    world.settle(100_000)

    assert world.data == OLD + NEW
    assert world.gaps == []


@pytest.mark.parametrize("restart", [False, True])
def test_packed_while_being_read(world, restart):
    """A file that is packed and unlinked in the middle of reading is read to its end, alive and after a restart."""
    world.write("a.log", OLD)
    world.step(100_000)
    (world.folder / "a.log.1.gz").write_bytes(gzip.compress(OLD))
    world.path.unlink()
    world.write("a.log", NEW)
    if restart:
        world.restart()
    world.settle()

    assert world.data == OLD + NEW
    assert world.gaps == []


def test_several_members_and_trailing_garbage(world):
    """Members are read as one; what follows the last one is ignored, as gzip does."""
    world.write("a.log.1.gz", gzip.compress(OLD) + gzip.compress(NEW) + b"garbage")
    world.write("a.log", NEW)

    assert world.settle() == OLD + NEW + NEW
    assert world.gaps == []


def test_half_written_beside_its_plain_file(world):
    """A .gz in the making is ignored as long as the plain file is there."""
    world.write("a.log.1", OLD)
    world.write("a.log.1.gz", gzip.compress(OLD)[:1000])
    world.write("a.log", NEW)

    assert world.settle() == OLD + NEW
    assert world.gaps == []


@pytest.mark.parametrize("damage", ["truncated", "overwritten"])
def test_damaged(world, damage):
    """Lines up to the damage are read once, then there is one gap, and the newer files follow."""
    packed = bytearray(gzip.compress(OLD))
    if damage == "truncated":
        del packed[len(packed) // 2 :]
    else:
        packed[len(packed) // 2 :] = b"\xff" * (len(packed) - len(packed) // 2)
    world.write("a.log.1.gz", bytes(packed))
    world.write("a.log", NEW)
    world.settle(10_000)
    world.restart()
    world.settle(10_000)

    assert world.data.endswith(NEW)
    old = world.data[: -len(NEW)]
    assert len(old) > 10_000
    assert old.endswith(b"\n")
    assert OLD.startswith(old[:10_000])
    assert [Gap(1, len(old), None, world.gaps[0].reason)] == world.gaps
    assert world.gaps[0].reason.startswith("damaged gzip file")


def test_a_large_file_that_is_being_packed(world, monkeypatch):
    """It isn't unpacked at every look to see whether it is whole: only when it has rested, and once."""
    looked = []
    monkeypatch.setattr(unfinished, "is_whole", lambda log: looked.append(log) or is_whole(log))
    lines = b"".join(b"%s\n" % os.urandom(700).hex().encode() for _ in range(2_400))
    packed = gzip.compress(lines)
    assert len(packed) > 4 << 18
    for start in range(0, len(packed), 1 << 18):
        world.write("a.log.1.gz", packed[start : start + (1 << 18)])
        assert world.step() is None
        world.clock.seconds += 1
    partly = len(looked)
    for _ in range(5):
        while world.step():
            pass
        world.clock.seconds += 1

    assert lines == world.data
    assert (3, 4) == (partly, len(looked))  # at each look while it was small, then once


def test_what_was_read_of_compressed_files_is_not_unpacked_again(world, monkeypatch):
    """A restart knows rotated, packed files by their first bytes."""
    world.write("a.log.1.gz", gzip.compress(OLD))
    world.write("a.log", NEW)
    world.settle()
    asked = []
    read_at = PackedLog.read_at
    monkeypatch.setattr(PackedLog, "read_at", lambda log, *place: asked.append(sum(place)) or read_at(log, *place))
    world.restart()

    assert world.settle() == b""
    assert 0 < max(asked) <= HEAD


def test_zstandard_is_a_gap(world, monkeypatch):
    """A file whose compression can't be read is a gap that names the module."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    world.write("a.log.1.zst", b"\x28\xb5\x2f\xfd whatever")
    world.write("a.log", NEW)

    assert world.settle() == NEW
    assert len(world.gaps) == 1
    assert "zstandard" in world.gaps[0].reason


def test_begun_at_its_end_behind_what_cannot_be_unpacked(make_world, monkeypatch):
    """A log that is begun at its end passes over all that lies there, also what can't be unpacked; then it goes on."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    world = make_world(from_end=True)
    world.write("a.log.4", OLD, ago=4_000)
    world.write("a.log.3.zst", b"\x28\xb5\x2f\xfd older", ago=3_000)
    world.write("a.log.2.zst", b"\x28\xb5\x2f\xfd newest", ago=2_000)

    assert world.settle() == b""

    world.restart()
    world.write("a.log", NEW)

    assert world.settle() == NEW
    assert [Gap(3, 0, None, BEFORE_START)] == world.gaps
    assert ["a.log.4", "a.log.3.zst", "a.log.2.zst", "a.log"] == [
        Path(known.path).name for known in world.known.values()
    ]


def test_inode_of_what_could_not_be_unpacked(world, monkeypatch):
    """A new log in the inode of a file that could not be read, and is deleted, is read as any other."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    packed = world.write("a.log.1.zst", b"\x28\xb5\x2f\xfd whatever", ago=4_000)
    world.write("a.log", OLD)
    world.settle()
    with packed.open("r+b") as file:  # in the same inode, whatever the file system gives to new files
        file.truncate(0)
    world.path.rename(world.folder / "a.log.1")
    packed.rename(world.path)
    world.write("a.log", NEW)

    assert world.settle() == NEW
    assert len(world.gaps) == 1


def test_empty_file_that_becomes_compressed(world):
    """What a file is gets decided by its first bytes, also when they come after it was opened."""
    world.write("a.log.1", b"")
    world.settle()
    world.write("a.log.1", gzip.compress(OLD))

    assert world.settle() == OLD


def test_last_line_of_a_compressed_file(world):
    """A compressed file is complete, so its last line is one without a line end too."""
    world.write("a.log.1.gz", gzip.compress(NEW + b"torn"))

    assert world.settle() == NEW + b"torn"
