"""The loop over all streams: read, commit, show; a disk that is full; waking and stopping."""

from __future__ import annotations

import logging
from threading import Event as Signal

import pytest

from exporter import pipeline as module
from exporter.errors import LedgerFull
from exporter.facts import Superseded
from exporter.pipeline import HINT_SECONDS, RESCAN_SECONDS, TEND_SECONDS
from exporter.records import Gap
from exporter.views import View

ANCHOR = b" 9:00:00 (lmgrd) TIMESTAMP 3/5/2024\n"
OUT = b'10:00:00 (acornd) OUT: "acorn_base" amber@ws-01  \n'
IN = b'10:10:00 (acornd) IN: "acorn_base" amber@ws-01  \n'


def _in_use(site) -> dict[str, int]:
    """Tell what is shown in use, a log."""
    return {
        stream.name: sum(feature.in_use for feature in stream.features.values())
        for stream in site.pipeline.view.streams
    }


# ---------------------------------------------------------------------------------------------------------------------
# Commits


def test_all_streams_are_committed_together(site) -> None:
    """One cycle reads of every stream and makes one transaction of it."""
    site.log("/a.log", ANCHOR + OUT)
    site.log("/b.log", ANCHOR + IN, server="other")
    site.pipeline.cycle()

    assert [[1, 2]] == [[batch.stream for batch in batches] for batches in site.ledger.attempts]


def test_a_cycle_without_news_commits_nothing(site) -> None:
    """Nothing read is nothing to write."""
    site.log("/a.log", ANCHOR)
    site.cycle_to_the_end()
    before = len(site.ledger.attempts)
    site.pipeline.cycle()

    assert before == len(site.ledger.attempts)


def test_a_loss_is_committed_without_a_line(site) -> None:
    """A gap is a fact of its own."""
    lines = site.log("/a.log", ANCHOR)
    site.cycle_to_the_end()
    lines.lost.append(Gap(1, 0, None, "rotated away"))
    site.pipeline.cycle()

    assert {"rotated away": 1} == site.pipeline.view.streams[0].gaps
    (kept,) = site.kept("/a.log").gaps.values()
    assert Gap(1, 0, None, "rotated away", site.kept("/a.log").last_line) == kept
    assert kept.before is not None


def test_windows_are_stored_now_and_then_and_what_is_left_of_them_soon(site) -> None:
    """The next cycle goes on where there are more; when there are none, they are looked for after ten seconds."""
    site.log("/a.log", ANCHOR)
    site.windows_left = 3
    site.cycle_to_the_end()
    before = site.stored_windows
    site.pipeline.cycle()
    site.pipeline.cycle()
    at_once = site.stored_windows
    site.pipeline.cycle()
    site.clock.time += TEND_SECONDS
    site.pipeline.cycle()

    assert (before + 2, before + 3) == (at_once, site.stored_windows)


def test_a_failed_commit_is_tried_again_with_the_same_batches(site) -> None:
    """Until it succeeds nothing more is read, however much the log grows; then everything is there once."""
    lines = site.log("/a.log", ANCHOR + OUT)
    site.ledger.failing = 3
    site.pipeline.cycle()
    reads = lines.reads
    for _ in range(2):
        lines.grow(IN)
        assert not site.pipeline.cycle()

    assert reads == lines.reads
    first, *others = site.ledger.attempts
    assert all(first[0] is other[0] for other in others)
    assert site.kept("/a.log").position is None

    site.cycle_to_the_end()
    site.cycle_to_the_end()
    kept = site.kept("/a.log")
    assert len(lines.data[0]) == kept.position.offset
    assert {"understood": 4, "inferred": 1, "matched": 1} == kept.tally
    assert 3 == site.health.view().ledger_errors


def test_a_stream_found_while_the_disk_is_full_is_not_read(site) -> None:
    """While a commit is due, no look for logs is taken either."""
    site.log("/a.log", ANCHOR)
    site.ledger.failing = 2
    site.pipeline.cycle()
    new = site.log("/b.log", ANCHOR, server="other")
    site.clock.time += 10
    site.pipeline.cycle()

    assert (0, 1) == (new.reads, site.discoveries)


