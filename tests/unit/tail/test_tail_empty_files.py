"""Rotated files that were left without a line: lines may come to them still, and their inodes are used again."""

import pytest

A = b"".join(b"%03d of the first\n" % n for n in range(60))
B = b"".join(b"%03d of the second\n" % n for n in range(60))
LATE = b"late\n" * 4


def left_empty(world):
    """Rotate a log that was read, then an empty one; the third has lines, and the second one is left."""
    world.write("a.log", A)
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", b"")
    world.settle()
    (world.folder / "a.log.1").rename(world.folder / "a.log.2")
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", B)
    world.settle()


@pytest.mark.parametrize("restarted", [False, True])
def test_lines_come_late_to_a_log_that_was_rotated_empty(world, restarted):
    """They are read, though nothing was ever read of their file."""
    left_empty(world)
    if restarted:
        world.restart()
        world.settle()
    world.write("a.log.1", LATE)

    assert LATE == world.settle()
    assert world.gaps == []
    world.restart()
    assert b"" == world.settle()


@pytest.mark.parametrize("restarted", [False, True])
def test_lines_come_late_to_the_first_log_rotated_empty(world, restarted):
    """The same where nothing was read before: the empty generation stays with its file while that is empty."""
    world.write("a.log", b"")
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", B)
    world.settle()
    if restarted:
        world.restart()
        world.settle()
    world.write("a.log.1", LATE)

    assert LATE == world.settle()
    assert world.gaps == []


@pytest.mark.parametrize("pieces", [(b"half", b" a line\n"), (b"half a line\n",)])
def test_lines_came_while_down_to_a_log_that_was_left_empty(world, pieces):
    """They are read at the next start, or when their end comes; once."""
    left_empty(world)
    world.follower.close()
    for piece in pieces:
        world.write("a.log.1", piece)
        world.restart()
        world.settle()

    assert A + B + b"".join(pieces) == world.data
    assert world.gaps == []


@pytest.mark.parametrize("down", [False, True])
def test_the_inode_of_a_log_that_was_left_empty_is_used_again(world, down):
    """A new log in that inode is read as what it is, and goes on being read."""
    left_empty(world)
    if down:
        world.follower.close()
    empty = (world.folder / "a.log.1").rename(world.folder / "aside")
    world.path.rename(world.folder / "a.log.1")
    empty.rename(world.path)
    world.write("a.log", LATE)
    if down:
        world.restart()

    assert LATE == world.settle()
    world.write("a.log", A)
    assert A == world.settle()
    assert world.gaps == []
