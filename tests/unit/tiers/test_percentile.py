"""Percentiles by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from exporter.tiers.percentile import percentile, together


@pytest.mark.parametrize(("percent", "expected"), [(0, 0), (50, 0), (51, 3), (95, 3), (Fraction(999, 10), 3), (100, 3)])
def test_a_percentile_is_the_level_that_was_not_exceeded_so_long(percent: int | Fraction, expected: int) -> None:
    """At level 0 half of the time, at 3 the other half: the median is 0, all above it 3."""
    assert expected == percentile({3: 50, 0: 50}, percent)


def test_of_no_time_there_is_no_percentile() -> None:
    """Where nothing is covered, nothing is said."""
    assert [None, None] == [percentile({}, 95), percentile({4: 0}, 95)]


def test_times_of_windows_add_up() -> None:
    """The seconds at each level of several windows are summed."""
    assert {1: 5, 2: 60} == together([{1: 5, 2: 20}, {2: 40}, {}])
