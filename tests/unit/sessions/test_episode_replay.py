"""Episodes replayed from the lines that a ledger keeps are those that reading the log makes."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from exporter.events import Denial, Event, QueueEnter, QueueLeave, Reset, Start
from exporter.facts import Episode
from exporter.rules import DemandLine
from exporter.sessions import replay as replaying
from exporter.sessions.demand import EpisodeRule
from exporter.sessions.replay import replay
from tests.unit.sessions.pairing_desk import Desk

RULE = EpisodeRule(10, 60)
WHAT = {Denial: "denied", Start: "started", QueueEnter: "queued", QueueLeave: "left", Reset: "reset"}


def lines_of(desk: Desk, events: Sequence[Event]) -> list[DemandLine]:
    """Return the lines that a ledger hands out of a log with *events*; a queue is left where a wait ends by it."""
    left = {(one.end, one.holder) for one in desk.waits.values() if one.outcome == "given_up"}
    lines = []
    for event in events:
        what = WHAT.get(type(event))
        if isinstance(event, Reset):
            lines.append(DemandLine(1, event.at, "reset", event.time, event.vendor, 0, 0, 0, 0))
        elif what and (not isinstance(event, Denial) or event.kind == "capacity"):
            product = desk.names.product("srv", event.vendor, event.feature)
            holder, plain = desk.names.holder(event.who, event.display), desk.names.holder(event.who, "")
            if what != "left" or (event.time, holder) in left:
                lines.append(
                    DemandLine(1, event.at, what, event.time, event.vendor, product, holder, plain, event.seats)
                )
    return lines


def replayed(lines: Sequence[DemandLine], frontier: int | None, rule: EpisodeRule = RULE) -> dict[object, Episode]:
    """Return the episodes of *lines* by their place, each in its last state."""
    return {(one.generation, one.at): one for one in replay(rule, iter(lines), frontier)}


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 5, 10, 11, 30, 60, 61, 200]),
        st.sampled_from(["denied", "out", "queued", "leave", "back", "reset"]),
        st.sampled_from(["v", "w"]),
        st.sampled_from(["f", "g"]),
        st.sampled_from(["amber@ws", "birch@ws"]),
        st.sampled_from(["", "d"]),
        st.sampled_from([1, 2]),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_replaying_is_reading(steps: Sequence[tuple[int, str, str, str, str, str, int]]) -> None:
    """Of any denials, check-outs, waits and resets the episodes are the same, decided or open."""
    events: list[Event] = []
    time = 1000
    for number, (gap, what, vendor, feature, who, display, seats) in enumerate(steps):
        time += gap
        at = 10 * number
        key = (vendor, feature, who, display, seats)
        if what == "denied":
            events.append(Denial(time, at, *key, -4, "capacity"))
        elif what == "out":
            events.append(Start(time, at, *key))
        elif what == "reset":
            events.append(Reset(time, at, vendor, time, started=True))
        elif what in ("queued", "leave"):
            events.append((QueueEnter if what == "queued" else QueueLeave)(time, at, *key))
    desk = Desk(rule=RULE)
    desk.apply(*events)
    desk.commit(time + 1)

    assert desk.episodes == replayed(lines_of(desk, events), time + 1)


def test_a_re_base_resets_all(desk, lines) -> None:
    """A clock that falls by a day ends the episodes of every vendor, as it does in a log."""
    events = [lines.denied(200_000), lines.denied(200_010, vendor="w"), lines.denied(100_000)]
    found = replayed(lines_of(desk, events), None)

    assert ["refused", "refused", None] == [one.outcome for one in found.values()]


def test_a_fall_of_hours_resets_nothing(desk, lines) -> None:
    """A step of the server's clock is no new beginning."""
    found = replayed(lines_of(desk, [lines.denied(100_000), lines.denied(60_000)]), None)

    assert [(2, None)] == [(one.lines, one.outcome) for one in found.values()]


def test_a_reset_of_no_vendor_is_of_all(desk, lines) -> None:
    """A start of the manager ends the episodes of all daemons, one of a daemon its own."""
    events = [lines.denied(200), lines.denied(200, vendor="w")]
    one = [*lines_of(desk, events), DemandLine(1, 90, "reset", 201, "w", 0, 0, 0, 0)]
    every = [*one, DemandLine(1, 91, "reset", 202, "", 0, 0, 0, 0)]

    assert [None, "refused"] == [it.outcome for it in replayed(one, None).values()]
    assert ["refused", "refused"] == [it.outcome for it in replayed(every, None).values()]


def test_long_logs_come_in_parts(desk, lines, monkeypatch) -> None:
    """What is handed out in parts is whole: an open episode comes again when it is decided."""
    monkeypatch.setattr(replaying, "_AT_ONCE", 1)
    told = lines_of(desk, [lines.denied(200), lines.denied(205), lines.out(230)])
    states = [(one.lines, one.outcome) for one in replay(RULE, iter(told), None)]

    assert 3 == len(states)
    assert (2, "waited") == states[-1]
