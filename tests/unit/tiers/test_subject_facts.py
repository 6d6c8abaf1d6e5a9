"""Steps of a level, in the order in which they happened."""

from __future__ import annotations

from exporter.tiers.facts import Step, Steps


def test_steps_are_ordered_and_one_a_line() -> None:
    """Steps come in the order of time and line, whatever order they are given in, and one line makes one step."""
    found = Steps.of([Step(9, (1, 5), 1), Step(3, (2, 0), 4), Step(9, (1, 2), -2), Step(9, (1, 5), 2)])

    assert ([3, 9, 9], [[2, 0], [1, 2], [1, 5]], [4, -2, 3]) == tuple(column.tolist() for column in found)
