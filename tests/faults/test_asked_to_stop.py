"""Asked to end with a signal: it does so at once, with everything committed, and the next start goes on."""

from __future__ import annotations

import random
import signal
from threading import Event

import pytest

from tests.faults.harness.world import World


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.case("K3", "SIGTERM or SIGINT at random, while the log grows and is rotated.", mode="down")
def test_it_ends_well_at_any_instant(world: World, number: signal.Signals) -> None:
    """While the log grows and is rotated it ends within 2 s with status 0, and no line is lost or read twice."""
    world.writer.begin("write", lines=200)
    world.writer.begin("rotate", times=10, lines=600, at_once=2_000, pause=0.04)
    for _ in range(5):
        world.start()
        Event().wait(random.uniform(0, 0.4))  # noqa: S311 -- no secret
        status, seconds = world.seatwatch.stop(number)

        assert 0 == status, world.seatwatch.told
        assert 2 > seconds
        assert "Stopped; everything read is committed." in world.seatwatch.told
        world.see_prefix()
    world.start()
    world.read_all()

    world.see_each_line_once()


@pytest.mark.case("K3", mode="down")
def test_what_was_shown_is_in_the_ledger(world: World) -> None:
    """Every line that the metrics counted before the signal is in the ledger after it."""
    world.start()
    world.writer.do("write", lines=1_000)
    world.read_to(1_000)

    assert 0 == world.seatwatch.stop()[0]
    assert 1_000 == world.found().counted
