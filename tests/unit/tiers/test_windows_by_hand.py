"""Windows worked out on paper: what each field counts, and where a window begins and ends."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from exporter.tiers.facts import Issued, Step, Steps, SubjectFacts, Use, Uses
from exporter.tiers.grid import Grid
from exporter.tiers.windows import Sums, Window, windows
from tests.property.brute_windows import each_window


def steps(*moves: tuple[int, int]) -> Steps:
    """Return steps of (time, delta), each a line after the one before."""
    return Steps.of(Step(time, (1, at), delta) for at, (time, delta) in enumerate(moves))


def column(field: str, found: Iterable[Window]) -> list[int]:
    """Return one field of all windows."""
    return [getattr(window.sums, field) for window in found]


def test_a_window_with_everything() -> None:
    """Two people, four seats issued and then two, denials, a queue: every field is what paper and pencil give."""
    facts = SubjectFacts(
        first=0,
        coverage=[(0, 90)],
        levels=steps((10, 2), (40, 1), (70, -2)),
        uses=Uses.of([Use(10, 70, 0), Use(40, None, 1)]),
        checkouts=[10, 40],
        checkins=[70],
        denials=[20, 21, 50],
        waited=[20],
        refused=[50],
        queued=steps((20, 4), (40, -4)),
        suspect=steps((60, 1)),
        issued=[Issued(-100, 4), Issued(50, 2)],
    )
    expected = Sums(
        in_use_max=3,
        in_use_min=0,
        seat_seconds=2 * 30 + 3 * 30 + 1 * 20,
        covered_seconds=90,
        issued_seconds=4 * 50 + 2 * 40,
        saturated_seconds=20,
        over_issued_seconds=20,
        seconds_ge_50=30 + 10 + 20 + 20,
        seconds_ge_75=10 + 20,
        seconds_ge_90=20,
        seconds_ge_95=20,
        seconds_ge_100=20,
        checkouts=2,
        checkins=1,
        denials=3,
        denials_waited=1,
        denials_refused=1,
        queued_max=4,
        users=2,
        suspect_seats=1,
    )

    assert [Window(0, 100, expected, {0: 10, 2: 30, 3: 30, 1: 20})] == each_window(facts, [0, 100])
    assert (170 / 90, 3, 0, 170, 90, 280 / 90, 20) == expected.fields()[:7]


def test_a_line_on_the_first_second_decides_the_beginning() -> None:
    """The level before it belongs to the window before; the state between two lines of that second belongs here."""
    facts = SubjectFacts(0, [(0, 30)], steps((0, 5), (10, -2), (10, 1), (20, -4)))

    assert [(5, 5), (4, 3), (0, 0)] == [
        (it.sums.in_use_max, it.sums.in_use_min) for it in each_window(facts, [0, 10, 20, 30])
    ]


def test_what_one_line_does_is_one_state() -> None:
    """A stop and a start by one line never show the level between them, nor does a reset that ends many."""
    facts = SubjectFacts(
        0,
        [(0, 9)],
        Steps.of(
            [Step(0, (1, 0), 3), Step(4, (1, 7), -3), Step(4, (1, 7), 5), Step(6, (1, 9), -2), Step(6, (1, 9), -3)]
        ),
    )

    assert [(5, 0)] == [(it.sums.in_use_max, it.sums.in_use_min) for it in each_window(facts, [0, 9])]
    assert [(5, 3)] == [(it.sums.in_use_max, it.sums.in_use_min) for it in each_window(facts, [0, 6])]


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (Use(10, 20, 0), [0, 1, 0]),
        (Use(9, 21, 0), [1, 1, 1]),
        (Use(10, 10, 0), [0, 1, 0]),
        (Use(19, None, 0), [0, 1, 1]),
        (Use(-5, 0, 0), [0, 0, 0]),
        (Use(-5, 1, 0), [1, 0, 0]),
        (Use(-5, -5, 0), [0, 0, 0]),
        (Use(30, 31, 0), [0, 0, 0]),
        (Use(0, 0, 0), [1, 0, 0]),
    ],
)
def test_a_user_is_counted_where_a_second_was_open(use: Use, expected: list[int]) -> None:
    """A session that ends as a window begins is not in it; one without length is in the window of its instant."""
    assert expected == column("users", each_window(SubjectFacts(0, [(0, 30)], uses=Uses.of([use])), [0, 10, 20, 30]))


def test_a_user_is_counted_once_a_window() -> None:
    """Several sessions of one user, one inside the other or one after the other, are one user."""
    uses = [Use(1, 25, 0), Use(2, 3, 0), Use(12, 13, 1), Use(26, 27, 0), Use(28, None, 1)]

    assert [1, 2, 2, 1] == column(
        "users", each_window(SubjectFacts(0, [(0, 40)], uses=Uses.of(uses)), [0, 10, 20, 30, 40])
    )


def test_what_is_not_covered_has_no_window() -> None:
    """A gap is no zero: a window without coverage has no row, and one that is covered in part tells of that part."""
    facts = SubjectFacts(0, [(25, 50), (0, 12)], steps((0, 1), (15, 3), (30, -3)), checkouts=[0, 15])
    found = each_window(facts, [0, 10, 20, 24, 40, 60])

    assert [0, 10, 24, 40] == [window.start for window in found]
    assert [10, 2, 15, 10] == column("covered_seconds", found)
    assert [1, 1, 4, 1] == column("in_use_max", found)
    assert [10, 2, 4 * 5 + 10, 10] == column("seat_seconds", found)
    assert [1, 1, 0, 0] == column("checkouts", found)


def test_rows_begin_with_the_window_of_first_sight() -> None:
    """Windows before it have no row, its own tells of all its covered time; what was never seen has none."""
    facts = SubjectFacts(15, [(0, 30)])

    assert [10, 20] == [window.start for window in each_window(facts, [0, 10, 20, 30])]
    assert [10, 10] == column("covered_seconds", each_window(facts, [0, 10, 20, 30]))
    assert [] == list(each_window(SubjectFacts(None, [(0, 30)]), [0, 10]))
    assert [] == each_window(facts, [0, 10])
    assert [] == each_window(facts, [20])


def test_time_without_written_ends_has_counts_only() -> None:
    """Where no ends are written, levels, suspect seats and covered time are 0; lines, users and the queue are told."""
    facts = SubjectFacts(
        first=0,
        coverage=[(0, 40)],
        levels=steps((0, 1), (12, 6), (25, -5)),
        uses=Uses.of([Use(12, 14, 0)]),
        checkouts=[12],
        denials=[13],
        queued=steps((12, 3), (15, -3)),
        suspect=steps((11, 1), (31, -1)),
        issued=[Issued(0, 4)],
        stopless=[(10, 30)],
    )
    found = each_window(facts, [0, 10, 20, 40])
    expected = Sums._make([0] * 12 + [1, 0, 1, 0, 0, 3, 1, 0])

    assert Window(10, 20, expected, {}) == found[1]
    assert (0.0,) * 13 == expected.fields()[:13]
    assert [10, 0, 10] == column("covered_seconds", found)
    assert [1, 0, 2] == column("in_use_max", found)
    assert [0, 0, 1] == column("suspect_seats", found)


def test_issued_seats_change_inside_a_window() -> None:
    """Before the first date nothing is known: that time counts for no share, and as none issued in the mean."""
    facts = SubjectFacts(0, [(0, 30)], steps((0, 1)), issued=[Issued(10, 2), Issued(20, 1), Issued(25, 0)])
    (found,) = each_window(facts, [0, 30])

    assert (2 * 10 + 1 * 5, 5, 0) == (
        found.sums.issued_seconds,
        found.sums.saturated_seconds,
        found.sums.over_issued_seconds,
    )
    assert (15, 5) == (found.sums.seconds_ge_50, found.sums.seconds_ge_75)
    assert 25 / 30 == found.sums.fields()[5]


def test_of_two_rows_of_one_date_the_later_one_holds() -> None:
    """A second row for a date replaces the first, and makes no state of its own."""
    facts = SubjectFacts(0, [(0, 30)], steps((0, 2), (10, 1)), issued=[Issued(0, 1), Issued(10, 5), Issued(10, 3)])
    (found,) = each_window(facts, [10, 30])

    assert (3 * 20, 20, 3) == (found.sums.issued_seconds, found.sums.seconds_ge_100, found.sums.in_use_min)


def test_shares_are_exact() -> None:
    """A level counts from the exact share on, however the division ends: 19 of 20 is 95 %, 18 is not."""
    levels = steps((0, 10), (1, 5), (2, 3), (3, 1), (4, 1))
    (sums,) = (it.sums for it in each_window(SubjectFacts(0, [(0, 5)], levels, issued=[Issued(0, 20)]), [0, 5]))

    assert (5, 4, 3) == (sums.seconds_ge_50, sums.seconds_ge_75, sums.seconds_ge_90)
    assert (2, 1, 1) == (sums.seconds_ge_95, sums.seconds_ge_100, sums.saturated_seconds)


def test_quiet_windows_come_together() -> None:
    """A long quiet time is one row; a window of another length has one of its own."""
    facts = SubjectFacts(0, [(0, 10_000)], steps((5, 2)), issued=[Issued(0, 4)])
    found = list(windows(facts, Grid([0, 10, 20, 30, 55, 65])))

    assert [(0, 10, 1), (10, 30, 2), (30, 55, 1), (55, 65, 1)] == [(it.start, it.end, it.n) for it in found]
    assert [10, 20, 50, 20] == column("seat_seconds", found)


def test_bounds_may_lie_before_and_after_all_facts() -> None:
    """Windows that end before anything is covered, or begin when all is over, have no rows and harm no other."""
    facts = SubjectFacts(0, [(100, 110)], steps((90, 1), (200, -1)), uses=Uses.of([Use(90, 200, 0)]), checkouts=[90])

    assert [100] == [window.start for window in each_window(facts, range(0, 400, 10))]
    assert [(10, 0, 1)] == [
        (it.sums.seat_seconds, it.sums.checkouts, it.sums.users) for it in each_window(facts, range(0, 400, 10))
    ]


def test_minutes_without_end_cost_nothing() -> None:
    """Minutes by the hundred million are not gone through: what is quiet is one row, however long."""
    facts = SubjectFacts(65, [(0, 1 << 33)], steps((65, 1), (1 << 32, -1)), Uses.of([Use(65, 1 << 32, 0)]))
    found = list(windows(facts, Grid(range(0, (1 << 33) + 1, 60))))

    last = (1 << 32) // 60 * 60
    assert [60, 120, last, last + 60, last + 120] == [it.start for it in found]
    assert [55, 60, (1 << 32) - last, 0, 0] == column("seat_seconds", found)
    assert [1, 1, 1, 0, 0] == column("users", found)
