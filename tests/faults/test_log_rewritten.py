"""The log is rewritten: its beginning is cut out, a line altered, an editor saves it, an older copy is put back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness.scene import Scene

ROLLED_BACK = "rolled back"


def _keep_last(scene: Scene, lines: int) -> bytes:
    """Do ``tail -n LINES log > t; cat t > log`` and return what went."""
    content = scene.log.read_bytes().splitlines(keepends=True)
    with scene.log.open("r+b") as file:
        file.truncate(0)
        file.write(b"".join(content[-lines:]))
    scene.pen.touch(scene.log)
    return b"".join(content[:-lines])


@pytest.mark.case("C12", "The log is cut to its last hundred lines, in its place.")
@pytest.mark.parametrize("unread", [0, 1, 60])
@pytest.mark.parametrize("after", [0, 50, 1_000])
def test_cut_to_its_last_lines(scene: Scene, unread: int, after: int) -> None:
    """The kept lines are known as read or as unread: reading goes on behind the last one that was read."""
    scene.pen.write(600)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(unread)
        _keep_last(scene, 100)
        scene.pen.write(after)
        scene.poll()
    scene.poll()
    scene.pen.write(50)

    scene.see()


@pytest.mark.case("C12")
def test_cut_to_its_last_lines_again_and_again(scene: Scene) -> None:
    """A log that is cut each night is read on each time."""
    scene.pen.write(600)
    scene.poll()
    for _ in range(5):
        with scene.meanwhile():
            scene.pen.write(40)
            _keep_last(scene, 100)
            scene.pen.write(40)
            scene.poll()
        scene.poll()

    scene.see()


@pytest.mark.case("C12", only="down")
def test_cut_further_than_it_was_read(scene: Scene) -> None:
    """Where the last line read was cut out too, the loss is told, and what was kept is read."""
    scene.pen.write(600)
    scene.poll()
    read = scene.pen.size()
    with scene.meanwhile():
        written = scene.pen.write(500)
        _keep_last(scene, 100)
        scene.pen.write(50)

    scene.see(lost=written[:-100], gaps=[(read, None, "generation is gone")])


@pytest.mark.case("C12", only="alive")
def test_cut_further_than_it_was_read_between_two_looks(scene: Scene) -> None:
    """The same between two looks: it can't be told from a log begun anew, and what was kept is read, once."""
    scene.pen.write(600)
    scene.poll()
    written = scene.pen.write(500)
    _keep_last(scene, 100)
    scene.pen.write(50)

    scene.see(lost=written[:-100])


def _collapse(log: Path, size: int) -> None:
    """Take out the first *size* bytes as the file system can do; where it can't, by writing the rest anew in place."""
    done = subprocess.run(
        ["fallocate", "--collapse-range", "--offset", "0", "--length", str(size), log], check=False, capture_output=True
    )
    if done.returncode:
        rest = log.read_bytes()[size:]
        with log.open("r+b") as file:
            file.write(rest)
            file.truncate()


@pytest.mark.case("C13", "Whole blocks are taken out at the beginning of the log (fallocate --collapse-range).")
@pytest.mark.parametrize("blocks", [1, 4])
@pytest.mark.parametrize("unread", [0, 100])
def test_the_first_blocks_are_taken_out(scene: Scene, blocks: int, unread: int) -> None:
    """What is left begins inside a line, and reading goes on behind the last line that was read."""
    size = blocks * os.statvfs(scene.logs).f_bsize
    scene.pen.write(1_000)
    scene.poll()
    assert size < scene.pen.size()
    with scene.meanwhile():
        scene.pen.write(unread)
        _collapse(scene.log, size)
        scene.pen.write(30)
        scene.poll()
    scene.poll()
    scene.pen.write(50)

    scene.see()


@pytest.mark.case("C14", "A line long before the end is altered in its place, and the file is as long as before.")
@pytest.mark.parametrize("place", [0.02, 0.5, 0.9], ids=["at-its-beginning", "in-the-middle", "near-its-end"])
def test_a_line_is_altered_in_place(scene: Scene, place: float) -> None:
    """It is not read again: what was counted stays, and reading goes on."""
    scene.pen.write(2_000)
    scene.settle()
    with scene.meanwhile():
        with scene.log.open("r+b") as file:
            at = int(place * scene.pen.size())
            altered = os.pread(file.fileno(), 400, at).partition(b"OUT: ")
            os.pwrite(file.fileno(), b"OUT!", at + len(altered[0]))
        scene.pen.touch(scene.log)
        scene.poll(2)
        scene.pen.write(50)

    assert b"OUT!" in scene.log.read_bytes()
    scene.see()


