"""What the tests of pairing share: a stream's desk, and short ways to write events."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from exporter.events import Change, Denial, Event, QueueEnter, QueueLeave, Reset, Seen, Start, Stop
from tests.unit.sessions.pairing_desk import Desk

_USUAL = {
    "vendor": "v", "feature": "f", "who": "amber@ws", "display": "", "seats": 1, "before": 1, "reason": "returned",
    "handle": "", "in_use": None, "code": -4, "kind": "capacity", "sight": True, "started": True,
    "server": "",
}  # fmt: skip
"""What a part of an event is where a test doesn't say it."""

Maker = Callable[..., Event]
"""Takes the time, and by name the parts that matter."""


class Lines:
    """Writes events, each ten bytes after the last."""

    def __init__(self) -> None:
        """Begin at offset 0."""
        self._at = 0
        self.seen: Maker = partial(self._make, Seen)
        self.out: Maker = partial(self._make, Start)
        self.back: Maker = partial(self._make, Stop)
        self.upgrade: Maker = partial(self._make, Change)
        self.denied: Maker = partial(self._make, Denial)
        self.queued: Maker = partial(self._make, QueueEnter)
        self.dequeued: Maker = partial(self._make, QueueLeave)
        self.reset: Maker = partial(self._make, Reset)

    def _make(self, event: Callable[..., Event], time: int, /, **parts: object) -> Event:
        self._at += 10
        usual = {"time": time, "at": self._at, "last": time} | _USUAL
        return event(**{name: usual[name] for name in event._fields} | parts)


@pytest.fixture
def lines() -> Lines:
    """Give a writer of events."""
    return Lines()


@pytest.fixture
def desk(lines: Lines) -> Desk:
    """Give a stream whose daemon ``v`` was seen at 100 and started at 101."""
    desk = Desk()
    desk.apply(lines.seen(100), lines.reset(101, last=100))
    return desk


@pytest.fixture
def middle(lines: Lines) -> Desk:
    """Give a stream that begins in the middle of sessions: ``v`` was seen at 100, no start was."""
    desk = Desk()
    desk.apply(lines.seen(100))
    return desk
