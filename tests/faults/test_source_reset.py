"""A source is reset: its logs are read again from what exists, to the same tables."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from exporter.clock import SystemClock
from exporter.failpoint import failpoint
from exporter.ledger.store import SqliteLedger
from tests.faults.harness.scene import Scene


def _reset(scene: Scene, source: str = "lic") -> None:
    with closing(SqliteLedger.open(scene.ledger, SystemClock(), failpoint())) as ledger:
        ledger.reset(source)


@pytest.mark.case("M4", "The operator resets a source.", only="down")
def test_a_reset_source_is_read_to_the_same_tables(make_scene: Callable[..., Scene]) -> None:
    """Of two sources the one that is reset is empty at once, and after reading again all exports are as they were."""
    scene = make_scene(paths=["logs/debug.log"])
    more = '  - {name: more, format: flexlm, server: two, timezone: UTC, paths: ["logs/more.log"]}\n'
    scene.kill()
    scene.config.write_text(scene.config.read_text().replace("prometheus:", f"{more}prometheus:"))
    scene.start()
    other = scene.another_pen("more.log")
    other.write(100)
    scene.pen.write(300)
    scene.poll()
    scene.pen.rename()
    scene.pen.write(100)
    before = scene.see(same=False)
    scene.stop()
    _reset(scene)
    left = scene.found()
    assert set(other.lines[1:]) == set(left.lines)
    assert 100 == left.counted
    scene.start()

    after = scene.see(same=False)
    assert before.exports == after.exports
