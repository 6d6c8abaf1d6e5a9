"""A stream whose log begins without a date, and whose first anchor says that the date taken for it was wrong."""

from __future__ import annotations

import pytest

from tests.unit.formats.flexlm_driving import iso, utc

EARLY = (
    b'10:00:00 (acornd) OUT: "acorn_base" amber@ws-01  \n'
    b'10:05:00 (acornd) IN: "acorn_base" birch@ws-01  \n'
    b'10:06:00 (acornd) DENIED: "acorn_base" birch@ws-01  (Users are queued for this feature. (-24,332))\n'
    b'10:07:00 (acornd) QUEUED: "acorn_base" birch@ws-01  \n'
    b'10:08:00 (acornd) UPGRADE: "acorn_base" amber@ws-01  (1->2 licenses) \n'
    b"10:09:00 (acornd) Rereading license file...\n"
)
ANCHOR = b"11:00:00 (lmgrd) TIMESTAMP 3/1/2024\n"
LATE = (
    b'11:10:00 (acornd) IN: "acorn_base" amber@ws-01  (2 licenses) \n'
    b'11:10:00 (acornd) OUT: "acorn_base" birch@ws-01  \n'
    b'11:20:00 (acornd) IN: "acorn_base" clover@ws-01  \n'
)
LOG = "/a.log"


def _facts(site, name: str = LOG):
    """Give all that the ledger has of a log but the id of its stream."""
    kept = site.kept(name)
    return (
        kept.position, kept.generations, kept.state, kept.sessions, kept.denials, kept.waits, kept.episodes,
        kept.lifecycle, kept.totals, kept.tally, kept.frontier, kept.last_line,
    )  # fmt: skip


@pytest.fixture
def at_once(make_site):
    """Give the facts of the whole log read at once, with its anchor in sight."""
    site = make_site()
    site.log(LOG, EARLY + ANCHOR + LATE)
    site.cycle_to_the_end()
    return _facts(site)


def test_facts_move_to_the_right_day(site, at_once) -> None:
    """A log read before its first anchor was written, and after, is as one read when all was there."""
    lines = site.log(LOG, EARLY)
    site.cycle_to_the_end()
    assert ["2024-03-05 09:00:00"] == [iso(one.start) for one in site.kept(LOG).sessions.values() if one.end is None]

    lines.grow(ANCHOR + LATE)
    site.cycle_to_the_end()
    assert at_once == _facts(site)
    assert "2024-03-01 09:00:00" == iso(min(one.start for one in site.kept(LOG).sessions.values()))
    assert len(lines.data[0]) == site.kept(LOG).position.offset


def test_every_line_counts_once(site) -> None:
    """The anchor that stopped the reading is read again, and only it."""
    lines = site.log(LOG, EARLY)
    site.cycle_to_the_end()
    lines.grow(ANCHOR + LATE)
    site.cycle_to_the_end()
    tally = site.kept(LOG).tally

    assert lines.data[0].count(b"\n") == sum(tally[what] for what in ("understood", "noise", "unparsed"))
    assert dict(tally) == dict(site.pipeline.view.streams[0].tally)


def test_the_view_moves_too(site) -> None:
    """Levels, daemons and counters are shown as of the right day."""
    lines = site.log(LOG, EARLY)
    site.cycle_to_the_end()
    lines.grow(ANCHOR + LATE)
    site.cycle_to_the_end()
    (view,) = site.pipeline.view.streams
    (feature,) = view.features.values()

    assert (1, 0, 2, 3) == (feature.in_use, feature.queued, feature.checkouts, feature.checkins)
    assert [("acornd", utc("2024-03-01 10:20:00"))] == [(daemon.vendor, daemon.last_event) for daemon in view.daemons]


def test_a_commit_is_made_before_the_move(site) -> None:
    """What was read up to the anchor is kept first, then moved, then the anchor is read."""
    lines = site.log(LOG, EARLY)
    site.cycle_to_the_end()
    lines.grow(LATE[:60].partition(b"\n")[0] + b"\n" + ANCHOR)
    assert site.pipeline.cycle()
    assert len(lines.data[0]) - len(ANCHOR) == site.kept(LOG).position.offset
    assert "2024-03-01 09:00:00" == iso(min(one.start for one in site.kept(LOG).sessions.values()))

    assert not site.pipeline.cycle()
    assert len(lines.data[0]) == site.kept(LOG).position.offset


def test_other_streams_keep_their_dates(site) -> None:
    """The move is of one stream."""
    lines = site.log(LOG, EARLY)
    site.log("/b.log", EARLY, server="other")
    site.cycle_to_the_end()
    before = _facts(site, "/b.log")
    lines.grow(ANCHOR)
    site.cycle_to_the_end()

    assert before == _facts(site, "/b.log")


def test_a_commit_that_fails_before_the_move_delays_it(site, at_once) -> None:
    """The batch up to the anchor waits for the disk, and the move waits for the batch."""
    lines = site.log(LOG, EARLY)
    site.cycle_to_the_end()
    lines.grow(ANCHOR + LATE)
    site.ledger.failing = 2
    for _ in range(5):
        site.cycle_to_the_end()

    assert at_once == _facts(site)


def test_a_move_that_fails_is_tried_again(site, at_once) -> None:
    """A disk that is full just then stops nothing and nobody."""
    lines = site.log(LOG, EARLY)
    site.cycle_to_the_end()
    lines.grow(ANCHOR + LATE)
    site.ledger.redates_failing = 2
    for _ in range(5):
        site.cycle_to_the_end()

    assert at_once == _facts(site)


@pytest.mark.parametrize("place", ["after-read", "after-parse", "after-commit-before-memory-advance"])
def test_a_process_may_die_on_the_way(site, killed, at_once, place) -> None:
    """Killed before the commit, or between it and the move, the next process ends with the same facts."""
    lines = site.log(LOG, EARLY)
    site.cycle_to_the_end()
    lines.grow(ANCHOR + LATE)
    site.die_at = place
    with pytest.raises(killed):
        site.cycle_to_the_end()
    site.die()
    site.cycle_to_the_end()

    assert at_once == _facts(site)


def test_a_log_that_begins_with_noise_is_dated_when_lines_come(site) -> None:
    """While no line has a time there is nothing to date; the first that has one is looked for a date again."""
    lines = site.log(LOG, b"----\n" * 3, b"====\n")
    site.cycle_to_the_end()
    lines.grow(EARLY)
    lines.rotate(ANCHOR + LATE)
    site.cycle_to_the_end()

    assert "2024-03-01 09:00:00" == iso(min(one.start for one in site.kept(LOG).sessions.values()))
    assert 4 == site.kept(LOG).tally["noise"]


def test_the_look_ahead_reaches_over_generations(site) -> None:
    """An anchor in a later file dates the first line of the first."""
    site.log(LOG, EARLY, ANCHOR + LATE)
    site.cycle_to_the_end()

    assert "2024-03-01 09:00:00" == iso(min(one.start for one in site.kept(LOG).sessions.values()))
    assert [1, 2] == [one.id for one in site.kept(LOG).generations.values() if one.first_time]
