"""The system's hints that something was written fail or are lost: looking again and again does the work."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable

import pytest
from watchdog.observers import Observer

from tests.faults.harness.scene import Scene


def _refuse(method: str, number: int) -> Callable[[], None]:
    """Return what lets the watcher's *method* fail in the process where it is called."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    return lambda: setattr(Observer, method, refuse)


@pytest.mark.case("F7", "The system's watches are used up (as EMFILE, or ENOSPC, says).", how="shim")
@pytest.mark.parametrize(
    ("method", "number"), [("__init__", errno.EMFILE), ("start", errno.EMFILE), ("schedule", errno.ENOSPC)]
)
def test_no_watches_left(make_scene: Callable[..., Scene], method: str, number: int) -> None:
    """One warning tells that there are no hints, and all is read."""
    scene = make_scene(before=[_refuse(method, number)])
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        scene.pen.write(50)
        scene.pen.rename()
        scene.pen.write(50)
        scene.poll(5)
    scene.poll(5)

    assert 1 == len([line for line in scene.told if "no hints from the system" in line])
    scene.see()


@pytest.mark.case("F8", "So many files are made beside the log that the system's queue of hints overflows.")
def test_hints_are_lost(scene: Scene) -> None:
    """Lines and rotations whose hints were lost are read."""
    scene.pen.write(300)
    scene.poll()
    with scene.meanwhile():
        if scene.mode == "alive":
            os.kill(scene.pid, signal.SIGSTOP)  # the queue isn't emptied while it fills
        for nth in range(9_000):
            path = f"{scene.logs}/{nth % 2}.other"
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            os.unlink(path)  # noqa: PTH108 -- many, quickly
        scene.pen.write(50)
        scene.pen.rename()
        scene.pen.write(50)
        if scene.mode == "alive":
            os.kill(scene.pid, signal.SIGCONT)
        scene.poll(2)

    scene.see()
