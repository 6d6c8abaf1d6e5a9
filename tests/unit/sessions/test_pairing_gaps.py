"""What a gap does to the sessions around it (design rule 3.10)."""

from __future__ import annotations

import pytest

from exporter.events import Passed
from tests.unit.sessions.pairing_desk import Desk

DAY = 86_400


def _passed(time: int) -> Passed:
    """Make a line that says nothing but its time."""
    return Passed(time, 900_000)


def test_a_gap_ends_nothing_at_once(desk, lines) -> None:
    """What is open where a gap begins stays in use, and is suspect from the second after the last line on."""
    desk.apply(lines.out(200, seats=3), lines.out(210, feature="g"))
    desk.lose(500, 250)
    desk.commit()

    assert [251, 251] == [session.suspect for session in desk.sessions.values()]
    assert (3, 3, 1) == (desk.level().in_use, desk.level().suspect, desk.level("g").suspect)
    assert [None, None] == [session.end for session in desk.sessions.values()]


def test_a_session_begun_after_the_gap_is_sure(desk, lines) -> None:
    """Only what was open at the gap's start is in doubt."""
    desk.apply(lines.out(200))
    desk.lose(500, 250)
    desk.apply(lines.out(300, who="birch@ws"))
    desk.commit()

    assert [251, None] == [session.suspect for session in desk.sessions.values()]


def test_a_later_stop_clears_it(desk, lines) -> None:
    """The stop ends the session as always, and nothing of it is in doubt any more."""
    desk.apply(lines.out(200))
    desk.lose(500, 250)
    desk.commit()
    desk.apply(lines.back(300), _passed(300 + 2 * DAY))
    desk.commit()

    assert [(200, 300, 1, 1, "returned", 0)] == desk.brief()
    assert [None] == [session.suspect for session in desk.sessions.values()]
    assert {"matched": 1} == desk.tally
    assert not desk.pairing.in_doubt


@pytest.mark.parametrize("committed", [False, True])
def test_a_later_stop_and_a_reset_clear_it(desk, lines, committed) -> None:
    """However near they are to each other, the stop has settled the session, and not the reset."""
    desk.apply(lines.out(200))
    desk.lose(500, 250)
    desk.apply(lines.back(300))
    if committed:
        desk.commit()
    desk.apply(lines.reset(300, vendor="", last=300))
    desk.commit()

    assert [(200, 300, 1, 1, "returned", 0)] == desk.brief()
    assert [None] == [session.suspect for session in desk.sessions.values()]


def test_a_later_change_clears_it(desk, lines) -> None:
    """A session whose seats change was open still, and outlives the expiry."""
    desk.apply(lines.out(200))
    desk.lose(500, 250)
    desk.commit()
    desk.apply(lines.upgrade(300, seats=4), _passed(301 + 2 * DAY))
    desk.commit()

    assert [(200, None, 1, 4, None, 0)] == desk.brief()
    assert (4, 0) == (desk.level().in_use, desk.level().suspect)


@pytest.mark.parametrize(("late", "end"), [(0, None), (1, 251)])
def test_it_expires_so_long_after_the_first_line_behind_the_gap(lines, late, end) -> None:
    """The last second of the expiry still counts; a line after it ends the session where the gap began."""
    desk = Desk(gap_expiry=1_000)
    desk.apply(lines.seen(100), lines.reset(101, last=100), lines.out(200))
    desk.lose(500, 250)
    desk.apply(_passed(5_000), _passed(6_000 + late))
    desk.commit()

    reason = None if end is None else "gap"
    assert [(200, end, 1, 1, reason, 0)] == desk.brief()
    assert (0 if end else 1) == desk.level().in_use
    assert ({"gap": 1} if end else {}) == desk.tally


def test_the_stop_of_an_expired_session_is_of_one_that_began_in_the_gap(desk, lines) -> None:
    """It is known that somebody was in when the log goes on, and when he went; the gap itself stays unknown."""
    desk.apply(lines.out(200))
    desk.lose(500, 250)
    desk.apply(_passed(5_000), lines.back(5_001 + DAY))
    desk.commit()

    assert [(200, 251, 1, 1, "gap", 0), (5_000, 5_001 + DAY, 1, 1, "returned", 1)] == desk.brief()
    assert {"gap": 1, "inferred": 1} == desk.tally


def test_a_reset_ends_what_is_suspect_where_the_gap_began(desk, lines) -> None:
    """What began after the gap ends at the daemon's last line; other daemons' sessions stay in doubt."""
    desk.apply(lines.seen(150, vendor="w"), lines.out(200), lines.out(201, vendor="w"))
    desk.lose(500, 250)
    desk.apply(lines.out(300, who="birch@ws"), lines.reset(400, last=350))
    desk.commit()

    assert [(200, 251, 1, 1, "gap", 0), (201, None, 1, 1, None, 0), (300, 350, 1, 1, "reset", 0)] == desk.brief()
    assert {"gap": 1, "reset": 1} == desk.tally
    assert 1 == desk.level(vendor="w").suspect


