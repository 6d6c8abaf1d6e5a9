"""Seatwatch dies again and again, soon after each start."""

from __future__ import annotations

from itertools import pairwise

import pytest

from exporter.pipeline import SMALLEST_COMMIT
from tests.faults.harness.fork import Died, Fork
from tests.faults.harness.free_text import see_as_one_reading
from tests.faults.harness.scene import Scene
from tests.faults.harness.shim import Quirks

LIVES = 50


@pytest.mark.case("B5", "Killed fifty times, each time right after its first commit.", only="down")
def test_each_life_makes_progress(scene: Scene) -> None:
    """Each life commits the next MiB or so, and after as many lives as that takes all is read, once."""
    scene.kill()
    note = b"23:50:00 (MLM) note %s\n" % (b"x" * 2_000)
    text = b"23:50:00 (lmgrd) TIMESTAMP 11/14/2024\n" + note * (LIVES * SMALLEST_COMMIT // len(note))
    scene.pen.raw(text)
    read = [0]
    for _ in range(LIVES):
        scene.advance(2)
        life = Fork(scene.config, "after-commit-before-memory-advance:1", Quirks(), (), scene.clock.both)
        with pytest.raises(Died):
            life.ask(scene.clock.both, "poll")
        read.append(scene.found().counted)

    bytes_read = [(after - before) * len(note) for before, after in pairwise(read)]
    assert 0 < min(bytes_read)
    assert 2 * SMALLEST_COMMIT > max(bytes_read)
    scene.start()
    assert text.count(b"\n") == see_as_one_reading(scene, text).counted
