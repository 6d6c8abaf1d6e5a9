"""Worlds for the tests of faults: real processes, real files, real signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness.world import World


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Return a maker of worlds, each in a folder of its own (see `World` for the options)."""
    made: list[World] = []

    def make(**options: object) -> World:
        made.append(World(tmp_path / f"world-{len(made)}", **options))  # type: ignore[arg-type]  # passed on
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """Return a world with an empty log."""
    return make_world()
