"""Which features are shown of a source that has too many: the busiest, and not now these, now those."""

from __future__ import annotations

from dataclasses import replace

from exporter.publish.board import Board
from exporter.publish.busiest import Busiest
from exporter.views import FeatureView, Key, Licences, StreamView, View
from tests.unit.publish.stepped_clock import SteppedClock

STREAM = StreamView(
    "lic1", "/l", "lic1", {}, (), True, 1.0, False, frozenset(), None, 0, {}, {}, writer_on_rotated=False
)


def key(name: str) -> Key:
    """Return the key of a feature."""
    return "lic1", "acornd", name


def stream(source: str = "lic1", **checkouts: int) -> StreamView:
    """Return a stream of features with so many check-outs."""
    views = [FeatureView(*key(name), 1, 0, 1, 0, None, many, 0, {}) for name, many in checkouts.items()]
    return replace(STREAM, source=source, name=f"/{source}", features=dict(enumerate(views)))


def names(board: Board) -> list[str]:
    """Return the names of the features that are shown."""
    return [one.key[2] for one in board.read().features]


def test_those_with_the_most_check_outs() -> None:
    """Of three, two may be shown: the busiest two; the third is told as dropped, and its seats still count."""
    board = Board(SteppedClock())
    board.use(Licences(products={"All": [key("a"), key("b"), key("c")]}, most_features=2))
    board.show(View((stream(a=1, b=9, c=5),)))
    shown = board.read()

    assert ["b", "c"] == names(board)
    assert {"lic1": 1} == shown.dropped
    assert [3] == [one.in_use for one in shown.products]


def test_what_is_shown_stays_unless_another_is_far_busier() -> None:
    """One with a few more check-outs takes no place; one with more than twice as many does, and keeps it."""
    choice = Busiest()
    counts = {key("a"): 10, key("b"): 6, key("c"): 5}
    assert {key("a"), key("b")} == choice.choose(counts, 2)
    assert {key("a"), key("b")} == choice.choose(counts | {key("c"): 12}, 2)
    assert {key("a"), key("c")} == choice.choose(counts | {key("c"): 13}, 2)
    assert {key("a"), key("c")} == choice.choose(counts | {key("c"): 13, key("b"): 14}, 2)


def test_as_many_as_may_be_are_kept_when_more_come() -> None:
    """A feature that was shown while there was room is not pushed out by a new one that is as quiet."""
    choice = Busiest()
    choice.choose({key("x"): 1, key("y"): 1}, 2)

    assert {key("x"), key("y")} == choice.choose({key("a"): 1, key("x"): 1, key("y"): 1}, 2)


def test_a_feature_of_two_sources_is_whole() -> None:
    """Redundant servers in two sources: where one of them shows a feature, the sum of both is shown."""
    board = Board(SteppedClock())
    board.use(Licences(most_features=1))
    board.show(View((stream("one", a=5, b=1), stream("two", a=1, b=1, c=9))))
    shown = board.read()

    assert [("a", 2), ("c", 1)] == [(one.key[2], one.sum.in_use) for one in shown.features]
    assert {"one": 1, "two": 1} == shown.dropped
