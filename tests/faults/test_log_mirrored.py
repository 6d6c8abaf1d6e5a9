"""The log is a mirror of one on another host: rsync brings it in several ways, or it is seen over a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.faults.harness.life import obey_permissions
from tests.faults.harness.scene import Scene
from tests.faults.harness.shim import Quirks

# What rsync does is done here by the same calls, so that a look can come between any two of them.


@pytest.fixture
def mirrored(make_scene: Callable[..., Scene]) -> Callable[..., Scene]:
    """Return a maker of scenes whose log is written in the folder ``origin`` and has to be brought to ``logs``."""

    def make(**options: object) -> Scene:
        scene = make_scene(**options)
        origin = scene.folder / "origin"
        origin.mkdir()
        scene.pen.log = origin / scene.log.name
        return scene

    return make


def _changed(scene: Scene) -> list[tuple[Path, Path]]:
    """Return the files that differ from their mirror, by size or mtime, in the order in which rsync sends them."""
    pairs = []
    for source in sorted(scene.pen.log.parent.iterdir()):
        mirror, now = scene.logs / source.name, source.stat()
        before = mirror.stat() if mirror.exists() else None
        if before is None or (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns):
            pairs.append((source, mirror))
    return pairs


def _replace(scene: Scene, look: Callable[[], None] = lambda: None) -> None:
    """Bring what has changed as rsync does by itself: under a hidden name beside the file, then renamed over it."""
    for source, mirror in _changed(scene):
        hidden = mirror.with_name(f".{mirror.name}.Xa1b2c")
        content = source.read_bytes()
        hidden.write_bytes(content[: len(content) // 2])
        look()
        shutil.copy2(source, hidden)
        look()
        hidden.rename(mirror)
        look()


def _replace_while_looked_at(scene: Scene) -> None:
    """Do the same, and let Seatwatch look after each step."""
    _replace(scene, lambda: scene.poll(after=0.5))


def _in_place(scene: Scene, look: Callable[[], None] = lambda: None, *, step: int = 4_096) -> None:
    """Bring it as ``rsync --inplace``: what differs is written into the mirror from its start on, then cut to size."""
    for source, mirror in _changed(scene):
        content = source.read_bytes()
        fd = os.open(mirror, os.O_RDWR | os.O_CREAT)
        for start in range(0, len(content), step):
            part = content[start : start + step]
            if os.pread(fd, len(part), start) != part:
                os.pwrite(fd, part, start)
                look()
        os.ftruncate(fd, len(content))
        os.close(fd)
        shutil.copystat(source, mirror)
        look()


def _append(scene: Scene, look: Callable[[], None] = lambda: None) -> None:
    """Bring it as ``rsync --append``: what is longer than its mirror is appended, nothing else is touched."""
    for source, mirror in _changed(scene):
        with mirror.open("ab") as out:
            content = source.read_bytes()[out.tell() :]
            for part in (content[: len(content) // 2], content[len(content) // 2 :]):
                out.write(part)
                out.flush()
                look()
        shutil.copystat(source, mirror)
        look()


def _delete(scene: Scene) -> None:
    """Remove what is gone at the origin, as ``rsync --delete``."""
    there = {path.name for path in scene.pen.log.parent.iterdir()}
    for mirror in scene.logs.iterdir():
        if mirror.name not in there:
            mirror.unlink()


Bring = Callable[..., None]
_WAYS: dict[str, Bring] = {"rename": _replace, "in-place": _in_place, "append": _append}


@pytest.mark.case("C15")
@pytest.mark.parametrize("bring", _WAYS.values(), ids=_WAYS)
def test_a_mirror_that_grows(mirrored: Callable[..., Scene], bring: Bring) -> None:
    """Each new state of the mirror is read on from where the one before it ended, whatever look comes between."""
    scene = mirrored()
    scene.pen.write(300)
    bring(scene)
    scene.poll()
    for _ in range(3):
        with scene.meanwhile():
            scene.pen.write(100)
            bring(scene, lambda: scene.poll(after=0.5))
        scene.poll()

    scene.see()


@pytest.mark.case("R10")
@pytest.mark.parametrize("pattern", ["logs/*", "logs/*debug.log*", "logs/debug.log*"])
def test_a_hidden_name_in_the_pattern(mirrored: Callable[..., Scene], pattern: str) -> None:
    """The hidden file that becomes the mirror is no log of its own, even where the pattern matches it."""
    scene = mirrored(paths=[pattern])
    scene.pen.write(300)
    _replace(scene)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(100)
        scene.pen.rename()
        scene.pen.write(100)
        _replace_while_looked_at(scene)
    scene.poll()

    assert 1 == len(scene.views.streams)
    scene.see()


@pytest.mark.case("R10")
@pytest.mark.parametrize("bring", [_replace, _replace_while_looked_at, _in_place])
@pytest.mark.parametrize("unread", [0, 100])
def test_a_mirror_after_a_rotation(mirrored: Callable[..., Scene], bring: Bring, unread: int) -> None:
    """
    The new log is brought before the old one, for it comes first by name: nothing is lost, nothing read twice.

    When a look comes while the rotated one isn't there yet, what seems lost is read when it comes.
    """
    scene = mirrored()
    scene.pen.write(300)
    bring(scene)
    scene.poll()
    for _ in range(3):
        with scene.meanwhile():
            scene.pen.write(unread)
            scene.pen.rename()
            scene.pen.write(150)
            bring(scene)
            scene.poll()
        scene.poll()

    scene.see()


@pytest.mark.case("R10")
def test_a_generation_that_was_read_is_deleted(mirrored: Callable[..., Scene]) -> None:
    """``--delete`` of rotated logs that were read is no loss."""
    scene = mirrored()
    scene.pen.write(100)
    for _ in range(4):
        scene.pen.rename()
        scene.pen.write(100)
        _replace(scene)
        scene.settle()
    with scene.meanwhile():
        for number in (4, 3):
            scene.pen.log.with_name(f"debug.log.{number}").unlink()
        _delete(scene)
        scene.poll()
        scene.pen.write(50)
        _replace(scene)

    assert {"debug.log", "debug.log.1", "debug.log.2"} == {path.name for path in scene.logs.iterdir()}
    scene.see()


@contextmanager
def _read_only(scene: Scene) -> Iterator[None]:
    """Take away the right to write into the folder of the logs, for Seatwatch."""
    for path in scene.logs.iterdir():
        path.chmod(0o444)
    scene.logs.chmod(0o555)
    yield
    scene.logs.chmod(0o755)
    for path in scene.logs.iterdir():
        path.chmod(0o644)


_CIFS = Quirks(sizes_stale=3, listings_stale=3, grain=2.0, inodes="each look")


@pytest.mark.case("F9", how="shim")
@pytest.mark.parametrize("writable", [True, False], ids=["writable", "read-only"])
def test_a_network_mount_without_steady_inodes(make_scene: Callable[..., Scene], *, writable: bool) -> None:
    """No events, old sizes, coarse times, other inode numbers at each look: every line is read once."""
    guard: Callable[[Scene], AbstractContextManager[None]] = (lambda _: nullcontext()) if writable else _read_only
    scene = make_scene(before=[obey_permissions])
    scene.behave(_CIFS)
    scene.pen.write(300)
    with guard(scene):
        scene.poll(4)
    with scene.meanwhile():
        for _ in range(2):
            scene.pen.write(50)
            with guard(scene):
                scene.poll(2)
            scene.pen.rename()
            scene.pen.write(50)
            with guard(scene):
                scene.poll(2)
    with guard(scene):
        scene.poll(4)
        scene.see()


@pytest.mark.case("C2", how="shim")
def test_truncated_on_a_network_mount(make_scene: Callable[..., Scene]) -> None:
    """A log on such a mount that is copied and truncated is known by its content alone."""
    scene = make_scene()
    scene.behave(_CIFS)
    scene.pen.write(300)
    scene.poll(4)
    with scene.meanwhile():
        scene.pen.write(100)
        scene.pen.truncate()
        scene.pen.write(600)
        scene.poll(4)

    scene.see()
