"""Rename rotation: old generations are drained before newer ones, under whatever name they lie."""

import gzip
import os

import pytest

LINES = [b"%d line of generation %d\n" % (n, g) for g in range(6) for n in range(20)]
GEN = [b"".join(LINES[g * 20 : g * 20 + 20]) for g in range(6)]


def test_reads_what_is_there_and_what_is_appended(world):
    """A new stream is read from its beginning, then as it grows."""
    world.write("a.log", GEN[0])

    assert world.settle() == GEN[0]

    world.write("a.log", GEN[1])

    assert world.settle() == GEN[1]
    assert world.gaps == []
    assert len(world.known) == 1


def test_drains_the_renamed_file_first(world):
    """Unread lines of a renamed file come before those of the new one, without a restart."""
    world.write("a.log", GEN[0])
    world.settle()
    world.write("a.log", GEN[1])
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", GEN[2])

    assert world.settle() == GEN[1] + GEN[2]
    assert world.gaps == []
    assert [g.closed for g in world.known.values()] == [True, False]


def test_waits_for_the_writer_of_the_renamed_file(world):
    """As long as the renamed file grows, or the new one is empty, the new one is not begun."""
    world.write("a.log", GEN[0])
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", b"")
    world.write("a.log.1", GEN[1])

    assert world.settle() == GEN[1]

    world.write("a.log.1", GEN[2])

    assert world.settle() == GEN[2]

    world.write("a.log", GEN[3])
    world.write("a.log.1", GEN[4])

    assert world.step().data == GEN[4]
    assert world.step() is None
    assert world.settle() == GEN[3]


def test_last_line_without_line_end_is_a_line_of_a_closed_file(world):
    """A torn last line waits while the file may grow, and is delivered as it is when a newer file has begun."""
    world.write("a.log", GEN[0] + b"torn")

    assert world.settle() == GEN[0]

    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", GEN[1])

    assert world.settle() == b"torn" + GEN[1]


def test_two_rotations_between_two_polls(world):
    """A generation that was never seen under its first name is read in its place."""
    world.write("a.log", GEN[0])
    world.settle()
    world.path.rename(world.folder / "a.log.2")
    world.write("a.log.1", GEN[1])
    world.write("a.log", GEN[2])

    assert world.settle() == GEN[1] + GEN[2]


@pytest.mark.parametrize("packed", [False, True])
def test_five_rotations_while_down(world, packed):
    """After a stop, the rest of the last generation and all newer ones are read in order, packed or not."""
    world.write("a.log", GEN[0][:100] + GEN[0][100:])
    block = world.follower.read(100)
    world.position = block.end
    world.data = block.data
    world.known = {g.id: g for g in world.follower.moved()}
    world.path.rename(world.folder / "a.log.5")
    for number in range(4, 0, -1):
        world.write(f"a.log.{number}", GEN[5 - number])
    world.write("a.log", GEN[5])
    if packed:
        for number in range(2, 6):
            path = world.folder / f"a.log.{number}"
            (world.folder / f"a.log.{number}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    world.restart()
    world.settle()

    assert world.data == b"".join(GEN)
    assert world.gaps == []


def test_order_by_date_and_by_mtime(make_world):
    """Dates order generations; where marks can't be compared, mtimes do."""
    dated = make_world()
    dated.write("a.log-20260103", GEN[2], ago=300)
    dated.write("a-20260101.log", GEN[0], ago=100)
    dated.write("a.2026-01-02.log", GEN[1], ago=200)
    dated.write("a.log", GEN[3])
    mixed = make_world()
    mixed.write("a.log.1", GEN[2], ago=100)
    mixed.write("a.log-20260101", GEN[1], ago=200)
    mixed.write("a.log.old", GEN[0], ago=300)
    mixed.write("a.log", GEN[3], ago=999)

    assert dated.settle() == b"".join(GEN[:4])
    assert mixed.settle() == b"".join(GEN[:4])


def test_read_generations_are_not_read_again_under_any_name(world):
    """A generation goes .1, .2, .3.gz, with restarts between, and is read once."""
    world.write("a.log", GEN[0])
    world.settle()
    for step in range(1, 4):
        for number in range(step, 1, -1):
            (world.folder / f"a.log.{number - 1}").rename(world.folder / f"a.log.{number}")
        world.path.rename(world.folder / "a.log.1")
        world.write("a.log", GEN[step])
        world.settle()
        world.restart()
    packed = world.folder / "a.log.3"
    (world.folder / "a.log.3.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    world.restart()
    world.write("a.log", GEN[4])
    world.settle()

    assert world.data == b"".join(GEN[:5])
    assert world.gaps == []


def test_rename_and_back(world):
    """A rotation that is taken back changes nothing."""
    world.write("a.log", GEN[0])
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.settle()
    (world.folder / "a.log.1").rename(world.path)
    world.write("a.log", GEN[1])

    assert world.settle() == GEN[1]
    assert len(world.known) == 1


def test_unlinked_file_is_drained_through_its_handle(world):
    """What was written before a deletion is read as long as the file is open; nothing is lost, so no gap is told."""
    world.write("a.log", GEN[0])
    world.settle()
    world.write("a.log", GEN[1])
    world.path.unlink()
    world.write("a.log", GEN[2])

    assert world.settle() == GEN[1] + GEN[2]
    assert world.gaps == []


def test_rotation_without_a_new_file(world):
    """While the new file is not created yet, the old one goes on; the new one is read from its beginning."""
    world.write("a.log", GEN[0])
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log.1", GEN[1])

    assert world.settle() == GEN[1]
    assert world.follower.problem is None

    world.write("a.log", GEN[2])

    assert world.settle() == GEN[2]


def test_hard_link_is_one_generation(world):
    """Two names of one file, and a rotation by link and unlink, are one generation."""
    world.write("a.log", GEN[0])
    os.link(world.path, world.folder / "a.log.1")

    assert world.settle() == GEN[0]

    world.path.unlink()
    world.write("a.log", GEN[1])

    assert world.settle() == GEN[1]
    assert len(world.known) == 2


@pytest.mark.parametrize("size", [5, 20, 30])
def test_inode_used_again(world, size):
    """After a stop, a new file in the inode of the old one is told by its content, whatever its length."""
    world.write("a.log", b"".join(LINES[:20]))
    world.settle()
    (world.folder / "a.log.1").write_bytes(world.path.read_bytes())
    world.replace("a.log", b"".join(LINES[40 : 40 + size]))
    world.restart()

    assert world.settle() == b"".join(LINES[40 : 40 + size])
    assert world.gaps == []


def test_late_older_file_is_told_not_read(world):
    """An older file that turns up behind lines read already would turn the log back: it is a gap, once."""
    world.write("a.log", GEN[1])
    world.settle()
    world.write("a.log.1", GEN[0], ago=100)
    world.follower.offer([str(world.path), str(world.folder / "a.log.1")])

    assert world.settle() == b""
    assert ["found after newer lines had been read"] == [gap.reason for gap in world.gaps]

    world.restart()

    assert world.settle() == b""
    assert len(world.gaps) == 1


def test_a_new_log_in_the_inode_of_one_that_was_passed_over(world):
    """A file that was told and not read is known by its content: what comes in its inode later is read."""
    world.write("a.log", GEN[1])
    world.settle()
    late = world.folder / "a.log.1"
    world.write("a.log.1", GEN[0], ago=100)
    world.follower.offer([str(world.path), str(late)])
    world.settle()
    late.write_bytes(GEN[2])
    world.path.rename(world.folder / "a.log.2")
    late.rename(world.path)

    assert world.settle() == GEN[2]
    assert len(world.gaps) == 1