def test_nothing_is_shown_before_it_is_committed(site) -> None:
    """The view is the same object while commits fail, and shows the lines once they are kept."""
    site.log("/a.log", ANCHOR + OUT)
    site.ledger.failing = 2
    before = site.pipeline.view
    for _ in range(2):
        site.pipeline.cycle()
        assert before is site.pipeline.view
    assert View() == before

    site.pipeline.cycle()
    assert {"/a.log": 1} == _in_use(site)


def test_a_later_failure_leaves_the_last_view(site) -> None:
    """What was shown stays as it was committed while newer lines wait for the disk."""
    lines = site.log("/a.log", ANCHOR + OUT)
    site.cycle_to_the_end()
    lines.grow(IN)
    site.ledger.failing = 1
    site.pipeline.cycle()
    assert {"/a.log": 1} == _in_use(site)

    site.pipeline.cycle()
    assert {"/a.log": 0} == _in_use(site)


def test_a_process_that_dies_after_a_commit_counts_nothing_twice(site, killed) -> None:
    """What was committed is not read again by the next process."""
    site.log("/a.log", ANCHOR + OUT)
    site.die_at = "after-commit-before-memory-advance"
    with pytest.raises(killed):
        site.pipeline.cycle()
    site.die()
    site.cycle_to_the_end()

    assert {"understood": 2} == site.kept("/a.log").tally
    assert {"/a.log": 1} == _in_use(site)


@pytest.mark.parametrize("place", ["after-read", "after-parse"])
def test_a_process_that_dies_before_a_commit_loses_nothing(site, killed, place) -> None:
    """What was only read is read again."""
    site.log("/a.log", ANCHOR + OUT)
    site.die_at = place
    with pytest.raises(killed):
        site.pipeline.cycle()
    site.die()
    site.cycle_to_the_end()

    assert {"understood": 2} == site.kept("/a.log").tally


def test_commits_begin_small_and_double(site, monkeypatch) -> None:
    """The bytes of one commit double up to a limit while a stream is behind, and begin again when it has caught up."""
    monkeypatch.setattr(module, "SMALLEST_COMMIT", 100)
    monkeypatch.setattr(module, "LARGEST_COMMIT", 400)
    line = b"x" * 49 + b"\n"
    lines = site.log("/a.log", line * 40)
    site.pipeline = site._process()

    def bytes_a_cycle() -> list[int]:
        read, more = [], True
        while more:
            before = site.pipeline.bytes_read
            more = site.pipeline.cycle()
            read.append(site.pipeline.bytes_read - before)
        return read

    assert [100, 200, 400, 400, 400, 400, 100] == bytes_a_cycle()
    assert 7 == len(site.ledger.attempts)

    lines.grow(line * 4)
    assert [100, 100] == bytes_a_cycle()


# ---------------------------------------------------------------------------------------------------------------------
# Looking for logs, and what is shown


def test_logs_are_looked_for_every_two_seconds(site) -> None:
    """However often the loop turns, a look is taken at its pace, and new logs are read at once."""
    site.pipeline.cycle()
    site.pipeline.cycle()
    assert 1 == site.discoveries

    site.log("/a.log", ANCHOR)
    site.clock.time += RESCAN_SECONDS
    site.cycle_to_the_end()
    assert (2, 1) == (site.discoveries, len(site.pipeline.streams))
    assert {"understood": 1} == site.kept("/a.log").tally


def test_sources_without_logs_are_shown(site) -> None:
    """A source's problem is in the view, and goes when its logs are there."""
    site.problems = {"lic": "No file matches."}
    site.pipeline.cycle()
    assert {"lic": "No file matches."} == site.pipeline.view.sources

    site.problems = {"lic": None}
    site.clock.time += RESCAN_SECONDS
    site.pipeline.cycle()
    assert {"lic": None} == site.pipeline.view.sources


