"""Lines that come late to an older file go by that file's date."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from exporter.dates import Dates
from exporter.formats.flexlm import FlexlmReader
from exporter.records import Block, Position

FAR = 1 << 33


class Log:
    """A reader with the dates of its generations."""

    def __init__(self) -> None:
        """Begin without a line."""
        self.format = FlexlmReader(ZoneInfo("UTC"))
        self.dates = Dates(self.format, {})
        self.newest: int | None = None
        self.offsets: dict[int, int] = {}

    def read(self, generation: int, text: str) -> int | None:
        """Read one line of a generation; return its UTC second."""
        start = self.offsets.get(generation, 0)
        end = self.offsets[generation] = start + len(text)
        block = Block(Position(generation, start), text.encode(), Position(generation, end), FAR)
        if self.format.undated:
            self.format.date_by((block,), 0)
        with self.dates.of(generation, self.newest):
            reading = self.format.read(block, every_line=True)
        self.newest = max(self.newest or 0, generation)
        return reading.events[-1].time if reading.events else None


def test_late_lines_go_by_their_own_date() -> None:
    """While the new file has passed midnight, a late line of the evening stays on its day; and the other way round."""
    log = Log()
    before = log.read(1, "20:00:00 (acornd) TIMESTAMP 3/4/2024\n")
    log.read(2, "22:00:00 (acornd) x\n")
    after_midnight = log.read(2, " 0:30:00 (acornd) x\n")

    assert before + 3 * 3_600 + 1_800 == log.read(1, "23:30:00 (acornd) x\n")
    assert before + 4 * 3_600 + 900 == log.read(1, " 0:15:00 (acornd) x\n")
    assert after_midnight + 60 == log.read(2, " 0:31:00 (acornd) x\n")


def test_a_file_that_is_still_written_is_not_forgotten() -> None:
    """However many files come after it, the one whose lines come late keeps its date; those that rest are forgotten."""
    log = Log()
    first = log.read(1, "20:00:00 (acornd) TIMESTAMP 3/4/2024\n")
    for generation in range(2, 12):
        log.read(generation, f"{10 + generation}:00:00 (acornd) TIMESTAMP 3/{3 + generation}/2024\n")
        late = log.read(1, f"20:{generation:02}:00 (acornd) x\n")

        assert first + 60 * generation == late
    assert 4 == len(log.dates.state())
