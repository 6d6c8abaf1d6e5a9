"""What is asserted of a ledger: each line once and in order, each loss told once, the answer of one reading."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from exporter.config.loading import load
from exporter.health import Health
from exporter.watching import FORMATS
from exporter.wiring import Collector
from tests.faults.harness.life import ToldClock
from tests.faults.harness.oracle import Found, Line, difference, events
from tests.faults.harness.pen import Pen


def see_lines(found: Found, pens: Sequence[Pen], lost: Sequence[Line], others: int, *, in_order: bool) -> None:
    """See that *found* has each line of the *pens* that isn't *lost* once, and *others* that they don't know."""
    gone, known = set(lost), set[Line]()
    for pen in pens:
        its = set(pen.lines)
        expected = [line for line in events(pen.lines) if line not in gone]
        lines = [line for line in found.lines if line in its]
        wrong = difference(expected, lines if in_order else sorted(lines, key=lambda line: line[0]))
        assert not wrong, f"{pen.log.name}: {wrong}; gaps {found.gaps}"
        known |= its
    assert set() == set(found.lines) - known
    written = sum(len(pen.lines) for pen in pens) - len(lost) + others
    assert written == found.counted, f"{written} lines, but {found.tally}"


def see_gaps(found: Found, gaps: Sequence[tuple[object, ...]]) -> None:
    """See that *found* has these *gaps*: (start, end) or (start, end, reason)."""
    told = [gap[: len(expected)] for gap, expected in zip_longest(found.gaps, gaps, fillvalue=(0, 0, 0))]
    assert list(gaps) == told, f"gaps {gaps}, but {found.gaps}"


def read_at_one_go(config: Path, time: tuple[float, float]) -> Found:
    """Return what the ledger beside *config* holds after its logs were read at one go."""
    collector = Collector(load(config, FORMATS), ToldClock(*time), Health(lambda: 0, lambda: 0), importing=True)
    try:
        collector.pipeline.drain(lambda: None)
    finally:
        collector.close()
    return Found(config.parent / "ledger" / "seatwatch.db")