def test_an_unchanged_view_is_the_same_view(site) -> None:
    """A turn of the loop without news publishes nothing."""
    site.log("/a.log", ANCHOR + OUT)
    site.cycle_to_the_end()
    site.cycle_to_the_end()
    before = site.pipeline.view
    site.pipeline.cycle()

    assert before is site.pipeline.view


def test_a_stream_becomes_stale_without_a_line(site) -> None:
    """Silence longer than the format allows changes the view by itself, a line changes it back."""
    lines = site.log("/a.log", ANCHOR + OUT)
    site.cycle_to_the_end()
    assert not site.pipeline.view.streams[0].stale

    site.clock.time += 8 * 3600
    site.pipeline.cycle()
    assert site.pipeline.view.streams[0].stale

    lines.grow(b"21:00:00 (lmgrd) TIMESTAMP 3/5/2024\n")
    site.cycle_to_the_end()
    assert not site.pipeline.view.streams[0].stale


def test_an_import_is_never_stale(site) -> None:
    """The silence after an old log says nothing."""
    site.live = False
    site.log("/a.log", ANCHOR)
    site.clock.time += 100 * 86_400
    site.cycle_to_the_end()

    assert not site.pipeline.view.streams[0].stale


def test_ready_is_when_every_readable_stream_was_caught_up_once(site, monkeypatch) -> None:
    """Streams that can't be read don't hold it up, and a later lag takes nothing back."""
    monkeypatch.setattr(module, "SMALLEST_COMMIT", 10)
    monkeypatch.setattr(module, "LARGEST_COMMIT", 10)
    site.pipeline = site._process()
    broken = site.log("/broken.log", ANCHOR, server="other")
    broken.problem = "It can't be read."
    lines = site.log("/a.log", ANCHOR + OUT)
    shown = []
    while site.pipeline.cycle():
        shown.append(site.pipeline.view.ready)
    shown.append(site.pipeline.view.ready)
    assert [False, False, True] == shown
    assert [False, True] == [stream.caught_up for stream in site.pipeline.view.streams]

    site.log("/new.log", ANCHOR + OUT, server="third")
    lines.grow(IN * 3)
    site.clock.time += RESCAN_SECONDS
    site.pipeline.cycle()
    assert [False, True, False] == [stream.caught_up for stream in site.pipeline.view.streams]
    assert site.pipeline.view.ready


def test_what_keeps_a_log_from_being_read_is_kept(site) -> None:
    """The ledger has it too, for whoever asks it; a disk that is full delays that and stops nothing."""
    lines = site.log("/a.log", ANCHOR)
    lines.problem = "It can't be read."
    site.ledger.notes_failing = 1
    site.pipeline.cycle()
    assert (None, 1) == (site.kept("/a.log").trouble.problem, site.health.view().ledger_errors)

    site.log("/b.log", ANCHOR, server="other")
    site.clock.time += RESCAN_SECONDS
    site.pipeline.cycle()
    assert ["It can't be read.", None] == [site.kept(name).trouble.problem for name in ("/a.log", "/b.log")]

    lines.problem = None
    site.pipeline.cycle()
    assert site.kept("/a.log").trouble.problem is None


def test_what_can_not_be_kept_of_troubles_is_told_once(site, caplog) -> None:
    """The operator hears why `seatwatch status` lags behind, and that it doesn't any more; a line each."""
    caplog.set_level(logging.INFO, "exporter")
    site.log("/a.log", ANCHOR).problem = "It can't be read."
    site.ledger.notes_failing = 2
    for _ in range(4):
        site.clock.time += RESCAN_SECONDS
        site.pipeline.cycle()

    told = [record for record in caplog.records if "What is wrong with a log can" in record.getMessage()]
    assert [(logging.WARNING, "The disk is full: make room."), (logging.INFO, "None")] == [
        (record.levelno, str(getattr(record, "why", None))) for record in told
    ]


