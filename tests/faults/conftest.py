"""
Worlds and scenes for the tests of faults, and what came of each case.

A `world` has real processes and real time; a `scene` is quick (see `harness/scene.py`, its docstring is the guide).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.harness.cases import MODES, Mark, Shown, marks_in, with_table
from tests.faults.harness.scene import Scene
from tests.faults.harness.world import World

_SHOWN = pytest.StashKey[dict[str, Shown]]()


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


@pytest.fixture
def make_scene(tmp_path: Path, mode: str) -> Iterator[Callable[..., Scene]]:
    """Return a maker of scenes, each in a folder of its own (see `Scene` for the options)."""
    made: list[Scene] = []

    def make(**options: object) -> Scene:
        made.append(Scene(tmp_path / f"scene-{len(made)}", mode, **options))  # type: ignore[arg-type]  # passed on
        return made[-1]

    yield make
    for scene in made:
        scene.close()


@pytest.fixture
def scene(make_scene: Callable[..., Scene]) -> Scene:
    """Return a scene without a log yet."""
    return make_scene()


def _marks(definition: pytest.Item) -> list[Mark]:
    return [Mark.of(mark.args, dict(mark.kwargs)) for mark in definition.iter_markers("case")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let every test of a scene run in each of the modes that its cases have; one that shows no case runs once."""
    if "mode" in metafunc.fixturenames:
        marks = _marks(metafunc.definition)
        only = [mark.only for mark in marks if mark.only]
        metafunc.parametrize("mode", only[:1] or (MODES if marks else MODES[:1]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note what came of the cases of *item*."""
    report: pytest.TestReport = yield  # type: ignore[assignment]  # what the inner hooks return
    if report.when == "call" or report.outcome != "passed":
        mode = (
            item.callspec.params.get("mode", "")
            if isinstance(item, pytest.Function) and hasattr(item, "callspec")
            else ""
        )
        for mark in _marks(item):
            tested = item.config.stash.setdefault(_SHOWN, {}).setdefault(mark.case, Shown())
            tested.note(mark, str(mode), report.outcome)
    return report  # type: ignore[return-value]  # as above


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the table of cases, where the page is asked for and every case has run."""
    page = os.environ.get("RELIABILITY")
    tested = session.config.stash.get(_SHOWN, {})
    if page and tested.keys() >= {mark.case for mark in marks_in(Path(__file__).parent)}:
        path = Path(page)
        path.write_text(with_table(path.read_text("utf-8"), tested), "utf-8")
