"""What happened to servers and their logs: restarts, rereads and gaps, for whoever draws graphs of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from exporter.records import Happening

_TITLES = {
    "started": "{0} started",
    "restarted": "{0} was restarted",
    "exited": "{0} exited",
    "shutdown": "{0} was shut down",
    "reread": "{0} has read its files again",
    "booted": "{0} was booted",
    "crashed": "{0} crashed and was booted",
    "halted": "{0} was shut down",
    "clock set": "The clock of {0} was set",
}
_LIVES = """
SELECT f.time, s.server, f.vendor, f.what
FROM lifecycle AS f JOIN generation AS g ON g.id = f.generation JOIN stream AS s ON s.id = g.stream
WHERE f.rev > ? AND f.time >= ? ORDER BY f.time, f.generation, f.at, f.n
"""
_GAPS = """
SELECT coalesce(f.before, cast(f.time AS INTEGER)) AS second, s.server, s.source, f.reason, f.withdrawn
FROM gap AS f JOIN generation AS g ON g.id = f.generation JOIN stream AS s ON s.id = g.stream
WHERE f.rev > ? AND second >= ? ORDER BY second, f.id
"""


def read_happenings(ask: Callable[..., Iterable[tuple[Any, ...]]], since: int, oldest: int) -> Iterator[Happening]:
    """Yield what was written or changed after revision *since* and happened at UTC second *oldest* or later."""
    for second, server, vendor, what in ask(_LIVES, since, oldest):
        title = _TITLES[what].format(vendor)
        yield Happening(second, what, server, vendor, title, f"{title} on {server}, as its log tells.")
    for second, server, source, reason, withdrawn in ask(_GAPS, since, oldest):
        title = "A gap was filled" if withdrawn else "Lines were lost"
        text = f"Source {source}: {reason}."
        yield Happening(second, "gap", server, "", title, f"{text} The lines came back." if withdrawn else text)
