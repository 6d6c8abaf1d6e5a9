"""Windows against every second of what they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from exporter.tiers.facts import BEFORE_LINES, Step, Steps, SubjectFacts, Use, Uses
from exporter.tiers.grid import Grid
from exporter.tiers.longer import longer_windows
from exporter.tiers.percentile import percentile, together
from exporter.tiers.windows import Sums, Window, windows
from tests.property.brute_windows import (
    SPAN,
    WINDOW_BOUNDS,
    Held,
    brute_windows,
    each_window,
    facts_with,
    held_sessions,
    inside,
    one_by_one,
    states_of,
    subject_facts,
)

SUMMED = [
    name for name in Sums._fields if name not in ("in_use_max", "in_use_min", "queued_max", "users", "suspect_seats")
]


@given(subject_facts(), WINDOW_BOUNDS)
def test_windows_equal_a_look_at_every_second(facts: SubjectFacts, bounds: list[int]) -> None:
    """All numbers of all windows equal those of a look at every second and every state."""
    assert brute_windows(facts, bounds) == each_window(facts, bounds)


@given(subject_facts(), st.integers(1, 4), st.integers(2, 4))
def test_many_equal_windows_equal_a_look_at_every_second(facts: SubjectFacts, length: int, more: int) -> None:
    """The same holds for windows of one length, most of which nothing happens in, and for those long after."""
    bounds = range(-3, SPAN * more, length)

    assert brute_windows(facts, bounds) == each_window(facts, bounds)


@given(subject_facts(), st.integers(1, 5), st.integers(2, 4))
def test_small_windows_add_up_to_great_ones(facts: SubjectFacts, small: int, times: int) -> None:
    """Minutes sum up to hours and these to days: what is summed, extremes, and the time at each level."""
    facts = replace(facts, first=0)
    stop = -(-SPAN // (small * times)) * small * times
    parts = each_window(facts, range(0, stop + 1, small))

    for whole in each_window(facts, range(0, stop + 1, small * times)):
        own = [part for part in parts if whole.start <= part.start < whole.end]
        covered = [part for part in own if part.sums.covered_seconds]
        assert [getattr(whole.sums, name) for name in SUMMED] == [
            sum(getattr(part.sums, name) for part in own) + lines_elsewhere(facts, name, whole.start, whole.end, own)
            for name in SUMMED
        ]
        assert whole.sums.in_use_max == max((part.sums.in_use_max for part in covered), default=0)
        assert whole.sums.in_use_min == min((part.sums.in_use_min for part in covered), default=0)
        assert whole.sums.queued_max == max(part.sums.queued_max for part in own)
        assert whole.times == together(part.times for part in own)


@given(subject_facts(), st.integers(1, 5), st.lists(st.integers(1, 4), min_size=1, max_size=30))
def test_days_are_sums_of_hours(facts: SubjectFacts, hour: int, lengths: list[int]) -> None:
    """Days of unequal length, made of hours that come together where they are alike, are those of the facts."""
    facts = replace(facts, first=0, coverage=[(0, 9 * SPAN)])
    bounds = [0]
    for hours in lengths:
        bounds.append(bounds[-1] + hours * hour)
    hours = windows(facts, Grid(range(0, bounds[-1] + 1, hour)))

    assert brute_windows(facts, bounds) == one_by_one(longer_windows(hours, Grid(bounds), facts.uses))


def lines_elsewhere(facts: SubjectFacts, name: str, start: int, end: int, parts: Sequence[Window]) -> int:
    """Return how many lines of [*start*, *end*) lie in no part, since nothing covers their time."""
    times = {
        "checkouts": facts.checkouts,
        "checkins": facts.checkins,
        "denials": facts.denials,
        "denials_waited": facts.waited,
        "denials_refused": facts.refused,
    }.get(name, ())
    return sum(start <= time < end and not any(part.start <= time < part.end for part in parts) for time in times)


@given(subject_facts(), st.integers(0, SPAN), st.integers(1, SPAN), st.integers(1, 9), st.integers(0, 100))
def test_a_percentile_is_that_of_every_second(
    facts: SubjectFacts, start: int, length: int, window: int, percent: int
) -> None:
    """The percentile of any span, from the times at levels of its windows, is that of its seconds in a row."""
    bounds = range(start, start + length * window, window)
    found = percentile(together(it.times for it in each_window(facts, bounds)), percent)
    rows = brute_windows(facts, bounds)
    shown = [
        second
        for row in rows
        for second in range(row.start, row.end)
        if inside(facts.coverage, second) and not inside(facts.stopless, second)
    ]
    levels = sorted(states_of(facts.levels, second)[-1] for second in shown)
    rank = max(1, -(-percent * len(levels) // 100))

    assert found == (levels[rank - 1] if levels else None)


@given(subject_facts(), held_sessions(), st.integers(0, SPAN), st.integers(1, SPAN))
def test_facts_of_a_span_are_enough_for_its_windows(
    facts: SubjectFacts, sessions: list[Held], start: int, length: int
) -> None:
    """The windows of a span come out of the sessions that meet it; the level before it may be one step."""
    facts = facts_with(sessions, facts)
    bounds = [start, start + length // 2 + 1, start + length + 2]
    before = sum(delta for time, delta in zip(facts.levels.times, facts.levels.deltas, strict=True) if time < start)
    own = [Step(time, seq, delta) for time, seq, delta in zip(*facts.levels, strict=True) if start <= time < bounds[-1]]
    piece = replace(
        facts,
        levels=Steps.of([Step(start - 1, BEFORE_LINES, before), *own]),
        uses=Uses.of(
            use for use in map(Use._make, zip(*facts.uses, strict=True)) if use.start < bounds[-1] and meets(use, start)
        ),
        checkouts=[time for time in facts.checkouts if start <= time < bounds[-1]],
    )

    assert each_window(facts, bounds) == each_window(piece, bounds)


def meets(use: Use, start: int) -> bool:
    """Whether a session lasts to *start* or begins after."""
    return use.end > start or use.start >= start


def test_levels_of_a_window_are_its_seconds() -> None:
    """The time at each level is a plain count of seconds, and states without length are not in it."""
    facts = SubjectFacts(0, [(0, 10)], Steps.of([Step(3, (0, 1), 2), Step(3, (0, 2), -1)]))

    assert [Counter({0: 3, 1: 7})] == [window.times for window in each_window(facts, [0, 10])]
