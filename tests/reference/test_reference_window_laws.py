"""Laws that hold between windows whatever the log: the reference windows of drawn logs keep them."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.flexlm_denials import Rule
from tests.reference.flexlm_reader import read
from tests.reference.flexlm_result import name
from tests.reference.log_strategies import MADRID, logs
from tests.reference.site_facts import Capacity, FeatureName, Site
from tests.reference.window_episodes import episodes_of
from tests.reference.window_facts import Stream, facts_of
from tests.reference.window_grid import windows
from tests.reference.windows import Window, feature_windows, product_windows

HOUR = 3600
ZONES = [MADRID, "UTC", "Asia/Kolkata", "America/New_York"]
OF_LEVELS = ["seat_seconds", "saturated_seconds", "over_issued_seconds"]
OF_LEVELS += [f"seconds_ge_{share}" for share in (50, 75, 90, 95, 100)]
OF_LINES = ["checkouts", "checkins", "denials_waited", "denials_refused"]
Drawn = tuple[Stream, Site]


@st.composite
def streams(draw: st.DrawFn, with_gaps: bool = False) -> Drawn:
    """Draw a stream that was read, maybe with lost lines, and a site with some capacity."""
    log = draw(logs(longest=25))
    lines = sum(data.count(b"\n") for data in log.generations)
    lost = draw(st.lists(st.integers(2, max(2, lines)), min_size=2, max_size=8)) if with_gaps else []
    stream = Stream("srv", read(log.generations, log.zone, None, log.now, lost, expiry=2 * HOUR))
    site = Site(draw(st.sampled_from(ZONES)))
    for feature in facts_of([stream], site):
        for _ in range(draw(st.integers(0, 2))):
            entry = draw(st.sampled_from(stream.result.diary))
            seats = draw(st.integers(0, 12))
            site.capacity.append(Capacity(feature, entry.time + draw(st.sampled_from([-HOUR, 0, 40])), seats))
    return stream, site


def inside(whole: tuple[int, int], parts: list[Window]) -> list[Window]:
    """Return those of *parts* that start in *whole*."""
    return [part for part in parts if whole[0] <= part.start < whole[1]]


def check_sums(first: Window, wholes: list[Window], ends: dict[int, int], parts: list[Window], lines: bool) -> None:
    """Compare windows with the shorter ones inside; *first* is the subject's, *ends* are those of *wholes* by start."""
    for whole in wholes:
        within = inside((whole.start, ends[whole.start]), parts)
        for key in OF_LEVELS + (OF_LINES if lines else []):
            assert getattr(whole, key) == sum(getattr(part, key) for part in within), key
        assert whole.issued * whole.covered_seconds == sum(part.issued * part.covered_seconds for part in within)
        assert whole.in_use_max == max(part.in_use_max for part in within)
        assert whole.queued_max == max(part.queued_max for part in within)
        assert whole.suspect_seats == max(part.suspect_seats for part in within)
        assert max(part.users for part in within) <= whole.users <= sum(part.users for part in within)
        levels = sum((Counter(part.levels) for part in within), Counter())
        before_first_sight = whole.covered_seconds - sum(part.covered_seconds for part in within)
        assert whole == first or before_first_sight == 0
        assert Counter(whole.levels) - Counter({0: before_first_sight}) == levels
        assert whole.in_use_min == min([part.in_use_min for part in within] + [0] * (before_first_sight > 0))
        unsupported_before = whole.denials - sum(part.denials for part in within)
        assert not lines or unsupported_before == 0 or (whole == first and unsupported_before > 0)


@given(streams())
def test_hours_sum_to_days(drawn: Drawn) -> None:
    """Days are the sums and extremes of their hours, but for what lies in the first day before the first sight."""
    stream, site = drawn
    hours = feature_windows([stream], site, "hourly")
    for feature, days in feature_windows([stream], site, "longterm").items():
        spans = ends(days, site, "longterm")
        assert len(hours[feature]) == sum(len(inside(span, hours[feature])) for span in spans.items())
        if days:
            check_sums(days[0], days, spans, hours[feature], lines=True)


