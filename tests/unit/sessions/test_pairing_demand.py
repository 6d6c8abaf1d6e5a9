"""Demand that was not met: raw denials, waits in the queue, episodes and their edges."""

from __future__ import annotations

import pytest

from exporter.events import DENIAL_KINDS
from exporter.facts import EPISODE_OUTCOMES, WAIT_OUTCOMES
from exporter.sessions.demand import EpisodeRule
from tests.unit.sessions.pairing_desk import Desk

RETRY = 20 * 60
FAR = 10**6


def _outcomes(desk: Desk, frontier: int = FAR) -> list[str | None]:
    """Give the outcome of each episode once *frontier* has passed."""
    desk.commit(frontier)
    return [outcome for *_, outcome in desk.outcomes()]


def test_every_denial_is_one_raw_fact(desk, lines) -> None:
    """All classes are kept and counted, a row a line, with the display they had."""
    desk.apply(*(lines.denied(200 + n, kind=kind, code=-n, display="d") for n, kind in enumerate(DENIAL_KINDS)))
    desk.commit()

    assert list(DENIAL_KINDS) == [denial.kind for denial in desk.denials.values()]
    assert {("amber@ws", "d")} == {desk.names.holders[denial.holder - 1] for denial in desk.denials.values()}
    assert dict.fromkeys(DENIAL_KINDS, 1) == desk.level().totals.denials


def test_only_a_lack_of_licences_makes_an_episode(desk, lines) -> None:
    """Of all classes only capacity is demand that more seats would have met."""
    desk.apply(*(lines.denied(200, kind=kind) for kind in DENIAL_KINDS if kind != "capacity"))

    assert [] == _outcomes(desk)


@pytest.mark.parametrize(
    ("start", "outcome"),
    [(200, "granted"), (210, "granted"), (211, "waited"), (200 + RETRY, "waited"), (201 + RETRY, "refused")],
)
def test_a_check_out_decides_by_its_distance(desk, lines, start, outcome) -> None:
    """Within 10 s of the first line: granted; within 20 min of the last: waited; both ends belong to it."""
    desk.apply(lines.denied(200), lines.out(start))

    assert [outcome] == _outcomes(desk)


def test_the_grant_counts_from_the_first_line_the_retry_from_the_last(desk, lines) -> None:
    """An episode of several lines is granted by its first and waits from its last."""
    desk.apply(lines.denied(200), lines.denied(205), lines.out(211))
    desk.apply(lines.denied(300), lines.denied(300 + RETRY), lines.out(300 + 2 * RETRY))
    desk.commit()

    assert [(200, 205, 2, "waited"), (300, 300 + RETRY, 2, "waited")] == desk.outcomes()


@pytest.mark.parametrize(("second", "episodes"), [(200 + RETRY, 1), (201 + RETRY, 2)])
def test_denials_more_than_the_retry_window_apart_are_two_episodes(desk, lines, second, episodes) -> None:
    """Exactly 20 minutes later is the same episode."""
    desk.apply(lines.denied(200), lines.denied(second))

    assert ["refused"] * episodes == _outcomes(desk)


def test_a_denial_after_a_grant_begins_a_new_episode(desk, lines) -> None:
    """A check-out ends the episode, so the next denial is another's first line."""
    desk.apply(lines.denied(200), lines.out(201), lines.denied(202))

    assert ["granted", "refused"] == _outcomes(desk)


@pytest.mark.parametrize("other", [{"feature": "g"}, {"who": "amber@ws2"}, {"who": "Amber@ws"}], ids=str)
def test_an_episode_is_of_one_feature_user_and_host(desk, lines, other) -> None:
    """A check-out of anything else ends nothing."""
    desk.apply(lines.denied(200), lines.out(201, **other))

    assert ["refused"] == _outcomes(desk)


def test_an_episode_does_not_ask_for_the_display(desk, lines) -> None:
    """Denied on one display and served on another is one person served."""
    desk.apply(lines.denied(200, display="a"), lines.denied(205, display="b"), lines.out(206, display="c"))

    assert ["granted"] == _outcomes(desk)


def test_a_change_ends_no_episode(desk, lines) -> None:
    """An UPGRADE is no check-out."""
    desk.apply(lines.denied(200), lines.upgrade(201, before=1, seats=2))

    assert ["refused"] == _outcomes(desk)


def test_a_reset_refuses(desk, lines) -> None:
    """A daemon that went down met no demand, however soon the check-out after it."""
    desk.apply(lines.denied(200), lines.reset(201), lines.out(202))

    assert ["refused"] == _outcomes(desk)


@pytest.mark.parametrize(("frontier", "outcome"), [(201 + RETRY, None), (202 + RETRY, "refused")])
def test_an_episode_is_decided_once_its_time_has_passed(desk, lines, frontier, outcome) -> None:
    """While the last dated second may still bring a check-out in time, it stays open."""
    desk.apply(lines.denied(200))

    assert [outcome] == _outcomes(desk, frontier)


def test_an_open_wait_keeps_an_episode_open(desk, lines) -> None:
    """Who still queues has not given up: a check-out hours later is `waited`."""
    desk.apply(lines.denied(200), lines.queued(201, seats=4))
    assert [None] == _outcomes(desk)

    desk.apply(lines.out(FAR, seats=4))
    assert ["waited"] == _outcomes(desk)


