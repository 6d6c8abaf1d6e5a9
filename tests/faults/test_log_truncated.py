"""The log is copied and truncated in place, or only truncated: what a copy holds is read, what is lost is told."""

from __future__ import annotations

import pytest

from tests.faults.harness.oracle import events
from tests.faults.harness.world import World


@pytest.mark.parametrize("lines", [100, 900], ids=["shorter", "longer"])
@pytest.mark.case("C1", mode="alive")
@pytest.mark.case("C2", mode="alive")
def test_copied_and_truncated_while_read(world: World, lines: int) -> None:
    """What was read is not read again, and the log's new life is read from its start, however long it is by then."""
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    world.writer.do("truncate")
    world.writer.do("write", lines=lines)
    world.read_all()
    world.seatwatch.kill()
    world.start()
    world.writer.do("write", lines=10)
    world.read_all()

    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.parametrize("lines", [100, 2_000], ids=["shorter", "longer"])
@pytest.mark.case("C6", mode="down")
def test_copied_and_truncated_while_dead(world: World, lines: int) -> None:
    """Unread lines are taken from the copy, then the log's new life is read from its start."""
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    world.seatwatch.kill()
    world.writer.do("write", lines=500)
    world.writer.do("truncate")
    world.age()
    world.writer.do("write", lines=lines)
    world.start()
    world.read_all()

    world.see_each_line_once()
    world.see_as_never_killed()


@pytest.mark.case("C7", mode="down")
def test_truncated_without_a_copy_while_dead(world: World) -> None:
    """Lines that are gone give one gap from where reading stood, and the log's new life is read from its start."""
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    offset = world.log.stat().st_size
    world.seatwatch.kill()
    world.writer.do("write", lines=500)
    world.writer.do("truncate", keep=False)
    world.writer.do("write", lines=300)
    for _ in range(2):
        world.start()
        world.read_all(lost=500)
        world.seatwatch.kill()
    found = world.found()

    assert [(offset, None, "generation is gone")] == found.gaps
    assert events(world.truth[:500] + world.truth[1_000:]) == found.lines
