"""A clock that a test steps."""

from __future__ import annotations

from threading import Event as Signal

BEGIN = 1_666_999_800.0
"""A multiple of 300 s."""


class SteppedClock:
    """Stands still until it is told; see `exporter.ports.Clock`."""

    def __init__(self) -> None:
        """Begin at `BEGIN`, with a monotonic clock that stands elsewhere."""
        self._now = BEGIN
        self._monotonic = 50.0

    def now(self) -> float:
        """Return UTC seconds."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds that never step."""
        return self._monotonic

    def wait(self, _: Signal, seconds: float) -> bool:
        """Let time pass."""
        self.step(seconds)
        return False

    def step(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self._now += seconds
        self._monotonic += seconds

    def put(self, seconds: float) -> None:
        """Move the wall clock alone by *seconds*."""
        self._now += seconds
