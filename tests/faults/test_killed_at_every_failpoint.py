"""Killed at each place where a crash could do harm: after the restart everything is as if there had been no kill."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.harness.oracle import Found
from tests.faults.harness.waiting import wait_until
from tests.faults.harness.world import World

LINES = 10_000
SLOW, FAST, TIMES = 2_000, 400, 20
"""Lines of the first generation, lines of each later one, and how many of those there are."""
STEP = 100

PASSED = {
    "after-open": (1, 2, 17),
    "after-read": (1, 2, 17),
    "after-parse": (1, 2, 17),
    "marker-update": (1, 2, 17),
    "drain-old-before-register-new": (1, 2, 17),
    "after-register-new": (1, 2, 17),
    "txn-begin": (1, 2, 17),
    "mid-upserts": (1, 2, 17),
    "before-offset-update": (1, 2, 17),
    "before-commit": (1, 2, 17),
    "after-commit": (1, 2, 17),
    "after-commit-before-memory-advance": (1, 2, 17),
    "wal-checkpoint": (1, 2),
    "schema-migrate": (1,),
    "shutdown": (1,),
}
"""Each failpoint but `gap-record` and `registry-gc`, and at which passes to kill; the last three have no more."""
HOUSE = {"mid-windows", "mid-prune", "after-giving-back"}
"""Those of the ledger's house-keeping, for which another log is needed: see `tests/e2e/test_keeping_house.py`."""
IMPORT = {"mid-import", "before-replace", "after-replace"}
"""Those of a table of people that is brought up to date: see `tests/e2e/test_people_import.py`."""
CASES = [f"{name}:{nth}" for name, passes in PASSED.items() for nth in passes]


def _live_through(world: World, failpoint: str) -> Found:
    """Write, rotate and read `LINES` lines; Seatwatch dies at *failpoint* and is started again. Return the ledger."""
    world.start(failpoint)
    for written in range(STEP, SLOW + 1, STEP):
        world.writer.do("write", lines=STEP)
        world.read_to(written, revive=True)
    world.writer.begin("rotate", times=TIMES, lines=FAST, at_once=4_000, pause=0.01)
    world.read_all(revive=True)
    if failpoint.startswith("shutdown"):
        assert -signal.SIGKILL == world.seatwatch.stop()[0]
        world.deaths += 1
    world.see_each_line_once()
    return world.found()


@pytest.fixture(scope="module")
def lives(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[tuple[World, Found]]]]:
    """Run the chosen cases side by side: they wait more than they work."""
    chosen = [
        str(item.callspec.params["case"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == test_a_kill_there_changes_nothing.__name__
    ]
    folder = tmp_path_factory.mktemp("killed")

    def live(case: str) -> tuple[World, Found]:
        world = World(folder / case.replace(":", "-"))
        try:
            return world, _live_through(world, case)
        finally:
            world.close()

    with ThreadPoolExecutor(10) as pool:
        yield {case: pool.submit(live, case) for case in chosen}
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return the ledger of the same lines, read at one go."""
    world = World(tmp_path_factory.mktemp("never-killed"))
    world.writer.do("write", lines=SLOW)
    world.writer.do("rotate", times=TIMES, lines=FAST)
    world.writer.close()
    return world.never_killed()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.case("K1", "SIGKILL at each place in the program where it could do harm, early and late.", mode="down")
def test_a_kill_there_changes_nothing(
    lives: dict[str, Future[tuple[World, Found]]], never_killed: Found, case: str
) -> None:
    """Killed at its n-th pass and started again, every line is read once and the exports are those never killed."""
    world, found = lives[case].result()

    assert world.deaths == 1, "the place was not passed so often"
    assert LINES == found.counted
    assert never_killed.exports == found.exports


@pytest.mark.parametrize("losses", [1, 2, 17])
@pytest.mark.case("K1", mode="down")
def test_a_kill_while_a_gap_is_recorded(make_world: Callable[..., World], losses: int) -> None:
    """Killed while it records the n-th loss, it records each loss once when it starts again."""
    world = make_world(many=True)
    world.log.unlink()
    logs = [world.log.with_name(f"server-{number}.log") for number in range(losses)]
    for log in logs:
        log.write_text('10:00:00 (lmgrd) TIMESTAMP 11/14/2024\n10:00:01 (MLM) OUT: "F0" u1@h\n')
    world.start()
    world.read_to(2 * losses)
    world.seatwatch.kill()
    for log in logs:
        log.write_text('11:00:00 (lmgrd) TIMESTAMP 11/14/2024\n11:00:01 (MLM) OUT: "F1" u1@h\n')
    world.seatwatch.start(f"gap-record:{losses}")
    wait_until(lambda: world.seatwatch.status == -signal.SIGKILL, lambda: world.seatwatch.told)
    world.start()
    world.read_to(4 * losses)
    world.seatwatch.kill()

    assert losses == len(world.found().gaps)
    assert losses * [(0, 1)] + losses * [(1, 1)] == sorted(world.found().lines)


def test_every_failpoint_is_tried(root: Path) -> None:
    """The cases name every failpoint there is in the program."""
    calls = re.compile(r"""\b_?hit\("([a-z-]+)"\)""")
    there = {name for path in root.glob("exporter/**/*.py") for name in calls.findall(path.read_text("utf-8"))}

    assert there == {*PASSED, *HOUSE, *IMPORT, "gap-record", "registry-gc"}
