"""A line is written in pieces: it is read once, when it is whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.harness.world import World


@pytest.mark.parametrize(
    ("eol", "hold"),
    [("\n", 1), ("\n", 20), ("\r\n", 1), ("\r\n", 2)],
    ids=["LF", "in-the-middle", "between-CR-and-LF", "CRLF"],
)
@pytest.mark.case("L1", mode="down")
@pytest.mark.case("L4", mode="down")
def test_the_rest_comes_after_a_restart(make_world: Callable[..., World], eol: str, hold: int) -> None:
    """Half a line stays unread over a kill, and is one line when its other half comes."""
    world = make_world(eol=eol)
    world.start()
    world.writer.do("write", lines=101, hold=hold)
    world.read_to(100)
    world.seatwatch.kill()
    world.see_prefix()
    world.start()
    world.read_to(100)
    world.writer.do("write", lines=100)
    world.read_all()

    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.case("L2", mode="alive")
def test_written_by_the_byte(world: World) -> None:
    """Of a log written seven bytes at a time, each line is read once, whatever a look at it finds."""
    world.start()
    world.writer.do("write", lines=500, at_once=7, pause=0.000_1)
    world.read_all()

    world.see_each_line_once()
    world.see_as_never_killed()
