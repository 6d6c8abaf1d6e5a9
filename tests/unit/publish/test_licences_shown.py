"""What licence and options files say of features is shown by them alone, whatever the logs say or don't."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from exporter.publish.board import Board, LicensedShown
from exporter.publish.capacity import next_expiry
from exporter.publish.portfolio import Place
from exporter.views import Key, Licences
from tests.unit.publish.stepped_clock import BEGIN, SteppedClock

SOLVER: Key = ("lic1", "acornd", "solver")
MESHER: Key = ("lic1", "acornd", "mesher")
PLAIN = Place("", "plain", counted=True)


def shown(licences: Licences, seconds: float = 0) -> list[LicensedShown]:
    """Return what a board without any view shows of *licences* after some seconds."""
    clock = SteppedClock()
    board = Board(clock)
    board.use(licences)
    clock.step(seconds)
    return board.read().licensed


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, BEGIN + 10), (9, BEGIN + 10), (10, BEGIN + 20), (20, BEGIN + 20), (1000, BEGIN + 20)]
)
def test_the_next_expiry_counts_and_then_the_last(seconds: float, expected: float) -> None:
    """An expiry is told until it has come; when all have come, the last is."""
    licences = Licences(expiries={SOLVER: [BEGIN - 5, BEGIN + 10, BEGIN + 20]})
    assert [LicensedShown(SOLVER, expected, None, PLAIN)] == shown(licences, seconds)


def test_what_never_expires_is_infinite() -> None:
    """Once the last licence that ends has ended, permanent ones remain."""
    assert BEGIN == next_expiry([BEGIN, inf], BEGIN - 1)
    assert inf == next_expiry([BEGIN, inf], BEGIN)


def test_reserved_seats_need_no_licence_file() -> None:
    """A feature of which only an options file tells has its reserved seats and no expiry."""
    assert [LicensedShown(MESHER, None, 3, PLAIN)] == shown(Licences(reserved={MESHER: 3}))


def test_of_too_many_features_those_that_end_first_are_shown() -> None:
    """The number of series is bounded, and an alert on expiry loses nothing that matters."""
    names = [("lic1", "acornd", f"f{number}") for number in range(9)]
    licences = Licences(expiries={key: [BEGIN + 100 - number] for number, key in enumerate(names)}, most_features=2)
    assert names[-2:] == [one.key for one in shown(licences)]
    permanent = replace(licences, expiries=licences.expiries | {names[-1]: [inf]})
    assert names[-3:-1] == [one.key for one in shown(permanent)]
    long_ago = replace(licences, expiries=licences.expiries | {names[-1]: [BEGIN - 31 * 86_400]})
    assert names[-3:-1] == [one.key for one in shown(long_ago)]
