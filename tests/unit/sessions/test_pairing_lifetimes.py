"""Sessions that end without a stop: for a newer one, after too long a time, at a boot of their server."""

from __future__ import annotations

from random import Random

import pytest

from exporter.events import Event, Passed
from exporter.sessions.lifetimes import LifetimeRule
from tests.unit.sessions.conftest import Lines
from tests.unit.sessions.pairing_desk import Desk

LONGEST = 1000
RULE = LifetimeRule(LONGEST, one_per_handle=True)


@pytest.fixture
def limited(lines) -> Desk:
    """Give a stream whose vendor was seen at 100, and whose sessions last 1000 seconds at most."""
    desk = Desk(lifetime=RULE)
    desk.apply(lines.seen(100))
    return desk


def test_a_second_start_takes_the_place_of_the_first(limited, lines) -> None:
    """The older session of the key ends at the newer one's start, which is the line that ended it."""
    limited.apply(lines.out(200, handle="7"), lines.out(300, handle="7"), lines.back(400, handle="7"))
    limited.commit()

    assert [(200, 300, 1, 1, "superseded", 0), (300, 400, 1, 1, "returned", 0)] == limited.brief()
    assert {"matched": 1, "superseded": 1} == limited.tally
    older, newer = (limited.sessions[key] for key in sorted(limited.sessions))
    assert (newer.generation, newer.at) == (older.end_generation, older.end_at)


@pytest.mark.parametrize("other", [{"feature": "g"}, {"vendor": "w"}, {"server": "host2"}, {"handle": "8"}], ids=str)
def test_a_start_of_another_key_takes_no_place(limited, lines, other) -> None:
    """Server, vendor, feature and handle are the key."""
    limited.apply(lines.seen(200, vendor="w"), lines.out(200, handle="7"), lines.out(300, **{"handle": "7"} | other))
    limited.commit()

    assert [None, None] == [end for _, end, *_ in limited.brief()]


def test_without_the_rule_handles_may_be_shared(desk, lines) -> None:
    """In a FlexNet log, a second check-out with a handle is a session of its own."""
    desk.apply(lines.out(200, handle="7"), lines.out(300, handle="7"))

    assert 2 == desk.level().in_use


def test_servers_named_by_their_lines_are_kept_apart(limited, lines) -> None:
    """One log of many hosts: the same application is a product of each, and of the stream's server where none is."""
    limited.apply(lines.out(200), lines.out(201, server="host1"), lines.out(202, server="host1"))

    levels = [limited.level(server=server).in_use for server in ("srv", "host1")]
    assert [1, 2] == levels


@pytest.mark.parametrize("quiet", [False, True], ids=["by a line", "by quiet"])
def test_a_session_that_lasts_too_long_expires(limited, lines, quiet) -> None:
    """It ends at its start and the longest time, as soon as any later time is known."""
    assert limited.pairing.in_doubt, "lines without an event are told, wherever a block ends"
    limited.apply(lines.out(200), lines.out(300))
    assert not limited.pairing.pass_quiet(200 + LONGEST)
    if quiet:
        assert limited.pairing.pass_quiet(201 + LONGEST)
    else:
        limited.apply(Passed(201 + LONGEST, 990))
    limited.commit()

    assert [(200, 1200, 1, 1, "expired", 0), (300, None, 1, 1, None, 0)] == limited.brief()
    assert {"expired": 1} == limited.tally
    assert 1 == limited.level().in_use


def test_a_stop_in_time_ends_it_first(limited, lines) -> None:
    """A stop at the very last second is one; a second later it is unmatched."""
    limited.apply(lines.out(200, handle="1"), lines.out(200, handle="2"))
    limited.apply(lines.back(1200, handle="1"), lines.back(1201, handle="2"))
    limited.commit()

    assert [(1200, "returned"), (1200, "expired")] == [(one[1], one[4]) for one in limited.brief()]
    assert {"matched": 1, "expired": 1, "unmatched": 1} == limited.tally


