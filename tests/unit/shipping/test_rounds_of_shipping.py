"""A round of shipping: the next body is made while the last is sent, and the cursor moves only for what is stored."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event as Signal
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from exporter import due, shipping
from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, Tier
from exporter.due import Leg
from exporter.errors import LedgerError, SinkAway
from exporter.ledger.shipments import Advance
from exporter.ledger.windows import Subject
from exporter.publish.influxdb.connection import go_ahead
from exporter.publish.influxdb.lines import Lines
from exporter.shipping import Report, Round
from exporter.tiers.windows import Sums
from exporter.windowing import Windowing

HOUR = 3600
DEADLINE = 20.0
BODY = 10


@dataclass
class Ledger:
    """Windows of which each is another than the one before; *making* is told of each."""

    making: Callable[[int], None] = lambda second: None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    asked: list[tuple[int, int]] = field(default_factory=list)

    def windows(self, tier: Tier, _: Subject, start: int, end: int) -> Iterator[tuple[range, Sums]]:
        """Yield them."""
        self.asked.append((start, end))
        for second in range(start, end, tier.seconds):
            self.making(second)
            yield range(second, second + tier.seconds, tier.seconds), Sums(*[second % 10_007] * len(Sums._fields))


@dataclass
class Server:
    """Takes what it is sent; *ready* is called when a body may be packed, *before* when it goes."""

    before: Callable[[], None] = lambda: None
    ready: Callable[[], None] = lambda: None
    bodies: list[tuple[str, list[int]]] = field(default_factory=list)
    """Of each its tier, and the seconds of its lines."""

    def write(self, tier: str, body: bytes, turn: Callable[[], None] = go_ahead) -> None:
        """Take whole lines."""
        self.ready()
        turn()
        self.before()
        self.bodies.append((tier, [int(line.rsplit(b" ", 1)[1]) for line in body.splitlines()]))

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture(autouse=True)
def small_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a round end after ten bodies."""
    monkeypatch.setattr(shipping, "ROUND", 10 * BODY)


def leg(windows: int, tier: Tier = HOURLY, subject: int = 1) -> Leg:
    """Return a leg of so many windows."""
    return Leg(tier, Subject(subject, ("srv", "v", f"f{subject}"), (subject,)), 0, windows * tier.seconds, 0, 0)


def ship(ledger: Ledger, server: Server, *legs: Leg, stop: Signal | None = None, at_once: int = BODY) -> Report:
    """Ship in one round, so many lines at once."""
    return Round(server, Lines("site"), stop or Signal(), at_once).ship(cast(Windowing, ledger), legs)


def test_the_next_body_is_made_while_one_is_sent() -> None:
    """The server answers the first body only once the last line of the second is made."""
    made = Signal()
    answered: list[bool] = []

    def making(second: int) -> None:
        if second == (2 * BODY - 1) * HOUR:
            made.set()

    report = ship(Ledger(making), Server(lambda: answered.append(made.wait(DEADLINE))), leg(3 * BODY))

    assert [True] * 3 == answered
    assert (None, 3 * BODY) == (report.error, report.sent[HOURLY])


def test_the_next_body_is_packed_while_one_is_sent() -> None:
    """The server answers the first body only once the second is ready to go."""
    packed, answered, order = Signal(), list[bool](), list[str]()

    def ready() -> None:
        order.append("ready")
        if order.count("ready") == 2:
            packed.set()

    def before() -> None:
        order.append("goes")
        answered.append(packed.wait(DEADLINE))

    report = ship(Ledger(), Server(before, ready=ready), leg(2 * BODY))

    assert [True] * 2 == answered
    assert 2 == order.count("goes")
    assert "goes" == order[-1]
    assert (None, 2 * BODY) == (report.error, report.sent[HOURLY])


def test_nothing_overtakes_what_was_not_stored() -> None:
    """A body that is ready while the one before it is lost is never sent."""
    server, packed, readied = Server(), Signal(), list[bool]()

    def ready() -> None:
        readied.append(True)
        if len(readied) == 2:
            packed.set()

    def before() -> None:
        assert packed.wait(DEADLINE)
        raise SinkAway("gone")

    server.ready, server.before = ready, before
    report = ship(Ledger(), server, leg(5 * BODY))

    assert ("gone", 0, []) == (str(report.error), report.sent[HOURLY], server.bodies)
    assert 2 == len(readied)


