"""A rotation comes between the listing of the files and the look at them."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exporter.tail import recognising
from exporter.tail.chain import list_chain
from tests.faults.harness.inside import Inside
from tests.faults.harness.pen import Clock, Pen
from tests.faults.harness.rotating import pack
from tests.faults.harness.verdict import see_gaps, see_lines


class Rotated:
    """A log whose rotation can be put right behind a listing of its folder."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Build it in *folder*; Seatwatch isn't started."""
        self.inside = Inside(folder)
        self._patch = patch
        self._time = Clock(self.inside.clock.now(), 0.0)
        self.pen = Pen(self.inside.logs / "srv.log", self._time)

    def poll(self, times: int = 1) -> None:
        """Let time pass and Seatwatch look, so many times."""
        for _ in range(times):
            self._time.now += 2.0
            self.inside.poll()

    def poll_while(self, act: Callable[[], object]) -> None:
        """Look once, and *act* when the files have been listed and none was opened."""
        waiting = [act]

        def listed(*arguments: Any) -> Any:
            chain = list_chain(*arguments)
            while waiting:
                waiting.pop()()
            return chain

        self._patch.setattr(recognising, "list_chain", listed)
        self.poll()
        assert not waiting, "the folder was not listed"

    def forbid(self, name: str) -> Callable[[], None]:
        """Let nobody open the file *name*, however it is called by then, until what is returned is called."""
        inode, real = (self.inside.logs / name).stat().st_ino, os.open

        def guarded(path: Any, *arguments: Any, **options: Any) -> int:
            if Path(path).exists() and Path(path).stat().st_ino == inode:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
            return real(path, *arguments, **options)

        self._patch.setattr(os, "open", guarded)
        return lambda: self._patch.setattr(os, "open", real)

    def let_the_log_wait(self) -> Callable[[], None]:
        """Rotate with lines unread, and forbid the rotated log until what is returned is called: the new one waits."""
        self.inside.close()
        self.pen.write(10)
        self.pen.rename("srv.log-20290101")
        self.pen.write(20)
        allow = self.forbid("srv.log-20290101")
        self.inside.start()
        self.poll(2)
        return allow

    def copy_and_truncate(self) -> None:
        """Rotate by a copy."""
        shutil.copy2(self.pen.log, self.pen.log.with_name("srv.log-20300101"))
        self.pen.truncate(keep=False)

    def see(self) -> None:
        """See that each line was read once and in order, and that no loss is told."""
        self.poll(5)
        found = self.inside.found()
        see_gaps(found, [])
        see_lines(found, [self.pen], [], 0, in_order=True)


@pytest.fixture
def rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rotated]:
    """Return a log of twenty lines, which a Seatwatch in this process has read."""
    logging.disable()
    made = Rotated(tmp_path, monkeypatch)
    made.pen.write(20)
    made.inside.start()
    made.poll(2)
    yield made
    made.pen.close_all()
    made.inside.close()
    logging.disable(logging.NOTSET)


@pytest.mark.case("R1", mode="alive")
@pytest.mark.parametrize("restarted", [False, True], ids=["it is open", "found anew"])
def test_renamed_during_a_look(rotated: Rotated, restarted: bool) -> None:
    """A file that is renamed when it was just listed is not taken for the one that lies at its path now."""

    def rename() -> None:
        rotated.pen.rename()
        rotated.pen.write(40)

    rotated.pen.write(5)
    if restarted:
        rotated.inside.close()
    rotated.pen.rename()
    rotated.pen.write(10)
    if restarted:
        rotated.inside.start()
    rotated.poll_while(rename)

    rotated.see()


@pytest.mark.case("C6", mode="alive")
def test_copied_and_truncated_during_a_look(rotated: Rotated) -> None:
    """A log that waits for an older one isn't lost when the copy of it was made after the files were listed."""

    def copy_truncate_and_write() -> None:
        rotated.copy_and_truncate()
        rotated.pen.write(3)

    allow = rotated.let_the_log_wait()
    rotated.poll_while(copy_truncate_and_write)
    allow()

    rotated.see()


@pytest.mark.case("C6", mode="alive")
def test_truncated_during_a_look_and_written_after_it(rotated: Rotated) -> None:
    """A log that waits isn't lost when it was truncated behind the listing, and so looked empty."""
    allow = rotated.let_the_log_wait()
    rotated.poll_while(rotated.copy_and_truncate)
    rotated.pen.write(3)
    rotated.poll()
    allow()

    rotated.see()


@pytest.mark.case("Z1", mode="alive")
def test_packed_into_the_inode_of_another(rotated: Rotated) -> None:
    """Of two logs that wait and are packed, neither is lost where the second gets the inode that the first one had."""
    rotated.inside.close()
    rotated.pen.write(10)
    rotated.pen.rename("srv.log-20290101")
    rotated.pen.write(1)
    small = rotated.pen.rename("srv.log-20290201")
    rotated.pen.write(200)
    great = rotated.pen.rename("srv.log-20290301")
    rotated.pen.write(5)
    allow = rotated.forbid("srv.log-20290101")
    rotated.inside.start()
    rotated.poll(2)
    inode = small.stat().st_ino
    pack(small)
    packed = pack(great)
    give_inode(packed, inode)
    rotated.poll()
    allow()

    rotated.see()


def give_inode(path: Path, inode: int) -> None:
    """Let a file have an inode number that another one had; where the file system gives none twice, skip the test."""
    kept = path.stat()
    if kept.st_ino == inode:
        return
    copies = []
    for number in range(100):
        copy = path.with_name(f".{path.name}.{number}")
        copy.write_bytes(path.read_bytes())
        if copy.stat().st_ino == inode:
            break
        copies.append(copy)
    else:
        pytest.skip("this file system gives no inode number twice")
    os.utime(copy, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    copy.replace(path)
    for other in copies:
        other.unlink()
