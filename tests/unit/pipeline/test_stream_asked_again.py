"""A stream is asked again within one cycle, or while its log waits: what was read is kept, what is shown is true."""

from __future__ import annotations

from tests.unit.pipeline.test_stream_gaps import BEFORE, LOG


def test_what_was_read_is_committed_though_the_log_rests_since(site) -> None:
    """A log that has just given its last block and then finds nothing new still gives its batch."""
    lines = site.log(LOG, BEFORE)
    stream = site.streams[LOG]
    stream.fill(len(BEFORE))
    lines.still = True

    assert (0, False) == stream.fill(1 << 20)
    batch = stream.batch()
    assert batch is not None
    assert len(BEFORE) == batch.position.offset
    assert (0, False) == stream.fill(1 << 20)
    assert stream.batch() is None


def test_a_log_that_waits_is_not_caught_up(site) -> None:
    """While it can't be told what a file of it is, the stream isn't caught up, and nothing is wrong with it."""
    lines = site.log(LOG, BEFORE)
    lines.waiting = True
    site.cycle_to_the_end()
    (view,) = site.pipeline.view.streams
    assert (False, None) == (view.caught_up, view.problem)
    lines.waiting = False
    site.cycle_to_the_end()

    (view,) = site.pipeline.view.streams
    assert view.caught_up
