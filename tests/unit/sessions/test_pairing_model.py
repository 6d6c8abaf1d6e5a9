"""Any sequence of events is paired as a plain reading of the rules pairs it, wherever it is cut and committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from exporter.events import Change, Denial, Event, QueueEnter, QueueLeave, Reset, Seen, Start, Stop
from tests.unit.sessions.naive_pairing import NaivePairing
from tests.unit.sessions.pairing_desk import Desk

VENDORS = ("v", "w")
FEATURES = ("f", "g")
KEYS = st.tuples(
    st.sampled_from(["v", "v", "v", "w"]),
    st.sampled_from(["f", "f", "g"]),
    st.sampled_from(["amber@ws", "amber@ws", "Amber@ws2", "birch@ws"]),
    st.sampled_from(["", "", "d"]),
)
SEATS = st.sampled_from([1, 1, 2, 3])
HANDLES = st.sampled_from(["", "", "", "1a", "1b"])
FORWARD = st.sampled_from([0, 0, 1, 5, 10, 11, 60, 600, 1199, 1200, 1201, 5000])
ANYHOW = st.one_of(FORWARD, st.sampled_from([-1, -300, -3600]))
REASONS = st.sampled_from(["returned", "timeout", "shutdown", "removed"])

_BEGIN = 1_000_000


def _steps(advances: st.SearchStrategy[int], *, demand: bool) -> st.SearchStrategy[list[tuple]]:
    """Draw lists of (what, seconds since the step before, its parts)."""

    def step(what: str, *parts: st.SearchStrategy[object]) -> st.SearchStrategy[tuple]:
        return st.tuples(st.just(what), advances, *parts)

    kinds = [
        *[step("start", KEYS, SEATS, HANDLES)] * 4,
        *[step("stop", KEYS, SEATS, REASONS, HANDLES)] * 3,
        step("change", KEYS, SEATS, SEATS, HANDLES),
        step("reset", st.sampled_from(VENDORS)),
        step("all reset"),
        step("rebase"),
    ]
    if demand:
        kinds += [
            *[step("denial", KEYS, SEATS, st.sampled_from(["capacity", "capacity", "excluded"]))] * 3,
            *[step("enter", KEYS, SEATS)] * 2,
            step("leave", KEYS, SEATS),
        ]
    return st.lists(st.one_of(kinds), max_size=40)


def _events(steps: Sequence[tuple]) -> Iterator[Event]:
    """Turn steps into what a format says: a daemon is seen before it says anything, and again after a re-base."""
    time, at = _BEGIN, 0
    last: dict[str, int] = {}

    def seen(vendor: str) -> Iterator[Event]:
        if vendor not in last:
            yield Seen(time, at, vendor)
        last[vendor] = time

    for what, advance, *parts in steps:
        time, at = time + advance, at + 10
        if what == "reset":
            yield Reset(time, at, parts[0], last.get(parts[0], time), started=True)
            continue
        if what in {"all reset", "rebase"}:
            started = what == "all reset"
            yield from [Reset(time, at, vendor, last[vendor], started) for vendor in last]
            yield Reset(time, at, "", time, started)
            if not started:
                last.clear()
            continue
        key, *rest = parts
        yield from seen(key[0])
        match what:
            case "start":
                yield Start(time, at, *key, rest[0], rest[1])
            case "stop":
                yield Stop(time, at, *key, *rest)
            case "change":
                yield Change(time, at, *key, *rest)
            case "denial":
                yield Denial(time, at, *key, rest[0], -4, rest[1])
            case "enter":
                yield QueueEnter(time, at, *key, rest[0])
            case "leave":
                yield QueueLeave(time, at, *key, rest[0])


def _key(desk: Desk, product: int, holder: int) -> tuple[str, ...]:
    return (*desk.names.product_key(product)[1:], *desk.names.holders[holder - 1])


def _assert_equal_facts(model: NaivePairing, desk: Desk) -> None:
    """Hold every committed fact against the model's."""
    expected = {
        (one.at, one.n): (one.key, one.spans, one.end, one.reason, one.inferred) for one in model.sessions
    }  # fmt: skip
    found = {
        (one.at, one.n): (
            _key(desk, one.product, one.holder),
            [(one.start, one.first_seats), *(change[:2] for change in one.changes or [])],
            one.end,
            one.reason,
            bool(one.inferred),
        )
        for one in desk.sessions.values()
    }
    assert expected == found
    assert {one.at: (one.key, one.seats, one.start, one.end, one.outcome) for one in model.waits} == {
        one.at: (_key(desk, one.product, one.holder), one.seats, one.start, one.end, one.outcome)
        for one in desk.waits.values()
    }
    assert {one.at: (one.key, one.first, one.last, one.lines, one.outcome) for one in model.episodes} == {
        one.at: (_key(desk, one.product, one.holder)[:3], one.first, one.last, one.lines, one.outcome)
        for one in desk.episodes.values()
    }
    reasons = [one.reason for one in model.sessions if one.end is not None and not one.inferred]
    counts = {
        "matched": len(reasons) - reasons.count("reset"),
        "reset": reasons.count("reset"),
        "inferred": sum(one.inferred for one in model.sessions),
        "unmatched": model.unmatched,
    }
    assert {what: count for what, count in counts.items() if count} == desk.tally


