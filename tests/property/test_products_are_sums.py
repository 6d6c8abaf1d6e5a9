"""Products against the sessions of their members."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from exporter.tiers.facts import Issued, SubjectFacts
from exporter.tiers.products import Part, product_facts
from exporter.tiers.windows import Window
from tests.property.brute_windows import SPAN, WINDOW_BOUNDS, Held, each_window, facts_with, held_sessions, steps_of

WHOLE = SubjectFacts(0, [(0, SPAN)], issued=[Issued(0, 2)])
MEMBERS = st.lists(held_sessions(), min_size=1, max_size=4)


def rows(facts: SubjectFacts, bounds: Sequence[int]) -> list[Window]:
    """Return all windows of a subject."""
    return each_window(facts, bounds)


@given(MEMBERS, WINDOW_BOUNDS)
def test_members_of_one_stream_are_as_one_feature(members: list[list[Held]], bounds: list[int]) -> None:
    """A product whose members are in one log has the windows of one feature with all of their sessions."""
    product = product_facts([Part(1, facts_with(sessions, WHOLE)) for sessions in members])
    whole = SubjectFacts(0, [(0, SPAN)], issued=[Issued(0, 2 * len(members))])
    every = facts_with([session for sessions in members for session in sessions], whole)

    assert rows(every, bounds) == rows(product, bounds)


@given(MEMBERS, WINDOW_BOUNDS)
def test_members_of_several_streams_hold_the_seats_of_all(members: list[list[Held]], bounds: list[int]) -> None:
    """Over several logs, integrals, times at levels, counts and users are those of all sessions together."""
    product = product_facts([Part(rank, facts_with(sessions, WHOLE)) for rank, sessions in enumerate(members)])
    whole = SubjectFacts(0, [(0, SPAN)], issued=[Issued(0, 2 * len(members))])
    every = facts_with([session for sessions in members for session in sessions], whole)
    found = rows(product, bounds)

    assert [(it.start, it.times, it.sums[2:]) for it in rows(every, bounds)] == [
        (it.start, it.times, it.sums[2:]) for it in found
    ]
    assert all(it.sums.in_use_min >= 0 for it in found)
    assert all(it.sums.in_use_max <= sum(highest(sessions) for sessions in members) for it in found)


def highest(sessions: list[Held]) -> int:
    """Return the highest level of a member."""
    facts = SubjectFacts(0, [(-1, SPAN + 1)], steps_of(sessions))
    return max(window.sums.in_use_max for window in each_window(facts, [-1, SPAN + 1]))


@given(MEMBERS, st.permutations(range(4)))
def test_the_order_of_the_members_does_not_matter(members: list[list[Held]], ranks: list[int]) -> None:
    """A product is the same in whatever order its members are listed."""
    parts = [Part(rank % 2, facts_with(sessions, WHOLE)) for rank, sessions in zip(ranks, members, strict=False)]
    forth, back = product_facts(parts), product_facts(parts[::-1])

    assert rows(forth, range(0, SPAN, 7)) == rows(back, range(0, SPAN, 7))
    assert sorted(zip(*forth.uses, strict=True)) == sorted(zip(*back.uses, strict=True))
