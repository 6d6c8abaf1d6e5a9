"""Seatwatch is stopped as a job control or a debugger does it, and goes on later."""

from __future__ import annotations

import os
import signal

import pytest

from tests.faults.harness.waiting import wait_until
from tests.faults.harness.world import World


@pytest.mark.case("K5", "SIGSTOP while the log is rotated three times, then SIGCONT.", mode="alive")
@pytest.mark.parametrize("held", [True, False], ids=["rotated-while-stopped", "rotated-and-packed-while-stopped"])
def test_it_goes_on_where_it_stood(world: World, held: bool) -> None:
    """Every line written meanwhile is read, generation after generation."""
    world.start()
    world.writer.do("write", lines=200)
    world.read_to(200)
    os.kill(world.seatwatch.pid, signal.SIGSTOP)
    wait_until(lambda: _state(world.seatwatch.pid) == "T", lambda: _state(world.seatwatch.pid))
    world.writer.do("rotate", times=3, lines=200, pack_from=0 if held else 2)
    world.age()
    os.kill(world.seatwatch.pid, signal.SIGCONT)
    world.read_all()

    world.see_each_line_once()
    world.see_as_never_killed()


def _state(pid: int) -> str:
    """Return the letter of the process's state, T when it is stopped."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as status:  # noqa: PTH123 -- proc
        return status.read().rpartition(")")[2].split()[0]
