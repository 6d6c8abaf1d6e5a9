"""What is counted of transfers over any span, for windows and reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from exporter.sketch import quantile

SUMMED = (
    "sum(files), sum(bytes), sum(errors), sum(late_files), sum(negative), sum(latencies), sum(latency_sum), "
    "min(latency_min), max(latency_max)"
)
"""What a query asks of rows that are to be one, for `TransferSums.add`."""


@dataclass(slots=True)
class TransferSums:
    """What is counted in one window."""

    files: int = 0
    size: int = 0
    errors: int = 0
    late_files: int = 0
    negative: int = 0
    latencies: int = 0
    latency_sum: int = 0
    latency_min: int | None = None
    latency_max: int | None = None
    sketch: Counter[int] = field(default_factory=Counter)
    """Latencies by their bucket, see `exporter.sketch`."""

    def add(self, sums: Iterable[Any]) -> None:
        """Take in *sums*, in the order of the fields; without the sketch."""
        files, size, errors, late_files, negative, latencies, latency_sum, lowest, highest = sums
        self.files += files
        self.size += size
        self.errors += errors
        self.late_files += late_files
        self.negative += negative
        self.latencies += latencies
        self.latency_sum += latency_sum
        if lowest is not None:
            self.latency_min = lowest if self.latency_min is None else min(lowest, self.latency_min)
            self.latency_max = highest if self.latency_max is None else max(highest, self.latency_max)

    def latency(self, share: float) -> int:
        """Return the latency that *share* of the files stay below or reach, seconds; see `exporter.sketch.quantile`."""
        found = quantile(self.sketch, share)
        return min(max(found, self.latency_min or 0), self.latency_max or 0)

    def fields(self) -> tuple[float, ...]:
        """Return the fields, in the order of the catalog."""
        return (
            *(self.files, self.size, self.errors, self.late_files, self.negative, self.latencies),
            *(self.latency_min or 0, self.latency_max or 0, self.latency_sum),
            *(self.latency(share) for share in (0.5, 0.95, 0.99)),
        )
