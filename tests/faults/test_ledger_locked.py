"""Another program holds the ledger locked: Seatwatch waits, and takes no more of the log than it can keep."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from exporter.ledger import connection
from tests.faults.harness.scene import Scene

LINES = 20_000
"""Of each generation: more than one commit takes."""
MIB = 1 << 20


def _soon_tired() -> None:
    """Wait for a lock no longer than a test can."""
    connection._BUSY_SECONDS = 0.1


@pytest.mark.case(
    "B1", "Another writer holds the ledger locked while the log grows and rotates four times.", only="alive"
)
def test_the_reader_waits_for_the_lock(make_scene: Callable[..., Scene]) -> None:
    """While locked nothing is read beyond what waits to be committed and memory is flat; then every line is there."""
    scene = make_scene(before=[_soon_tired])
    scene.pen.write(500)
    scene.poll()
    with closing(sqlite3.connect(scene.ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        scene.pen.write(LINES)
        scene.poll()
        before = scene.memory()
        for _ in range(4):
            scene.pen.rename()
            scene.pen.write(LINES)
            scene.poll(2)
        grown = scene.memory() - before
        kept = scene.found()
        other.execute("ROLLBACK")

    assert 8 * MIB > grown
    assert 500 == kept.counted
    assert any("end the program that writes it beside seatwatch" in line for line in scene.told)
    scene.see()
