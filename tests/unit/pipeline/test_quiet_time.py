"""The time after a log's last line: known while the log is live, at its end and not silent for too long."""

from __future__ import annotations

import pytest

from exporter.records import Gap
from exporter.sessions.lifetimes import LifetimeRule
from tests.unit.formats.flexlm_driving import iso, utc

LOG = "/a.log"
ANCHOR = b"12:30:00 (lmgrd) TIMESTAMP 3/5/2024\n"
OUT = b'12:40:00 (acornd) OUT: "acorn_base" amber@ws-01  \n'
IN = b'13:30:00 (acornd) IN: "acorn_base" amber@ws-01  \n'
LAST = "2024-03-05 11:40:01"
"""The second after `OUT`; the clock begins at 12:00, the log is an hour ahead."""
HOUR = 3600


def _known(site, name: str = LOG) -> str:
    """Tell up to when the ledger says that the log is known."""
    kept = site.kept(name)
    return iso(max(kept.frontier, kept.quiet or 0))


def _covered(site, name: str = LOG) -> list[tuple[str, str]]:
    """Tell the intervals as the ledger's view does: the newest one ends where it is known to be quiet."""
    kept = site.kept(name)
    rows = [[one.start, one.end] for _, one in sorted(kept.coverage.items())]
    rows[-1][1] = max(rows[-1][1], kept.quiet or 0)
    return [(iso(start), iso(end)) for start, end in rows]


def _pass(site, seconds: float) -> None:
    """Let time pass, and look once."""
    site.clock.time += seconds
    site.cycle_to_the_end()


@pytest.fixture
def read(site):
    """Give the lines of a log that was read to its end."""
    lines = site.log(LOG, ANCHOR + OUT)
    site.cycle_to_the_end()
    return lines


def test_a_quiet_log_is_known_up_to_now(site, read) -> None:
    """Once a minute two seconds before the look are kept, in a row of its own: nothing is committed."""
    assert LAST == _known(site)
    commits = len(site.ledger.attempts)
    _pass(site, 60)

    assert "2024-03-05 12:00:58" == _known(site)
    assert [("2024-03-05 11:30:00", "2024-03-05 12:00:58")] == _covered(site)
    assert commits == len(site.ledger.attempts)


def test_all_logs_are_noted_together_once_a_minute(site, read) -> None:
    """However often is looked, each minute has one transaction with one row a log."""
    site.log("/b.log", ANCHOR, server="other")
    for _ in range(45):
        _pass(site, 4)

    assert [[1, 2]] * 3 == [sorted(noted) for noted in site.ledger.quiet_noted]


def test_the_next_line_goes_on_from_there(site, read) -> None:
    """A line later than the quiet that was noted is the same interval, and what was noted goes into its commit."""
    _pass(site, 60)
    read.grow(IN)
    site.clock.time += 40 * 60
    site.pipeline.cycle()

    assert [("2024-03-05 11:30:00", "2024-03-05 12:40:58")] == _covered(site)
    (row,) = site.kept(LOG).coverage.values()
    assert (utc("2024-03-05 11:30:00"), utc("2024-03-05 12:30:01")) == row[1:]


def test_a_log_that_is_imported_says_nothing_of_its_end(make_site) -> None:
    """Reading complete logs ends what is known at the last line."""
    site = make_site()
    site.live = False
    site.log(LOG, ANCHOR + OUT)
    site.cycle_to_the_end()
    _pass(site, 600)

    assert (LAST, []) == (_known(site), site.ledger.quiet_noted)


@pytest.mark.parametrize("what", ["problem", "waiting", "half a line"])
def test_what_may_have_more_is_not_quiet(site, read, what) -> None:
    """A log that can't be read, whose files are still being copied, or with unread bytes may hold more lines."""
    read.problem = "It can't be read." if what == "problem" else None
    read.waiting = what == "waiting"
    read.grow(b"12:41:00 (acornd) OU" if what == "half a line" else b"")
    _pass(site, 600)

    assert (LAST, []) == (_known(site), site.ledger.quiet_noted)


def test_a_stopped_log_is_not_quiet(site, read) -> None:
    """Nothing is read any more of the second log of a daemon."""
    site.log("/b.log", ANCHOR + OUT)
    _pass(site, 600)

    assert [[1]] == [sorted(noted) for noted in site.ledger.quiet_noted]


def test_a_dead_server_is_not_quiet(site, read) -> None:
    """After seven hours without a line nothing more is known, nothing is taken back, and a line carries it over."""
    for _ in range(10 * 60):
        _pass(site, 60)
    assert "2024-03-05 18:39:58" == _known(site)
    assert site.pipeline.view.streams[0].stale

    read.grow(b"23:10:00 (lmgrd) TIMESTAMP 3/5/2024\n")
    site.cycle_to_the_end()
    assert [("2024-03-05 11:30:00", "2024-03-05 22:10:01")] == _covered(site)


