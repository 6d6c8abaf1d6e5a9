"""Gauges as shown, followed through time: integrals, peaks and dated capacity, view by view and between views."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import pytest

from exporter.publish.board import Board, FeatureShown, ProductShown
from exporter.views import FeatureView, Key, Licences, StreamView, View
from tests.unit.publish.stepped_clock import BEGIN, SteppedClock

SOLVER: Key = ("lic1", "acornd", "solver")
MESHER: Key = ("lic1", "acornd", "mesher")
STREAM = StreamView(
    "lic1", "/l", "lic1", {}, (), True, 1.0, False, frozenset(), None, 0, {}, {}, writer_on_rotated=False
)


class Shop:
    """A board with a clock; features are told by their seats."""

    def __init__(self) -> None:
        """Begin with an empty board."""
        self.clock = SteppedClock()
        self.board = Board(self.clock)

    def show(self, solver: int | None = None, mesher: int | None = None, *, high: int = 0, **stream: object) -> None:
        """Show a stream; a feature that is None was never seen."""
        told = ((1, SOLVER, solver), (2, MESHER, mesher))
        features = {n: view(key, seats, high) for n, key, seats in told if seats is not None}
        self.board.show(View((replace(STREAM, features=features, **stream),)))

    def feature(self, key: Key = SOLVER) -> FeatureShown:
        """Return a feature as it is shown now."""
        (found,) = [one for one in self.board.read().features if one.key == key]
        return found

    def product(self) -> ProductShown | None:
        """Return the one product as it is shown now."""
        return next(iter(self.board.read().products), None)


def view(key: Key, seats: int, high: int = 0) -> FeatureView:
    """Return a feature with so many seats in use."""
    return FeatureView(*key, seats, 0, seats, 0, None, seats, 0, {}, 0, high)


@pytest.fixture
def shop() -> Shop:
    """Give a board."""
    return Shop()


def test_the_integral_is_of_the_gauge(shop: Shop) -> None:
    """Between two views the level stands; a read in between is moved on to its own instant."""
    shop.show(3)
    shop.clock.step(10)
    assert shop.feature().seat_seconds == 30
    shop.clock.step(10)
    shop.show(1)
    shop.clock.step(5)
    assert shop.feature().seat_seconds == 65


def test_no_integral_without_a_gauge(shop: Shop) -> None:
    """While a stream is stale, behind or unreadable its integrals stand still, and then go on from there."""
    shop.show(2)
    for standing in ({"stale": True}, {"caught_up": False}, {"problem": "It can't be read."}):
        shop.clock.step(10)
        shop.show(2, **standing)
        assert [] == shop.board.read().features
        shop.clock.step(1000)
        shop.show(2)
    assert shop.feature().seat_seconds == 60


def test_a_new_pipeline_goes_on(shop: Shop) -> None:
    """After the configuration was read again integrals go on from where they were; nothing falls."""
    shop.show(2)
    shop.clock.step(10)
    shop.board.show(View())
    shop.clock.step(100)
    shop.show(2)
    shop.clock.step(10)
    assert shop.feature().seat_seconds == 40


def test_the_wall_clock_moves_no_integral(shop: Shop) -> None:
    """A wall clock that steps, either way, leaves integrals to the monotonic one."""
    shop.show(2)
    for jump in (7200, -86_400, 3600):
        shop.clock.put(jump)
        shop.clock.step(10)
        shop.board.read()
    assert shop.feature().seat_seconds == 60


def test_saturated_and_over_issued(shop: Shop) -> None:
    """At the seats issued it is saturated, above them over-issued too; none issued is neither."""
    shop.board.use(Licences(issued={SOLVER: [(0, 2)], MESHER: [(0, 0)]}))
    for seats, seconds in ((1, 1), (2, 10), (3, 100)):
        shop.show(seats, seats)
        shop.clock.step(seconds)
    shop.show(0, 0)

    assert (110, 100) == shop.feature()[5:7]
    assert (0, 0) == shop.feature(MESHER)[5:7]


def test_capacity_changes_at_its_date(shop: Shop) -> None:
    """Without any commit the new seats are shown from their second on, and time is measured against them from then."""
    shop.board.use(Licences(issued={SOLVER: [(BEGIN + 100, 5), (BEGIN + 200, 2), (BEGIN + 210, 9)]}))
    shop.show(2)
    assert shop.feature().issued is None
    shop.clock.step(100)
    assert shop.feature().issued == 5
    shop.clock.step(105)
    assert (2, 5.0) == (shop.feature().issued, shop.feature().saturated_seconds)
    shop.clock.step(95)
    assert (9, 10.0) == (shop.feature().issued, shop.feature().saturated_seconds)


def test_capacity_follows_a_clock_that_is_put_back(shop: Shop) -> None:
    """The seats of the time that the clock tells are shown."""
    shop.board.use(Licences(issued={SOLVER: [(BEGIN, 5), (BEGIN + 100, 2)]}))
    shop.show(2)
    shop.clock.step(150)
    assert shop.feature().issued == 2
    shop.clock.put(-100)
    assert shop.feature().issued == 5


def test_capacity_is_the_configurations(shop: Shop) -> None:
    """A configuration that was read again takes effect on what is shown, and what it doesn't name is unknown."""
    shop.board.use(Licences(issued={SOLVER: [(0, 5)]}))
    shop.show(2, 1)
    assert (5, None) == (shop.feature().issued, shop.feature(MESHER).issued)
    shop.board.use(Licences(issued={MESHER: [(0, 1)]}))
    assert (None, 1) == (shop.feature().issued, shop.feature(MESHER).issued)