def test_bodies_hold_all_windows_once_and_in_order() -> None:
    """Of two tiers and several subjects, each body of one tier; the newest of each is told."""
    server = Server()
    legs = [leg(7), leg(15, subject=2), leg(3, LONGTERM), leg(0, LONGTERM, subject=2)]
    report = ship(Ledger(), server, *legs)

    assert [("hourly", 10), ("hourly", 10), ("hourly", 2), ("longterm", 3)] == [(t, len(s)) for t, s in server.bodies]
    assert [*range(0, 7 * HOUR, HOUR), *range(0, 15 * HOUR, HOUR)] == [
        s for _, seconds in server.bodies[:3] for s in seconds
    ]
    assert {HOURLY: 14 * HOUR, LONGTERM: 2 * 86_400} == report.newest
    assert [(subject, until) for _, subject, until, _ in report.advances] == [
        (1, 7 * HOUR),
        (2, 2 * HOUR),
        (2, 12 * HOUR),
        (2, 15 * HOUR),
        (1, 3 * 86_400),
        (2, 0),
    ]
    assert report.all_of_them


def test_what_was_not_stored_moves_nothing() -> None:
    """Where the third body is lost, the cursor stands where the second ends, whatever was made meanwhile."""
    server = Server()

    def dies() -> None:
        if len(server.bodies) == 2:
            raise SinkAway("gone")

    server.before = dies
    report = ship(Ledger(), server, leg(5, LONGTERM), leg(50))

    assert ("gone", HOURLY, BODY) == (str(report.error), report.failed, report.sent[HOURLY])
    assert Advance(HOURLY.seconds, 1, (BODY - 1) * HOUR, None) == report.advances[-1]
    assert not report.all_of_them
    assert report.error is not None
    assert report.error.__traceback__ is None


def test_a_round_ends_in_the_middle_of_a_leg() -> None:
    """After its lines, or when it is told to; the window of the last line goes again with what follows."""
    first = ship(Ledger(), Server(), leg(1_000))
    stop = Signal()
    stop.set()
    second = ship(Ledger(), Server(), leg(1_000), stop=stop)

    for report, bodies in ((first, 10), (second, 1)):
        assert (bodies * BODY, False) == (report.sent[HOURLY], report.all_of_them)
        assert Advance(HOURLY.seconds, 1, (bodies * BODY - 1) * HOUR, None) == report.advances[-1]


def test_nothing_is_under_way_after_a_fault_of_the_ledger() -> None:
    """A round that breaks off has waited for the server, so that the next may use the connection."""
    server = Server()
    broken = Signal()

    def making(second: int) -> None:
        if second == (BODY + 5) * HOUR:
            broken.set()
            raise LedgerError("can't be read")

    answered: list[bool] = []
    server.before = lambda: answered.append(broken.wait(DEADLINE))
    with pytest.raises(LedgerError):
        ship(Ledger(making), server, leg(5 * BODY))
    assert ([True], 1) == (answered, len(server.bodies))


def test_minutes_are_worked_out_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long they are kept; what is stored is read at one go."""
    monkeypatch.setattr(due, "_AT_ONCE", 50)
    ledger = Ledger()
    report = ship(ledger, Server(), leg(20), leg(70, LIVE))

    assert [(0, 20 * HOUR), (0, 50 * 60), (50 * 60, 70 * 60)] == ledger.asked
    assert (None, 70) == (report.error, report.sent[LIVE])


def test_memory_does_not_grow_with_the_number_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round of twenty times as many windows takes as much at its peak."""
    monkeypatch.setattr(shipping, "ROUND", 1 << 40)
    # The least of three: what is made once, and what waits to be collected, is in some of them.
    few, many = (min(_peak(windows) for _ in range(3)) for windows in (1_000, 20_000))

    assert 1.3 * few > many


def _peak(windows: int) -> int:
    """Return the bytes that shipping takes at most."""
    server = Server()
    server.before = server.bodies.clear
    tracemalloc.start()
    try:
        report = ship(Ledger(), server, leg(windows // 2), leg(windows // 2, subject=2), at_once=200)
        assert windows == report.sent[HOURLY]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