def test_leaving_the_queue_late_refuses(desk, lines) -> None:
    """With the wait gone and the retry window passed, no later check-out is an answer."""
    desk.apply(lines.denied(200), lines.queued(201), lines.dequeued(5000), lines.out(5001))

    assert ["refused"] == _outcomes(desk)


def test_queueing_again_does_not_revive_a_refusal(desk, lines) -> None:
    """Who left the queue past the retry window has given up, whatever he does in the same second."""
    desk.apply(lines.denied(200), lines.queued(201), lines.dequeued(5000), lines.queued(5000), lines.out(5001))

    assert ["refused"] == _outcomes(desk)


def test_leaving_the_queue_early_leaves_the_retry_window(desk, lines) -> None:
    """Within 20 minutes of the last denial a check-out is `waited`, queue or not."""
    desk.apply(lines.denied(200), lines.queued(201), lines.dequeued(300), lines.out(1000))

    assert ["waited"] == _outcomes(desk)


@pytest.mark.parametrize("commit", [False, True])
def test_a_wait_that_begins_too_late_keeps_nothing_open(desk, lines, commit) -> None:
    """An episode whose time had passed stays refused when its user queues later, committed between or not."""
    desk.apply(lines.denied(200))
    if commit:
        desk.commit(3000)
    desk.apply(lines.queued(3000), lines.out(3100))

    assert ["refused"] == _outcomes(desk)


def test_the_windows_can_be_set(lines) -> None:
    """The two spans are the rule's."""
    desk = Desk(rule=EpisodeRule(grant_window=60, retry_window=100))
    desk.apply(lines.seen(100), lines.denied(200), lines.out(260), lines.denied(300), lines.out(361))
    desk.apply(lines.denied(400), lines.out(501))

    assert ["granted", "waited", "refused"] == _outcomes(desk)


# ---------------------------------------------------------------------------------------------------------------------
# Waits


def test_a_check_out_grants_a_wait(desk, lines) -> None:
    """There is no line that says so: the check-out itself ends the wait."""
    desk.apply(lines.queued(200, seats=4))
    assert (4, 0) == (desk.level().queued, desk.level().in_use)
    desk.apply(lines.out(300, seats=4))
    desk.commit()

    assert [(200, 300, "granted")] == desk.ended_waits()
    assert 0 == desk.level().queued


def test_leaving_the_queue_is_giving_up(desk, lines) -> None:
    """DEQUEUED without a check-out before it means that nothing came."""
    desk.apply(lines.queued(200), lines.dequeued(300), lines.out(301))
    desk.commit()

    assert [(200, 300, "given_up")] == desk.ended_waits()


def test_a_leave_after_the_check_out_says_nothing_new(desk, lines) -> None:
    """Only the first of the two lines ends the wait."""
    desk.apply(lines.queued(200), lines.out(300), lines.dequeued(301))
    desk.commit()

    assert [(200, 300, "granted")] == desk.ended_waits()


def test_a_reset_ends_waits_at_the_daemons_last_line(desk, lines) -> None:
    """A queue dies with its daemon."""
    desk.apply(lines.queued(200), lines.queued(210, who="birch@ws"), lines.queued(260), lines.reset(300, last=250))
    desk.commit()

    assert [(200, 250, "reset"), (210, 250, "reset"), (260, 260, "reset")] == desk.ended_waits()
    assert 0 == desk.level().queued


def test_a_wait_for_the_same_seats_ends_first(desk, lines) -> None:
    """Of several waits of one key the one with the line's seats ends, the oldest of these, else the oldest."""
    desk.apply(*(lines.queued(200 + n, seats=seats) for n, seats in enumerate((8, 4, 8))))
    desk.apply(lines.dequeued(300, seats=4), lines.out(301, seats=8), lines.out(302, seats=2))
    desk.commit()

    assert [301, 300, 302] == [end for _, end, _ in desk.ended_waits()]


def test_a_wait_is_of_one_key(desk, lines) -> None:
    """Display, user, host and feature tell whose wait ends."""
    desk.apply(lines.queued(200, display="a"))
    for other in (
        {"display": "b"},
        {"display": ""},
        {"display": "a", "who": "birch@ws"},
        {"display": "a", "feature": "g"},
    ):
        desk.apply(lines.out(300, **other), lines.dequeued(301, **other))
    desk.commit()
    assert [(200, None, None)] == desk.ended_waits()

    desk.apply(lines.out(302, display="a"))
    desk.commit()
    assert [(200, 302, "granted")] == desk.ended_waits()


def test_a_wait_never_ends_before_it_began(desk, lines) -> None:
    """A clock that was set back makes a wait of no length."""
    desk.apply(lines.queued(200), lines.out(190), lines.queued(300), lines.dequeued(290))
    desk.commit()

    assert [(200, 200), (300, 300)] == [wait[:2] for wait in desk.ended_waits()]


def test_outcomes_are_of_the_lists(desk, lines) -> None:
    """Whatever ends a wait or an episode has a name that reports know."""
    desk.apply(lines.queued(200), lines.out(201), lines.queued(202), lines.dequeued(203))
    desk.apply(lines.queued(204, who="birch@ws"))
    desk.apply(
        lines.denied(300), lines.out(301), lines.denied(400), lines.out(450), lines.denied(500), lines.reset(600)
    )
    desk.commit()

    assert list(WAIT_OUTCOMES) == [outcome for *_, outcome in desk.ended_waits()]
    assert list(EPISODE_OUTCOMES) == [outcome for *_, outcome in desk.outcomes()]
