"""Reads that come short, are interrupted or fail once (F17): nothing is consumed twice, nothing is skipped."""

import errno
import gzip
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.tail import opening

LINES = b"".join(b"%05d a line of the log\n" % n for n in range(3000))
MORE = b"".join(b"%05d a later line\n" % n for n in range(3000))


class Script:
    """`os.pread` by a script: each number is the most bytes of one read, an exception is raised in its place."""

    def __init__(self, monkeypatch):
        """Take the place of the real one."""
        self.steps = []
        self._real = os.pread
        monkeypatch.setattr(opening.os, "pread", self)

    def __call__(self, fd, size, offset):
        """Read."""
        step = self.steps.pop(0) if self.steps else size
        if isinstance(step, OSError):
            raise step
        return self._real(fd, min(size, step), offset)


@pytest.fixture
def script(monkeypatch):
    """Return the script of all reads of plain files."""
    return Script(monkeypatch)


def error(number):
    """Return the error of this number."""
    return OSError(number, os.strerror(number))


STEPS = st.lists(
    st.one_of(st.integers(1, 3000), st.sampled_from([errno.EIO, errno.EINTR, errno.EAGAIN, errno.ESTALE]).map(error)),
    max_size=40,
)


@given(STEPS, STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_course_of_reads(make_world, script, first, second):
    """Whatever reads do for a while, every line comes once, in order, and no loss is told."""
    script.steps.clear()
    world = make_world()
    world.write("a.log", LINES)
    script.steps[:] = first
    for _ in range(80):
        world.step(5000)
    world.write("a.log", MORE)
    script.steps[:] = second
    for _ in range(80):
        world.step(5000)
    script.steps.clear()
    world.settle(5000)

    assert world.data == LINES + MORE
    assert world.gaps == []


def test_short_reads_are_completed(tmp_path, script):
    """What comes in pieces is put together: only the end of the file makes a read short."""
    (tmp_path / "a.log").write_bytes(LINES)
    log = opening.open_log(str(tmp_path / "a.log"))
    script.steps[:] = [1, 2, 300]

    assert LINES[10:5010] == log.read_at(10, 5000)
    assert LINES[-5:] == log.read_at(len(LINES) - 5, 5000)

    log.close()


@pytest.mark.parametrize("nth", range(1, 12))
@pytest.mark.parametrize("restart", [False, True])
def test_error_at_each_read(world, script, nth, restart):
    """An input error at the nth read is told and tried again, after a restart too."""
    world.write("a.log", LINES)
    world.step(20_000)
    if restart:
        world.restart()
    script.steps[:] = [1 << 30] * (nth - 1) + [error(errno.EIO)]
    world.settle(20_000)
    world.settle(20_000)

    assert world.data == LINES
    assert world.gaps == []


@pytest.mark.parametrize("nth", range(1, 9))
def test_error_inside_a_compressed_file(world, monkeypatch, nth):
    """An input error in the middle of a compressed file is no damage: it is read on from where it stood."""
    world.write("a.log.1.gz", gzip.compress(os.urandom(300_000).hex().encode().replace(b"0", b"\n")))
    whole = gzip.decompress((world.folder / "a.log.1.gz").read_bytes())
    world.write("a.log", MORE)
    calls = []
    real = gzip.GzipFile.read1

    def fail(self, size=-1):
        calls.append(size)
        if len(calls) == nth:
            raise error(errno.EIO)
        return real(self, size)

    monkeypatch.setattr(gzip.GzipFile, "read1", fail)
    for _ in range(4):
        world.settle(50_000)

    assert whole.rstrip(b"\n") == world.data[: -len(MORE)].rstrip(b"\n")
    assert world.data.endswith(MORE)
    assert world.gaps == []