def test_a_stop_without_start_began_at_the_first_line_after_the_gap(desk, lines) -> None:
    """Its start may have been lost, though the daemon's own start was seen; the first line may be anybody's."""
    desk.apply(lines.out(200), lines.back(210))
    desk.lose(500, 250)
    desk.apply(_passed(300), lines.out(310), lines.back(320, who="birch@ws", seats=2, reason="timeout"))
    desk.commit()

    assert (300, 320, 2, 2, "timeout", 1) == desk.brief()[-1]
    assert {"matched": 1, "inferred": 1} == desk.tally


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("handle", ["", "1a"])
def test_a_key_that_had_a_start_since_the_gap_has_no_other(desk, lines, handle, restart) -> None:
    """The second stop of a key with one start since the gap is unmatched, also after a restart in between."""
    desk.lose(50, 250)
    desk.apply(lines.out(310, handle=handle), lines.back(320, handle=handle), generation=2)
    desk.commit()
    if restart:
        desk.restart()
    desk.apply(lines.back(330, handle=handle), generation=2)
    desk.commit()

    assert {"matched": 1, "unmatched": 1} == desk.tally


@pytest.mark.parametrize("restart", [False, True])
def test_a_start_that_came_late_to_an_older_log_is_one_since_the_gap(desk, lines, restart) -> None:
    """The second stop of its key is unmatched, also after a restart in between."""
    desk.apply(lines.out(200), generation=2)
    desk.lose(500, 250, generation=2)
    desk.apply(_passed(300), generation=2)
    desk.apply(lines.out(310, who="birch@ws"), lines.back(320, who="birch@ws"), generation=1)
    desk.commit()
    if restart:
        desk.restart()
    desk.apply(lines.back(330, who="birch@ws"), generation=2)
    desk.commit()

    assert {"matched": 1, "unmatched": 1} == desk.tally


@pytest.mark.parametrize("restart", [False, True])
def test_late_lines_come_first_behind_a_gap(desk, lines, restart) -> None:
    """A start in the newer log, read before the gap, is none since the gap, also after a restart in between."""
    desk.apply(lines.out(200), lines.back(210), generation=2)
    desk.lose(500, 250, generation=2)
    desk.apply(lines.out(300, who="birch@ws"), generation=1)
    desk.commit()
    if restart:
        desk.restart()
    desk.apply(lines.back(330), generation=2)
    desk.commit()

    assert {"matched": 1, "inferred": 1} == desk.tally


def test_a_daemon_that_started_since_the_gap_has_nothing_from_it(desk, lines) -> None:
    """What began in the gap ended with that start: a later stop is unmatched; another daemon's isn't."""
    desk.apply(lines.seen(150, vendor="w"), lines.reset(151, vendor="w"))
    desk.lose(500, 250)
    desk.apply(lines.reset(300), lines.back(310), lines.back(311, vendor="w"))
    desk.commit()

    assert [(300, 311, 1, 1, "returned", 1)] == desk.brief()
    assert {"unmatched": 1, "inferred": 1} == desk.tally


def test_a_start_of_lmgrd_or_a_rebase_settles_everything(lines) -> None:
    """After either nothing is left of the gap, and rule 3.4 alone decides."""
    for started in (True, False):
        desk = Desk()
        desk.apply(lines.seen(100), lines.reset(101, last=100), lines.out(200))
        desk.lose(500, 250)
        desk.apply(lines.reset(300, started=started), lines.reset(300, vendor="", started=started))
        assert not desk.pairing.in_doubt
        desk.apply(*([] if started else [lines.seen(50)]), lines.back(310))
        desk.commit()
        assert (200, 251, 1, 1, "gap", 0) == desk.brief()[0]
        assert ([] if started else [(50, 310, 1, 1, "returned", 1)]) == desk.brief()[1:]


def test_a_gap_before_any_line_is_the_beginning(lines) -> None:
    """Nothing can be in doubt then, and rule 3.4 has the daemon's first line."""
    desk = Desk()
    desk.lose(0, None)
    desk.apply(_passed(50), lines.seen(100), lines.back(200))
    desk.commit()

    assert [(100, 200, 1, 1, "returned", 1)] == desk.brief()


def test_the_first_suspicion_stays(lines) -> None:
    """Of two gaps the first decides where and when a session ends; what began between them goes by the second."""
    desk = Desk(gap_expiry=1_000)
    desk.apply(lines.seen(100), lines.reset(101, last=100), lines.out(200))
    desk.lose(500, 250)
    desk.apply(lines.out(300, who="birch@ws"))
    desk.lose(600, 350)
    desk.apply(_passed(900), _passed(1_301))
    desk.commit()
    assert [(200, 251, 1, 1, "gap", 0), (300, None, 1, 1, None, 0)] == desk.brief()

    desk.apply(_passed(1_901))
    desk.commit()
    assert [(200, 251, 1, 1, "gap", 0), (300, 351, 1, 1, "gap", 0)] == desk.brief()


