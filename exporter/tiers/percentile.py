"""Percentiles of any span of time, exact, from the time that was spent at each level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction


def together(parts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Return the seconds at each level of several windows, summed up."""
    total: Counter[int] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)


def percentile(times: Mapping[int, int], percent: int | Fraction) -> int | None:
    """
    Return the lowest level that was not exceeded in *percent* of the time (0 to 100); None when there was no time.

    *times* are seconds by level. It is the nearest-rank percentile of the levels of all seconds, and 0 % is the lowest.
    """
    spent = sorted((level, seconds) for level, seconds in times.items() if seconds)
    wanted = percent * sum(seconds for _, seconds in spent)
    past = 0
    for level, seconds in spent:
        past += seconds
        if 100 * past >= wanted:
            return level
    return None
