"""Harmed logs, cut into blocks of any size and read by a process that is started again and again: the same facts."""

from __future__ import annotations

import pytest

from tests.faults.harness.garbage import Garbage, examples
from tests.memory import MemoryStream

WRITTEN = 1_735_689_600
"""2025-01-01T00:00:00Z: some of the dates in the lines lie after it."""


def _log(seed: int) -> bytes:
    return b"".join(line + b"\n" for line in Garbage(seed, examples()).lines(1_000))


@pytest.mark.parametrize("seed", range(12))
def test_harmed_lines_read_the_same_however_they_are_cut(seed: int) -> None:
    """Blocks of 17 bytes, 4 KiB and 1 MiB, with restarts in between, give one set of facts, and count every line."""
    log = _log(seed)
    whole = MemoryStream([log], "Europe/Madrid", WRITTEN).read_all()

    for size in (17, 4_096, 1 << 20):
        cut = MemoryStream([log], "Europe/Madrid", WRITTEN)
        blocks = 0
        while cut.read(size):
            blocks += 1
            if blocks % 7 == 0:
                cut.restart()
        assert whole.exports() == cut.exports()

    read = sum(whole.tally.get(outcome, 0) for outcome in ("understood", "noise", "unparsed"))
    assert log.count(b"\n") == read
