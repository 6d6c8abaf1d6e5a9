"""
How whole seconds are counted so that medians and percentiles of any span can be told: a DDSketch, kept as its buckets.

The buckets of two sketches are added up one by one, and that is the sketch of both. A value told is within 1 % of one
that was counted, and exact up to 57 seconds. Source: Masson, Rim, Lee, "DDSketch: A Fast and Fully-Mergeable Quantile
Sketch with Relative-Error Guarantees", VLDB 2019. The one place that knows the library.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ddsketch.ddsketch import BaseDDSketch
from ddsketch.mapping import LogarithmicMapping
from ddsketch.store import DenseStore

ACCURACY = 0.01
NONE = -1
"""The bucket of 0, which has no logarithm."""
_MAPPING = LogarithmicMapping(ACCURACY)


@lru_cache(maxsize=10_000)
def bucket_of(seconds: int) -> int:
    """Return the bucket in which *seconds*, 0 or more, are counted."""
    return int(_MAPPING.key(seconds)) if seconds > 0 else NONE


def quantile(buckets: Mapping[int, int], share: float) -> int:
    """
    Return the seconds that are as long as *share* (0 to 1) of those counted, or longer; 0 where there are none.

    *buckets* has how many are in each. Between two it is the lower one, as in a median of an even number.
    """
    store = DenseStore()
    for bucket, count in buckets.items():
        if bucket != NONE:
            store.add(bucket, count)
    sketch = BaseDDSketch(_MAPPING, store, DenseStore(), buckets.get(NONE, 0))
    return round(sketch.get_quantile_value(share) or 0)
