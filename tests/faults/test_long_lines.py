"""Lines of extreme length: far too long, as long as a read, and empty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.tail.lines import LINE_LIMIT
from tests.faults.harness.free_text import reading_by, see_as_one_reading, write_in_pieces
from tests.faults.harness.scene import Scene

MIB = 1 << 20
MOST = 16 * MIB
"""Memory that no line takes, however long."""
_BLOCK = 4 << 10


def _a_line_of(scene: Scene, size: int) -> None:
    """Write a line of *size* bytes in steps, be killed in it and look at it, and let normal lines follow."""
    scene.pen.write(300)
    scene.poll()
    used = scene.memory()
    for half in (1, 2):
        _forget_peak(scene.pid)
        for _ in range(4):
            scene.pen.raw(b"x" * (size // 8))
            scene.poll()
        assert MOST > _peak(scene.pid) - used
        if half == 1:
            with scene.meanwhile():
                scene.poll()
    scene.pen.raw(b"\n")
    scene.pen.write(200)
    found = scene.see(others=1)

    assert 1 == found.tally["oversize"]


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak(pid: int) -> int:
    """Return the most bytes that a process had in memory since `_forget_peak`."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.mark.case("L8", "A line of 300 MB; Seatwatch is killed in the middle of it.")
def test_a_line_of_many_megabytes(scene: Scene) -> None:
    """It is passed over and counted once, memory stays flat, and the lines behind it are read (here 40 MB)."""
    _a_line_of(scene, 40 * MIB)


@pytest.mark.soak
@pytest.mark.case("L8")
def test_a_line_of_hundreds_of_megabytes(scene: Scene) -> None:
    """It is passed over and counted once, memory stays flat, and the lines behind it are read."""
    _a_line_of(scene, 300 * MIB)


@pytest.mark.case("L9", "Lines one byte shorter and longer than a read, and than the longest that are believed.")
@pytest.mark.parametrize("longest", [_BLOCK, LINE_LIMIT])
@pytest.mark.parametrize("over", [-1, 0, 1])
def test_lines_as_long_as_a_bound(make_scene: Callable[..., Scene], longest: int, over: int) -> None:
    """A line up to the limit is read, a longer one is counted as oversize, and neither hides its neighbours."""
    scene = make_scene(before=[reading_by(_BLOCK)])
    lines = [b"23:50:00 (lmgrd) TIMESTAMP 11/14/2024\n"]
    for nth in range(4):
        line = b'23:50:0%d (MLM) OUT: "F0" u%d@' % (nth, nth)
        lines += [line + b"h\n", line + b"h" * (longest + over - len(line)) + b"\n"]
    text = b"".join(lines)
    write_in_pieces(scene, text[: len(text) // 2], 50_000)
    with scene.meanwhile():
        write_in_pieces(scene, text[len(text) // 2 :], 50_000)
    found = see_as_one_reading(scene, text)

    oversize = 4 if longest + over > LINE_LIMIT else 0
    assert oversize == found.tally.get("oversize", 0)
    assert len(lines) - oversize == found.tally["understood"]


@pytest.mark.case("L10", "The log is empty; it is a million line ends; its lines are blank.")
@pytest.mark.parametrize(
    "text", [b"", b"\n" * 1_000_000, b" \n\t\n  \r\n\r\n" * 1_000], ids=["empty", "line-ends", "blank"]
)
def test_nothing_in_it(scene: Scene, text: bytes) -> None:
    """It is read to its end, leaves no fact, and what comes after it is read."""
    scene.pen.raw(text)
    scene.poll()
    with scene.meanwhile():
        scene.poll()
    scene.poll(5)

    assert text.count(b"\n") == scene.found().counted
    assert 0 == scene.view.lag
    assert 0 == sum(rows for rows, _ in scene.found().exports.values())
    scene.pen.write(100)
    scene.see(others=text.count(b"\n"))
