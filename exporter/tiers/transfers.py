"""Windows of files that were received or sent. Only those in which there was one, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from exporter.catalog.tiers import Tier
from exporter.tiers.calendar import window_holding
from exporter.transfer_sums import TransferSums


def transfer_windows(
    tier: Tier, zone: ZoneInfo, minutes: Iterable[tuple[Any, ...]], sketches: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[range, TransferSums]]:
    """
    Yield the start of each window, with its length as the step, and what is counted in it.

    *minutes* are (UTC second, *sums), *sketches* (UTC second, bucket, how many), each in order of time.
    """
    start = end = 0
    sums = TransferSums()
    buckets = iter(sketches)
    waiting = next(buckets, None)
    for minute, *counted in minutes:
        if minute >= end:
            if end:
                yield range(start, end, end - start), sums
            start, end = window_holding(tier, zone, minute)
            sums = TransferSums()
        sums.add(counted)
        while waiting is not None and waiting[0] <= minute:
            sums.sketch[waiting[1]] += waiting[2]
            waiting = next(buckets, None)
    if end:
        yield range(start, end, end - start), sums
