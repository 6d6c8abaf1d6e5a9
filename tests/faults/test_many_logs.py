"""One Seatwatch reads many logs: nearly all quiet, one far behind, with few files that it may open."""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.clock import SystemClock
from exporter.wiring import AT_ONCE
from tests.faults.harness.inside import Inside
from tests.faults.harness.log_lines import line
from tests.faults.harness.scene import Scene

MIB = 1 << 20
MAY_OPEN = 256


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    """Return a Seatwatch in this process, without logs yet, which tells nothing."""
    logging.disable()
    made = Inside(tmp_path)
    yield made
    made.close()
    logging.disable(logging.NOTSET)


def _append(inside: Inside, name: str, start: int, end: int) -> None:
    """Write lines *start* to *end* of the log *name*."""
    with (inside.logs / f"{name}.log").open("a") as log:
        log.writelines(f"{line(0, seq, seq)}\n" for seq in range(start, end))


@pytest.mark.case("B2", "One log is far behind while hundreds of others are written.")
def test_live_logs_do_not_wait_for_one_that_is_behind(inside: Inside, mode: str) -> None:
    """A live line is in the ledger after at most two commits, and most of each commit is of the log that is behind."""
    live = [f"live{number}" for number in range(300)]
    for name in live:
        _append(inside, name, 0, 5)
    if mode == "alive":
        inside.start()
        inside.poll()
    with (inside.logs / "behind.log").open("w") as log:
        log.write(f"{line(0, 0, 0)}\n")
        log.writelines([f"12:00:00 (MLM) note {'x' * 980}\n"] * 60_000)
    if mode == "down":
        inside.start()
    inside.advance(2.0)

    more, written, cycles = True, 5, 0
    while more:
        for name in live:
            _append(inside, name, written, written + 1)
        before = inside.pipeline.bytes_read, _lag(inside)
        more = inside.pipeline.cycle()
        cycles += 1
        written += 1
        read = inside.pipeline.bytes_read - before[0]
        if cycles > 4 and more:
            assert 0.7 < (before[1] - _lag(inside)) / read
            assert written - 2 <= min(_read(inside, name) for name in live)
    assert cycles > 8


def _lag(inside: Inside) -> int:
    return sum(stream.lag for stream in inside.pipeline.view.streams if stream.server == "behind")


def _read(inside: Inside, name: str) -> int:
    """Return the lines of a log that are committed and shown."""
    (stream,) = (stream for stream in inside.pipeline.view.streams if stream.server == name)
    return sum(stream.tally.values())


def _few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAY_OPEN, MAY_OPEN))


def _quiet_and_busy(make_scene: Callable[..., Scene], quiet: int, busy: int) -> None:
    scene = make_scene(
        server="{server}", paths=["logs/{server}.log*"], log="busy.log", before=[_few_files], started=False
    )
    # The folder's own times are of today: to a clock that is behind them it would look as if it changed all the while.
    scene.step_clock(SystemClock().now() + 60.0 - scene.clock.now)
    text = "".join(f"{line(0, seq, seq)}\n" for seq in range(3))
    for number in range(quiet):
        log = scene.logs / f"quiet{number}.log"
        log.write_text(text.replace("F0", "Q").replace("@h", f"@{number}"))
        os.utime(log, (scene.clock.now - 3_600, scene.clock.now - 3_600))
    pens = [scene.pen, *(scene.another_pen(f"busy{number}.log") for number in range(1, busy))]
    for pen in pens:
        pen.write(50)
        pen.close()  # what is open here would be open in Seatwatch's fork too
    scene.start()
    scene.poll()
    with scene.meanwhile():
        for nth in range(4):
            for pen in pens:
                pen.write(5)
                if nth == 2:
                    pen.rename()
                    pen.write(5)
                pen.close()
            scene.poll()
            if scene.alive:
                assert len(scene.open_files()) <= MAY_OPEN // 2
    scene.advance(max(0.0, time.time() - scene.clock.now))  # to rename so many took real time
    scene.poll(5)

    assert {None} == {stream.problem for stream in scene.views.streams}
    assert len(scene.open_files()) <= MAY_OPEN // 2
    scene.see(others=3 * quiet, same=False, again=scene.mode == "alive")


@pytest.mark.case("F13", "10,000 quiet and 50 busy logs, and 256 files that may be open.")
def test_more_logs_than_files_that_may_be_open(make_scene: Callable[..., Scene]) -> None:
    """Every line of each is read, over a rotation of the busy ones, with half of those files (here 600 logs)."""
    _quiet_and_busy(make_scene, quiet=570, busy=30)


@pytest.mark.soak
@pytest.mark.case("F13")
def test_ten_thousand_quiet_logs(make_scene: Callable[..., Scene]) -> None:
    """Every line of each is read, over a rotation of the busy ones, with half of the files that may be open."""
    _quiet_and_busy(make_scene, quiet=10_000, busy=50)


@pytest.mark.case("F13", mode="alive")
def test_quiet_logs_cost_little(inside: Inside) -> None:
    """A look at a quiet log is one call of the system and a few dozen of functions, however many logs there are."""
    logs = 400
    for number in range(logs):
        _append(inside, f"quiet{number}", 0, 3)
        os.utime(inside.logs / f"quiet{number}.log", (1, 1))
    inside.start()
    assert logs // AT_ONCE <= inside.poll()
    inside.poll()
    assert inside.pipeline.view.ready

    inside.advance(2.0)
    calls: Counter[str] = Counter()
    sys.setprofile(lambda _frame, event, function: calls.update([_called(event, function)]))
    try:
        assert not inside.pipeline.cycle()
    finally:
        sys.setprofile(None)

    look_for_new = 10
    assert logs <= calls["system"] <= logs + look_for_new
    assert calls["function"] <= 40 * logs


def _called(event: str, function: object) -> str:
    """Return the kind of what the profiler tells of: of built-in functions those of `posix` ask the system."""
    if event == "c_call":
        return "system" if getattr(function, "__module__", "") == "posix" else "function"
    return "function" if event == "call" else ""
