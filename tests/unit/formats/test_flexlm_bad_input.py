"""Input that no server writes: it costs neither the reader's life, nor memory, nor more time than its length."""

from __future__ import annotations

import tracemalloc
from itertools import chain, repeat
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from exporter.formats.clock import FIRST_DAY, LAST_DAY, Stamp, first_day
from exporter.formats.flexlm import FlexlmReader
from exporter.records import LINE_OUTCOMES, Position
from tests.unit.formats.flexlm_driving import LATER, WRITTEN, block, told_by, utc

UTC = ZoneInfo("UTC")
MIDNIGHTS = (Stamp(0, None, None), Stamp(82_800, None, None))
"""Read again and again, a midnight each time."""
STEPS_BACK = (Stamp(0, None, None), Stamp(86_399, None, None), Stamp(43_200, None, None))
"""A midnight back each time."""
ANCHOR = (Stamp(0, 738_000, None),)
BEGINNINGS = (
    "",
    "OUT: ",
    'DENIED: "f" u@h ',
    'DENIED: "f" u@h (',
    "OUT: f u@h ^^^ ",
    "FLEX started on ",
    "Started ",
    "p (consisting of: ",
)
REPEATED = (
    "()",
    "(a) ",
    "(",
    ")",
    '"',
    '" ',
    "@",
    "[] ",
    " 1",
    "a ",
    " ",
    "\t",
    "\0",
    "1:11 (d) ",
    "(-4,",
    "^^^ ",
    "x",
    "\xe9",
)


@pytest.mark.parametrize(
    ("stamps", "times", "last"),
    [(MIDNIGHTS, 750_000, ()), (MIDNIGHTS, 750_000, ANCHOR), (STEPS_BACK, 2_920_000, ANCHOR)],
    ids=["on", "on, to an anchor", "back, from an anchor"],
)
def test_more_midnights_than_days_before_the_first_date(stamps: tuple, times: int, last: tuple) -> None:
    """Times of day thrown at random give a first day that calendars have."""
    found = first_day(UTC, chain(chain.from_iterable(repeat(stamps, times)), last), WRITTEN)

    assert found is not None
    assert FIRST_DAY <= found[0] <= LAST_DAY


@pytest.mark.parametrize("months", [(12, 1), (1, 12, 7)], ids=["on", "back"])
def test_more_new_years_than_years(months: tuple[int, ...]) -> None:
    """Months thrown at random in front of times give a first day that calendars have."""
    stamps = [Stamp(0, None, (month, 1)) for month in months]
    found = first_day(UTC, chain.from_iterable(repeat(stamps, 10_000)), WRITTEN)

    assert found is not None
    assert FIRST_DAY <= found[0] <= LAST_DAY


def test_a_log_with_such_a_first_day_is_read() -> None:
    """Its lines are refused until a date comes that is believed, and then they are read."""
    lines = [
        *["0:00:00 (d) x", "23:00:00 (d) x"] * 20_000,
        "23:00:00 (d) TIMESTAMP 3/5/2024",
        '23:00:01 (d) OUT: "f" u@h',
    ]
    told = told_by("\n".join([*lines, ""]).encode())

    assert len(lines) == sum(told.tally[outcome] for outcome in LINE_OUTCOMES)
    assert utc("2024-03-05 23:00:01") == told.events[-1].time


def test_brackets_behind_brackets_are_one_reason() -> None:
    """Empty brackets at the very end say nothing; all others belong to the reason, in their order."""
    log = b'9:00:00 (d) TIMESTAMP 3/5/2024\n9:00:01 (d) DENIED: "f" u@h (a) () (-4,342)' + b"()" * 20_000 + b"\n"

    assert (-4, "capacity", True) == told_by(log).events[-1][-3:]


def test_long_reasons_are_not_remembered() -> None:
    """Denials of lines as long as lines can be leave no memory behind."""
    lines = [b'9:00:00 (d) DENIED: "f" u@h (%d %s)\n' % (n, b"x" * 60_000) for n in range(50)]
    reader = FlexlmReader(UTC)
    reader.date_by([block(lines[0])], WRITTEN)
    tracemalloc.start()
    try:
        for line in lines:
            reader.read(block(line, start=100))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 500_000


def test_a_first_line_that_moves_the_date_is_read_again_with_its_mark() -> None:
    """A byte order mark belongs to the line that asks for another date: it is the first line when it comes again."""
    reader = FlexlmReader(UTC)
    reader.date_by([block(b"9:00:00 (d) x\n")], WRITTEN)
    reader.read(block(b"9:00:00 (d) x\n"))
    anchor = block(b"\xef\xbb\xbf9:00:00 (d) TIMESTAMP 2/5/2024\n", generation=2)
    asked = reader.read(anchor)
    reader.redate()
    again = reader.read(anchor)

    assert asked.redate is not None
    assert Position(2, 0) == asked.end
    assert again.first is not None
    assert utc("2024-02-05 09:00:00") == again.first[1]


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_long_line_costs_its_length(beginning: str) -> None:
    """Lines of 64 KB that repeat one part are read at once: a pattern that goes back and forth would take minutes."""
    reader = FlexlmReader(UTC)
    reader.date_by([block(b"9:00:00 (d) TIMESTAMP 3/5/2024\n")], WRITTEN)
    for part in REPEATED:
        for end in ("", "x", ")"):
            line = f"9:00:00 (lmgrd) {beginning}{part * (64_000 // len(part))}{end}\n".encode("latin-1")
            begun = process_time()
            reader.read(block(line, start=100, not_after=LATER))
            assert process_time() - begun < 2, (part, end)
