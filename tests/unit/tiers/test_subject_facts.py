"""How sessions become steps of a level."""

from __future__ import annotations

import pytest

from exporter.facts import Session
from exporter.tiers.facts import BEFORE_LINES, Step, Steps, session_steps, suspect_steps

SESSION = Session(generation=1, at=50, n=0, product=1, holder=1, first_seats=4, seats=4, start=100)


def ended(**fields: object) -> Session:
    """Return a session of 4, then 16, then 6 seats, that ended."""
    held = Session(1, 50, 0, 1, 1, 4, 6, 100, 400, "returned", end_generation=2, end_at=10)
    held.changes = [(200, 16, 1, 80), (300, 6, 1, 90)]
    for name, value in fields.items():
        setattr(held, name, value)
    return held


def test_a_session_is_a_step_at_each_of_its_lines() -> None:
    """A session adds its seats, what each change adds or takes, and takes the rest away by the line that ends it."""
    expected = [Step(100, (1, 50), 4), Step(200, (1, 80), 12), Step(300, (1, 90), -10), Step(400, (2, 10), -6)]

    assert expected == session_steps(ended())
    assert [Step(100, (1, 50), 4)] == session_steps(SESSION)


def test_an_inferred_session_begins_before_the_lines_of_its_second() -> None:
    """What was open before the log began is a state of its own before the first line."""
    begun, *_ = session_steps(ended(inferred=1))

    assert Step(100, BEFORE_LINES, 4) == begun
    assert [[*BEFORE_LINES], [1, 50]] == Steps.of([Step(100, (1, 50), 1), begun]).seqs.tolist()


def test_an_end_without_its_line_is_refused() -> None:
    """The place of an end among the lines of its second is never guessed."""
    with pytest.raises(ValueError, match="no line that ended it"):
        session_steps(ended(end_at=None))


def test_seats_in_doubt_are_those_of_open_sessions() -> None:
    """A session in doubt adds its seats from the gap on; one that is sure or over adds none."""
    assert [Step(250, BEFORE_LINES, 6)] == suspect_steps(ended(end=None, suspect=250))
    assert [] == suspect_steps(ended(suspect=250))
    assert [] == suspect_steps(SESSION)


def test_steps_are_ordered_and_one_a_line() -> None:
    """Steps come in the order of time and line, whatever order they are given in, and one line makes one step."""
    found = Steps.of([Step(9, (1, 5), 1), Step(3, (2, 0), 4), Step(9, (1, 2), -2), Step(9, (1, 5), 2)])

    assert ([3, 9, 9], [[2, 0], [1, 2], [1, 5]], [4, -2, 3]) == tuple(column.tolist() for column in found)
