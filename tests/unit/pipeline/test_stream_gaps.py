"""Gaps at their place among the lines, from the log to the ledger and the view; and what a log has to say of itself."""

from __future__ import annotations

import logging

from exporter.records import Gap
from exporter.stream import WRITER_ON_ROTATED
from tests.unit.formats.flexlm_driving import utc

BEFORE = (
    b" 9:00:00 (lmgrd) TIMESTAMP 3/5/2024\n"
    b'10:00:00 (acornd) OUT: "acorn_base" amber@ws-01  \n'
    b'10:10:00 (acornd) OUT: "acorn_base" birch@ws-01  \n'
)
AFTER = (
    b"11:00:00 (acornd) EXPIRED: acorn_old\n"
    b'11:10:00 (acornd) IN: "acorn_base" birch@ws-01  \n'
    b'11:20:00 (acornd) IN: "acorn_base" clover@ws-01  \n'
)
NEXT_DAY = b"11:00:01 (lmgrd) TIMESTAMP 3/6/2024\n"
LOG = "/a.log"
GAP = Gap(1, len(BEFORE), None, "truncated before it was read")


def _log(site):
    """Put up a log whose first generation lost its end."""
    lines = site.log(LOG, BEFORE, AFTER)
    lines.lost_before[1] = GAP
    return lines


def _sessions(site) -> list[tuple[object, ...]]:
    """Give (end, reason, inferred, suspect) of the sessions, in reading order."""
    kept = site.kept(LOG).sessions
    return [(one.end, one.reason, one.inferred, one.suspect) for one in (kept[key] for key in sorted(kept))]


EXPECTED = [
    (utc("2024-03-05 09:10:01"), "gap", 0, None),
    (utc("2024-03-05 10:10:00"), "returned", 0, None),
    (utc("2024-03-05 10:20:00"), "returned", 1, None),
]


def test_a_gap_lies_between_the_lines_it_was_met_between(site) -> None:
    """Lines before and after it may be in one commit: its time is the second of the last line before it."""
    _log(site)
    site.cycle_to_the_end()

    before = utc("2024-03-05 09:10:00")
    assert 1 == len([batch for batches in site.ledger.attempts for batch in batches if batch.gaps])
    assert [GAP._replace(before=before)] == list(site.kept(LOG).gaps.values())
    assert (None, None, 0, before + 1) == _sessions(site)[0]
    assert [(1, 1)] == [(one.in_use, one.suspect) for one in site.pipeline.view.streams[0].features.values()]


def test_the_first_line_too_late_ends_what_is_suspect(site) -> None:
    """A line of any kind tells the time; the level falls with its commit."""
    lines = _log(site)
    site.cycle_to_the_end()
    lines.grow(NEXT_DAY)
    site.cycle_to_the_end()

    assert EXPECTED == _sessions(site)
    assert [(0, 0)] == [(one.in_use, one.suspect) for one in site.pipeline.view.streams[0].features.values()]
    assert 1 == site.kept(LOG).tally["gap"]


def test_a_new_process_knows_what_is_in_doubt(site) -> None:
    """Killed and started with the gap behind it, the same comes out."""
    _log(site)
    site.cycle_to_the_end()
    site.die()
    site.lines[LOG].grow(NEXT_DAY)
    site.cycle_to_the_end()

    assert EXPECTED == _sessions(site)


def test_a_withdrawn_gap_still_counts(site) -> None:
    """The bytes came back: nothing is in doubt any more, and the count of gaps doesn't fall, nor rise."""
    lines = _log(site)
    site.cycle_to_the_end()
    for _ in range(2):
        lines.lost.append(GAP._replace(reason="it came back", withdrawn=True))
        site.cycle_to_the_end()

    assert (None, None, 0, None) == _sessions(site)[0]
    assert {GAP.reason: 1} == site.pipeline.view.streams[0].gaps
    site.die()
    site.cycle_to_the_end()
    assert {GAP.reason: 1} == site.pipeline.view.streams[0].gaps


def test_a_gap_found_again_counts_once(site) -> None:
    """When its end becomes known it is the same gap."""
    lines = _log(site)
    site.cycle_to_the_end()
    lines.lost.append(GAP._replace(end=5_000))
    site.cycle_to_the_end()

    assert {GAP.reason: 1} == site.pipeline.view.streams[0].gaps


def test_dates_put_right_move_the_gap_and_what_it_left_in_doubt(make_site) -> None:
    """A log with a gap, read before its first anchor was written and after, gives what it gives when read at once."""
    undated = BEFORE.split(b"\n", 1)[1]
    facts = []
    for pieces in ((AFTER + NEXT_DAY,), (AFTER, NEXT_DAY)):
        site = make_site()
        lines = site.log(LOG, undated, pieces[0])
        lines.lost_before[1] = GAP
        site.cycle_to_the_end()
        for piece in pieces[1:]:
            lines.grow(piece)
            site.cycle_to_the_end()
        state = {name: part for name, part in site.kept(LOG).state.items() if name != "dates"}
        facts.append((_sessions(site), state, [gap.start for gap in site.kept(LOG).gaps.values()]))

    assert facts[0] == facts[1]


def test_a_writer_on_a_rotated_file_is_shown_and_kept(site) -> None:
    """The view says it, and the ledger has a sentence that says what to do; both forget it when it is over."""
    lines = site.log(LOG, BEFORE)
    site.cycle_to_the_end()
    for astray in (True, False):
        lines.writer_on_rotated = astray
        site.pipeline.cycle()
        assert astray == site.pipeline.view.streams[0].writer_on_rotated
        assert (None, WRITER_ON_ROTATED if astray else None) == site.kept(LOG).trouble


def test_what_a_log_has_to_say_is_said_once(site, caplog) -> None:
    """A sentence of the tailer is logged as a warning, and never again."""
    caplog.set_level(logging.WARNING, "exporter")
    lines = site.log(LOG, BEFORE)
    for _ in range(2):
        lines.said.append("The date in the name of /a.log-20240304 disagrees with its first line.")
        site.pipeline.cycle()

    said = [record for record in caplog.records if "disagrees" in record.message]
    assert ["WARNING"] == [record.levelname for record in said]