def test_nothing_is_inferred_to_have_lasted_too_long(limited, lines) -> None:
    """A stop without start begins at the vendor's first line, unless that is longer ago than a session may last."""
    limited.apply(lines.back(1100, who="a@h"), lines.back(1101, who="b@h"))
    limited.commit()

    assert [(100, 1100, 1, 1, "returned", 1)] == limited.brief()
    assert {"inferred": 1, "unmatched": 1} == limited.tally


def test_a_suspect_session_that_expires_ends_in_its_gap(lines) -> None:
    """What a gap left in doubt isn't known to have lasted that long."""
    desk = Desk(lifetime=RULE, gap_expiry=10_000)
    desk.apply(lines.seen(100), lines.out(200))
    desk.lose(500, before=250)
    desk.apply(Passed(1201, 990))
    desk.commit()

    assert [(200, 251, 1, 1, "gap", 0)] == desk.brief()


def test_a_boot_ends_what_is_open_on_its_server(limited, lines) -> None:
    """Sessions of all vendors on that host end then; those of other hosts go on, and so do the counts of stops."""
    limited.apply(
        lines.seen(200, vendor="w"), lines.out(210, server="host1"), lines.out(211, server="host1", vendor="w")
    )
    limited.apply(lines.out(212, server="host2"), lines.reset(300, vendor="", server="host1"))
    limited.apply(lines.back(310, server="host2", who="birch@ws"))
    limited.commit()

    assert [(300, "reset"), (300, "reset"), (None, None), (310, "returned")] == [
        (one[1], one[4]) for one in limited.brief()
    ]
    assert {"reset": 2, "inferred": 1} == limited.tally


def _history(random: Random) -> list[Event]:
    """Make starts, stops and the like of a few keys, in any order of time."""
    lines, time = Lines(), 100
    events = [lines.seen(time)]
    for _ in range(300):
        time += random.choice([-50, 0, 10, 40, 200])
        make = random.choice([lines.out, lines.out, lines.back])
        key = {"handle": random.choice("12"), "server": random.choice(["", "h"]), "feature": random.choice("fg")}
        events.append(make(time, **key))
    return events


def _naive(events: list[Event]) -> list[tuple[object, ...]]:
    """Pair by the rules as they are said, with nothing but a list."""
    sessions: list[list] = []
    for event in events:
        for one in sessions:
            if one[1] is None and one[0] + LONGEST < event.time:
                one[1:3] = one[0] + LONGEST, "expired"
        if not hasattr(event, "handle"):
            continue
        key = event.server, event.feature, event.handle
        open_ones = [one for one in sessions if one[1] is None and one[3] == key]
        if hasattr(event, "reason"):
            if open_ones:
                open_ones[0][1:3] = max(open_ones[0][0], event.time), "returned"
            elif event.time - 100 <= LONGEST:
                sessions.append([100, max(event.time, 100), "returned", key])
        else:
            for one in open_ones:
                one[1:3] = max(one[0], event.time), "superseded"
            sessions.append([event.time, None, None, key])
    return [tuple(one[:3]) for one in sessions]


@pytest.mark.parametrize("seed", range(30))
def test_any_history_is_paired_as_the_rules_say(seed) -> None:
    """Whatever comes in whatever order, and wherever the process ends: the same sessions as by a plain list."""
    random = Random(seed)  # noqa: S311 -- no secret is made of it
    events = _history(random)
    desk = Desk(lifetime=RULE)
    for event in events:
        desk.apply(event)
        if random.random() < 0.1:
            desk.commit()
            desk.restart()
    desk.commit()

    assert _naive(events) == [(one[0], one[1], one[4]) for one in desk.brief()]
    assert sum(1 for one in desk.brief() if one[1] is None) == sum(
        desk.level(feature, server=server).in_use for feature in "fg" for server in ("srv", "h")
    )
