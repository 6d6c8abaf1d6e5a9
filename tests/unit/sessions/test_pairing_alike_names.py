"""Daemons whose names differ in bytes and read the same: their features are the same, so they are one daemon."""

from __future__ import annotations

import pytest

ALIKE = ("acornd\0", "acornd\1")


@pytest.mark.parametrize("restart", [False, True], ids=["at one go", "restarted"])
def test_one_of_two_alike_forgets_and_the_other_returns_seats(middle, lines, restart) -> None:
    """A re-base between lines of the two leaves no stop without its daemon."""
    first, second = ALIKE
    middle.apply(lines.seen(200, vendor=first), lines.seen(200, vendor=second))
    middle.apply(lines.out(201, vendor=first), lines.out(202, vendor=second, who="birch@ws"))
    middle.apply(lines.reset(203, vendor=second, started=False), lines.reset(203, vendor="", started=False))
    middle.commit()
    if restart:
        middle.restart()
    middle.apply(lines.seen(300, vendor=first), lines.back(301, vendor=first))
    middle.commit()

    ends = [(start, end, reason) for start, end, _, _, reason, _ in middle.brief()]
    assert [(201, 203, "reset"), (202, 203, "reset"), (300, 301, "returned")] == ends