def test_a_format_without_a_heartbeat_is_quiet_for_ever(site, read) -> None:
    """Where silence says nothing of the writer, a weekend without lines is known."""
    site.streams[LOG]._format.stale_after = None
    for _ in range(3 * 24):
        _pass(site, HOUR)

    assert [("2024-03-05 11:30:00", "2024-03-08 11:59:58")] == _covered(site)


def test_a_session_that_lasts_too_long_ends_in_the_quiet(make_site) -> None:
    """No line has to come: the end is committed and shown within a minute."""
    site = make_site()
    site.lifetime = LifetimeRule(HOUR)
    site.log(LOG, ANCHOR + OUT)
    site.cycle_to_the_end()
    _pass(site, 39 * 60)
    assert [None] == [one.end for one in site.kept(LOG).sessions.values()]

    _pass(site, 120)
    _pass(site, 1)
    (session,) = site.kept(LOG).sessions.values()
    assert ("2024-03-05 12:40:00", "expired") == (iso(session.end), session.reason)
    assert [0] == [one.in_use for one in site.pipeline.view.streams[0].features.values()]
    assert {"expired": 1} == {what: count for what, count in site.kept(LOG).tally.items() if what == "expired"}


def test_nothing_is_known_after_a_loss(site, read) -> None:
    """A loss ends what quiet had added; only the next line begins another interval, which grows again."""
    _pass(site, 60)
    read.lost.append(Gap(1, 0, None, "rotated away"))
    _pass(site, 60)
    _pass(site, 60)
    assert [("2024-03-05 11:30:00", "2024-03-05 12:00:58")] == _covered(site)
    assert "2024-03-05 12:00:58" == _known(site)

    read.grow(b'13:02:30 (acornd) OUT: "acorn_base" birch@ws-02  \n')
    _pass(site, 60)
    _pass(site, 60)
    later = ("2024-03-05 12:02:30", "2024-03-05 12:04:58")
    assert [("2024-03-05 11:30:00", "2024-03-05 12:00:58"), later] == _covered(site)


def test_it_is_kept_over_a_kill(site, read) -> None:
    """The next process knows what was noted; its first commit has it, also where no time came with it."""
    _pass(site, 60)
    noted = _known(site), _covered(site)
    site.die()
    site.cycle_to_the_end()
    assert noted == (_known(site), _covered(site))

    site.lines[LOG].rotate(b"")
    site.cycle_to_the_end()
    assert site.kept(LOG).quiet is None
    assert noted == (_known(site), _covered(site))


def test_a_clock_set_back_takes_nothing_back(site, read) -> None:
    """While the wall clock shows a time that was passed before, nothing is noted; then it goes on."""
    _pass(site, 60)
    _pass(site, -HOUR)
    _pass(site, 60)
    assert "2024-03-05 12:00:58" == _known(site)
    assert 1 == len(site.ledger.quiet_noted)

    _pass(site, HOUR)
    assert "2024-03-05 12:01:58" == _known(site)


def test_a_server_whose_clock_is_behind_shortens_nothing(site, read) -> None:
    """A line of a second that was taken for quiet counts; the interval and the frontier stay where they were."""
    _pass(site, 60)
    read.grow(b'13:00:10 (acornd) IN: "acorn_base" amber@ws-01  \n')
    site.pipeline.cycle()

    assert site.kept(LOG).quiet is None
    assert "2024-03-05 12:00:58" == _known(site)
    assert [("2024-03-05 11:30:00", "2024-03-05 12:00:58")] == _covered(site)
    (session,) = site.kept(LOG).sessions.values()
    assert "2024-03-05 12:00:10" == iso(session.end)


def test_a_log_that_falls_back_by_days_begins_anew(site, read) -> None:
    """A re-base ends the interval where quiet had brought it, and what is known falls to the new lines."""
    _pass(site, 60)
    read.grow(b"10:00:00 (lmgrd) TIMESTAMP 3/1/2024\n")
    site.pipeline.cycle()

    assert [
        ("2024-03-05 11:30:00", "2024-03-05 12:00:58"),
        ("2024-03-01 09:00:00", "2024-03-01 09:00:01"),
    ] == _covered(site)
    assert "2024-03-01 09:00:01" == _known(site)


def test_a_date_put_right_moves_it(site) -> None:
    """Where the first date shows that the days were guessed wrong, the quiet of the wrong day goes with its lines."""
    lines = site.log(LOG, OUT)
    site.cycle_to_the_end()
    _pass(site, 60)
    assert "2024-03-05 12:00:58" == _known(site)

    lines.grow(b"13:10:00 (lmgrd) TIMESTAMP 3/4/2024\n")
    site.clock.time += 10
    site.cycle_to_the_end()
    assert [("2024-03-04 11:40:00", "2024-03-04 12:10:01")] == _covered(site)
    assert "2024-03-04 12:10:01" == _known(site)


def test_a_full_disk_is_tried_again(site, read) -> None:
    """What couldn't be noted is noted at the next look, and nothing is lost by it."""
    site.ledger.notes_failing = 2
    for _ in range(2):
        _pass(site, 60)
        assert LAST == _known(site)
    _pass(site, 2)

    assert "2024-03-05 12:02:00" == _known(site)
