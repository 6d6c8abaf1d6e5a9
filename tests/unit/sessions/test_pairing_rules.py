"""How starts meet their stops, a rule a test."""

from __future__ import annotations

import pytest

from exporter.errors import TooManyOpen
from exporter.events import Lifecycle, Package, Reset, Seen
from exporter.facts import END_REASONS
from exporter.records import Position
from tests.unit.sessions.pairing_desk import Desk


def test_a_stop_ends_the_session_of_its_key(desk, lines) -> None:
    """A start and its stop are one session, which knows the lines it came from."""
    desk.apply(lines.out(200, seats=2), lines.back(300, seats=2, reason="timeout"), generation=3)
    desk.commit()

    (((generation, at, n), session),) = desk.sessions.items()
    assert (3, 0, Position(3, at + 10)) == (generation, n, Position(session.end_generation, session.end_at))
    assert [(200, 300, 2, 2, "timeout", 0)] == desk.brief()
    assert {"matched": 1} == desk.tally


def test_a_stop_takes_the_oldest_session_with_its_seats(desk, lines) -> None:
    """Among sessions of one key the same seats come first, and of these the oldest."""
    desk.apply(*(lines.out(200 + n, seats=seats) for n, seats in enumerate((8, 4, 8, 1))))
    desk.apply(lines.back(300, seats=4), lines.back(301, seats=8))
    desk.commit()

    assert [301, 300, None, None] == [end for _, end, *_ in desk.brief()]


def test_a_stop_of_other_seats_takes_the_oldest_whole(desk, lines) -> None:
    """A stop whose seats nobody has ends the oldest session of the key with all its seats."""
    desk.apply(lines.out(200, seats=8), lines.out(201, seats=4), lines.back(300, seats=2))
    desk.commit()

    assert [300, None] == [end for _, end, *_ in desk.brief()]
    assert 4 == desk.level().in_use


@pytest.mark.parametrize(
    "other",
    [{"feature": "g"}, {"who": "amber@ws2"}, {"who": "birch@ws"}, {"who": "Amber@ws"}, {"display": "hpc:batch"}],
    ids=str,
)
def test_a_stop_of_another_key_ends_nothing(desk, lines, other) -> None:
    """Feature, user, host and display, to the letter, are the key."""
    desk.apply(lines.out(200), lines.back(300, **other))
    desk.commit()

    assert [(200, None, 1, 1, None, 0)] == desk.brief()
    assert {"unmatched": 1} == desk.tally


def test_daemons_have_their_own_sessions(desk, lines) -> None:
    """Two daemons may serve features of one name."""
    desk.apply(lines.out(200), lines.seen(201, vendor="w"), lines.back(202, vendor="w"))

    assert 1 == desk.level().in_use


def test_the_handle_is_the_key_where_there_is_one(desk, lines) -> None:
    """A stop with a handle ends the session of that handle, older ones of its key or not."""
    desk.apply(lines.out(200, handle="1a"), lines.out(201, handle="1b"), lines.back(300, handle="1b"))
    desk.commit()

    assert [None, 300] == [end for _, end, *_ in desk.brief()]


def test_an_unknown_handle_ends_nothing(desk, lines) -> None:
    """A handle that nobody has is an unmatched stop, whoever has the key."""
    desk.apply(lines.out(200, handle="1a"), lines.back(300, handle="1c"))

    assert 1 == desk.level().in_use


def test_a_handle_lives_as_long_as_its_server(desk, lines) -> None:
    """After a reset the same handle is another session's."""
    desk.apply(lines.out(200, handle="1a"), lines.reset(300, last=250), lines.out(310, handle="1a", who="birch@ws"))
    desk.apply(lines.back(320, handle="1a", who="birch@ws"))
    desk.commit()

    assert [(200, 250, 1, 1, "reset", 0), (310, 320, 1, 1, "returned", 0)] == desk.brief()


def test_a_change_moves_the_seats_of_an_open_session(desk, lines) -> None:
    """An UPGRADE is a new span of the session, and its stop carries the new seats."""
    desk.apply(lines.out(200, seats=4), lines.upgrade(210, before=4, seats=16), lines.upgrade(220, before=16, seats=6))
    assert 6 == desk.level().in_use

    desk.apply(lines.back(230, seats=6))
    desk.commit()

    (session,) = desk.sessions.values()
    assert [(210, 16), (220, 6)] == [change[:2] for change in session.changes or []]
    assert [(200, 230, 4, 6, "returned", 0)] == desk.brief()
    assert (1, 1) == (desk.level().totals.checkouts, desk.level().totals.checkins)


@pytest.mark.parametrize(("before", "seats"), [(5, [2, 9]), (7, [9, 5])])
def test_a_change_takes_the_oldest_session_with_the_old_seats(desk, lines, before, seats) -> None:
    """The old seats say which session changes; where nobody has them it is the oldest."""
    desk.apply(lines.out(200, seats=2), lines.out(201, seats=5), lines.upgrade(210, before=before, seats=9))
    desk.commit()

    assert seats == [session.seats for session in desk.sessions.values()]


