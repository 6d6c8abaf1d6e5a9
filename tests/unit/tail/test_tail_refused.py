"""What can't be read is said in a sentence, is never taken for deleted, and is read as soon as it can be."""

import errno
import os

import pytest

LINES = b"one\ntwo\n"
MORE = b"three\n"

as_nobody = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")


@pytest.fixture
def nobody(tmp_path):
    """Take root's rights away for the test."""
    folder = tmp_path
    while folder.parent != folder and folder.owner() == "root" and str(folder).count("/") > 1:
        folder.chmod(0o755)
        folder = folder.parent
    os.seteuid(65534)
    yield
    os.seteuid(0)


class Root:
    """Root's rights, for a while."""

    def __enter__(self):
        """Become root."""
        os.seteuid(0)

    def __exit__(self, *_):
        """Become nobody again."""
        os.seteuid(65534)


@as_nobody
def test_unreadable_file(world, nobody):
    """A file without read permission names the permission, and is read from 0 when it is given."""
    with Root():
        world.write("a.log", LINES).chmod(0)

    assert world.settle() == b""
    assert (
        world.follower.problem
        == f"{world.path} can't be read: the permission to read this file (r) is missing for this user"
    )

    with Root():
        world.path.chmod(0o644)

    assert world.settle() == LINES
    assert world.follower.problem is None


@as_nobody
def test_unreadable_new_file_after_a_rotation(world, nobody):
    """The old file is drained, then the new one waits for its permission; no gap."""
    with Root():
        world.write("a.log", LINES)
    world.settle()
    with Root():
        world.path.rename(world.folder / "a.log.1")
        world.write("a.log.1", MORE)
        world.write("a.log", LINES).chmod(0)

    assert world.settle() == MORE
    assert "(r) is missing" in world.follower.problem

    with Root():
        world.path.chmod(0o644)

    assert world.settle() == LINES
    assert world.gaps == []


@as_nobody
@pytest.mark.parametrize("mode", [0o000, 0o600])
def test_folder_that_may_not_be_entered(world, nobody, mode):
    """A closed folder is a problem, not a deletion: what is open is read on, and a restart loses nothing."""
    with Root():
        world.write("a.log", LINES)
    world.settle()
    with Root():
        world.folder.chmod(mode)
        world.write("a.log", MORE)

    assert world.settle() == MORE
    assert f"the permission to enter the folder {world.folder} (x) is missing" in world.follower.problem

    world.restart()

    assert world.settle() == b""
    assert "is missing" in world.follower.problem
    with Root():
        world.folder.chmod(0o755)
        world.write("a.log", LINES)
    assert world.settle() == LINES
    assert world.gaps == []


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkdir, "is a folder, not a log file"),
        (os.mkfifo, "is a named pipe, not a log file"),
        (lambda path: path.symlink_to("nowhere"), "is a link to nowhere, which does not exist"),
        (lambda path: None, "does not exist"),
    ],
    ids=["folder", "pipe", "dangling link", "missing"],
)
def test_no_file(world, make, said):
    """What is no file is told and not waited for; the log is read when it is there."""
    make(world.path)

    assert world.settle() == b""
    assert f"{world.path} {said}" == world.follower.problem

    if world.path.is_dir():
        world.path.rmdir()
    elif os.path.lexists(world.path):
        world.path.unlink()
    world.write("a.log", LINES)

    assert world.settle() == LINES
    assert world.follower.problem is None


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_read_that_fails_once(world, nth):
    """An input error, at whichever read, is told and tried again at the next poll; nothing is lost or doubled."""
    world.write("a.log", LINES)
    world.settle()
    world.write("a.log", MORE)
    log = world.follower._reader.held
    real, calls = log.read_at, []

    def fail(offset, size):
        calls.append(offset)
        if len(calls) == nth:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(offset, size)

    log.read_at = fail

    assert world.step() is None
    assert f"{world.path} can't be read: Input/output error" == world.follower.problem
    assert world.settle() == MORE
    assert world.follower.problem is None
    assert world.gaps == []


def test_link_to_a_log(world):
    """A link is followed; when it is set to another file, the old one is drained first."""
    world.write("first", LINES)
    world.write("second", MORE)
    world.path.symlink_to("first")

    assert world.settle() == LINES

    world.path.unlink()
    world.path.symlink_to("second")
    world.write("first", MORE)

    assert world.settle() == MORE + MORE


def test_any_name_works(make_world):
    """File names are bytes: not UTF-8, with line ends, with glob characters, as long as may be."""
    for name in ("caf\udce9.log", "a\nb.log", "[x]*?.log", "n" * 250 + ".log"):
        world = make_world(name=name)
        world.write(name, LINES)
        assert world.settle() == LINES
