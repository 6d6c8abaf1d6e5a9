"""The scene notices what it is there to notice: nothing that a test of faults proves is worth more than this."""

# ruff: noqa: PTH116 -- the calls of `os` are what is scripted

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness.life import ToldClock, obey_permissions
from tests.faults.harness.pen import Pen
from tests.faults.harness.scene import Refused, Scene
from tests.faults.harness.shim import Fault, Quirks, Shim


def _lose(pen: Pen) -> None:
    with pen.log.open("r+b") as file:
        text = file.read()
        file.seek(0)
        file.write(text.replace(b"u7@h", b"u9@h"))


def _double(pen: Pen) -> None:
    text = pen.log.read_bytes()
    pen.log.write_bytes(text + text[-30:])


def _swap(pen: Pen) -> None:
    lines = pen.log.read_bytes().splitlines(keepends=True)
    pen.log.write_bytes(b"".join([*lines[:3], lines[4], lines[3], *lines[5:]]))


@pytest.mark.parametrize("harm", [_lose, _double, _swap])
def test_it_fails_when_a_line_is_not_there_once_and_in_order(
    make_scene: Callable[..., Scene], harm: Callable[[Pen], None]
) -> None:
    """A line lost, read twice or out of order makes `see` fail."""
    scene = make_scene(started=False)
    scene.pen.write(20)
    harm(scene.pen)
    scene.start()

    with pytest.raises(AssertionError):
        scene.see(same=False)


def test_it_fails_when_a_gap_is_told_without_a_loss_or_not_told(scene: Scene) -> None:
    """Gaps are compared one by one."""
    scene.pen.write(20)
    scene.see()

    with pytest.raises(AssertionError):
        scene.see(gaps=[(0, 1)])


def test_a_failpoint_kills_and_the_next_look_starts_it_again(scene: Scene) -> None:
    """Dying at a failpoint is counted, and nothing is lost by it."""
    scene.kill()
    scene.start("after-read:2")
    scene.pen.write(10)
    scene.poll()
    scene.pen.write(10)
    scene.poll()

    assert 1 == scene.deaths
    scene.see()


def test_a_refusal_is_told(make_scene: Callable[..., Scene]) -> None:
    """Where Seatwatch doesn't start, the scene raises its sentence."""
    scene = make_scene(started=False)
    scene.ledger.parent.mkdir()
    scene.ledger.write_bytes(b"no ledger")

    with pytest.raises(Refused, match="is no ledger"):
        scene.start()


def test_permissions_bind(make_scene: Callable[..., Scene]) -> None:
    """A log that may not be read isn't, though root runs the tests."""
    scene = make_scene(before=[obey_permissions])
    scene.pen.write(10)
    scene.log.chmod(0)
    scene.poll()

    assert "the permission to read this file (r) is missing" in str(scene.view.problem)
    scene.log.chmod(0o644)
    scene.see()


@pytest.mark.parametrize("call", ["stat", "fstat", "open", "pread", "listdir"])
def test_a_scripted_fault_is_met(scene: Scene, call: str) -> None:
    """A call that is told to fail keeps the log from being read, until the fault is lifted."""
    scene.behave(Quirks(faults=(Fault(call, errno.EIO),)))
    scene.pen.write(10)
    scene.poll(3)

    assert [] == scene.found().lines
    scene.behave()
    scene.see()


def test_a_stale_size_hides_lines_for_a_while(scene: Scene) -> None:
    """Lines behind a remembered size are not seen before the time is over."""
    scene.pen.write(10)
    scene.poll()
    scene.behave(Quirks(sizes_stale=30))
    scene.poll()
    scene.pen.write(10)
    scene.poll(3)

    assert 10 == scene.found().counted
    scene.poll(20)
    assert 20 == scene.found().counted


def test_numbers_and_times_are_told_as_scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inodes and devices change, times are coarse or off, reads are short: as quirks say, below the folder only."""
    for name in ("stat", "fstat", "open", "close", "pread", "listdir"):
        monkeypatch.setattr(os, name, getattr(os, name))  # put back afterwards
    log, other = tmp_path / "logs" / "debug.log", tmp_path / "other"
    log.parent.mkdir()
    for path in (log, other):
        path.write_bytes(b"abc")
        os.utime(path, (10.5, 10.5))
    real = os.stat(log)
    shim = Shim(str(log.parent), ToldClock(0, 0))
    shim.behave(Quirks(inodes="each look", device=7, grain=1.0, longest_read=2))
    first, second = os.stat(log), os.stat(log)
    fd = os.open(log, os.O_RDONLY)

    assert 3 == len({real.st_ino, first.st_ino, second.st_ino})
    assert os.fstat(fd).st_ino == os.fstat(fd).st_ino
    assert (real.st_dev + 7, 10.0, 10 * 10**9, 3) == (first.st_dev, first.st_mtime, first.st_mtime_ns, first.st_size)
    assert b"ab" == os.pread(fd, 3, 0)
    shim.behave(Quirks(ahead=-600.0))
    assert (-589.5, -5_895 * 10**8) == (os.stat(log).st_mtime, os.stat(log).st_mtime_ns)
    assert (10.5, real.st_dev) == (os.stat(other).st_mtime, os.stat(other).st_dev)
    os.close(fd)
