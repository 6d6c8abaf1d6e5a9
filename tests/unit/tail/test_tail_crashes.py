"""Stopped anywhere and started again, the stream is the same as if it had never been stopped."""

import gzip

import pytest

from exporter.records import Gap

GEN = [b"".join(b"line %d of %d\n" % (n, g) for n in range(12)) + (b"torn" if g == 1 else b"") for g in range(4)]
POINTS = (
    "after-open",
    "after-read",
    "marker-update",
    "drain-old-before-register-new",
    "after-register-new",
    "gap-record",
)


def history(world):
    """Change the files step by step; yield after each."""
    world.write("a.log", GEN[0][:70])
    yield
    world.write("a.log", GEN[0][70:])
    yield
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", GEN[1])
    yield
    (world.folder / "a.log.1").rename(world.folder / "a.log.2")
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", GEN[2])
    yield
    (world.folder / "a.log.2.gz").write_bytes(gzip.compress((world.folder / "a.log.2").read_bytes()))
    (world.folder / "a.log.2").unlink()
    yield
    world.write("a.log-20260101", GEN[2])
    world.replace("a.log", GEN[3])
    yield


def test_restart_at_every_position(make_world):
    """A restart after any block of one line gives what one process gives: the same bytes at the same places."""
    steady, restless = make_world(), make_world()
    for _ in history(steady):
        steady.settle(1)
    for _ in history(restless):
        restless.restart()
        for _ in range(2):
            while restless.step(1):
                restless.restart()
            restless.clock.seconds += 60  # the process that found nothing more sees that nothing comes

    assert steady.data == b"".join(GEN)
    assert steady.blocks == [
        block.__class__(block.start, block.data, block.end, steady.blocks[at].not_after)
        for at, block in enumerate(restless.blocks)
    ]
    assert restless.gaps == []


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nth", [1, 2, 5, 9])
def test_killed_at_every_failpoint(world, point, nth):
    """A process that dies at a failpoint loses and repeats nothing."""
    deaths = 0

    def hit(name):
        nonlocal deaths
        deaths += name == point
        if name == point and deaths == nth:
            raise KeyboardInterrupt

    world.hit = hit
    world.start()
    for _ in history(world):
        try:
            world.settle(40)
        except KeyboardInterrupt:
            world.restart()
            world.settle(40)

    assert world.data == b"".join(GEN)
    assert world.gaps == []


def test_file_gone_while_down(world):
    """Unread data of a file that is gone at the start is a gap of unknown length, told once; newer files follow."""
    world.write("a.log", GEN[0])
    world.step(40)
    at = world.position
    world.path.unlink()
    world.write("a.log.1", GEN[2])
    world.write("a.log", GEN[3])
    world.restart()
    world.settle()
    world.restart()

    assert world.settle() == b""
    assert world.data == GEN[0][: at.offset] + GEN[2] + GEN[3]
    assert [Gap(at.generation, at.offset, None, "generation is gone")] == world.gaps


def test_file_gone_before_it_was_begun(world):
    """A generation that was seen and vanished before its turn is a gap from its beginning."""
    world.write("a.log", GEN[0])
    world.settle()
    world.path.rename(world.folder / "a.log.2")
    world.write("a.log.2", b"still written to\n")
    world.write("a.log.1", GEN[2])
    world.write("a.log", GEN[3])
    assert world.step().data == b"still written to\n"
    assert world.step() is None
    (world.folder / "a.log.1").unlink()
    world.write("a.log.2", b"a last line\n")

    assert world.settle() == b"a last line\n" + GEN[3]
    assert [(0, None, "generation is gone")] == [gap[1:4] for gap in world.gaps]


def test_known_by_content_in_another_inode(world):
    """A log copied to another file system (other device and inode) goes on where reading stood."""
    world.write("a.log", GEN[0])
    world.settle()
    copy = world.folder / "copy"
    copy.write_bytes(world.path.read_bytes() + GEN[2])
    copy.rename(world.path)
    world.restart()

    assert world.settle() == GEN[2]
    assert world.gaps == []


def test_first_line_of_a_generation_is_kept(world):
    """Hash and time of the first line are kept in the record, as last told, also after a restart."""
    world.write("a.log", GEN[0])
    world.step()
    world.follower.note_first(1, "hash", 7)
    world.follower.note_first(1, "hash", 8)
    world.settle()
    world.restart()
    world.write("a.log", GEN[2])
    world.settle()

    assert ("hash", 8) == (world.known[1].first_hash, world.known[1].first_time)
