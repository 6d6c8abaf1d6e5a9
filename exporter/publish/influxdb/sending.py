"""
Sends lines so that one bad line stops none of the others, and says when to try again what could not be sent. Pure but
for the connection.

Points are idempotent (the same series and second overwrites), so lines that a server stored of a body it rejected are
simply sent again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from exporter.errors import SinkAway, SinkError, SinkRefuses, SinkRejects
from exporter.publish.influxdb.connection import Connection, go_ahead

_TOO_OLD = re.compile(r"points (beyond|outside) retention policy")
_DROPPED = re.compile(r"dropped[= ](\d+)")


class Outcome(NamedTuple):
    """What became of lines."""

    sent: int
    """Stored."""
    too_old: int
    """Older than the server keeps."""
    refused: list[tuple[bytes, str]]
    """Set aside, each with the server's words."""


def send(connection: Connection, tier: str, lines: Sequence[bytes], turn: Callable[[], None] = go_ahead) -> Outcome:
    """
    Have lines stored in a tier; what is rejected is sent again in parts until the bad lines stand alone.

    For *turn* see `Connection.write`. SinkAway and SinkRefuses go through: then all of the lines have to be sent again
    some time.
    """
    sent, too_old, refused = 0, 0, list[tuple[bytes, str]]()
    parts = [lines] if lines else []
    while parts:
        part = parts.pop()
        try:
            connection.write(tier, b"".join(part), turn)
        except SinkRejects as error:
            words = str(error)
            dropped = _beyond_retention(words)
            if dropped >= len(part):
                too_old += len(part)
            elif len(part) == 1:
                refused.append((part[0], words))
            else:
                parts += reversed(_parted(part, dropped))
        else:
            sent += len(part)
    return Outcome(sent, too_old, refused)


def _beyond_retention(words: str) -> int:
    """Return how many points of a body the server called too old; what else is wrong with it, it doesn't say then."""
    dropped = _DROPPED.search(words) if _TOO_OLD.search(words) else None
    return int(dropped[1]) if dropped else 0


def _parted(part: Sequence[bytes], old: int) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Return the *old* oldest lines and the others, or two halves where none are too old."""
    if old:
        part = sorted(part, key=_second)
    at = old or len(part) // 2
    return part[:at], part[at:]


def _second(line: bytes) -> int:
    return int(line.rpartition(b" ")[2])


class Backoff:
    """
    When to try again one server that could not take what was sent.

    An absent one soon, then ever more slowly up to a minute, and no sooner than it asked for; one that refuses slowly
    from the first, since somebody has to do something. Each time with some jitter: collectors must not come together.
    """

    FIRST, MOST, SLOW = 1.0, 60.0, 60.0
    """Seconds."""
    PATIENCE = 3600.0
    """Seconds; the most that a server may ask for."""

    def __init__(self, monotonic: Callable[[], float], chance: Callable[[], float]) -> None:
        """Take a clock that never steps, and what draws numbers from 0 to 1."""
        self._monotonic = monotonic
        self._chance = chance
        self._failures = 0
        self._due = monotonic()

    @property
    def left(self) -> float:
        """Seconds until the next try, 0 when it is due."""
        return max(self._due - self._monotonic(), 0.0)

    def failed(self, error: SinkError) -> None:
        """Note that a try failed."""
        wait = self.SLOW if isinstance(error, SinkRefuses) else min(self.FIRST * 2**self._failures, self.MOST)
        self._failures = min(self._failures + 1, 10)
        wait *= 0.75 + 0.5 * self._chance()
        if isinstance(error, SinkAway) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, self.PATIENCE) * (1 + 0.1 * self._chance()))
        self._due = self._monotonic() + wait

    def succeeded(self) -> None:
        """Note that a try went well: the next may come at once."""
        self._failures = 0
        self._due = self._monotonic()
