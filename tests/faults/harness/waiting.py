"""Waiting for what is about to happen in another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

PATIENCE = 60.0
"""Seconds after which something that should have happened is believed never to happen."""
_LOOK = 0.02


def wait_until(happened: Callable[[], bool], tell: Callable[[], str], seconds: float = PATIENCE) -> float:
    """Look until *happened* is true and return the seconds that took; past *seconds* fail with what *tell* says."""
    begun = time.monotonic()
    while not happened():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"This didn't happen in {seconds:g} s: {tell()}")
        Event().wait(_LOOK)
    return time.monotonic() - begun