def test_a_log_that_can_not_be_read_is_not_caught_up(site) -> None:
    """What may wait behind the problem is unknown until the log can be read again."""
    lines = site.log("/a.log", ANCHOR)
    site.cycle_to_the_end()
    lines.problem = "It can't be read."
    site.pipeline.cycle()
    (view,) = site.pipeline.view.streams
    assert (False, None, "It can't be read.") == (view.caught_up, view.caught_up_since, view.problem)

    lines.problem = None
    site.clock.time += 60
    site.pipeline.cycle()
    (view,) = site.pipeline.view.streams
    assert (True, site.clock.time, None) == (view.caught_up, view.caught_up_since, view.problem)


def test_the_lag_is_shown(site) -> None:
    """The bytes not read yet are in the view though nothing else changed."""
    lines = site.log("/a.log", ANCHOR)
    site.cycle_to_the_end()
    lines.grow(b"10:00")
    site.pipeline.cycle()

    assert 5 == site.pipeline.view.streams[0].lag


# ---------------------------------------------------------------------------------------------------------------------
# Streams that can't go on


def test_too_many_open_sessions_stop_one_stream(site) -> None:
    """It keeps what was committed, is read no further and says why; the others go on."""
    site.open_limit = 1
    full = site.log("/full.log", ANCHOR + OUT)
    other = site.log("/other.log", ANCHOR, server="other")
    site.cycle_to_the_end()
    position = site.kept("/full.log").position
    full.grow(OUT)
    other.grow(OUT)
    site.cycle_to_the_end()
    reads = full.reads
    other.grow(IN)
    site.cycle_to_the_end()

    views = {stream.name: stream for stream in site.pipeline.view.streams}
    assert (position, reads) == (site.kept("/full.log").position, full.reads)
    assert "limits.open_sessions" in (views["/full.log"].problem or "")
    assert {"understood": 2} == site.kept("/full.log").tally
    assert (None, 3) == (views["/other.log"].problem, site.kept("/other.log").tally["understood"])
    assert {"/full.log": 1, "/other.log": 0} == _in_use(site)


def test_a_stopped_stream_is_tried_again_by_the_next_process(site) -> None:
    """With a higher limit it goes on where it was committed last."""
    site.open_limit = 1
    site.log("/a.log", ANCHOR + OUT * 3)
    site.cycle_to_the_end()
    assert site.pipeline.view.streams[0].problem

    site.open_limit = 5
    site.die()
    site.cycle_to_the_end()
    assert (None, {"/a.log": 3}) == (site.pipeline.view.streams[0].problem, _in_use(site))


def test_the_same_daemon_in_two_logs_stops_the_later_one(site) -> None:
    """Two logs of one server with one daemon would count twice; the sentence names both."""
    first = site.log("/a.log", ANCHOR + OUT)
    site.log("/b.log", OUT)
    site.cycle_to_the_end()

    problems = [stream.problem for stream in site.pipeline.view.streams]
    assert problems[0] is None
    assert problems[1].startswith("/b.log: daemon acornd of server srv is already read from /a.log; ")
    assert site.kept("/b.log").position is None
    first.grow(IN)
    site.cycle_to_the_end()
    assert {"/a.log": 0, "/b.log": 0} == _in_use(site)


def test_redundant_logs_may_share_a_daemon(site) -> None:
    """Where the configuration says so, both are read."""
    site.redundant = True
    site.log("/a.log", ANCHOR + OUT)
    site.log("/b.log", ANCHOR + OUT)
    site.cycle_to_the_end()

    assert {"/a.log": 1, "/b.log": 1} == _in_use(site)


def test_what_ended_elsewhere_is_not_shown(site) -> None:
    """A stream without a new line is shown anew when another one's commit ended its sessions, and when it is back."""
    site.redundant = True
    site.log("/a.log", ANCHOR + OUT)
    site.log("/b.log", ANCHOR)
    site.cycle_to_the_end()
    (session,) = site.kept("/a.log").sessions.values()
    site.ledger.elsewhere = {1: {session.product: [Superseded(session.holder, 1, suspect=False)]}}
    site.lines["/b.log"].grow(OUT)
    site.clock.time += 10
    site.cycle_to_the_end()
    assert {"/a.log": 0, "/b.log": 1} == _in_use(site)

    site.ledger.elsewhere = {}
    site.clock.time += 10
    site.cycle_to_the_end()
    assert {"/a.log": 1, "/b.log": 1} == _in_use(site)