@given(streams(with_gaps=True))
def test_hours_around_gaps_sum_to_days(drawn: Drawn) -> None:
    """Also where gaps take covered seconds away, the covered part of a day is that of its hours."""
    stream, site = drawn
    hours = feature_windows([stream], site, "hourly")
    for feature, days in feature_windows([stream], site, "longterm").items():
        if days:
            check_sums(days[0], days, ends(days, site, "longterm"), hours[feature], lines=False)


@given(streams(), st.data())
def test_minutes_sum_to_hours(drawn: Drawn, data: st.DataObject) -> None:
    """Hours are the sums and extremes of their minutes, but for what lies in the first one before the first sight."""
    stream, site = drawn
    for feature, hours in feature_windows([stream], site, "hourly").items():
        if hours:
            chosen = data.draw(st.integers(0, len(hours) - 1))
            span = ends(hours, site, "hourly")
            begin = hours[chosen].start
            minutes = feature_windows([stream], site, "live", begin, span[begin])[feature]
            if minutes:  # there is none where the first sight, a date, lies behind all that is covered
                check_sums(hours[0], [hours[chosen]], span, minutes, lines=True)


def ends(of_tier: list[Window], site: Site, tier: str) -> dict[int, int]:
    """Return the end of each window by its start."""
    return dict(windows(tier, site.zone, of_tier[0].start, of_tier[-1].start + 1)) if of_tier else {}


@given(streams(with_gaps=True), st.sampled_from(["hourly", "longterm"]))
def test_a_window_agrees_with_itself(drawn: Drawn, tier: str) -> None:
    """Time at levels gives seat seconds, mean, extremes and shares; no field contradicts another."""
    stream, site = drawn
    for feature, of_feature in feature_windows([stream], site, tier).items():
        for it in of_feature:
            assert it.seat_seconds == sum(level * seconds for level, seconds in it.levels.items())
            assert it.covered_seconds == sum(it.levels.values()) > 0
            assert it.in_use_mean == Fraction(it.seat_seconds, it.covered_seconds)
            assert it.in_use_min <= min(it.levels) <= it.in_use_mean <= max(it.levels) <= it.in_use_max
            assert it.seconds_ge_100 == it.saturated_seconds >= it.over_issued_seconds
            shares = [it.seconds_ge_50, it.seconds_ge_75, it.seconds_ge_90, it.seconds_ge_95, it.seconds_ge_100]
            assert shares == sorted(shares, reverse=True)
            assert it.users or not it.in_use_max  # who only has it in time that is not covered is counted, too
            assert 0 <= it.suspect_seats <= it.in_use_max
            rows = [row for row in site.capacity if row.feature == feature]
            assert min((row.seats for row in rows), default=0) <= it.issued or any(row.start > it.start for row in rows)


@settings(max_examples=30)
@given(streams(with_gaps=True), st.data())
def test_an_hour_is_its_seconds_one_by_one(drawn: Drawn, data: st.DataObject) -> None:
    """Looking at every covered second of an hour alone gives its time at each level and its saturated seconds."""
    stream, site = drawn
    result = stream.result
    for feature, hours in feature_windows([stream], site, "hourly").items():
        if not hours:
            continue
        hour = data.draw(st.sampled_from(hours))
        spans = [
            (span.start, max(span.start, result.frontier) if span.end is None else span.end, span.seats)
            for session, span in result.spans()
            if (name(session.vendor), name(session.feature)) == feature[1:]
        ]
        levels: Counter[int] = Counter()
        saturated = 0
        for second in range(hour.start, ends([hour], site, "hourly")[hour.start]):
            if any(begin <= second < end for begin, end in result.stretches):
                level = sum(seats for begin, end, seats in spans if begin <= second < end)
                issued = site.issued(feature, second)
                levels[level] += 1
                saturated += issued > 0 and level >= issued
        assert (dict(levels), saturated) == (hour.levels, hour.saturated_seconds)


