"""Something else than a log lies at its path, or the log or its folder may not be looked at for a while."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable

import pytest

from tests.faults.harness.life import obey_permissions
from tests.faults.harness.scene import Scene
from tests.faults.harness.shim import Fault, Quirks


def _folder(path: str) -> None:
    os.mkdir(path)  # noqa: PTH102 -- all of these take a name in the current folder


def _device(path: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make devices")
    os.mknod(path, 0o20644, os.makedev(1, 3))


def _socket(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(path)


def _dangling(path: str) -> None:
    os.symlink("nowhere", path)  # noqa: PTH211 -- as above


def _loop(path: str) -> None:
    os.symlink(path, path)  # noqa: PTH211 -- as above


_KINDS = {
    "dangling-link": _dangling,
    "loop": _loop,
    "folder": _folder,
    "pipe": os.mkfifo,
    "device": _device,
    "socket": _socket,
}


@pytest.mark.case(
    "F4", "A dangling link, a loop of links, a folder, a pipe, a device or a socket lies at the log's path."
)
@pytest.mark.parametrize("make", _KINDS.values(), ids=_KINDS)
@pytest.mark.parametrize("pattern", ["logs/debug.log", "logs/debug.log*"], ids=["path", "pattern"])
def test_no_log_at_its_path(
    make_scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch, make: Callable[[str], None], pattern: str
) -> None:
    """It is told once and never waited for; the log is read when it is there again."""
    scene = make_scene(paths=[pattern])
    monkeypatch.chdir(scene.logs)  # a socket's path has to be short
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.pen.rename(create=False)
        make("debug.log")
        scene.poll(3)
    scene.poll(10)

    assert 1 == len(scene.complaints)
    if scene.log.is_dir() and not scene.log.is_symlink():
        scene.log.rmdir()
    else:
        scene.log.unlink()
    scene.pen.write(100)
    scene.see()


@pytest.mark.case("F5", "The log may not be read for a while, at first the open one, then a new one.", only="alive")
def test_permission_is_taken_from_a_log_that_is_open(make_scene: Callable[..., Scene]) -> None:
    """What is open is read on; the new log is read from its start when it may be; each change is told once."""
    scene = make_scene(before=[obey_permissions])
    scene.pen.write(300)
    scene.poll()
    scene.log.chmod(0)
    for _ in range(5):
        scene.pen.write(20)
        scene.poll()

    assert 400 == scene.found().counted
    scene.pen.rename()
    scene.log.chmod(0)
    scene.pen.write(100)
    scene.poll(10)

    assert 400 == scene.found().counted
    assert 1 == len(scene.complaints)
    scene.log.chmod(0o644)
    scene.poll(2)

    assert 500 == scene.found().counted
    assert scene.view.problem is None
    scene.logs.joinpath("debug.log.1").chmod(0o644)
    scene.see()


@pytest.mark.case("F6", "The folder may not be entered, or looking at a file is refused, for a while.")
@pytest.mark.parametrize("permissions", [0o000, 0o444, 0o111], ids=["nothing", "list-only", "enter-only"])
def test_the_folder_is_closed(make_scene: Callable[..., Scene], permissions: int) -> None:
    """The log isn't taken for deleted: when the folder is open again reading goes on where it stood."""
    scene = make_scene(before=[obey_permissions])
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.logs.chmod(permissions)
        scene.poll(5)
    scene.poll(5)
    scene.logs.chmod(0o755)
    scene.poll(2)
    scene.pen.write(50)

    scene.see()


@pytest.mark.case("F6", how="shim")
@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE])
def test_only_looking_is_refused(scene: Scene, number: int) -> None:
    """Where only `stat` fails, the log isn't taken for deleted, and a rotation meanwhile is found afterwards."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.behave(Quirks(faults=(Fault("stat", number),)))
        scene.pen.write(50)
        scene.poll(3)
        scene.pen.rename()
        scene.pen.write(50)
        scene.poll(3)
    scene.poll(3)
    scene.behave()

    scene.see()
