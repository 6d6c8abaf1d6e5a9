"""Which days show that a daemon writes no ends, and since when it is so."""

from __future__ import annotations

import pytest

from exporter.facts import Activity
from exporter.tiers.stopless import DAY, STILL, stopless, stopless_since

SILENT, HEALTHY, RESET, FEW = (60, 5, 0), (60, 58, 0), (60, 0, 1), (49, 0, 0)


def days(*counts: tuple[int, int, int]) -> list[Activity]:
    """Give days from day 100 on."""
    return [Activity("acornd", 100 + number, *one) for number, one in enumerate(counts)]


def spans(*days_: tuple[int, int]) -> list[tuple[int, int]]:
    """Give intervals of whole days."""
    return [(first * DAY, end if end == STILL else end * DAY) for first, end in days_]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((), []),
        ((HEALTHY, FEW), []),
        ((SILENT,), [(100, STILL)]),
        ((HEALTHY, FEW, SILENT, FEW, FEW), [(102, STILL)]),
        ((SILENT, SILENT, FEW, HEALTHY, FEW), [(100, 103)]),
        ((SILENT, FEW, RESET, FEW, SILENT), [(100, 102), (104, STILL)]),
        (((50, 10, 0),), []),
        (((50, 9, 0),), [(100, STILL)]),
    ],
)
def test_days_that_tell_something_begin_and_end_it(
    counts: tuple[tuple[int, int, int], ...], expected: list[tuple[int, int]]
) -> None:
    """A day of many starts and few stops begins it; one of enough stops, or with a reset, ends it; others keep it."""
    assert spans(*expected) == stopless(reversed(days(*counts)), 200 * DAY)


def test_a_day_tells_nothing_before_it_is_over() -> None:
    """One second before its end a day isn't judged, neither for nor against the daemon."""
    told = days(SILENT, HEALTHY)

    assert [[], spans((100, STILL)), spans((100, STILL)), spans((100, 101))] == [
        stopless(told, frontier) for frontier in (101 * DAY - 1, 101 * DAY, 102 * DAY - 1, 102 * DAY)
    ]


def test_what_was_so_before_goes_on() -> None:
    """Where only the last days are known, what those before told is kept by the second since when."""
    assert [7, 7, None, 102 * DAY, None] == [
        stopless_since(days(*counts), 200 * DAY, since)
        for counts, since in (((FEW,), 7), ((SILENT,), 7), ((HEALTHY,), 7), ((RESET, FEW, SILENT), 7), ((FEW,), None))
    ]
