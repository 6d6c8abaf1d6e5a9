"""The ledger was harmed: Seatwatch refuses to start and says what to do; it never begins from zero."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness.waiting import wait_until
from tests.faults.harness.world import World


def _cut_in_half(ledger: Path) -> None:
    os.truncate(ledger, ledger.stat().st_size // 2)


def _flip_a_page(ledger: Path) -> None:
    with ledger.open("r+b") as file:
        file.seek(ledger.stat().st_size // 2 // 4096 * 4096)
        page = file.read(4096)
        file.seek(-len(page), os.SEEK_CUR)
        file.write(bytes(byte ^ 0xFF for byte in page))


def _empty(ledger: Path) -> None:
    os.truncate(ledger, 0)


HARMS = {"cut": _cut_in_half, "flipped": _flip_a_page, "emptied": _empty, "deleted": Path.unlink}


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
@pytest.mark.case("K9", "The ledger is cut in half, has flipped bytes, is emptied or deleted.", mode="down")
def test_it_refuses_and_says_what_to_do(world: World, harm: Callable[[Path], None], end: signal.Signals) -> None:
    """The start fails with a way out, the ledger is left as it is, and the same again the next time."""
    world.start()
    world.writer.do("write", lines=5_000)
    world.read_to(5_000)
    world.seatwatch.stop()  # folds the write-ahead log into the ledger
    world.start()
    world.writer.do("write", lines=10)
    world.read_to(5_010)
    world.seatwatch.stop(end)
    harm(world.ledger)
    before = world.ledger.read_bytes() if world.ledger.exists() else None
    for _ in range(2):
        world.start()
        wait_until(lambda: world.seatwatch.status is not None, lambda: world.seatwatch.told)

        assert 1 == world.seatwatch.status
        assert f"The ledger {world.ledger}" in world.seatwatch.told
        assert "estore it from a backup" in world.seatwatch.told
        assert before == (world.ledger.read_bytes() if world.ledger.exists() else None)
