"""A log is begun at its end or at a time: what lies before is one loss, by the user's wish, and nothing after it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.faults.harness.log_lines import FIRST, LINES_A_SECOND
from tests.faults.harness.scene import Scene


def test_begun_at_its_end(make_scene: Callable[..., Scene]) -> None:
    """Of a log with rotated files only what is written after the first look counts; all before it is one gap."""
    scene = make_scene(source="start: end", started=False)
    before = scene.pen.write(200)
    scene.pen.rename()
    before += scene.pen.write(100)
    passed = scene.pen.size()
    scene.start()
    scene.settle()
    scene.pen.write(100)

    scene.see(lost=before, gaps=[(0, passed, "before start")], same=False)


def test_the_next_generation_is_read_whole(make_scene: Callable[..., Scene]) -> None:
    """A log that was begun at its end is followed over rotations as any other."""
    scene = make_scene(source="start: end", started=False)
    before = scene.pen.write(50)
    passed = scene.pen.size()
    scene.start()
    scene.settle()
    scene.pen.write(50)
    scene.pen.rename()
    scene.pen.write(50)

    scene.see(lost=before, gaps=[(0, passed, "before start")], same=False)


@pytest.mark.parametrize("down", [False, True])
def test_a_log_that_comes_later_is_read_whole(make_scene: Callable[..., Scene], *, down: bool) -> None:
    """Only what is there when the source is first read is passed over; a log made later counts from its first line."""
    scene = make_scene(source="start: end", started=False, server="{server}", paths=["logs/{server}.log*"])
    before = scene.pen.write(50)
    passed = scene.pen.size()
    scene.start()
    scene.settle()
    if down:
        scene.kill()
    scene.another_pen("later.log").write(50)
    if down:
        scene.start()

    scene.see(lost=before, gaps=[(0, passed, "before start")], same=False)


def test_the_first_log_of_all_comes_later(make_scene: Callable[..., Scene]) -> None:
    """Where no log is there at the first look nothing is passed over."""
    scene = make_scene(source="start: end")
    scene.settle()
    scene.pen.write(50)

    scene.see(same=False)


def test_begun_at_a_time(make_scene: Callable[..., Scene]) -> None:
    """Lines from that second on count, with the dates that the lines before them gave."""
    since = FIRST + timedelta(seconds=20)
    scene = make_scene(source=f"start: {since:%Y-%m-%dT%H:%M:%S}", started=False)
    scene.pen.write(500)
    first = 20 * LINES_A_SECOND
    passed = scene.pen.text().splitlines(keepends=True)[:first]
    scene.start()
    scene.settle()
    scene.pen.write(100)
    scene.settle()

    found = scene.found()
    assert [(0, first)] == found.lines[:1]
    assert [(0, sum(map(len, passed)), "before start")] == [gap[:3] for gap in found.gaps]
    assert scene.pen.lines[-1] == found.lines[-1]
