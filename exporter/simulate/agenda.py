"""What is going to happen, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import NamedTuple

Action = Callable[..., None]
"""Called with the time, then with what was given to `Agenda.at`."""


class Entry(NamedTuple):
    """One thing to come; *number* keeps the order of entries of one moment."""

    time: float
    number: int
    action: Action
    given: tuple[object, ...]


class Agenda:
    """A queue of actions by time (UTC seconds, with fractions)."""

    def __init__(self) -> None:
        """Begin empty."""
        self._entries: list[Entry] = []
        self._number = 0

    def at(self, time: float, action: Action, *given: object) -> None:
        """Note that *action* is to be called at *time*."""
        self._number += 1
        heapq.heappush(self._entries, Entry(time, self._number, action, given))

    def next(self, until: float) -> Entry | None:
        """Take the first entry if its time is before *until*."""
        if self._entries and self._entries[0].time < until:
            return heapq.heappop(self._entries)
        return None
