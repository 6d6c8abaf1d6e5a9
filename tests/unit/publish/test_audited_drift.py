"""The drift that is shown of a feature: by its log's newest word, else by an audit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.publish.board import Board
from exporter.publish.features import feature_lines
from exporter.views import FeatureView, Key, StreamView, View
from tests.unit.publish.stepped_clock import SteppedClock

TOLD: Key = ("lic1", "acornd", "told")
PLAIN: Key = ("lic1", "acornd", "plain")
NEVER: Key = ("lic1", "acornd", "never seen")
STREAM = StreamView(
    "lic1", "/l", "lic1", {}, (), True, 1.0, False, frozenset(), None, 0, {}, {}, writer_on_rotated=False
)


def view(key: Key, drift: int | None) -> FeatureView:
    """Return a feature with two seats in use and the drift of its log's newest line."""
    return FeatureView(*key, 2, 0, 1, 0, drift, 2, 0, {})


@pytest.fixture
def board() -> Board:
    """Give a board with a feature whose log tells the server's count, and one whose log doesn't."""
    board = Board(SteppedClock())
    board.show(View((replace(STREAM, features={1: view(TOLD, 1), 2: view(PLAIN, None)}),)))
    return board


def test_an_audit_tells_the_drift_where_the_log_does_not(board: Board) -> None:
    """The log's own word stands; of other features an audit is shown, zero too, and gone when it is too old."""
    assert [(TOLD, 1)] == board.read().drifts
    board.audit({TOLD: 7, PLAIN: 0})
    assert [(PLAIN, 0), (TOLD, 1)] == board.read().drifts
    board.audit({})
    assert [(TOLD, 1)] == board.read().drifts


def test_a_feature_that_no_log_told_of_is_shown_where_it_is_in_use(board: Board) -> None:
    """What the server has in use and no log ever told of is drift; it has no other series, and none if it is equal."""
    board.audit({NEVER: 3})
    text = feature_lines(board.read(), openmetrics=False).decode()
    lines = [line for line in text.splitlines() if 'feature="never seen"' in line]
    assert ['licence_feature_drift_seats{feature="never seen",server="lic1",vendor="acornd"} 3.0'] == lines
    board.audit({NEVER: 0})
    assert [(TOLD, 1)] == board.read().drifts


def test_no_drift_of_what_is_not_shown(board: Board) -> None:
    """While a log is stale, its features have no drift, nor has what the server has besides."""
    board.audit({PLAIN: 2, NEVER: 3})
    board.show(View((replace(STREAM, features={1: view(TOLD, 1)}, stale=True),)))

    assert [] == board.read().drifts