def _save_over(scene: Scene, content: bytes) -> None:
    """Save *content* as ``sed -i`` and some editors do: written beside the log, then renamed over it."""
    scene.pen.close()
    new = scene.logs / "sedKx3b2c"
    new.write_bytes(content)
    scene.pen.touch(new)
    scene.poll(after=0.1)
    new.rename(scene.log)


def _save_aside(scene: Scene, content: bytes) -> None:
    """Save *content* as vim does: the log is renamed to a backup, written anew, and the backup removed."""
    scene.pen.close()
    backup = scene.logs / "debug.log~"
    scene.log.rename(backup)
    scene.poll(after=0.1)
    scene.log.write_bytes(content)
    scene.pen.touch(scene.log)
    scene.poll(after=0.1)
    backup.unlink()


@pytest.mark.case("C15", "The log is edited: a line is added at its end, and it is another file (sed -i, vim).")
@pytest.mark.parametrize("save", [_save_over, _save_aside])
@pytest.mark.parametrize("unread", [0, 50])
def test_an_editor_saves_it(scene: Scene, save: Callable[[Scene, bytes], None], unread: int) -> None:
    """It is the same log in another file: one new line, and nothing is read again."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(unread)
        content = scene.log.read_bytes()
        save(scene, content + b"written by hand\n")
        scene.poll()
    scene.poll()
    scene.pen.write(50)

    scene.see(others=1, same=True)


def _put_back(scene: Scene, older: bytes) -> None:
    """Do ``cp backup log``: the file is truncated and then written."""
    with scene.log.open("r+b") as file:
        file.truncate(0)
        file.write(older)
    scene.pen.touch(scene.log)


@pytest.mark.case("C16", "An older, shorter copy of the log is put back, and its writer goes on behind that.")
@pytest.mark.parametrize("kept", [20, 150, 590], ids=["a-little", "half", "nearly-all"])
@pytest.mark.parametrize("put", [_put_back, _save_over])
def test_an_older_copy_is_put_back(scene: Scene, put: Callable[[Scene, bytes], None], kept: int) -> None:
    """
    Nothing is counted again: reading goes on at the end of the copy, and one row tells what it lacks.

    The same where the copy is renamed into the log's place, as a restored backup is.
    """
    scene.pen.write(kept)
    older = scene.log.read_bytes()
    scene.pen.write(600 - kept)
    scene.poll()
    read = scene.pen.size()
    with scene.meanwhile():
        put(scene, older)
        scene.poll(3)
    scene.poll(3)
    scene.pen.begin()
    scene.pen.write(100)

    scene.see(gaps=[(len(older), read, ROLLED_BACK)])


@pytest.mark.case("C16")
def test_an_older_copy_is_put_back_in_steps(scene: Scene) -> None:
    """A look at the half-written copy changes nothing: only where it ends at last counts."""
    scene.pen.write(150)
    older = scene.log.read_bytes()
    scene.pen.write(450)
    scene.poll()
    read = scene.pen.size()
    with scene.meanwhile():
        for part in (0.2, 0.5, 0.9):
            _put_back(scene, older[: int(part * len(older))])
            scene.poll(after=0.5)
        _put_back(scene, older)
        scene.poll(3)
    scene.poll(3)
    scene.pen.begin()
    scene.pen.write(100)

    scene.see(gaps=[(len(older), read, ROLLED_BACK)])


@pytest.mark.case("C16")
@pytest.mark.parametrize("kept", [150, 560], ids=["half", "nearly-all"])
@pytest.mark.parametrize("lines", [20, 1_000], ids=["shorter-still", "longer-already"])
def test_an_older_copy_is_put_back_and_has_grown_already(scene: Scene, kept: int, lines: int) -> None:
    """
    Where new lines follow the copy when it is seen first, nothing is counted again, and one row tells of it.

    Where the copy ended is known to the nearest waymark only, so the first of the new lines may be passed over.
    """
    scene.pen.write(kept)
    older = scene.log.read_bytes()
    scene.pen.write(600 - kept)
    scene.poll()
    read = scene.pen.size()
    with scene.meanwhile():
        _put_back(scene, older)
        scene.pen.begin()
        scene.pen.write(lines)
    scene.poll(3)
    scene.pen.write(50)
    scene.settle()
    found = scene.found()
    new = [line for line in found.lines if line[0] == 1]

    assert scene.pen.lines[1:600] == found.lines[:599]
    assert new == scene.pen.lines[-len(new) :]
    assert 50 <= len(new) <= lines + 50
    ((start, end, reason),) = found.gaps
    assert (read, ROLLED_BACK) == (end, reason)
    assert len(older) <= int(str(start)) <= len(older) + 2_304
