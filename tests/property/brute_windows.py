"""
Windows the slow way: every second and every state of it is looked at, by the rules alone.

And facts drawn at random: short spans of time, many lines in one second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st

from exporter.tiers.facts import Issued, Step, Steps, SubjectFacts, Use, Uses
from exporter.tiers.grid import Grid
from exporter.tiers.windows import Sums, Window, windows

SPAN = 60
"""Facts lie in the seconds from 0 to here."""


class Held(NamedTuple):
    """A session from *start* (line *begun*) to *end* (line *ended*); at *middle*, *change* is added to its seats."""

    start: int
    begun: int
    end: int | None
    ended: int
    seats: int
    user: int
    middle: int
    changed: int
    change: int


def inside(intervals: Sequence[tuple[int, int]], second: int) -> bool:
    """Whether a second lies in one of the intervals."""
    return any(start <= second < end for start, end in intervals)


def states_of(steps: Steps, second: int) -> list[int]:
    """Return every state of a second: after each of its lines, or the one that lasts."""
    before = sum(delta for time, delta in zip(steps.times, steps.deltas, strict=True) if time < second)
    states = []
    for time, delta in zip(steps.times, steps.deltas, strict=True):
        if time == second:
            before += delta
            states.append(before)
    return states or [before]


def brute_window(facts: SubjectFacts, start: int, end: int) -> Window | None:
    """Return one window, None where it has no row."""
    covered = [second for second in range(start, end) if inside(facts.coverage, second)]
    if facts.first is None or end <= facts.first or not covered:
        return None
    shown = [second for second in covered if not inside(facts.stopless, second)]
    seen = [state for second in shown for state in states_of(facts.levels, second)]
    spent = [(states_of(facts.levels, second)[-1], issued_at(facts.issued, second)) for second in shown]
    users = {
        use.user
        for use in map(Use._make, zip(*facts.uses, strict=True))
        if any(use.start <= second < max(use.end, use.start + 1) for second in range(start, end))
    }
    known = [(level, issued) for level, issued in spent if issued > 0]
    sums = Sums(
        in_use_max=max(seen, default=0),
        in_use_min=min(seen, default=0),
        seat_seconds=sum(level for level, _ in spent),
        covered_seconds=len(shown),
        issued_seconds=sum(issued for _, issued in spent),
        saturated_seconds=sum(level >= issued for level, issued in known),
        over_issued_seconds=sum(level > issued for level, issued in known),
        seconds_ge_50=sum(level >= 0.5 * issued for level, issued in known),
        seconds_ge_75=sum(level >= 0.75 * issued for level, issued in known),
        seconds_ge_90=sum(10 * level >= 9 * issued for level, issued in known),
        seconds_ge_95=sum(20 * level >= 19 * issued for level, issued in known),
        seconds_ge_100=sum(level >= issued for level, issued in known),
        checkouts=sum(start <= time < end for time in facts.checkouts),
        checkins=sum(start <= time < end for time in facts.checkins),
        denials=sum(start <= time < end for time in facts.denials),
        denials_waited=sum(start <= time < end for time in facts.waited),
        denials_refused=sum(start <= time < end for time in facts.refused),
        queued_max=max(state for second in covered for state in states_of(facts.queued, second)),
        users=len(users),
        suspect_seats=max((state for second in shown for state in states_of(facts.suspect, second)), default=0),
    )
    return Window(start, end, sums, Counter(level for level, _ in spent))


def issued_at(issued: Sequence[Issued], second: int) -> int:
    """Return the seats of the latest date that is past, 0 before the first."""
    return ([0] + [step.seats for step in issued if step.start <= second])[-1]


def brute_windows(facts: SubjectFacts, bounds: Sequence[int]) -> list[Window]:
    """Return all windows between the bounds."""
    found = [brute_window(facts, start, end) for start, end in pairwise(bounds)]
    return [window for window in found if window is not None]


def each_window(facts: SubjectFacts, bounds: Sequence[int]) -> list[Window]:
    """Return the windows between the bounds as the program finds them, those that are alike one by one."""
    return one_by_one(windows(facts, Grid(bounds))) if bounds else []


def one_by_one(found: Iterable[Window]) -> list[Window]:
    """Return each of the windows that come together where they are alike."""
    return [
        window._replace(start=start, end=start + (window.end - window.start) // window.n, n=1)
        for window in found
        for start in range(window.start, window.end, (window.end - window.start) // window.n)
    ]


def steps_of(sessions: Sequence[Held], stream: int = 0) -> Steps:
    """Return what sessions do to the level."""
    steps = []
    for it in sessions:
        steps.append(Step(it.start, (stream, it.begun), it.seats))
        if it.change:
            steps.append(Step(it.middle, (stream, it.changed), it.change))
        if it.end is not None:
            steps.append(Step(it.end, (stream, it.ended), -it.seats - it.change))
    return Steps.of(steps)


def facts_with(sessions: Sequence[Held], facts: SubjectFacts) -> SubjectFacts:
    """Return *facts* with the levels, uses and lines of *sessions* for its own."""
    return SubjectFacts(
        facts.first,
        facts.coverage,
        steps_of(sessions),
        Uses.of(Use(it.start, it.end, it.user) for it in sessions),
        sorted(it.start for it in sessions),
        sorted(it.end for it in sessions if it.end is not None),
        *(facts.denials, facts.waited, facts.refused, facts.queued, facts.suspect, facts.issued, facts.stopless),
    )


SECONDS = st.integers(0, SPAN)
TIMES = st.lists(SECONDS, max_size=4).map(sorted)
INTERVALS = st.lists(st.tuples(SECONDS, SECONDS), max_size=3)


@st.composite
def held_sessions(draw: st.DrawFn) -> list[Held]:
    """Draw sessions; many begin and end in one second, some last no time, some are open, some change their seats."""
    sessions = []
    for _ in range(draw(st.integers(0, 6))):
        places = sorted(draw(st.lists(st.tuples(SECONDS, st.integers(0, 30)), min_size=3, max_size=3, unique=True)))
        (start, begun), (middle, changed), (end, ended) = places
        seats = draw(st.integers(1, 3))
        change = draw(st.sampled_from([0, 0, 1, 1 - seats]))
        open_ = draw(st.integers(0, 4)) == 0
        user = draw(st.integers(0, 2))
        sessions.append(Held(start, begun, None if open_ else end, ended, seats, user, middle, changed, change))
    return sessions


@st.composite
def subject_facts(draw: st.DrawFn) -> SubjectFacts:
    """Draw the facts of a subject; they need not fit one another."""
    issued = draw(st.dictionaries(st.integers(-5, SPAN), st.integers(0, 4), max_size=3))
    others = SubjectFacts(
        draw(st.none() | SECONDS),
        draw(INTERVALS) + draw(st.sampled_from([[], [(0, SPAN)], [(7, 31), (33, 58)]])),
        denials=draw(TIMES),
        waited=draw(TIMES),
        refused=draw(TIMES),
        queued=steps_of(draw(held_sessions())),
        suspect=steps_of(draw(held_sessions())),
        issued=[Issued(start, seats) for start, seats in sorted(issued.items())],
        stopless=draw(st.just([]) | INTERVALS),
    )
    return facts_with(draw(held_sessions()), others)


WINDOW_BOUNDS = st.lists(st.integers(-10, SPAN + 10), min_size=2, max_size=12, unique=True).map(sorted)
"""Bounds of windows of any length."""
