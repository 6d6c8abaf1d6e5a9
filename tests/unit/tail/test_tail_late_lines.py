"""Lines that come to a rotated file after its successor was begun."""

from pathlib import Path

import pytest

OLD = b"an old line\n" * 50
NEW = b"a new line\n" * 20
LATE = b"a late line\n" * 3


def rotate(world):
    """Read the old log, rename it, and begin the new one; both are read."""
    world.write("a.log", OLD)
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", NEW)
    world.settle()


def open_files(world):
    """Return what this process has open in the world's folder."""
    targets = [str(fd.readlink()) for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    return [target for target in targets if target.startswith(f"{world.folder}/")]


def test_lines_written_late_are_read(world):
    """Lines that come to the renamed file after the new one was begun are read once, under the old generation."""
    rotate(world)
    old, new = world.blocks[0].start.generation, world.blocks[-1].start.generation
    world.write("a.log.1", LATE)

    assert LATE == world.settle()
    assert old == world.blocks[-1].start.generation
    assert old < new
    world.write("a.log", b"and on\n")
    assert b"and on\n" == world.settle()
    assert world.gaps == []


def test_lines_written_late_while_down(world):
    """Lines that came to a closed generation while nothing ran are read at the next start, and once."""
    rotate(world)
    world.write("a.log.1", LATE)
    world.restart()

    assert LATE == world.settle()
    world.restart()
    assert b"" == world.settle()


def test_late_lines_to_a_deleted_file(world):
    """The file is deleted and its writer goes on: its lines are read through the open file."""
    world.write("a.log", OLD)
    world.settle()
    with world.path.open("ab") as writer:
        world.path.unlink()
        world.write("a.log", NEW)
        world.settle()
        writer.write(LATE)
        writer.flush()

        assert LATE == world.settle()
    assert world.gaps == []


def test_the_writer_is_known_to_be_astray(world):
    """Growth long after the rotation tells that the writer goes on in the rotated file; growth at it doesn't."""
    rotate(world)
    assert not world.follower.writer_on_rotated
    world.write("a.log.1", LATE)
    world.settle()

    assert world.follower.writer_on_rotated


def test_the_writer_is_believed_to_have_come_back(world):
    """A day after its last line the writer isn't called astray any more."""
    rotate(world)
    world.write("a.log.1", LATE)
    world.settle()
    assert world.follower.writer_on_rotated
    world.clock.seconds += 86_400
    world.settle()

    assert not world.follower.writer_on_rotated


def test_a_file_that_rests_for_an_hour_is_looked_at_seldom(world):
    """Its late lines are read, within a minute instead of at the next look."""
    rotate(world)
    world.clock.seconds += 3_601
    world.settle()
    world.write("a.log.1", LATE)
    world.clock.seconds -= 58  # two seconds after the last look
    assert world.step() is None
    world.clock.seconds += 60

    assert LATE == world.settle()


def test_a_deleted_file_is_let_go(world):
    """A minute after its last line the room of a deleted file is given back."""
    world.write("a.log", OLD)
    world.settle()
    world.path.unlink()
    world.write("a.log", NEW)
    for _ in range(3):
        world.settle()

    assert f"{world.path} (deleted)" not in open_files(world)
    assert world.gaps == []


def test_many_files_with_writers_astray(world):
    """However many rotated files were written on long after, only the newest few of them stay open."""
    written = OLD
    world.write("a.log", OLD)
    for number in range(40):
        world.settle()
        world.path.rename(world.folder / f"a.log.{99 - number}")
        new = b"%d " % number + NEW
        world.write("a.log", new)
        world.settle()
        world.write(f"a.log.{99 - number}", LATE)
        written += new + LATE

    assert LATE == world.settle()
    assert written == world.data
    assert 1 + 8 + 2 >= len(open_files(world)) > 2


def test_a_writer_that_takes_its_time(world):
    """Lines that come within ten seconds of the rotation are no sign that the writer stays; later ones are."""
    world.write("a.log", OLD)
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", b"")
    for seconds, astray in ((1, False), (8, False), (8, True)):
        world.step()
        world.clock.seconds += seconds
        world.write("a.log.1", LATE)
        world.step()
        assert astray == world.follower.writer_on_rotated


def test_a_writer_that_never_reopens(world):
    """While the new file stays empty, the renamed one is read on and its writer is known to be astray."""
    world.write("a.log", OLD)
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", b"")
    world.settle()
    assert not world.follower.writer_on_rotated
    for _ in range(3):
        world.write("a.log.1", LATE)
        assert LATE == world.settle()
    assert world.follower.writer_on_rotated

    world.write("a.log", NEW)
    assert NEW == world.settle()
    world.write("a.log", NEW)
    assert NEW == world.settle()


def test_a_torn_last_line_is_ended_late(world):
    """A last line that was taken for whole when its file was left is not counted again when its end comes."""
    world.write("a.log", OLD + b"torn")
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", NEW)
    assert b"torn" + NEW == world.settle()
    world.write("a.log.1", b" no more\n" + LATE)

    assert LATE == world.settle()


def test_a_link_is_turned(world):
    """A link is turned to a new file while lines of the old one are unread, and back: each line is read once."""
    first, second = world.write("x-20261120", OLD), world.folder / "x-20261121"
    world.path.symlink_to(first)
    world.settle()
    world.write("x-20261120", LATE)
    world.write("x-20261121", NEW)
    turn(world, second)

    assert LATE + NEW == world.settle()
    world.write("x-20261120", b"again\n")
    turn(world, first)
    assert b"again\n" == world.settle()
    assert world.gaps == []


def test_a_link_is_turned_while_down(world):
    """The same while nothing runs: the old file is found where the link led to."""
    first = world.write("x-20261120", OLD)
    world.path.symlink_to(first)
    world.settle()
    world.write("x-20261120", LATE)
    world.write("x-20261121", NEW)
    turn(world, world.folder / "x-20261121")
    world.restart()

    assert LATE + NEW == world.settle()
    assert world.gaps == []


def turn(world, target):
    """Turn the stream's link to another file, at once."""
    link = world.folder / "link"
    link.symlink_to(target)
    link.replace(world.path)


@pytest.mark.parametrize("beginning", [b"x" * 70_000 + b"\n", bytes(7_000)], ids=["an over-long line", "a hole"])
def test_a_log_whose_beginning_was_passed_over(world, beginning):
    """Lines that come to it late, after a restart, are read, though it has no first line."""
    world.write("a.log", beginning + OLD)
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", NEW)
    world.settle()
    world.restart()
    world.settle()
    world.write("a.log.1", LATE)

    assert LATE == world.settle()
    assert world.gaps == []


def test_a_log_that_was_begun_at_its_end_and_begins_with_an_empty_line(make_world):
    """Lines that come to it late, after a restart, are read."""
    world = make_world(from_end=True)
    world.write("a.log", b"\n" + OLD)
    world.settle()
    world.path.rename(world.folder / "a.log.1")
    world.write("a.log", NEW)
    world.settle()
    world.restart()
    world.write("a.log.1", LATE)

    assert LATE == world.settle()
