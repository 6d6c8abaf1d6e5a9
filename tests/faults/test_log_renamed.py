"""The log is rotated by renaming while lines are unread: each generation is read to its end, oldest first."""

from __future__ import annotations

import pytest

from tests.faults.harness.oracle import events
from tests.faults.harness.world import World


@pytest.mark.parametrize("generations", [1, 5])
@pytest.mark.case("R1", mode="alive")
@pytest.mark.case("R11", mode="alive")
def test_renamed_while_read(world: World, generations: int) -> None:
    """Generations that are renamed under the reader one right after the other are all read, each line once."""
    world.start()
    world.writer.do("write", lines=300)
    world.read_to(300)
    world.writer.do("write", lines=500)
    world.writer.do("rotate", times=generations, lines=200)
    world.read_all()

    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.parametrize(
    ("generations", "pack_from"),
    [(1, 0), (5, 0), (1, 1), (5, 1), (5, 2)],
    ids=["one", "five", "one-packed", "five-packed", "four-of-five-packed"],
)
@pytest.mark.case("R4", mode="down")
@pytest.mark.case("R5", mode="down")
@pytest.mark.case("Z1", mode="down")
def test_renamed_while_dead(world: World, generations: int, pack_from: int) -> None:
    """After a kill, reading goes on in the generation it was in, wherever that lies now, packed or not."""
    world.start()
    world.writer.do("write", lines=300)
    world.read_to(300)
    world.seatwatch.kill()
    world.writer.do("write", lines=500)
    world.writer.do("rotate", times=generations, lines=200, pack_from=pack_from)
    world.age()
    world.start()
    world.read_all()

    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.case("Z2", mode="alive")
def test_packed_while_read(world: World) -> None:
    """A generation that is packed under the reader is drained through its open file and not read a second time."""
    world.start()
    world.writer.do("write", lines=300)
    world.read_to(300)
    world.writer.do("write", lines=500)
    world.writer.do("rotate", times=4, lines=200, pack_from=1)
    world.read_all()
    world.seatwatch.kill()
    world.start()
    world.writer.do("write", lines=10)
    world.read_all()

    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.case("R2", mode="alive")
def test_writer_stays_on_the_renamed_file(world: World) -> None:
    """While lines still come to the renamed file it is read, though the new one has some too; they follow after."""
    world.start()
    world.writer.do("write", lines=300)
    world.read_to(300)
    world.log.rename(world.log.with_name("debug.log.1"))
    world.log.write_text("10:00:00 (lmgrd) TIMESTAMP 11/15/2024\n")
    world.writer.do("write", lines=300, at_once=1_000, pause=0.1)
    world.read_to(601)
    world.seatwatch.kill()

    assert events(world.truth) == world.found().lines
