"""Longer windows from shorter ones: days are sums of their hours, but for their users, who are counted once a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from exporter.tiers.facts import Use
from exporter.tiers.grid import Grid
from exporter.tiers.people import user_steps
from exporter.tiers.sweep import LevelCursor
from exporter.tiers.windows import Sums, Window


def longer_windows(shorter: Iterable[Window], grid: Grid, uses: Sequence[Use]) -> Iterator[Window]:
    """
    Yield the windows of *grid*, each of the *shorter* ones that lie in it; its bounds are bounds of those too.

    *uses* are those of all shorter windows. Shorter ones that are alike and fill several windows make these alike.
    """
    bounds = grid.bounds
    users = LevelCursor(*user_steps(uses, bounds))
    at = 0
    parts: list[Window] = []
    for window in shorter:
        left: Window | None = window
        while left is not None:
            if parts and left.start >= bounds[at + 1]:
                yield _together(bounds[at], bounds[at + 1], 1, parts, users)
                parts = []
            at = grid.holding(left.start)
            alike = 1
            if not parts and left.start == bounds[at]:
                alike = grid.alike(at, left.end) or 1
            part = left.within(left.start, bounds[at + 1])
            if part is not None:
                parts.append(part)
            if alike > 1:
                yield _together(bounds[at], bounds[at + alike], alike, parts, users)
                parts = []
            left = left.within(bounds[at + alike], left.end)
    if parts:
        yield _together(bounds[at], bounds[at + 1], 1, parts, users)


def _together(start: int, end: int, n: int, parts: Sequence[Window], users: LevelCursor) -> Window:
    """Return *n* windows from *start* to *end*, each of which has these *parts*."""
    known = [part.sums for part in parts if part.sums.covered_seconds]
    total = Sums._make(map(sum, zip(*([value * part.n for value in part.sums] for part in parts), strict=True)))
    times: Counter[int] = Counter()
    for part in parts:
        for level, seconds in part.times.items():
            times[level] += seconds * part.n
    users.pass_to(start + 1)
    sums = total._replace(
        in_use_max=max((each.in_use_max for each in known), default=0),
        in_use_min=min((each.in_use_min for each in known), default=0),
        queued_max=max(part.sums.queued_max for part in parts),
        users=users.level,
        suspect_seats=max(part.sums.suspect_seats for part in parts),
    )
    return Window(start, end, sums, times, n)
