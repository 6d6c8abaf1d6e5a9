"""Longer windows from shorter ones: days are sums of their hours, but for their users, who are counted once a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from exporter.tiers.facts import Use
from exporter.tiers.people import user_steps
from exporter.tiers.sweep import LevelCursor
from exporter.tiers.windows import Sums, Window


def longer_windows(shorter: Iterable[Window], bounds: Sequence[int], uses: Sequence[Use]) -> Iterator[Window]:
    """
    Yield the windows between *bounds*, each of the *shorter* ones that lie in it; the bounds are bounds of those too.

    *uses* are those of all shorter windows.
    """
    users = LevelCursor(*user_steps(uses, bounds))
    at = 0
    parts: list[Window] = []
    for window in shorter:
        if window.start >= bounds[at + 1]:
            if parts:
                yield _together(bounds[at], bounds[at + 1], parts, users)
                parts = []
            while window.start >= bounds[at + 1]:
                at += 1
        parts.append(window)
    if parts:
        yield _together(bounds[at], bounds[at + 1], parts, users)


def _together(start: int, end: int, parts: Sequence[Window], users: LevelCursor) -> Window:
    sums = [part.sums for part in parts]
    known = [each for each in sums if each.covered_seconds]
    total = Sums._make(map(sum, zip(*sums, strict=True)))
    times: Counter[int] = Counter()
    for part in parts:
        times.update(part.times)
    users.pass_to(start + 1)
    return Window(
        start,
        end,
        total._replace(
            in_use_max=max((each.in_use_max for each in known), default=0),
            in_use_min=min((each.in_use_min for each in known), default=0),
            queued_max=max(each.queued_max for each in sums),
            users=users.level,
            suspect_seats=max(each.suspect_seats for each in sums),
        ),
        times,
    )
