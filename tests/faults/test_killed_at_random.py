"""Killed again and again at any instant, while the log grows and is rotated."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.faults.harness.soak import Figures
from tests.faults.harness.world import World


def _kill(world: World, times: int, longest: float, *, look: bool) -> None:
    """
    Kill and restart so many *times*, at most *longest* seconds after it serves; *look* at the ledger each time.

    In the end every line is there once, in order, and the exports are those never killed.
    """
    for _ in range(times):
        world.start()
        Event().wait(random.uniform(0, longest))  # noqa: S311 -- no secret
        world.seatwatch.kill()
        if look:
            world.see_prefix()
    world.start()
    world.read_all(seconds=600)
    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.case("K2", "SIGKILL at random, again and again, while the log grows and is rotated.", mode="down")
def test_thirty_kills(make_world: Callable[..., World]) -> None:
    """Of lines written while Seatwatch was killed ten times, in three worlds, each is read once and in order."""
    worlds = [make_world() for _ in range(3)]
    for world in worlds:
        world.writer.begin("write", lines=200)
        world.writer.begin("rotate", times=24, lines=600, at_once=2_000, pause=0.04)
    with ThreadPoolExecutor(len(worlds)) as pool:
        for end in [pool.submit(_kill, world, 10, 0.5, look=True) for world in worlds]:
            end.result()


@pytest.mark.soak
@pytest.mark.case("K2", mode="down")
def test_three_hundred_kills(world: World) -> None:
    """Of 200 MB of lines with a rotation every 2 s, each is read once and in order through 300 kills."""
    world.writer.begin("write", lines=200)
    world.writer.begin("rotate", times=150, lines=37_500, at_once=26_000, pause=0.04)
    figures = Figures("killed at random")
    _kill(world, 300, 1.5, look=False)
    figures.tell(kills=300, rotations=150, lines=len(world.truth))
