"""An hour of a log that is rotated in every way, while Seatwatch is killed and stopped again and again."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from exporter.ledger.reader import LedgerReader
from tests.faults.harness.log_lines import line
from tests.faults.harness.oracle import Found
from tests.faults.harness.soak import Figures
from tests.faults.harness.verdict import read_at_one_go
from tests.faults.harness.world import World

SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
KEPT = 12
"""Rotated files that are kept: at the shortest they last for twenty seconds, and no outage lasts so long."""
MOST_MEMORY = 256 << 20
MOST_FILES = 64


def _write_and_rotate(world: World, until: float) -> Counter[str]:
    """Write some hundred lines a second and rotate every few seconds; return how often in which way."""
    done, chance = Counter[str](), random.Random()  # noqa: S311 -- no secret
    while time.monotonic() < until:
        lines, at_once = chance.randint(100, 1_500), chance.choice([7, 300, 4_000])
        world.writer.do("write", lines=lines, at_once=at_once, pause=0.000_5)
        Event().wait(chance.uniform(0, 3))
        way = chance.choice(["rename", "pack", "truncate"])
        if way == "truncate":
            world.writer.do("truncate")
        else:
            world.writer.do("rename", pack_from=2 if way == "pack" else 0)
        done[way] += 1
        for path in world.log.parent.glob(f"{world.log.name}.*"):
            if int(path.name.removeprefix(f"{world.log.name}.").split(".")[0]) > KEPT:
                path.unlink()
                done["deleted"] += 1
    world.writer.do("write", lines=10)
    return done


@pytest.mark.soak
@pytest.mark.case("B3", mode="alive")
@pytest.mark.case("K2", mode="down")
@pytest.mark.case("K3", mode="alive")
def test_an_hour_of_rotations(world: World) -> None:
    """Each line is read once, nothing is told to be lost, and memory, open files and rows stay few."""
    figures, ends = Figures("mixed rotation"), Counter[str]()
    chance = random.Random()  # noqa: S311 -- no secret
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_write_and_rotate, world, time.monotonic() + SECONDS)
        while not writing.done():
            world.start()
            end = time.monotonic() + chance.uniform(*chance.choice([(0.5, 5), (5, 60)]))
            while time.monotonic() < end and not writing.done():
                figures.look_at(world.seatwatch.pid)
                assert world.seatwatch.status is None, world.seatwatch.told
                Event().wait(0.2)
            if chance.random() < 0.7:
                world.seatwatch.kill()
                ends["kills"] += 1
            else:
                assert 0 == world.seatwatch.stop()[0], world.seatwatch.told
                ends["stops"] += 1
        rotated = writing.result()
    world.start()
    world.read_all(seconds=600)
    figures.look_at(world.seatwatch.pid)
    world.see_each_line_once()
    truth, rows = world.truth, _generations(world.ledger)
    figures.tell(**rotated, **ends, lines=len(truth), generations=rows)

    assert _read_whole(world).exports == world.found().exports
    assert MOST_MEMORY > figures.peak_memory
    assert MOST_FILES > figures.peak_files
    assert 3 * rotated.total() + KEPT > rows


def _read_whole(world: World) -> Found:
    """Return what a fresh ledger holds after reading all lines ever written as one log."""
    fresh = world.folder / "whole"
    (fresh / "logs").mkdir(parents=True)
    (fresh / "logs" / world.log.name).write_text(
        "".join(f"{line(generation, seq, nth)}\n" for nth, (generation, seq) in enumerate(world.truth))
    )
    config = fresh / "config.yaml"
    config.write_text(world._configuration(fresh / "ledger" / "seatwatch.db"))
    return read_at_one_go(config, (time.time(), time.monotonic()))


def _generations(ledger: Path) -> int:
    reader = LedgerReader(ledger)
    try:
        return int(next(iter(reader.ask("SELECT count(*) FROM generation")))[0])
    finally:
        reader.close()