def test_a_claim_holds_over_a_restart(site) -> None:
    """The stream that had the daemon keeps it, though the other one is opened first."""
    site.log("/a.log", ANCHOR)
    site.cycle_to_the_end()
    site.log("/0.log", OUT)
    site.lines["/a.log"].grow(OUT)
    site.clock.time += 10
    site.cycle_to_the_end()
    site.die()
    site.cycle_to_the_end()

    assert [1, 0] == [sum(view.problem is None for view in site.pipeline.view.streams), 0]


def test_a_daemon_after_a_rebase_is_claimed_too(site) -> None:
    """A glued log that brings another stream's daemon is stopped there."""
    site.log("/a.log", ANCHOR + b' 9:00:00 (brookd) OUT: "f" u@h\n')
    glued = b" 9:00:00 (acornd) TIMESTAMP 3/5/2024\n 9:00:00 (brookd) TIMESTAMP 3/1/2024\n"
    site.log("/b.log", glued)
    site.cycle_to_the_end()

    assert [True, False] == [view.problem is None for view in site.pipeline.view.streams]


def test_two_lmgrds_of_one_server_are_no_fault(site) -> None:
    """Two licence services of one host have an lmgrd each; only vendor daemons must not be in two logs."""
    site.log("/a.log", ANCHOR + OUT)
    site.log("/b.log", ANCHOR + b'10:00:00 (brookd) OUT: "f" u@h\n')
    site.cycle_to_the_end()

    assert [None, None] == [view.problem for view in site.pipeline.view.streams]


# ---------------------------------------------------------------------------------------------------------------------
# Waking, stopping, draining


def test_the_loop_waits_for_a_hint_or_two_seconds(site) -> None:
    """Caught up it waits for *wake*; a hint is answered after a short while for more of them."""
    stop, wake = Signal(), Signal()
    lines = site.log("/a.log", ANCHOR)

    def on_wait(number: int) -> None:
        if number == 2:
            lines.grow(OUT)
            wake.set()
        if number == 4:
            assert not wake.is_set(), "a hint is answered once"
            stop.set()
            wake.set()

    site.clock.on_wait = on_wait
    site.pipeline.run(stop, wake)

    assert [(wake, RESCAN_SECONDS), (wake, RESCAN_SECONDS), (stop, HINT_SECONDS), (wake, RESCAN_SECONDS)] == (
        site.clock.waits[:4]
    )
    assert {"/a.log": 1} == _in_use(site)
    assert "shutdown" == site.hits[-1]


def test_the_loop_shows_that_it_lives_as_long_as_it_goes_round(site) -> None:
    """A sign of life is given before each cycle: with a cycle that hangs, no further one comes."""
    stop, wake = Signal(), Signal()
    site.log("/a.log", ANCHOR)
    signs: list[int] = []
    hanging: list[int] = []

    def on_wait(number: int) -> None:
        if number == 3:
            hanging.extend(signs)
            stop.set()

    site.clock.on_wait = on_wait
    site.pipeline.run(stop, wake, lambda: signs.append(site.discoveries))

    assert [0, 1, 2] == hanging == signs


def test_the_loop_stops_without_waiting(site) -> None:
    """A stop that comes during a cycle ends the loop after it, with everything read committed."""
    stop, wake = Signal(), Signal()
    site.log("/a.log", ANCHOR + OUT)
    commit = site.ledger.commit

    def stopping(batches) -> None:
        stop.set()
        wake.set()
        commit(batches)

    site.ledger.commit = stopping
    site.pipeline.run(stop, wake)

    assert [] == site.clock.waits
    assert {"understood": 2} == site.kept("/a.log").tally


