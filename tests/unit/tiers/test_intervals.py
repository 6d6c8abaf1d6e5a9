"""Sets of time: joined, cut and taken away, against sets of seconds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.tiers.intervals import Interval, difference, intersection, union

SETS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def seconds(intervals: list[Interval]) -> set[int]:
    """Return every second of the intervals."""
    return {second for start, end in intervals for second in range(start, end)}


@given(SETS, SETS)
def test_sets_of_time_are_sets_of_seconds(one: list[Interval], other: list[Interval]) -> None:
    """Union, intersection and difference hold the seconds that sets of seconds hold, each run of them once."""
    for expected, found in (
        (seconds(one), union(one)),
        (seconds(one) & seconds(other), intersection(one, other)),
        (seconds(one) - seconds(other), difference(one, other)),
    ):
        assert expected == seconds(found)
        assert sum(end - start for start, end in found) == len(expected)
        assert sorted(found) == found


def test_neighbours_are_one() -> None:
    """Intervals that touch become one, so nothing is cut where nothing happens."""
    assert [(0, 9)] == union([(4, 9), (0, 4)])
