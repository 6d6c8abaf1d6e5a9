"""The log isn't there, or may not be read: that is told, and when it can be read it is, from where reading stood."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

from tests.faults.harness.waiting import wait_until
from tests.faults.harness.world import World


def _wait_out_of_reach(world: World) -> None:
    wait_until(lambda: "seatwatch_build_info" in str(world.seatwatch.metrics()), lambda: world.seatwatch.told)
    wait_until(
        lambda: world.seatwatch.metrics().get('seatwatch_source_up{source="lic"}') == 0,
        lambda: f"{world.seatwatch.metrics()} {world.seatwatch.told}",
    )


@pytest.fixture
def bound_by_permissions() -> list[str]:
    """Give what makes a command obey the permissions of files; root does not by itself."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root reads everything, and setpriv is missing")
    return ["setpriv", "--bounding-set=-all", "--"]


@pytest.mark.case("F1", mode="alive")
def test_a_missing_log_appears(world: World) -> None:
    """A log that comes after Seatwatch is read from its start."""
    aside = world.log.with_name("aside")
    world.log.rename(aside)
    world.start()
    _wait_out_of_reach(world)
    world.writer.do("write", lines=300)
    aside.rename(world.log)
    world.read_all()

    assert "does not exist" in world.seatwatch.told
    world.see_each_line_once()


@pytest.mark.case("F1", mode="alive")
def test_a_missing_folder_appears(world: World) -> None:
    """A log whose folder comes after Seatwatch is read from its start."""
    aside = world.folder / "aside"
    world.log.parent.rename(aside)
    world.start()
    _wait_out_of_reach(world)
    world.writer.do("write", lines=300)
    aside.rename(world.log.parent)
    world.read_all()

    world.see_each_line_once()


@pytest.mark.case("F5", mode="alive")
def test_an_unreadable_log_becomes_readable(make_world: Callable[..., World], bound_by_permissions: list[str]) -> None:
    """A log that may not be read at the start is read from its start once it may, without a restart."""
    world = make_world(before=bound_by_permissions)
    world.writer.do("write", lines=300)
    world.log.chmod(0)
    world.start()
    _wait_out_of_reach(world)
    world.log.chmod(0o644)
    world.read_all()

    assert "the permission to read this file (r) is missing" in world.seatwatch.told
    world.see_each_line_once()


@pytest.mark.case("F5", mode="down")
def test_a_new_generation_may_not_be_read(make_world: Callable[..., World], bound_by_permissions: list[str]) -> None:
    """After a kill and a rotation to a log that may not be read, the old one is finished and the new one waited for."""
    world = make_world(before=bound_by_permissions)
    world.start()
    world.writer.do("write", lines=300)
    world.read_to(300)
    world.seatwatch.kill()
    world.writer.do("write", lines=300)
    world.writer.do("rename")
    world.writer.do("write", lines=300)
    world.log.chmod(0)
    world.start()
    world.read_to(600)
    _wait_out_of_reach(world)
    world.log.chmod(0o644)
    world.read_all()

    world.see_each_line_once()