def test_the_loop_does_nothing_once_stopped(site) -> None:
    """With the stop set before, no log is read."""
    stop = Signal()
    stop.set()
    lines = site.log("/a.log", ANCHOR)
    site.pipeline.run(stop, Signal())

    assert 0 == lines.reads


def test_a_loop_that_is_behind_does_not_wait(site, monkeypatch) -> None:
    """While there is more to read, cycle follows cycle."""
    monkeypatch.setattr(module, "SMALLEST_COMMIT", 10)
    monkeypatch.setattr(module, "LARGEST_COMMIT", 10)
    site.pipeline = site._process()
    site.log("/a.log", ANCHOR + OUT + IN)
    stop, wake = Signal(), Signal()

    def on_wait(number: int) -> None:
        stop.set()
        wake.set()

    site.clock.on_wait = on_wait
    site.pipeline.run(stop, wake)

    assert 3 == len(site.ledger.attempts)
    assert wake is site.clock.waits[0][0]


def test_a_full_disk_is_tried_every_two_seconds(site) -> None:
    """The loop waits between failed commits as it waits for lines."""
    stop, wake = Signal(), Signal()
    site.log("/a.log", ANCHOR)
    site.ledger.failing = 3

    def on_wait(number: int) -> None:
        if number == 4:
            stop.set()
            wake.set()

    site.clock.on_wait = on_wait
    site.pipeline.run(stop, wake)

    assert [RESCAN_SECONDS] * 4 == [seconds for _, seconds in site.clock.waits[:4]]
    assert 4 == len(site.ledger.attempts)
    assert {"understood": 1} == site.kept("/a.log").tally


def test_draining_reads_to_the_end(site, monkeypatch) -> None:
    """An import cycles until nothing is left, and tells of each commit."""
    monkeypatch.setattr(module, "SMALLEST_COMMIT", 10)
    monkeypatch.setattr(module, "LARGEST_COMMIT", 10)
    site.pipeline = site._process()
    site.log("/a.log", ANCHOR + OUT, IN)
    told: list[int] = []
    site.pipeline.drain(lambda: told.append(len(site.ledger.attempts)))

    assert {"understood": 3, "inferred": 0, "matched": 1} == {"inferred": 0} | dict(site.kept("/a.log").tally)
    assert [1, 2, 3] == sorted(set(told))
    assert site.pipeline.view.ready


def test_draining_raises_what_the_ledger_says(site) -> None:
    """A commit that goes on failing is the caller's to know, and nothing of it is kept."""
    site.log("/a.log", ANCHOR)
    site.ledger.failing = 10**6
    with pytest.raises(LedgerFull):
        site.pipeline.drain(lambda: None)

    assert site.kept("/a.log").position is None


@pytest.mark.parametrize("times", [1, 1_000])
def test_draining_with_a_ledger_that_takes_no_new_log(site, monkeypatch, times) -> None:
    """Where a log can't be noted, that is raised if it goes on, and everything is read where it doesn't."""
    site.log("/a.log", ANCHOR + OUT + IN)
    failing, discover = [LedgerFull("no room")] * times, site.pipeline._discover

    def full() -> object:
        if failing:
            raise failing.pop()
        return discover()

    monkeypatch.setattr(site.pipeline, "_discover", full)
    if times > 1:
        with pytest.raises(LedgerFull):
            site.pipeline.drain(lambda: None)
    else:
        site.pipeline.drain(lambda: None)

        assert {"understood": 3, "matched": 1} == site.kept("/a.log").tally


def test_draining_goes_on_after_a_commit_that_failed_once(site, monkeypatch) -> None:
    """Either the error is raised, or everything is read in the end and counted once."""
    monkeypatch.setattr(module, "SMALLEST_COMMIT", 10)
    monkeypatch.setattr(module, "LARGEST_COMMIT", 10)
    site.pipeline = site._process()
    site.log("/a.log", ANCHOR + OUT + IN)
    site.ledger.failing = 1
    try:
        site.pipeline.drain(lambda: None)
    except LedgerFull:
        site.pipeline.drain(lambda: None)

    assert {"understood": 3, "matched": 1} == site.kept("/a.log").tally
