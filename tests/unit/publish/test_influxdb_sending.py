"""One bad line stops none of the others, and what could not be sent is tried again at the right time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import SinkAway, SinkError, SinkRefuses, SinkRejects
from exporter.publish.influxdb.connection import go_ahead
from exporter.publish.influxdb.sending import Backoff, send
from tests.unit.publish.stepped_clock import SteppedClock


class Store:
    """A server in memory: rejects bad lines and drops old ones as 1.x does, or takes whole bodies only as 2.x."""

    def __init__(self, *, oldest: int = 0, partial: bool = True, most: int = 10**9) -> None:
        """Keep what is not before *oldest*; take at most so many bytes in one body."""
        self.stored: list[bytes] = []
        self.requests = 0
        self._oldest = oldest
        self._partial = partial
        self._most = most

    def write(self, tier: str, body: bytes, turn: Callable[[], None] = go_ahead) -> None:
        """Store the lines, or tell what is wrong: of old and bad ones only the old are mentioned, as by 1.6."""
        turn()
        assert tier == "hourly"
        assert body.endswith(b"\n")
        self.requests += 1
        if len(body) > self._most:
            raise SinkRejects("Request Entity Too Large")
        lines = body.splitlines(keepends=True)
        bad = [line for line in lines if line.startswith(b"bad")]
        good = [line for line in lines if line not in bad]
        fresh = [line for line in good if int(line.split()[-1]) >= self._oldest]
        if self._partial or not bad:
            self.stored += fresh
        if old := len(good) - len(fresh):
            raise SinkRejects(f"partial write: points beyond retention policy dropped={old}")
        if bad:
            raise SinkRejects("partial write: unable to parse 'bad ...' dropped=0")

    def close(self) -> None:
        """Do nothing."""


class Failing:
    """A server that fails with an error at its n-th request."""

    def __init__(self, error: SinkError, at: int) -> None:
        """Fail with *error* at request *at*, and call all other bodies bad."""
        self._error = error
        self._left = at

    def write(self, tier: str, body: bytes, turn: Callable[[], None] = go_ahead) -> None:
        """Fail."""
        turn()
        self._left -= 1
        raise SinkRejects("bad") if self._left else self._error

    def close(self) -> None:
        """Do nothing."""


def lines(kinds: str) -> list[bytes]:
    """Return a line a letter: g is a good one, b a bad one, o one that is too old for a server that keeps from 1000."""
    return [
        b"%b,n=%d v=1 %d\n" % (b"bad" if k == "b" else b"m", n, n if k == "o" else 1000 + n)
        for n, k in enumerate(kinds)
    ]


@given(st.text("gbo", max_size=60), st.booleans())
def test_each_line_meets_its_own_fate(kinds: str, partial: bool) -> None:
    """Good lines are stored, old ones counted, bad ones set aside, whatever stands beside them in whatever order."""
    store, all_lines = Store(oldest=1000, partial=partial), lines(kinds)

    outcome = send(store, "hourly", all_lines)

    assert {line for line, kind in zip(all_lines, kinds, strict=True) if kind == "g"} == set(store.stored)
    assert (kinds.count("g"), kinds.count("o")) == (outcome.sent, outcome.too_old)
    assert sorted(line for line, kind in zip(all_lines, kinds, strict=True) if kind == "b") == sorted(
        line for line, _ in outcome.refused
    )


def test_a_bad_line_is_found_by_halving() -> None:
    """One bad line among 4,096 costs two requests for each halving, and keeps the server's words."""
    store = Store()

    outcome = send(store, "hourly", lines("g" * 1000 + "b" + "g" * 3095))

    assert (4095, 0, [(b"bad,n=1000 v=1 2000\n", "partial write: unable to parse 'bad ...' dropped=0")]) == outcome
    assert 1 + 2 * 12 == store.requests


def test_old_lines_among_others_cost_two_more_requests() -> None:
    """The server says how many are too old: those are told apart by their time, not by halving."""
    store = Store(oldest=1000)

    assert (500, 500, []) == send(store, "hourly", lines("go" * 500))
    assert 3 == store.requests


