"""A log that lost its end while it was followed: new lines begin where it ends now."""

import os

LINES = [b"%04d of the log\n" % n for n in range(600)]


def shorten(world, lines):
    """Cut the log to so many lines; return its size."""
    size = len(b"".join(LINES[:lines]))
    os.truncate(world.path, size)
    world.touch(world.path, 0)
    return size


def test_new_lines_while_it_is_looked_at(world):
    """A line that comes before the shortened log has rested is read, and the loss ends where it begins."""
    world.write("a.log", b"".join(LINES))
    world.settle()
    size = shorten(world, 300)
    world.step()
    world.write("a.log", b"a new line\n")

    assert b"a new line\n" == world.settle()
    assert [(size, len(b"".join(LINES)), "rolled back")] == [gap[1:4] for gap in world.gaps]
    world.write("a.log", b"and on\n")
    assert b"and on\n" == world.settle()


def test_a_line_each_second(world):
    """Lines that come one by one while it is looked at are all read."""
    world.write("a.log", b"".join(LINES))
    world.settle()
    shorten(world, 550)
    new = [b"%d new\n" % n for n in range(5)]
    for line in new:
        world.step()
        world.clock.seconds += 1
        world.write("a.log", line)

    world.settle()
    assert b"".join(new) == world.data[len(b"".join(LINES)) :]


def test_an_older_copy_put_back_in_steps(world):
    """An older copy that is put back piece by piece is not counted again."""
    world.write("a.log", b"".join(LINES))
    world.settle()
    for lines in (100, 300, 450, 460):
        world.path.write_bytes(b"".join(LINES[:lines]))
        world.touch(world.path, 0)
        world.step()
        world.clock.seconds += 1

    assert b"" == world.settle()
    world.write("a.log", b"new\n")
    assert b"new\n" == world.settle()
    assert 1 == len(world.gaps)


def test_a_copy_that_was_not_whole(world):
    """A copy seen half made, on a server whose clock is behind, is the log when it is whole and the log is cut."""
    world.write("a.log", b"".join(LINES[:400]))
    world.settle()
    world.write("a.log.1", b"".join(LINES[:200]), ago=90)
    world.write("a.log", b"".join(LINES[400:500]))
    world.step(1)
    read = len(world.data)
    whole = b"".join(LINES[:500])
    (world.folder / "a.log.1").write_bytes(whole)
    world.touch(world.folder / "a.log.1", 90)
    world.replace("a.log", b"after it\n")
    world.settle()

    assert whole[read:] + b"after it\n" == world.data[read:]
    assert world.gaps == []
