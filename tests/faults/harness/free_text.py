"""Logs of any text: written in pieces, read in blocks of any size, and compared with one reading of the whole."""

from __future__ import annotations

from collections.abc import Callable

import exporter.pipeline
import exporter.stream
from tests.faults.harness.oracle import Found
from tests.faults.harness.scene import Scene

BLOCKS = (17, 4 << 10, 64 << 10, 1 << 20)
"""Bytes that a reading may take at once, from less than a line to many."""


def reading_by(size: int) -> Callable[[], None]:
    """Return what lets the process that calls it read *size* bytes at once."""

    def read_by() -> None:
        exporter.stream.BLOCK = exporter.pipeline.BLOCK = size  # type: ignore[misc]  # final for all but a test

    return read_by


def write_in_pieces(scene: Scene, text: bytes, size: int) -> None:
    """Write *text* to the log, *size* bytes between two looks."""
    for start in range(0, len(text), size):
        scene.pen.raw(text[start : start + size])
        scene.poll()


def see_as_one_reading(scene: Scene, text: bytes) -> Found:
    """
    Settle, and see that the ledger holds what one reading of *text* gives, its counts of lines too, and no gap.

    After a kill and a start it is the same.
    """
    once = scene.read_at_one_go(text=text)
    for _ in range(2):
        scene.settle()
        found = scene.found()
        assert once.exports == found.exports
        assert once.tally == found.tally
        assert [] == found.gaps
        scene.restart()
    return found
