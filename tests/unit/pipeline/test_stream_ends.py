"""Which daemons of a stream write no ends, from what each commit adds."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from exporter.ends import Ends
from exporter.facts import Activity
from exporter.tiers.stopless import STILL, stopless

DAY = 86_400


def _again(ends: Ends) -> Ends:
    """Return it as a restart would."""
    return Ends(json.loads(json.dumps(ends.state())))


def _add(ends: Ends, increments: list[Activity], frontier: int) -> dict[str | None, int]:
    """Add to it, with the newest line a second before the frontier."""
    return ends.add(increments, frontier, frontier - 1)


def test_increments_add_up_over_restarts() -> None:
    """A day is judged by all of it, once it is over."""
    ends = Ends({})
    for _ in range(6):
        _add(ends, [Activity("acornd", 100, 10, 0, 0), Activity("oakd", 100, 10, 9, 0)], 100 * DAY + 500)
        ends = _again(ends)

    assert [frozenset(), frozenset({"acornd"})] == [ends.stopless(101 * DAY + at) for at in (-1, 0)]
    assert frozenset() == ends.stopless(None)


def test_it_stays_while_days_tell_nothing() -> None:
    """Years of days with few starts keep no more than the last days, and what was known before them."""
    ends = Ends({})
    _add(ends, [Activity("acornd", 100, 60, 0, 0), Activity("oakd", 100, 60, 60, 0)], 100 * DAY)
    for day in range(101, 500):
        _add(ends, [Activity("acornd", day, 3, 0, 0)], day * DAY)
    ends = _again(ends)

    assert frozenset({"acornd"}) == ends.stopless(499 * DAY)
    assert 4 >= len(ends.state()["days"])


def test_a_healthy_day_or_a_reset_ends_it() -> None:
    """Also where the day that told it was forgotten long ago."""
    for stops, resets in ((60, 0), (0, 1)):
        ends = Ends({})
        _add(ends, [Activity("acornd", 100, 60, 0, 0)], 100 * DAY)
        _add(ends, [], 110 * DAY)
        _add(ends, [Activity("acornd", 120, 60, stops, resets)], 120 * DAY)
        assert frozenset({"acornd"}) == ends.stopless(121 * DAY - 1)
        assert frozenset() == ends.stopless(121 * DAY)
        _add(ends, [], 130 * DAY)
        assert frozenset() == _again(ends).stopless(130 * DAY)


def test_dates_put_right_move_the_days() -> None:
    """What is remembered goes with the facts to other days."""
    ends = Ends({})
    _add(ends, [Activity("acornd", 90, 60, 0, 0)], 90 * DAY)
    _add(ends, [Activity("oakd", 100, 60, 0, 0)], 100 * DAY)
    ends.redate(lambda time: time - 10 * DAY)

    assert [frozenset({"acornd"}), frozenset({"acornd", "oakd"})] == [ends.stopless(91 * DAY + at) for at in (-1, 0)]


def test_only_what_is_told_anew_is_named() -> None:
    """A day that ends names the daemons of which it tells something new, and since when; a healthy one names none."""
    ends = Ends({})
    healthy = [Activity("oakd", day, 60, 60, 0) for day in range(100, 103)]
    assert {} == _add(ends, [Activity("acornd", 100, 60, 0, 0), healthy[0]], 100 * DAY + 500)
    assert {"acornd": 100 * DAY} == _add(ends, [Activity("acornd", 101, 60, 0, 0), healthy[1]], 101 * DAY)
    ends = _again(ends)
    assert {} == _add(ends, [Activity("acornd", 102, 60, 60, 0), healthy[2]], 102 * DAY)
    assert {"acornd": 102 * DAY} == _add(ends, [], 103 * DAY)
    assert {} == _add(ends, [Activity("acornd", 103, 1, 0, 0)], 103 * DAY + 1)


def test_a_clock_that_steps_back_over_midnight() -> None:
    """What the end of the day told is told no more, and told again when it ends again."""
    ends = Ends({})
    _add(ends, [Activity("acornd", 100, 60, 0, 0)], 100 * DAY + 1)
    steps = [ends.add([], 101 * DAY + 5, 101 * DAY + at) for at in (4, -3, 5)]
    assert [{"acornd": 100 * DAY}] * 3 == steps


def test_days_that_are_forgotten() -> None:
    """Late lines of such a day name their daemon, as each day's end does after that until one says how it stands."""
    ends = Ends({})
    _add(ends, [Activity("acornd", 100, 60, 0, 0)], 100 * DAY + 1)
    _add(ends, [], 120 * DAY + 1)
    assert {"acornd": 105 * DAY} == _add(ends, [Activity("acornd", 105, 60, 0, 0)], 120 * DAY + 1)
    ends = _again(ends)
    assert {"acornd": 120 * DAY} == _add(ends, [Activity("acornd", 121, 3, 0, 0)], 121 * DAY + 1)
    assert {"acornd": 121 * DAY} == _add(ends, [], 126 * DAY + 1)
    assert {"acornd": 126 * DAY} == _add(ends, [Activity("acornd", 127, 60, 0, 0)], 127 * DAY + 1)
    assert {"acornd": 127 * DAY} == _add(ends, [], 131 * DAY + 1)
    assert {} == _add(_again(ends), [], 132 * DAY)


