"""Two Seatwatches on one ledger: the second one is refused, and a dead one holds nobody up."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.faults.harness.children import environment
from tests.faults.harness.world import World


def _timed(*arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
    begun = time.monotonic()
    command = [sys.executable, "-m", "exporter", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment(), timeout=20)
    return done, time.monotonic() - begun


@pytest.mark.case("K4", "A second Seatwatch is started on the same ledger; the first one is killed.", mode="alive")
def test_a_second_writer_is_refused(world: World) -> None:
    """Within a second of its start the second one ends and names the first; the first goes on unharmed."""
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    _, merely_starting = _timed("--version")
    for command in ("run", "collect"):
        refused, seconds = _timed(command, "--config", str(world.config))

        assert 1 == refused.returncode
        assert f"Another seatwatch (process {world.seatwatch.pid}) writes the ledger" in refused.stderr
        assert 1 > seconds - merely_starting
    world.writer.do("write", lines=500)
    world.read_to(1_000)

    world.see_each_line_once()


@pytest.mark.case("K4", mode="down")
def test_a_dead_writer_leaves_no_lock(world: World) -> None:
    """After SIGKILL of the first the next one starts at once and reads on."""
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(500)
    world.seatwatch.kill()
    world.start()
    world.writer.do("write", lines=500)
    world.read_to(1_000)

    world.see_each_line_once()
