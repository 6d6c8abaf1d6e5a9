"""Copytruncate and what else changes a file in place: seen by size or by the bytes before the offset."""

import gzip

import pytest

from exporter.records import Gap

OLD = b"".join(b"%04d old line\n" % n for n in range(200))
MORE = b"".join(b"%04d unread line\n" % n for n in range(50))
SHORT = b"".join(b"%04d new\n" % n for n in range(10))
LONG = b"".join(b"%04d new line after truncation\n" % n for n in range(400))


@pytest.mark.parametrize("new", [SHORT, LONG, LONG[: len(OLD)]], ids=["shorter", "longer", "same size"])
@pytest.mark.parametrize("copy", ["a.log.1", "a.log.1.gz", None])
def test_all_read_before_truncation(world, new, copy):
    """A truncated file begins a new generation at 0, whatever its new length, copy or not; nothing is lost."""
    world.write("a.log", OLD)
    world.settle()
    if copy:
        (world.folder / copy).write_bytes(gzip.compress(OLD) if copy.endswith("gz") else OLD)
    world.replace("a.log", new)

    assert world.settle() == new[: new.rfind(b"\n") + 1]
    assert world.gaps == []
    assert len(world.known) == 2

    world.write("a.log.1", b"")
    world.restart()

    assert world.settle() == b""


@pytest.mark.parametrize("new", [SHORT, LONG], ids=["shorter", "longer"])
@pytest.mark.parametrize("copy", ["a.log.1", "a.log-20260101.gz"])
def test_unread_tail_is_taken_from_the_copy(world, new, copy):
    """What was not read before the truncation is read from the copy, then the file from its beginning."""
    world.write("a.log", OLD)
    world.settle()
    (world.folder / copy).write_bytes(gzip.compress(OLD + MORE) if copy.endswith("gz") else OLD + MORE)
    world.replace("a.log", new)

    assert world.settle() == MORE + new
    assert world.gaps == []


def test_unread_tail_without_a_copy_is_a_gap(world):
    """What was seen, not read, and is in no file any more is a gap of known length, once."""
    world.write("a.log", OLD + MORE)
    world.step(1000)
    at = world.position.offset
    world.replace("a.log", SHORT)

    assert world.settle() == SHORT
    assert world.gaps == [Gap(1, at, len(OLD + MORE), "truncated before it was read")]

    world.restart()
    world.settle()

    assert len(world.gaps) == 1


def test_truncated_while_down(world):
    """After a stop, the tail is taken from the copy where there is one; else it is a gap of unknown length."""
    world.write("a.log", OLD)
    world.settle()
    (world.folder / "a.log.1").write_bytes(OLD + MORE)
    world.replace("a.log", LONG)
    world.restart()

    assert world.settle() == MORE + LONG
    assert world.gaps == []

    world.replace("a.log", SHORT)
    world.restart()

    assert world.settle() == SHORT
    assert world.gaps == [Gap(2, len(LONG), None, "generation is gone")]


def test_poll_between_copy_and_truncation(world):
    """A copy, whole or half made, beside the file it was made of is nothing new."""
    world.write("a.log", OLD)
    world.settle()
    for size in (0, 500, len(OLD) // 2, len(OLD)):
        (world.folder / "a.log.1").write_bytes(OLD[:size])
        world.touch(world.folder / "a.log.1", 0)
        world.follower.offer([str(world.path), f"{world.path}.1", str(size)])
        assert world.step() is None
    world.write("a.log", MORE)
    world.settle()
    world.replace("a.log", SHORT)
    world.settle()

    assert world.data == OLD + MORE + SHORT
    assert world.gaps == []


def test_new_content_with_the_same_head(world):
    """A banner longer than the head does not hide a truncation: the bytes before the offset tell."""
    banner = b"vendor banner that is always the same\n" * 150
    world.write("a.log", banner + OLD)
    world.settle()
    world.replace("a.log", banner + LONG)

    assert world.settle() == banner + LONG


def test_truncated_to_nothing_and_left_empty(world):
    """Lines that come long after a truncation, with a restart between, are read once."""
    world.write("a.log", OLD)
    world.settle()
    world.replace("a.log", b"")
    world.settle()
    world.restart()
    world.settle()
    world.write("a.log", SHORT)

    assert world.settle() == SHORT
    assert world.gaps == []


def test_many_truncations(world):
    """Each epoch is read once, in order."""
    written = b""
    for epoch in range(30):
        text = b"".join(b"epoch %d line %d\n" % (epoch, n) for n in range(epoch % 7 + 1))
        world.replace("a.log", text) if epoch else world.write("a.log", text)
        written += text
        world.settle()

    assert world.data == written
    assert world.gaps == []


def test_truncation_between_read_and_check(world):
    """What was read while the file was truncated is not believed."""
    world.write("a.log", OLD)
    world.settle()
    world.write("a.log", MORE)
    log = world.follower._reader.held
    read_at = log.read_at

    def truncate_after(offset, size):
        data = read_at(offset, size)
        if offset == len(OLD):
            log.read_at = read_at
            world.replace("a.log", LONG)
        return data

    log.read_at = truncate_after

    assert world.settle() == LONG
    assert [(gap.start, gap.end) for gap in world.gaps] in ([(len(OLD), None)], [])


def test_old_copy_of_the_current_file_is_no_loss(world):
    """A copy made long ago beside the growing original is neither read nor told as lost, under later names too."""
    world.write("a.log", OLD)
    world.settle()
    world.write("a.log.1", OLD, ago=1000)
    world.write("a.log", MORE)
    world.settle()
    world.follower.offer([str(world.path), f"{world.path}.1"])

    assert world.settle() == b""

    (world.folder / "a.log.1").rename(world.folder / "a.log.2")
    (world.folder / "a.log.2.gz").write_bytes(gzip.compress(OLD))
    world.touch(world.folder / "a.log.2.gz", 1000)
    (world.folder / "a.log.2").unlink()
    world.restart()

    assert world.settle() == b""
    assert world.gaps == []


def test_truncated_before_its_turn(world):
    """A file that is copied and truncated while an older one is still being read is taken from the copy first."""
    world.write("a.log.1", OLD)
    world.write("a.log", MORE)
    world.step(500)
    (world.folder / "a.log.1").rename(world.folder / "a.log.2")
    world.write("a.log.1", MORE)
    world.replace("a.log", SHORT)
    world.settle()

    assert world.data == OLD + MORE + SHORT
    assert world.gaps == []


def test_truncated_before_its_turn_without_a_copy(world):
    """Without a copy, what was never begun is a gap from its beginning."""
    world.write("a.log.1", OLD)
    world.write("a.log", MORE)
    world.step(500)
    world.replace("a.log", SHORT)
    world.settle()

    assert world.data == OLD + SHORT
    assert [(0, None)] == [(gap.start, gap.end) for gap in world.gaps]
