"""How much is read at once changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.harness.free_text import BLOCKS, reading_by, write_in_pieces
from tests.faults.harness.log_lines import line
from tests.faults.harness.scene import Scene

LINES = 10_000
_TEXT = "".join(f"{line(0, seq, seq)}\n" for seq in range(LINES)).encode()
_RESTARTED = _TEXT + b"".join(
    b'20:00:%02d (MLM) DENIED: "F0" v%d@h (Licensed number of users already reached. (-4,342))\n'
    b'20:00:%02d (MLM) QUEUED: "F0" v%d@h\n' % (nth, nth, nth, nth)
    for nth in range(60)
)


@pytest.mark.case("B6", "The log is read 17 bytes, 4 KiB, 64 KiB, 1 MiB at once.")
@pytest.mark.parametrize("block", BLOCKS)
def test_the_tables_are_the_same(make_scene: Callable[..., Scene], block: int) -> None:
    """Every export has the hash that one reading of the log gives."""
    scene = make_scene(before=[reading_by(block)])
    write_in_pieces(scene, _RESTARTED[:200_001], 100_000)
    with scene.meanwhile():
        write_in_pieces(scene, _RESTARTED[200_001:], 100_000)
    scene.poll(3)

    found, once = scene.found(), scene.read_at_one_go(text=_RESTARTED)
    assert once.exports == found.exports
    assert once.tally == found.tally
    assert LINES - 1 <= len(found.lines)
