"""Sketches of latencies: how near they are, and that they can be added up."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from exporter.sketch import ACCURACY, NONE, bucket_of, quantile

seconds = st.lists(st.integers(0, 10_000_000), min_size=1, max_size=200)


@given(seconds, st.sampled_from([0.0, 0.25, 0.5, 0.95, 0.99, 1.0]))
def test_a_percentile_is_within_one_percent(values: list[int], share: float) -> None:
    """Of any seconds, the value told is as near as promised to the one that stands at that place."""
    there = sorted(values)[int(share * (len(values) - 1))]
    assert abs(quantile(Counter(map(bucket_of, values)), share) - there) <= ACCURACY * there + 0.5


def test_short_times_are_exact() -> None:
    """Each of the first 58 seconds has a bucket of its own, and comes back as itself."""
    assert list(range(58)) == [quantile({bucket_of(value): 3}, 0.5) for value in range(58)]
    assert (NONE, 58) == (bucket_of(0), len({bucket_of(value) for value in range(58)}))


@given(seconds, seconds)
def test_sums_of_buckets_are_the_sketch_of_both(one: list[int], other: list[int]) -> None:
    """Added up bucket by bucket, two sketches tell what one of all values tells."""
    added = Counter(map(bucket_of, one)) + Counter(map(bucket_of, other))
    assert quantile(Counter(map(bucket_of, one + other)), 0.5) == quantile(added, 0.5)


def test_nothing_takes_no_time() -> None:
    """A sketch without values tells 0."""
    assert 0 == quantile({}, 0.5)
