"""Corrections: computing the windows of dirty spans again gives what computing all at once gives."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from exporter.catalog.tiers import LIVE
from exporter.tiers.calendar import bounds
from exporter.tiers.dirty import DirtySpans
from exporter.tiers.facts import SubjectFacts
from exporter.tiers.windows import Window, windows
from tests.property.brute_windows import Held, facts_with, held_sessions

UTC = ZoneInfo("UTC")
MINUTE = 20
"""Seconds of the drawn sessions are this many times as far apart, so they lie in twenty windows."""
WHOLE = SubjectFacts(0, [(0, 61 * MINUTE)])
END = 61 * MINUTE


def spread(sessions: list[Held]) -> list[Held]:
    """Return the sessions over twenty minutes."""
    return [
        it._replace(start=it.start * MINUTE, middle=it.middle * MINUTE, end=None if it.end is None else it.end * MINUTE)
        for it in sessions
    ]


@given(st.lists(st.tuples(held_sessions(), held_sessions()), min_size=1, max_size=4))
def test_corrected_windows_equal_those_of_all_facts(commits: list[tuple[list[Held], list[Held]]]) -> None:
    """Sessions come and are taken back, commit by commit; their dirty windows alone are computed again."""
    sessions: list[Held] = []
    stored: dict[int, Window] = {it.start: it for it in windows(WHOLE, bounds(LIVE, UTC, 0, END))}
    for new, replaced in commits:
        gone = sessions[: len(replaced)]
        sessions = sessions[len(replaced) :] + spread(new)
        dirty = DirtySpans[str]()
        for session in gone + spread(new):
            dirty.add("it", session.start, END if session.end is None else session.end + 1)
        for _, run in dirty.touched(LIVE, UTC):
            for window in windows(facts_with(sessions, WHOLE), run):
                stored[window.start] = window

    assert list(windows(facts_with(sessions, WHOLE), bounds(LIVE, UTC, 0, END))) == list(stored.values())


SECONDS = st.integers(0, 45).map(lambda number: number * 20)
"""So few of them that spans meet, and often begin or end with a minute."""
SPANS = st.lists(st.tuples(st.sampled_from("ab"), SECONDS, SECONDS), max_size=8)


@given(SPANS)
@example([("a", 0, 20), ("a", 20, 40), ("a", 60, 80), ("a", 40, 60)])
def test_spans_are_coalesced(added: list[tuple[str, int, int]]) -> None:
    """Whatever is added in whatever order, the spans of a subject are disjoint, in order, and hold the same seconds."""
    dirty = DirtySpans[str]()
    for subject, start, end in added:
        dirty.add(subject, start, end)
    held = dict(dirty.spans())

    for subject in "ab":
        wanted = {second for name, start, end in added if name == subject for second in range(start, end)}
        spans = held.get(subject, [])
        assert wanted == {second for start, end in spans for second in range(start, end)}
        assert all(one[1] < other[0] for one, other in pairwise(spans))
    assert bool(held) == bool(dirty)


@given(SPANS)
def test_touched_windows_are_those_with_a_dirty_second(added: list[tuple[str, int, int]]) -> None:
    """The runs name every window that holds a dirty second, no other, and each once."""
    dirty = DirtySpans[str]()
    for subject, start, end in added:
        dirty.add(subject, start, end)
    found = [(subject, start) for subject, run in dirty.touched(LIVE, UTC) for start in run[:-1]]

    wanted = {(name, second // 60 * 60) for name, start, end in added for second in range(start, end)}
    assert sorted(wanted) == sorted(found)
