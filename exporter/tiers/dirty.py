"""
Spans of time whose windows have to be computed again, because a fact in them is new, was changed or was taken back.

The line at a time belongs to the window of its second: of a session from *start* to *end*, the span is
[start, end + 1); of a line, [time, time + 1); of a changed capacity, from its date to the frontier.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterator, Sequence
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from exporter.catalog.tiers import Tier
from exporter.tiers.calendar import bounds
from exporter.tiers.intervals import Interval

Subject = TypeVar("Subject", bound=Hashable)


class DirtySpans(Generic[Subject]):
    """The spans of each subject, coalesced as they come."""

    def __init__(self) -> None:
        """Begin with none."""
        self._spans: dict[Subject, tuple[list[int], list[int]]] = {}
        """Starts and ends of disjoint spans, sorted."""

    def __bool__(self) -> bool:
        """Whether anything has to be computed again."""
        return bool(self._spans)

    def add(self, subject: Subject, start: int, end: int) -> None:
        """Add the span [*start*, *end*); an empty one adds nothing."""
        if start >= end:
            return
        starts, ends = self._spans.setdefault(subject, ([], []))
        low, high = bisect_left(ends, start), bisect_right(starts, end)
        if low < high:  # it meets those from low on
            start, end = min(start, starts[low]), max(end, ends[high - 1])
        starts[low:high], ends[low:high] = [start], [end]

    def spans(self) -> Iterator[tuple[Subject, list[Interval]]]:
        """Yield each subject with its spans, in order of time."""
        for subject, (starts, ends) in self._spans.items():
            yield subject, list(zip(starts, ends, strict=True))

    def touched(self, tier: Tier, zone: ZoneInfo) -> Iterator[tuple[Subject, Sequence[int]]]:
        """Yield each subject with the bounds of a run of windows to compute again; runs of a subject don't meet."""
        for subject, spans in self.spans():
            run: Sequence[int] = ()
            for start, end in spans:
                if run and start < run[-1]:
                    start = run[-1]  # noqa: PLW2901 - the run has it already
                    if start >= end:
                        continue
                found = bounds(tier, zone, start, end)
                if run and found[0] == run[-1]:
                    run = [*run, *found[1:]]
                    continue
                if run:
                    yield subject, run
                run = found
            yield subject, run
