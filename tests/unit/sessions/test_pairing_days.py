"""Starts, stops and resets of each daemon and day, for what shows that ends are not written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from exporter.facts import Activity

DAY = 86_400
FIRST = ("v", 0)
"""The day on which the desk's daemon is started."""
EXPECTED = {FIRST: (1, 2, 1), ("w", 0): (1, 0, 0), ("v", 1): (2, 1, 1), ("w", 1): (0, 1, 0)}


def _sum(increments: Iterable[Activity]) -> dict[tuple[str, int], tuple[int, ...]]:
    """Add up by vendor and day."""
    found: dict[tuple[str, int], Counter[int]] = {}
    for one in increments:
        found.setdefault(one[:2], Counter()).update(dict(enumerate(one[2:])))
    return {key: tuple(counts[at] for at in range(3)) for key, counts in found.items()}


def _events(lines):
    """Give two days of two daemons, with a change, an unmatched stop, a reset, and a clock set back over midnight."""
    return [
        lines.seen(DAY - 50), lines.seen(DAY - 50, vendor="w"),
        lines.out(DAY - 40), lines.out(DAY - 30, vendor="w"), lines.upgrade(DAY - 20, before=1, seats=2),
        lines.back(DAY - 10, seats=2), lines.back(DAY - 5),
        lines.out(DAY + 5), lines.back(DAY - 1), lines.out(DAY + 9),
        lines.reset(DAY + 20), lines.back(DAY + 30, vendor="w"),
    ]  # fmt: skip


def test_lines_count_for_the_day_the_log_has_come_to(desk, lines) -> None:
    """Stops without a start count, what a reset ends doesn't; a clock set back over midnight leads to no day before."""
    desk.apply(*_events(lines))

    assert EXPECTED == _sum(desk.commit().activity)


def test_it_is_the_same_however_it_is_cut(desk, lines) -> None:
    """Committed and restarted after every event, the increments add up to the same."""
    found = []
    for event in _events(lines):
        desk.apply(event)
        found += desk.commit(event[0] + 1).activity
        desk.restart()

    assert EXPECTED == _sum(found)


def test_a_re_base_begins_the_days_anew(desk, lines) -> None:
    """After a fall by days lines count for the days that they tell; the reset counts for the day before it."""
    desk.apply(lines.out(5 * DAY), lines.reset(5 * DAY, started=False), lines.reset(5 * DAY, vendor="", started=False))
    desk.apply(lines.out(2 * DAY))

    assert {FIRST: (0, 0, 1), ("v", 5): (1, 0, 1), ("v", 2): (1, 0, 0)} == _sum(desk.commit().activity)


def test_dates_put_right_move_the_day(desk, lines) -> None:
    """What comes after the move counts for the day that was moved to."""
    desk.apply(lines.out(5 * DAY + 10))
    desk.commit()
    desk.pairing.redate(lambda time: time - 3 * DAY)
    desk.restart()
    desk.apply(lines.back(2 * DAY + 20))

    assert {("v", 2): (0, 1, 0)} == _sum(desk.commit().activity)
