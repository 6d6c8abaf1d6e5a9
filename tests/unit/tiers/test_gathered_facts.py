"""How rows of a ledger become the steps of a feature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exporter.feature_rows import EVER, NOTHING, ChangeRow, FeatureRows, SessionColumns, StreamRows, WaitRow
from exporter.tiers.facts import AFTER_LINES, BEFORE_LINES, Step, Steps, SubjectFacts
from exporter.tiers.gather import gather

NO_LINE = -1


def session(end: int, ended_by: tuple[int, int], suspect: int = EVER) -> SessionColumns:
    """Return a session of first 4 and last 6 seats, from the line at byte 50, second 100, on."""
    row = (100, 1, 50, 0, 4, end, *ended_by, 6, end, 0, suspect, 100)
    return SessionColumns._make(np.array([value], dtype=np.int64) for value in row)


def facts_of(
    sessions: SessionColumns, changes: Sequence[ChangeRow] = (), waits: Sequence[WaitRow] = ()
) -> SubjectFacts:
    """Return the facts of one stream that was read up to second 140."""
    rows = StreamRows(1, 100, [(90, 140)], 140, sessions, changes, waits, NOTHING, NOTHING, NOTHING, NOTHING)
    (part,) = gather(FeatureRows([rows], []), np.array([7]))
    return part.facts


def listed(steps: Steps) -> list[Step]:
    """Return steps one by one."""
    return [Step(time, tuple(seq), delta) for time, seq, delta in zip(*(it.tolist() for it in steps), strict=True)]


def test_each_change_of_seats_is_a_step() -> None:
    """A session begins with its first seats, its changes add what is more, and its end takes the last away."""
    changes = [ChangeRow(1, 50, 0, 110, 16, 1, 60), ChangeRow(1, 50, 0, 120, 6, 2, 5)]
    expected = [Step(100, (1, 50), 4), Step(110, (1, 60), 12), Step(120, (2, 5), -10), Step(130, (2, 9), -6)]

    assert expected == listed(facts_of(session(130, (2, 9)), changes).levels)


def test_what_no_line_ends_ends_before_the_lines_of_its_second() -> None:
    """At the frontier what is open ends first; but not before its own last line, where both are of one second."""
    change = ChangeRow(1, 50, 0, 140, 6, 1, 80)
    last = [listed(facts_of(session(140, (NO_LINE, NO_LINE)), changes).levels)[-1].seq for changes in ([], [change])]

    assert [BEFORE_LINES, AFTER_LINES] == last
    assert AFTER_LINES == listed(facts_of(session(100, (NO_LINE, NO_LINE))).levels)[-1].seq


def test_a_session_is_in_doubt_from_the_gap_on() -> None:
    """Its seats are in doubt from the gap to the frontier; never before it began, wherever a clock stepped back to."""
    doubtful = [facts_of(session(140, (NO_LINE, NO_LINE), since)).suspect for since in (95, 120, EVER)]

    assert [
        [Step(100, BEFORE_LINES, 6), Step(140, BEFORE_LINES, -6)],
        [Step(120, BEFORE_LINES, 6), Step(140, BEFORE_LINES, -6)],
        [],
    ] == [listed(steps) for steps in doubtful]


def test_a_wait_that_nobody_ended_lasts_to_the_frontier() -> None:
    """A wait adds its seats from its line to the line that ended it, or to where its log was read up to."""
    waits = [WaitRow(105, 1, 70, 2, None, None, None), WaitRow(106, 1, 75, 1, 110, 1, 90)]
    expected = [Step(105, (1, 70), 2), Step(106, (1, 75), 1), Step(110, (1, 90), -1), Step(140, BEFORE_LINES, -2)]

    assert expected == listed(facts_of(session(130, (2, 9)), (), waits).queued)