@given(streams())
def test_hours_hold_all_that_sessions_and_lines_say(drawn: Drawn) -> None:
    """The hours of all features add up to the seat seconds of the sessions, the lines counted, and the episodes."""
    stream, site = drawn
    result = stream.result
    hours = [it for of_feature in feature_windows([stream], site, "hourly").values() for it in of_feature]
    assert sum(it.seat_seconds(result.frontier) for it in result.sessions) == sum(it.seat_seconds for it in hours)
    assert result.tallies.checkouts == sum(it.checkouts for it in hours)
    assert result.tallies.checkins == sum(it.checkins for it in hours)
    outcomes = Counter(it.outcome for it in result.episodes)
    assert outcomes["waited"] == sum(it.denials_waited for it in hours)
    assert outcomes["refused"] == sum(it.denials_refused for it in hours)


@given(streams())
def test_episodes_told_again_are_the_same(drawn: Drawn) -> None:
    """The diary told to one feature alone gives the episodes that the reader found of it."""
    stream, _ = drawn
    for raw in {(it.vendor, it.feature) for it in stream.result.episodes}:
        found = [it for it in stream.result.episodes if (it.vendor, it.feature) == raw]
        again = episodes_of([stream.result], [(0, raw)], Rule())
        assert [(it.first, it.last, it.lines, it.outcome) for it in found] == [
            (it.first, it.last, it.lines, it.outcome) for it in again
        ]


@given(streams(with_gaps=True), st.sampled_from(["hourly", "longterm"]))
def test_a_product_of_one_feature_is_the_feature(drawn: Drawn, tier: str) -> None:
    """A product with one member has the member's windows, field by field."""
    stream, site = drawn
    of_feature = feature_windows([stream], site, tier)
    site.products = {str(feature): [feature] for feature in of_feature}
    of_product = product_windows([stream], site, tier)
    assert {str(feature): found for feature, found in of_feature.items()} == of_product


@settings(max_examples=30)
@given(streams())
def test_a_product_adds_its_members_up(drawn: Drawn) -> None:
    """Of a product of all features seat seconds, lines and seats issued are the sums, extremes and users at most."""
    stream, site = drawn
    of_feature = feature_windows([stream], site, "hourly")
    site.products = {"all": list(of_feature)}
    for it in product_windows([stream], site, "hourly")["all"]:
        members = [part for found in of_feature.values() for part in found if part.start == it.start]
        for key in ("seat_seconds", "checkouts", "checkins", "issued"):
            assert getattr(it, key) == sum(getattr(part, key) for part in members), key
        assert max(part.in_use_max for part in members) <= it.in_use_max <= sum(part.in_use_max for part in members)
        assert max(part.users for part in members) <= it.users <= sum(part.users for part in members)
        assert all(part.covered_seconds == it.covered_seconds for part in members)


@settings(max_examples=30)
@given(streams())
def test_a_pool_of_two_equal_servers_has_twice_the_seats(drawn: Drawn) -> None:
    """The same log on two servers: the product of both has the users of one and twice its seats, lines and capacity."""
    stream, site = drawn
    other = Stream("other", stream.result)
    site.capacity += [row._replace(feature=("other", *row.feature[1:])) for row in site.capacity]
    of_feature = feature_windows([stream, other], site, "hourly")
    of_server: list[FeatureName] = [feature for feature in of_feature if feature[0] == "srv"]
    site.products = {str(one): [one, ("other", *one[1:])] for one in of_server}
    of_product = product_windows([stream, other], site, "hourly")
    for feature in of_server:
        for one, both in zip(of_feature[feature], of_product[str(feature)], strict=True):
            assert (one.start, one.covered_seconds, one.users) == (both.start, both.covered_seconds, both.users)
            assert {2 * level: seconds for level, seconds in one.levels.items()} == both.levels
            for key in ("checkouts", "checkins", "denials", "issued"):
                assert 2 * getattr(one, key) == getattr(both, key), key