def test_a_lost_start_is_looked_for_in_the_newest_gap(desk, lines) -> None:
    """A start between two gaps says nothing of what began in the second."""
    desk.lose(400, 250)
    desk.apply(lines.out(300), lines.back(310))
    desk.lose(500, 350)
    desk.apply(_passed(400), lines.back(410))
    desk.commit()

    assert (400, 410, 1, 1, "returned", 1) == desk.brief()[-1]


def test_a_withdrawn_gap_leaves_no_doubt(desk, lines) -> None:
    """When the bytes came back what was suspect is sure again, here and in the ledger, and starts were not lost."""
    desk.apply(lines.out(200))
    desk.lose(500, 250)
    desk.commit()
    desk.lose(500, None, withdrawn=True)
    desk.commit()
    assert [None] == [session.suspect for session in desk.sessions.values()]
    assert (1, 0, False) == (desk.level().in_use, desk.level().suspect, desk.pairing.in_doubt)

    desk.apply(lines.back(300), lines.back(301), _passed(300 + 2 * DAY))
    desk.commit()
    assert [(200, 300, 1, 1, "returned", 0)] == desk.brief()
    assert {"matched": 1, "unmatched": 1} == desk.tally


def test_of_two_gaps_the_first_is_withdrawn(lines) -> None:
    """Its suspects are in doubt by the second alone, and what had a start since the first had it."""
    desk = Desk(gap_expiry=1_000)
    desk.apply(lines.seen(100), lines.reset(101, last=100), lines.out(200))
    desk.lose(500, 250)
    desk.apply(_passed(300))
    desk.lose(600, 350)
    desk.lose(500, None, withdrawn=True)
    desk.commit()
    assert [351] == [session.suspect for session in desk.sessions.values()]

    desk.apply(_passed(400), _passed(1_350))
    desk.commit()
    assert [None] == [session.end for session in desk.sessions.values()]
    desk.apply(_passed(1_401))
    desk.commit()
    assert [(200, 351, 1, 1, "gap", 0)] == desk.brief()


def test_of_two_gaps_the_second_is_withdrawn(desk, lines) -> None:
    """Starts seen since either of them were seen since the first."""
    desk.apply(lines.out(200))
    desk.lose(500, 250)
    desk.apply(lines.out(300, who="birch@ws"), lines.back(310, who="birch@ws"))
    desk.lose(600, 350)
    desk.apply(lines.out(400, who="clover@ws"), lines.back(410, who="clover@ws"))
    desk.lose(600, None, withdrawn=True)
    desk.apply(lines.back(500, who="birch@ws"), lines.back(501, who="clover@ws"), lines.back(502, who="dahlia@ws"))
    desk.commit()

    assert {"matched": 2, "unmatched": 2, "inferred": 1} == desk.tally
    assert (300, 502, 1, 1, "returned", 1) == desk.brief()[-1]


def test_a_gap_told_again_is_the_same(desk, lines) -> None:
    """When its end becomes known nothing new is in doubt."""
    desk.lose(500, 250)
    desk.apply(lines.out(300))
    desk.lose(500, 350)
    desk.commit()

    assert [None] == [session.suspect for session in desk.sessions.values()]


def test_dates_put_right_move_the_gap_too(lines) -> None:
    """Sessions come back moved from the ledger; where the gap begins, where it ended and the expiry move with them."""
    desk = Desk(gap_expiry=1_000)
    desk.apply(lines.seen(100), lines.reset(101, last=100), lines.out(200))
    desk.lose(500, 250)
    desk.apply(_passed(300))
    desk.commit()
    desk.pairing.redate(lambda time: time + DAY)
    for session in desk.sessions.values():
        session.start, session.suspect = session.start + DAY, (session.suspect or 0) + DAY
    desk.restart()
    desk.apply(_passed(DAY + 1_300))
    desk.commit()
    assert [None] == [session.end for session in desk.sessions.values()]

    desk.apply(lines.back(DAY + 1_300, who="birch@ws"), _passed(DAY + 1_301))
    desk.commit()
    assert [(DAY + 200, DAY + 251, 1, 1, "gap", 0), (DAY + 300, DAY + 1_300, 1, 1, "returned", 1)] == desk.brief()


def test_a_session_is_never_cut_before_it_began(desk, lines) -> None:
    """A clock that was set back before the gap gives no session of negative length."""
    desk.apply(lines.out(200))
    desk.lose(500, 150)
    desk.apply(lines.reset(400, last=390))
    desk.commit()

    assert [(200, 200, 1, 1, "gap", 0)] == desk.brief()


def test_waits_go_on_over_a_gap(desk, lines) -> None:
    """A wait ends by its own rule: at the next start of its key."""
    desk.apply(lines.queued(200))
    desk.lose(500, 250)
    desk.apply(lines.out(900))
    desk.commit()

    assert [(200, 900, "granted")] == desk.ended_waits()
