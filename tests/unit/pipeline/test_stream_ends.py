"""Which daemons of a stream write no ends, from what each commit adds."""

from __future__ import annotations

import json

from exporter.ends import Ends
from exporter.facts import Activity

DAY = 86_400


def _again(ends: Ends) -> Ends:
    """Return it as a restart would."""
    return Ends(json.loads(json.dumps(ends.state())))


def test_increments_add_up_over_restarts() -> None:
    """A day is judged by all of it, once it is over."""
    ends = Ends({})
    for _ in range(6):
        ends.add([Activity("acornd", 100, 10, 0, 0), Activity("oakd", 100, 10, 9, 0)], 100 * DAY + 500)
        ends = _again(ends)

    assert [frozenset(), frozenset({"acornd"})] == [ends.stopless(101 * DAY + at) for at in (-1, 0)]
    assert frozenset() == ends.stopless(None)


def test_it_stays_while_days_tell_nothing() -> None:
    """Years of days with few starts keep no more than the last days, and what was known before them."""
    ends = Ends({})
    ends.add([Activity("acornd", 100, 60, 0, 0), Activity("oakd", 100, 60, 60, 0)], 100 * DAY)
    for day in range(101, 500):
        ends.add([Activity("acornd", day, 3, 0, 0)], day * DAY)
    ends = _again(ends)

    assert frozenset({"acornd"}) == ends.stopless(499 * DAY)
    assert 4 >= len(ends.state()["days"])


def test_a_healthy_day_or_a_reset_ends_it() -> None:
    """Also where the day that told it was forgotten long ago."""
    for stops, resets in ((60, 0), (0, 1)):
        ends = Ends({})
        ends.add([Activity("acornd", 100, 60, 0, 0)], 100 * DAY)
        ends.add([], 110 * DAY)
        ends.add([Activity("acornd", 120, 60, stops, resets)], 120 * DAY)
        assert frozenset({"acornd"}) == ends.stopless(121 * DAY - 1)
        assert frozenset() == ends.stopless(121 * DAY)
        ends.add([], 130 * DAY)
        assert frozenset() == _again(ends).stopless(130 * DAY)


def test_dates_put_right_move_the_days() -> None:
    """What is remembered goes with the facts to other days."""
    ends = Ends({})
    ends.add([Activity("acornd", 90, 60, 0, 0)], 90 * DAY)
    ends.add([Activity("oakd", 100, 60, 0, 0)], 100 * DAY)
    ends.redate(lambda time: time - 10 * DAY)

    assert [frozenset({"acornd"}), frozenset({"acornd", "oakd"})] == [ends.stopless(91 * DAY + at) for at in (-1, 0)]


def test_a_daemon_without_ends_is_shown(site) -> None:
    """Sixty check-outs and no check-in on a day, and from the first line of the next day on the view tells it."""
    outs = b"".join(b'10:%02d:00 (acornd) OUT: "acorn_base" u%d@ws-01  \n' % (at, at) for at in range(60))
    lines = site.log("/a.log", b" 9:00:00 (lmgrd) TIMESTAMP 3/3/2024\n" + outs)
    site.cycle_to_the_end()
    assert frozenset() == site.pipeline.view.streams[0].stopless

    lines.grow(b" 9:00:00 (lmgrd) TIMESTAMP 3/4/2024\n")
    site.cycle_to_the_end()
    assert frozenset({"acornd"}) == site.pipeline.view.streams[0].stopless
    site.die()
    site.cycle_to_the_end()
    assert frozenset({"acornd"}) == site.pipeline.view.streams[0].stopless