def test_a_peak_is_of_a_whole_span(shop: Shop) -> None:
    """The highest level of each 5 minutes, what was carried in included, is shown through the next, and no earlier."""
    shop.show(4)
    shop.clock.step(290)
    shop.show(7)
    shop.show(6)
    assert shop.feature().peak is None
    shop.clock.step(10)
    assert shop.feature().peak == 7
    shop.show(1)
    shop.clock.step(299)
    assert shop.feature().peak == 7
    shop.clock.step(1)
    assert shop.feature().peak == 6
    shop.clock.step(700)
    assert shop.feature().peak == 1


def test_a_peak_holds_what_no_view_showed(shop: Shop) -> None:
    """A level that lasted for an instant between two views counts; not one from before the stream was shown."""
    shop.show(1, high=50)
    shop.clock.step(100)
    shop.show(2, high=9)
    shop.clock.step(200)

    assert shop.feature().peak == 9


def test_no_peak_of_a_span_that_was_not_seen_whole(shop: Shop) -> None:
    """A process that began, or a stream that was stale, in the middle of 5 minutes has no peak of them."""
    shop.clock.step(1)
    shop.show(4)
    shop.clock.step(299)
    assert shop.feature().peak is None
    shop.clock.step(300)
    assert shop.feature().peak == 4
    shop.clock.step(1)
    shop.show(4, stale=True)
    shop.show(4)
    shop.clock.step(299)
    assert shop.feature().peak is None


def test_a_feature_first_seen_has_a_peak_at_once(shop: Shop) -> None:
    """A feature that appears in a log that was being watched was at 0 before: its first span is whole."""
    shop.show(4)
    shop.clock.step(100)
    shop.show(4, 2)
    shop.clock.step(200)

    assert shop.feature(MESHER).peak == 2


def test_peaks_after_the_clock_was_put_back(shop: Shop) -> None:
    """Spans go by the clock as it is; the one in which it was put back is no whole one."""
    shop.show(4)
    shop.clock.step(300)
    assert shop.feature().peak == 4
    shop.clock.put(-86_390)
    assert shop.feature().peak is None
    shop.clock.step(290)
    assert shop.feature().peak is None
    shop.clock.step(300)
    assert shop.feature().peak == 4


def test_a_product_is_the_sum_of_what_counts(shop: Shop) -> None:
    """Its seats, issued seats and peak are its members'; what never was seen is not in use."""
    shop.board.use(Licences({SOLVER: [(0, 5)], MESHER: [(0, 3)]}, {"Suite": [SOLVER, MESHER]}))
    shop.show(2)
    assert ("Suite", 2, 8, None) == shop.product()
    shop.show(2, 4)
    shop.clock.step(100)
    shop.show(1, 4)
    shop.clock.step(200)
    assert ("Suite", 5, 8, 6) == shop.product()


def test_a_product_without_all_its_members(shop: Shop) -> None:
    """It is absent while a member's stream is stale, or its server has no log; its issued seats while one's are."""
    shop.board.use(Licences({SOLVER: [(0, 5)]}, {"Suite": [SOLVER, MESHER], "Other": [("lic2", "x", "y")]}))
    shop.show(2)
    assert [("Suite", 2, None, None)] == shop.board.read().products
    shop.show(2, 1, stale=True)
    assert [] == shop.board.read().products
    shop.show(2, 1)
    assert [("Suite", 3, None, None)] == shop.board.read().products
    shop.board.show(View())
    assert [] == shop.board.read().products


@pytest.mark.parametrize("told", ["by the configuration", "by the log"])
def test_a_component_does_not_count(shop: Shop, told: str) -> None:
    """Of a package and its component, taken together, only the package counts, whoever told of it."""
    pairs = frozenset([(SOLVER, MESHER)])
    by_config = told == "by the configuration"
    suite = {"Suite": [MESHER, SOLVER]}
    shop.board.use(Licences(products=suite, components=pairs if by_config else frozenset()))
    shop.show(2, 2, packages=frozenset() if by_config else pairs)

    assert [("Suite", 2, None, None)] == shop.board.read().products
    assert ("Suite", "package", True) == shop.feature().place
    assert ("Suite", "component", False) == shop.feature(MESHER).place


def test_places_without_a_product(shop: Shop) -> None:
    """A component that no product names has its package's product; outside of all, only a component doesn't count."""
    shop.board.use(Licences(products={"Suite": [SOLVER]}, components=frozenset([(SOLVER, MESHER)])))
    shop.show(2, 2)
    assert ("Suite", "component", False) == shop.feature(MESHER).place
    shop.board.use(Licences())
    assert ("", "plain", True) == shop.feature(MESHER).place
    shop.board.use(Licences(components=frozenset([(SOLVER, MESHER)])))
    assert [("", "package", True), ("", "component", False)] == [shop.feature(key).place for key in (SOLVER, MESHER)]


def test_reads_and_views_in_many_threads(shop: Shop) -> None:
    """Scrapes from several threads, while views come, see integrals that never fall."""
    shop.show(1)
    fallen: list[tuple[float, float]] = []

    def scrape() -> None:
        last = 0.0
        for _ in range(300):
            now = shop.feature().seat_seconds
            if now < last:
                fallen.append((last, now))
            last = now

    threads = [Thread(target=scrape) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seats in range(300):
        shop.clock.step(1)
        shop.show(seats % 7)
    for thread in threads:
        thread.join()

    assert [] == fallen