def _levels(desk: Desk, vendor: str, feature: str) -> tuple[int, int, int]:
    product = desk.names.product("srv", vendor, feature)
    if product not in desk.pairing.products:
        return 0, 0, 0
    level = desk.pairing.level(product)
    return level.in_use, level.queued, level.users


def _follow(steps: Sequence[tuple]) -> None:
    """Pair event by event, with the model beside it, and hold every state against it."""
    desk, model = Desk(), NaivePairing()
    latest = _BEGIN
    for event in _events(steps):
        desk.apply(event)
        model.take(event)
        latest = max(latest, event.time)
        for vendor in VENDORS:
            for feature in FEATURES:
                expected = tuple(count(vendor, feature) for count in (model.level, model.queued, model.users))
                assert expected == _levels(desk, vendor, feature)
    desk.commit(latest + 1)
    model.pass_time(latest)
    _assert_equal_facts(model, desk)


@given(_steps(FORWARD, demand=True))
def test_every_state_is_the_plain_readings(steps: list[tuple]) -> None:
    """After every event the seats in use, the seats waiting and the users are the model's, and all facts in the end."""
    _follow(steps)


@given(_steps(ANYHOW, demand=False))
def test_a_clock_that_is_set_back_changes_no_rule(steps: list[tuple]) -> None:
    """With times that fall sessions still pair as the model's, and none has a negative length."""
    _follow(steps)


@given(_steps(FORWARD, demand=True), st.lists(st.booleans(), min_size=1, max_size=7), st.booleans())
def test_where_it_is_cut_makes_no_difference(steps: list[tuple], cuts: list[bool], restart: bool) -> None:
    """Committed once or after any event, restarted from the ledger or not, the same facts and levels come out."""
    once, often = Desk(), Desk()
    latest = _BEGIN
    for number, event in enumerate(_events(steps)):
        once.apply(event)
        often.apply(event)
        latest = max(latest, event.time)
        if cuts[number % len(cuts)]:
            often.commit(latest + 1)
            if restart:
                often.restart()
        assert [_levels(once, v, f) for v in VENDORS for f in FEATURES] == [
            _levels(often, v, f) for v in VENDORS for f in FEATURES
        ]
    once.commit(latest + 1)
    often.commit(latest + 1)

    assert once.sessions == often.sessions
    assert once.waits == often.waits
    assert once.episodes == often.episodes
    assert once.denials == often.denials
    assert once.totals == often.totals
    assert once.tally == often.tally
    assert dict(once.pairing.state()) == dict(often.pairing.state())


@given(_steps(ANYHOW, demand=False))
def test_totals_count_the_lines(steps: list[tuple]) -> None:
    """Check-outs are OUT lines and check-ins IN lines, whatever became of them."""
    desk = Desk()
    events = list(_events(steps))
    desk.apply(*events)
    desk.commit()

    for product, totals in desk.totals.items():
        _, vendor, feature = desk.names.product_key(product)
        for kind, count in ((Start, totals.checkouts), (Stop, totals.checkins)):
            assert count == sum(
                isinstance(event, kind) and (event.vendor, event.feature) == (vendor, feature) for event in events
            )
