"""What pairing hands out to be committed, and how it goes on from it."""

from __future__ import annotations

import json

from exporter.facts import Facts


def test_a_session_that_ends_before_the_commit_is_handed_out_once(desk, lines) -> None:
    """A fact comes in its last state, whatever happened since the last commit."""
    desk.apply(
        lines.out(200), lines.upgrade(201, seats=2), lines.upgrade(202, before=2, seats=3), lines.back(203, seats=3)
    )

    assert [(200, 203, 3)] == [(one.start, one.end, one.seats) for one in desk.commit().sessions]


def test_a_session_that_stays_open_is_handed_out_when_it_changes(desk, lines) -> None:
    """Begun, changed and ended in three commits it comes three times, in between not at all."""
    handed = []
    for event in (lines.out(200), lines.out(201, feature="g"), lines.upgrade(202, seats=2), lines.back(203, seats=2)):
        desk.apply(event)
        handed.append([(one.start, one.seats, one.end) for one in desk.commit().sessions])

    assert [[(200, 1, None)], [(201, 1, None)], [(200, 2, None)], [(200, 2, 203)]] == handed


def test_nothing_new_is_nothing(desk, lines) -> None:
    """A second commit right after the first is empty."""
    desk.apply(lines.out(200), lines.denied(201), lines.queued(202), lines.back(203))
    desk.commit()

    assert Facts() == desk.pairing.take(None)


def test_facts_say_from_when_on_they_change_anything(desk, lines) -> None:
    """A wait does from its begin on, also one that begins and ends before the commit."""
    desk.apply(lines.queued(200), lines.out(260))
    both = desk.pairing.take(None)
    desk.apply(lines.queued(300))
    begun = desk.pairing.take(None)

    assert [200, 300] == [both.since, begun.since]


def test_totals_are_absolute_and_of_what_moved(desk, lines) -> None:
    """Only products with new lines are handed out, with their counts since the stream began."""
    product = desk.names.product("srv", "v", "f")
    desk.apply(lines.out(200), lines.out(201, feature="g"))
    desk.commit()
    desk.apply(lines.out(202), lines.denied(203, kind="expired"))

    totals = desk.commit().totals
    assert [product] == list(totals)
    assert (2, 0, {"expired": 1}) == (totals[product].checkouts, totals[product].checkins, totals[product].denials)


def test_counts_go_on_after_a_restart(desk, lines) -> None:
    """Accumulators come back from the checkpoint."""
    desk.apply(lines.out(200), lines.denied(201))
    desk.commit()
    desk.restart()
    desk.apply(lines.out(202), lines.denied(203))
    desk.commit()

    (totals,) = desk.totals.values()
    assert (2, {"capacity": 2}) == (totals.checkouts, totals.denials)


def test_the_oldest_comes_first_after_a_restart_too(desk, lines) -> None:
    """Sessions come back in reading order, so first in is first out."""
    desk.apply(lines.out(200), lines.out(201), lines.out(202))
    desk.commit()
    desk.restart()
    desk.apply(lines.back(300))
    desk.commit()

    assert [300, None, None] == [end for _, end, *_ in desk.brief()]


def test_the_small_state_is_json(desk, lines) -> None:
    """What is saved beside the facts survives being written and read."""
    desk.apply(lines.out(200, in_use=4))
    state = desk.pairing.state()

    assert state == json.loads(json.dumps(state))


def test_a_first_line_moves_with_its_date(middle, lines) -> None:
    """When a date is put right, sessions inferred later begin at the moved first line."""
    middle.pairing.redate(lambda time: time + 86_400)
    middle.apply(lines.back(86_700))
    middle.commit()

    assert [(86_500, 86_700, 1, 1, "returned", 1)] == middle.brief()


def test_products_are_those_met(desk, lines) -> None:
    """A feature is known from any line of it on, UNSUPPORTED too, and after a restart."""
    desk.apply(lines.denied(200, kind="unsupported"))
    assert [desk.names.product("srv", "v", "f")] == list(desk.pairing.products)

    desk.commit()
    desk.restart()
    assert [desk.names.product("srv", "v", "f")] == list(desk.pairing.products)
    assert (0, 0, 0, 0, None) == desk.level()[:5]