def test_a_log_that_begins_again_on_a_forgotten_day() -> None:
    """It names all daemons, day by day, for it is not known what its days had told."""
    ends = Ends({})
    _add(ends, [Activity("acornd", 100, 60, 0, 0)], 100 * DAY + 1)
    _add(ends, [Activity("acornd", 110, 60, 60, 0)], 110 * DAY + 1)
    _add(ends, [], 120 * DAY + 1)
    assert {None: 106 * DAY} == _add(_again(ends), [], 106 * DAY + 1)
    assert {None: 106 * DAY} == _add(ends, [], 106 * DAY + 1)
    assert [{}, {None: 106 * DAY}] == [_add(ends, [], day * DAY + 2) for day in (106, 107)]


_VENDORS = ("acornd", "oakd")


@st.composite
def _increments(draw: st.DrawFn, last: int) -> list[Activity]:
    """Draw what was written up to a second: mostly on its day and the one before it, or long ago."""
    days = st.sampled_from([0, 0, 0, 1, 1, 2, 9]).map(lambda back: max(last // DAY - back, 0))
    counts = st.sampled_from([(60, 0, 0), (60, 60, 0), (30, 0, 0), (0, 0, 1), (1, 0, 0)])
    one = st.builds(
        lambda vendor, day, counted: Activity(vendor, day, *counted), st.sampled_from(_VENDORS), days, counts
    )
    return draw(st.lists(one, max_size=3))


@given(st.data(), st.booleans())
def test_what_is_not_named_is_as_it_was(data: st.DataObject, restarts: bool) -> None:
    """Whatever the clock does, what all that was written tells differs only where and from when `add` says so."""
    written: list[Activity] = []
    ends, last = Ends({}), 20 * DAY
    before: dict[str, list[tuple[int, int]]] = {vendor: [] for vendor in _VENDORS}
    for _ in range(data.draw(st.integers(1, 8))):
        last = max(
            last + data.draw(st.sampled_from([0, 5, DAY // 3, DAY, 3 * DAY, 9 * DAY, -5, -2 * DAY, -8 * DAY])), 0
        )
        increments = data.draw(_increments(last))
        named = ends.add(increments, last + 1, last)
        written += increments
        after = {vendor: _told(written, vendor, last + 1) for vendor in _VENDORS}
        for vendor in _VENDORS:
            since = min(named.get(vendor, STILL), named.get(None, STILL))
            assert _before(before[vendor], since) == _before(after[vendor], since)
        before, ends = after, _again(ends) if restarts else ends


def _told(written: list[Activity], vendor: str, passed: int) -> list[tuple[int, int]]:
    """Return when a daemon wrote no ends by all that was written."""
    days: dict[int, Activity] = {}
    for one in written:
        if one.vendor == vendor:
            known = days.get(one.day, Activity(vendor, one.day, 0, 0, 0))
            days[one.day] = Activity(
                vendor, one.day, known.starts + one.starts, known.stops + one.stops, known.resets + one.resets
            )
    return stopless(days.values(), passed)


def _before(intervals: list[tuple[int, int]], instant: int) -> list[tuple[int, int]]:
    """Return what of *intervals* lies before an instant."""
    return [(begin, min(end, instant)) for begin, end in intervals if begin < instant]


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