def test_lines_that_are_all_too_old_cost_one_request() -> None:
    """Nothing is sent twice to learn what the server has already said."""
    store = Store(oldest=1000)

    assert (0, 300, []) == send(store, "hourly", lines("o" * 300))
    assert 1 == store.requests


def test_a_body_too_long_for_the_server_is_halved() -> None:
    """A server that takes short bodies only gets short ones."""
    store = Store(most=1000)

    assert (200, 0, []) == send(store, "hourly", lines("g" * 200))
    assert sorted(lines("g" * 200)) == sorted(store.stored)


def test_of_the_same_point_twice_the_later_stays_later() -> None:
    """Taking lines apart keeps the order of those of one second, so that the last one is the one that holds."""
    store = Store(oldest=50)
    twice = [b"m v=1 60\n", b"m v=0 10\n", b"m v=2 60\n", b"bad v=0 60\n", b"m v=3 60\n"]

    send(store, "hourly", twice)

    assert b"m v=3 60\n" == store.stored[-1]


@pytest.mark.parametrize("error", [SinkAway("gone", 3.0), SinkRefuses("no")])
@pytest.mark.parametrize("at", [1, 4])
def test_trouble_of_the_server_goes_through(error: SinkError, at: int) -> None:
    """When the server goes away or refuses, at first or amid halving, the caller is told, and nothing is set aside."""
    with pytest.raises(type(error)) as told:
        send(Failing(error, at), "hourly", lines("g" * 9))

    assert error is told.value


def test_no_lines_need_no_request() -> None:
    """Without lines nothing is asked of the server."""
    assert (0, 0, []) == send(Failing(SinkAway("gone"), 1), "hourly", [])


def waits(errors: list[SinkError], chance: float) -> list[float]:
    """Return how long is waited after each of *errors*, one after the other."""
    clock = SteppedClock()
    backoff = Backoff(clock.monotonic, lambda: chance)
    assert 0 == backoff.left
    found = []
    for error in errors:
        backoff.failed(error)
        found.append(backoff.left)
        clock.step(backoff.left)
        assert 0 == pytest.approx(backoff.left)
    return found


def test_an_absent_server_is_tried_ever_more_slowly() -> None:
    """The wait doubles from a second to a minute, a quarter less or more by chance, however long it lasts."""
    away: list[SinkError] = [SinkAway("gone")] * 2000

    assert [1, 2, 4, 8, 16, 32, 60, 60] == pytest.approx(waits(away, 0.5)[:8])
    assert [0.75, 1.5, 3] == pytest.approx(waits(away, 0)[:3])
    assert [75, 75] == pytest.approx(waits(away, 1)[-2:])


def test_a_server_that_refuses_is_tried_slowly() -> None:
    """Where somebody has to do something it is a minute from the first."""
    assert [60, 60] == pytest.approx(waits([SinkRefuses("no")] * 2, 0.5))


def test_what_the_server_asks_for_is_honoured() -> None:
    """Retry-After makes a wait longer, never shorter, and an hour at most."""
    asked: list[SinkError] = [SinkAway("busy", seconds) for seconds in (30, 0, 10**8)]

    assert [30, 2, 3600] == pytest.approx(waits(asked, 0.5), rel=0.06)
    assert all(least <= wait for least, wait in zip((30, 1.5, 3600), waits(asked, 0), strict=True))


def test_success_begins_anew() -> None:
    """After a write that went well the next is due at once, and the next failure waits for a second only."""
    clock = SteppedClock()
    backoff = Backoff(clock.monotonic, lambda: 0.5)
    for _ in range(5):
        backoff.failed(SinkAway("gone"))
    assert 16 == pytest.approx(backoff.left)

    backoff.succeeded()

    assert 0 == backoff.left
    backoff.failed(SinkAway("gone"))
    assert 1 == pytest.approx(backoff.left)
    clock.step(5)
    assert 0 == backoff.left