def test_a_change_of_nothing_is_a_stop_and_a_start(middle, lines) -> None:
    """While no start was seen, an UPGRADE without session ends an inferred one as returned and begins another."""
    middle.apply(lines.upgrade(210, before=3, seats=5), lines.back(230, seats=5))
    middle.commit()

    assert [(100, 210, 3, 3, "returned", 1), (210, 230, 5, 5, "returned", 0)] == middle.brief()
    assert [0, 1] == [n for _, _, n in sorted(middle.sessions)]
    assert (0, 1) == (middle.level().totals.checkouts, middle.level().totals.checkins)
    assert {"inferred": 1, "matched": 1} == middle.tally


def test_a_change_of_nothing_after_a_start_is_unmatched(desk, lines) -> None:
    """After a seen start the stop half of such an UPGRADE is counted only, the start half begins a session."""
    desk.apply(lines.upgrade(210, before=3, seats=5))
    desk.commit()

    assert [(210, None, 5, 5, None, 0)] == desk.brief()
    assert {"unmatched": 1} == desk.tally


def test_a_change_by_handle(desk, lines) -> None:
    """An UPGRADE with a handle changes the session of that handle."""
    desk.apply(lines.out(200, handle="1"), lines.out(201, handle="2"), lines.upgrade(210, handle="2", seats=7))
    desk.commit()

    assert [1, 7] == [session.seats for session in desk.sessions.values()]


def test_a_stop_before_any_start_reaches_back_to_the_daemons_first_line(middle, lines) -> None:
    """While no start of the daemon was seen its session is taken for open since the daemon's first line."""
    middle.apply(lines.out(150), lines.back(160), lines.back(170, seats=2, reason="shutdown"))
    middle.commit()

    assert [(150, 160, 1, 1, "returned", 0), (100, 170, 2, 2, "shutdown", 1)] == middle.brief()
    assert {"matched": 1, "inferred": 1} == middle.tally
    assert (1, 2, 0) == (middle.level().totals.checkouts, middle.level().totals.checkins, middle.level().in_use)


def test_a_stop_after_a_seen_start_is_unmatched(desk, lines) -> None:
    """It is counted as a check-in and has no effect on the level, now or later."""
    desk.apply(lines.back(200), lines.out(210))
    desk.commit()

    assert 1 == desk.level().in_use
    assert 1 == desk.level().totals.checkins
    assert [(210, None, 1, 1, None, 0)] == desk.brief()
    assert {"unmatched": 1} == desk.tally


def test_a_start_of_lmgrd_counts_for_daemons_to_come(middle, lines) -> None:
    """After lmgrd's start no stop of any daemon reaches back."""
    middle.apply(lines.reset(110, vendor=""), lines.seen(120, vendor="w"), lines.back(130, vendor="w"))
    middle.commit()

    assert {"unmatched": 1} == middle.tally


def test_a_start_of_a_daemon_not_seen_yet_counts_too(middle, lines) -> None:
    """Lmgrd's word of a start comes before the daemon's own first line."""
    middle.apply(lines.reset(110, vendor="w"), lines.seen(120, vendor="w"), lines.back(130, vendor="w"))
    middle.commit()

    assert {"unmatched": 1} == middle.tally


def test_a_reset_ends_what_is_open_of_one_daemon(desk, lines) -> None:
    """Sessions end at the daemon's last line before the reset; other daemons go on."""
    desk.apply(lines.out(200, seats=3), lines.out(205, feature="g"), lines.seen(210, vendor="w"))
    desk.apply(lines.out(220, vendor="w"), lines.reset(300, last=250))
    desk.commit()

    assert [(200, 250, 3, 3, "reset", 0), (205, 250, 1, 1, "reset", 0), (220, None, 1, 1, None, 0)] == desk.brief()
    assert (0, 0, 1) == (desk.level().in_use, desk.level("g").in_use, desk.level("f", "w").in_use)
    assert {"reset": 2} == desk.tally


def test_a_reset_ends_no_session_before_it_began(desk, lines) -> None:
    """A session that began, or changed, after the daemon's last line by a clock set back has no negative length."""
    desk.apply(lines.out(200), lines.out(201, who="birch@ws"), lines.upgrade(260, who="birch@ws", seats=2))
    desk.apply(lines.reset(300, last=150))
    desk.commit()

    assert [200, 260] == [end for _, end, *_ in desk.brief()]


def test_a_rebase_makes_the_stream_new(desk, lines) -> None:
    """After it a stop without start is inferred again, from the daemon's first line since the re-base."""
    desk.apply(lines.out(900), lines.reset(950, last=940, started=False), lines.reset(950, vendor="", started=False))
    desk.apply(lines.seen(50), lines.back(70))
    desk.commit()

    assert [(900, 940, 1, 1, "reset", 0), (50, 70, 1, 1, "returned", 1)] == desk.brief()


def test_a_session_ends_at_its_start_at_the_earliest(desk, lines) -> None:
    """A stop by a clock that was set back ends its session where it began, or last changed."""
    desk.apply(lines.out(200), lines.back(190))
    desk.apply(lines.out(200, who="birch@ws"), lines.upgrade(230, who="birch@ws", seats=2))
    desk.apply(lines.upgrade(210, who="birch@ws", before=2, seats=3), lines.back(205, who="birch@ws", seats=3))
    desk.commit()

    assert [(200, 200), (200, 230)] == [row[:2] for row in desk.brief()]
    birch = list(desk.sessions.values())[1]
    assert [(230, 2), (230, 3)] == [change[:2] for change in birch.changes or []]


