"""The one home of the wall clock: everything else takes a `Clock` from outside, so tests can step it."""

from __future__ import annotations

import time
from threading import Event as Signal


class SystemClock:
    """The machine's clock (see `exporter.ports.Clock`)."""

    def now(self) -> float:
        """Return seconds since the epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never step."""
        return time.monotonic()

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Wait until *signal* is set or *seconds* are over; return whether it is set."""
        return signal.wait(seconds)
