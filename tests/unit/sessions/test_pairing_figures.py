"""What pairing counts for figures that are never corrected: effective denials, durations, the highest level."""

from __future__ import annotations

import pytest

from exporter.catalog.durations import BOUNDS
from exporter.facts import END_REASONS, LATENCY, SESSION, UNBOUNDED, WAIT_OUTCOMES

RETRY = 20 * 60


def test_an_effective_denial_counts_when_it_is_decided(desk, lines) -> None:
    """An episode that is refused by time alone moves its accumulator in the commit that decides it, not before."""
    desk.apply(lines.denied(200))
    desk.commit(300)
    assert desk.level().totals.effective == 0

    taken = desk.commit(300 + RETRY)
    assert [1] == [totals.effective for totals in taken.totals.values()]


def test_a_grant_is_not_effective(desk, lines) -> None:
    """Who waited for more than 10 s counts, who got it within 10 s doesn't, and a reset refuses."""
    desk.apply(lines.denied(200), lines.out(205), lines.back(210))
    desk.apply(lines.denied(300), lines.out(320), lines.back(330))
    desk.apply(lines.denied(400), lines.reset(500, last=410))
    desk.commit()

    assert desk.level().totals.effective == 2


def test_effective_denials_go_on_after_a_restart(desk, lines) -> None:
    """An episode that was open at the end of a process counts once, in the next."""
    desk.apply(lines.denied(200), lines.out(220), lines.back(221), lines.denied(300))
    desk.commit(301)
    desk.restart()
    desk.commit(300 + 2 * RETRY)

    assert desk.level().totals.effective == 2


@pytest.mark.parametrize(("seconds", "bound"), [(0, 60), (60, 60), (61, 300), (30 * 86400, 30 * 86400)])
def test_a_session_goes_into_the_bucket_that_holds_it(desk, lines, seconds, bound) -> None:
    """A bound belongs to its bucket, and the seconds are kept with the count."""
    desk.apply(lines.out(200), lines.back(200 + seconds))

    assert {("v", SESSION): {bound: (1, seconds)}} == desk.commit().durations


def test_a_session_longer_than_all_bounds(desk, lines) -> None:
    """It goes into the last bucket, which has no bound."""
    desk.apply(lines.out(200), lines.back(201 + BOUNDS[SESSION][-1]))

    assert {("v", SESSION): {UNBOUNDED: (1, BOUNDS[SESSION][-1] + 1)}} == desk.commit().durations


def test_only_what_was_read_is_a_duration(middle, lines) -> None:
    """A session that was inferred, and one that a reset ended, have no known duration; an open one has none yet."""
    middle.apply(lines.back(150), lines.out(200), lines.reset(300, last=250), lines.out(400))

    assert {} == middle.commit().durations
    assert set(END_REASONS) > {"returned", "timeout", "shutdown", "removed"}


def test_sessions_add_up_once(desk, lines) -> None:
    """Sessions of all features of a vendor go together, and what was taken is not taken again."""
    desk.apply(lines.out(200), lines.out(200, feature="g"), lines.back(210), lines.back(220, feature="g"))

    assert {("v", SESSION): {60: (2, 30)}} == desk.commit().durations
    assert {} == desk.commit().durations


def test_waits_go_by_their_outcome(desk, lines) -> None:
    """A wait is counted when it ends, by how it ended."""
    for who in ("a@h", "b@h", "c@h"):
        desk.apply(lines.queued(200, who=who))
    assert {} == desk.commit().durations

    desk.apply(lines.out(205, who="a@h"), lines.dequeued(240, who="b@h"), lines.reset(900, last=300))
    expected = {("v", "granted"): {10: (1, 5)}, ("v", "given_up"): {60: (1, 40)}, ("v", "reset"): {300: (1, 100)}}
    assert expected == desk.commit().durations
    assert {SESSION, LATENCY, *WAIT_OUTCOMES} == set(BOUNDS)


def test_the_highest_level_between_two_commits(desk, lines) -> None:
    """A level that lasted for no commit is known after the commit that passed it, and forgotten with the next."""
    desk.apply(lines.out(200), lines.out(200, who="b@h"), lines.back(200), lines.back(201, who="b@h"))
    desk.commit()
    assert (0, 2) == (desk.level().in_use, desk.level().high)

    desk.apply(lines.out(300), lines.upgrade(301, seats=3), lines.upgrade(302, before=3, seats=2))
    desk.commit()
    assert (2, 3) == (desk.level().in_use, desk.level().high)

    desk.apply(lines.back(400, seats=2))
    desk.commit()
    assert (0, 2) == (desk.level().in_use, desk.level().high), "it began with what was carried in"


def test_a_reset_hides_no_peak(desk, lines) -> None:
    """A feature that moves before and after a reset in one commit keeps its highest level."""
    desk.apply(lines.out(200), lines.out(200, who="b@h"), lines.reset(300, last=250), lines.out(301))
    desk.commit()

    assert (1, 2) == (desk.level().in_use, desk.level().high)