def test_an_inferred_session_ends_at_its_start_at_the_earliest(middle, lines) -> None:
    """A stop before the daemon's first line by a clock set back is an inferred session of no length."""
    middle.apply(lines.back(90))
    middle.commit()

    assert [(100, 100, 1, 1, "returned", 1)] == middle.brief()


def test_users_are_counted_with_case_folded(desk, lines) -> None:
    """One person with several sessions, hosts and spellings is one user."""
    desk.apply(
        lines.out(200), lines.out(201, who="AMBER@ws2"), lines.out(202, display="d"), lines.out(203, who="b@c@ws")
    )

    assert 2 == desk.level().users


def test_the_servers_own_count_is_held_against_the_level(desk, lines) -> None:
    """Drift is the server's count less ours after the line; lines that disagree are counted."""
    desk.apply(lines.out(200, in_use=1))
    assert 0 == desk.level().drift
    desk.apply(lines.out(201, in_use=5))
    assert 3 == desk.level().drift
    desk.apply(lines.back(202, in_use=0), lines.upgrade(203, seats=4, in_use=4))
    desk.commit()

    assert 0 == desk.level().drift
    assert 2 == desk.tally["disagreed"]


def test_before_a_start_was_seen_the_counts_may_differ(middle, lines) -> None:
    """What is open from before the log is unknown, so a difference is shown and counted against nobody."""
    middle.apply(lines.out(200, in_use=5))
    middle.commit()

    assert 4 == middle.level().drift
    assert {} == middle.tally


def test_a_feature_without_a_count_has_no_drift(desk, lines) -> None:
    """Drift is None where the log doesn't give the server's count."""
    desk.apply(lines.out(200))

    assert desk.level().drift is None


def test_lines_of_the_servers_life_and_packages_are_facts(desk) -> None:
    """They are handed on with their place, in order."""
    desk.apply(Lifecycle(300, 77, "v", "exited", False), Package(301, 80, "v", "P", "A"), generation=2)  # a record
    desk.commit()

    assert [(2, 77, 300, "v", "exited")] == desk.lifecycle
    assert {("P", "A")} == {(desk.names.product_key(p)[2], desk.names.product_key(c)[2]) for p, c in desk.packages}


def test_more_open_sessions_than_allowed_stop_the_stream(lines) -> None:
    """The limit itself is allowed, one more is an error that says what to do."""
    desk = Desk(open_limit=2)
    desk.apply(lines.seen(100), lines.out(200), lines.out(201))

    with pytest.raises(TooManyOpen, match=r"More than 2 sessions are open; raise limits\.open_sessions if"):
        desk.apply(lines.out(202))


def test_the_limit_holds_for_sessions_of_before_a_restart(lines) -> None:
    """Sessions open at the last commit count; ended ones don't."""
    desk = Desk(open_limit=2)
    desk.apply(lines.seen(100), lines.out(200), lines.out(201), lines.back(202))
    desk.commit()
    desk.restart()
    desk.apply(lines.out(203))

    with pytest.raises(TooManyOpen):
        desk.apply(lines.out(204))


def test_a_changed_session_counts_once(lines) -> None:
    """Neither an UPGRADE nor a reset leaves sessions behind in the count."""
    desk = Desk(open_limit=1)
    desk.apply(lines.seen(100), lines.out(200), lines.upgrade(201, seats=5), lines.reset(202))
    desk.apply(lines.out(203))

    assert 1 == desk.level().in_use


def test_names_that_read_the_same_are_one_product(desk, lines) -> None:
    """A feature written in two encodings has one level, and resets find it."""
    for raw in ("voil\xc3\xa0", "voil\xe0"):
        desk.apply(lines.out(200, feature=raw))
    assert 2 == desk.level("voil\xe0").in_use

    desk.apply(lines.reset(300))
    assert 0 == desk.level("voil\xe0").in_use


def test_a_daemon_with_a_name_beyond_ascii_is_reset_after_a_restart(lines) -> None:
    """The raw name of a daemon is found again for sessions that come from the ledger."""
    desk = Desk()
    desk.apply(Seen(100, 0, "\xe9d"), lines.out(200, vendor="\xe9d"))
    desk.commit()
    desk.restart()
    desk.apply(Reset(300, 99, "\xe9d", 250, started=True))
    desk.commit()

    assert [(200, 250, 1, 1, "reset", 0)] == desk.brief()


def test_every_end_has_a_reason_of_the_list(desk, lines) -> None:
    """Whatever ends a session is one of the reasons that reports know."""
    desk.apply(lines.out(200), lines.out(201), lines.out(202), lines.back(203), lines.back(204, reason="timeout"))
    desk.apply(lines.reset(300))
    desk.commit()

    assert {reason for *_, reason, _ in desk.brief()} <= set(END_REASONS)
