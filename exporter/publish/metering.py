"""
Gauges as they are shown, followed through time: their integrals and their peaks. Pure; time is passed in.

*now* is of the monotonic clock, *wall* UTC seconds of the wall clock.
"""

from __future__ import annotations

from exporter.publish.combine import FeatureSum

SPAN = 300
"""Seconds over which a peak is told, from multiples of it by the wall clock."""


class Peak:
    """The highest level of a gauge in the last whole span."""

    __slots__ = ("_begun", "_high", "_span", "last", "level")

    def __init__(self) -> None:
        """Begin with a gauge that is not shown."""
        self.level: int | None = None
        """None while it is not shown."""
        self.last: int | None = None
        """The peak; None where the gauge was not shown through the whole span."""
        self._begun = 0.0
        self._span = -1
        self._high = 0

    def move(self, level: int | None, wall: float, begun: float, above: int) -> None:
        """Show *level*, shown without a break since *begun*; it stood *above* seats higher since it was last moved."""
        self.pass_time(wall)
        self._high = max(self._high, level + above) if level is not None else 0
        self.level, self._begun = level, begun

    def pass_time(self, wall: float) -> None:
        """Let time go on to *wall*, or back."""
        span = int(wall // SPAN)
        if span == self._span:
            return
        whole = self.level is not None and span > self._span and self._begun <= (span - 1) * SPAN
        self.last = None if not whole else self._high if span == self._span + 1 else self.level
        self._begun = min(self._begun, wall)  # a clock that was put back would leave it ahead for long
        self._span, self._high = span, self.level or 0


class Meter:
    """One feature: what is shown of it now, and the integrals over the time that it was shown."""

    __slots__ = ("_since", "issued", "over_issued_seconds", "peak", "saturated_seconds", "seat_seconds", "sum")

    def __init__(self, now: float) -> None:
        """Begin at 0, with nothing shown."""
        self.sum = FeatureSum()
        self.issued: int | None = None
        """None while it is unknown."""
        self.peak = Peak()
        self.seat_seconds = self.saturated_seconds = self.over_issued_seconds = 0.0
        self._since = now

    def settle(self, now: float) -> None:
        """Add up to *now* what was shown; call it before anything that is shown moves."""
        passed, self._since = max(now - self._since, 0.0), max(now, self._since)
        level = self.sum.in_use  # 0 while it is not shown: then all stand still
        self.seat_seconds += level * passed
        if self.issued:
            self.saturated_seconds += passed * (level >= self.issued)
            self.over_issued_seconds += passed * (level > self.issued)
