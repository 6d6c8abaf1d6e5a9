"""
The reference windows: what happened in each minute, hour or day of a feature or product, added up state by state.

Written from the rules and the worked examples alone, with whole numbers and fractions.

Choice: ``suspect_seats`` is the highest number in the window, as ``queued_max`` is, by the rule of ``in_use_max``.
Choice: extremes are of the covered part of a window; ``users`` and lines are counted in the whole of it.
Choice: the first window of a subject counts what is covered of it and denied in it before the first sight, too.
Choice: lines in an hour of which nothing is covered don't count (a product has such lines, where a member has a hole).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from tests.reference.site_facts import FeatureName, Site
from tests.reference.window_episodes import episodes_of
from tests.reference.window_facts import Facts, Stream, facts_of, joined
from tests.reference.window_grid import Interval, common, union, windows
from tests.reference.window_states import Step, Track


class Window(NamedTuple):
    """A window that is covered at all: its start (UTC second), its fields, and the covered seconds at each level."""

    start: int
    in_use_mean: Fraction
    in_use_max: int
    in_use_min: int
    seat_seconds: int
    covered_seconds: int
    issued: Fraction
    saturated_seconds: int
    over_issued_seconds: int
    seconds_ge_50: int
    seconds_ge_75: int
    seconds_ge_90: int
    seconds_ge_95: int
    seconds_ge_100: int
    checkouts: int
    checkins: int
    denials: int
    denials_waited: int
    denials_refused: int
    queued_max: int
    users: int
    suspect_seats: int
    levels: dict[int, int]


class Subject:
    """A feature or a product: what its windows are read from."""

    def __init__(self, streams: Sequence[Stream], site: Site, members: Sequence[FeatureName], facts: Facts) -> None:
        """Sum up the steps of *facts*, which are those of all *members*."""
        self.seats, self.queued, self.suspect = Track(facts.seats), Track(facts.queued), Track(facts.suspect)
        self.issued = Track(issued_steps(site, members))
        self.covered = union(facts.covered)
        self.first_sight = min(facts.sights, default=None)
        self.holders = sorted(facts.holders)
        episodes = episodes_of([it.result for it in streams], facts.raw, site.rule) if facts.denials else []
        lines = [facts.checkouts, facts.checkins, facts.denials]
        lines += [[it.first for it in episodes if it.outcome == outcome] for outcome in ("waited", "refused")]
        counted = (in_covered_hours(sorted(times), self.covered, site.zone) for times in lines)
        self.checkouts, self.checkins, self.denials, self.waited, self.refused = counted

    def window(self, window: Interval, pieces: Sequence[Interval], users: int) -> Window:
        """Add up the covered *pieces* of a window."""
        levels: dict[int, int] = {}
        issued_seconds = saturated = over = 0
        shares = dict.fromkeys((50, 75, 90, 95, 100), 0)
        for begin, end in self.stretches(pieces):
            seconds, level, issued = end - begin, self.seats.at(begin), self.issued.at(begin)
            levels[level] = levels.get(level, 0) + seconds
            issued_seconds += issued * seconds
            if issued > 0:
                saturated += seconds if level >= issued else 0
                over += seconds if level > issued else 0
                for share in shares:
                    shares[share] += seconds if level * 100 >= share * issued else 0
        seat_seconds = sum(level * seconds for level, seconds in levels.items())
        covered = sum(levels.values())
        states = self.states(self.seats, pieces)
        return Window(
            window[0],
            Fraction(seat_seconds, covered),
            max(states),
            min(states),
            seat_seconds,
            covered,
            Fraction(issued_seconds, covered),
            saturated,
            over,
            shares[50],
            shares[75],
            shares[90],
            shares[95],
            shares[100],
            inside(self.checkouts, window),
            inside(self.checkins, window),
            inside(self.denials, window),
            inside(self.waited, window),
            inside(self.refused, window),
            max(self.states(self.queued, pieces)),
            users,
            max(self.states(self.suspect, pieces)),
            levels,
        )

    def stretches(self, pieces: Sequence[Interval]) -> list[Interval]:
        """Cut the pieces wherever the level or the seats issued change."""
        found: list[Interval] = []
        for begin, end in pieces:
            cuts = {begin, end, *self.seats.changes(begin, end), *self.issued.changes(begin, end)}
            found += pairwise(sorted(cuts))
        return found

    def states(self, track: Track, pieces: Sequence[Interval]) -> list[int]:
        """Return every state of a track in the covered pieces."""
        return [state for begin, end in pieces for state in track.states(begin, end)]

    def users_of(self, asked: Sequence[Interval]) -> list[int]:
        """Count the users of each window; these are in order."""
        ends = [end for _, end in asked]
        users: list[set[str]] = [set() for _ in asked]
        for begin, end, user in self.holders:
            # The windows that end at or before the session's start are over; the first after its end ends the search.
            for place in range(bisect_right(ends, begin), len(asked)):
                if asked[place][0] > end:
                    break
                if is_open(begin, end, asked[place]):
                    users[place].add(user)
        return [len(of_window) for of_window in users]


def is_open(begin: int, end: int, window: Interval) -> bool:
    """Whether a session [begin, end) is open at any time of a window; one without length is, in its second."""
    return begin < window[1] and (window[0] < end or window[0] <= begin)


def inside(times: Sequence[int], window: Interval) -> int:
    """Count the times in a window; *times* are in order."""
    return bisect_left(times, window[1]) - bisect_left(times, window[0])


def in_covered_hours(times: Sequence[int], covered: Sequence[Interval], zone: str) -> list[int]:
    """Return the times in hours of which anything is covered; both are in order."""
    begins = [begin for begin, _ in covered]
    outside = {time for time in times if not ((at := bisect_right(begins, time)) and time < covered[at - 1][1])}
    in_vain = {
        time for time in outside for hour in windows("hourly", zone, time, time + 1) if not common(hour, covered)
    }
    return [time for time in times if time not in in_vain]


def issued_steps(site: Site, members: Sequence[FeatureName]) -> list[Step]:
    """Return the changes of the sum of what is issued of the members."""
    steps, before = [], 0
    for time in sorted({row.start for row in site.capacity if row.feature in members}):
        now = sum(site.issued(member, time) for member in members)
        steps.append(Step(time, 0, 0, now - before))
        before = now
    return steps


def windows_of(subject: Subject, site: Site, tier: str, begin: int | None, end: int | None) -> list[Window]:
    """Return the windows of a subject that are covered and start in [begin, end), from its first sight on."""
    if not subject.covered or subject.first_sight is None:
        return []
    first = max(subject.covered[0][0], subject.first_sight)
    last = subject.covered[-1][1]
    asked, covered = [], []
    for window in windows(tier, site.zone, first if begin is None else max(first, begin), min(last, end or last)):
        pieces = common(window, subject.covered)
        if pieces and (begin is None or begin <= window[0]) and (end is None or window[0] < end):
            asked.append(window)
            covered.append(pieces)
    users = subject.users_of(asked)
    return [subject.window(*row) for row in zip(asked, covered, users, strict=True)]


def feature_windows(
    streams: Sequence[Stream], site: Site, tier: str, begin: int | None = None, end: int | None = None
) -> dict[FeatureName, list[Window]]:
    """
    Return the windows of every feature with a first sight; *tier* is live, hourly or longterm.

    Only windows that start in [begin, end), UTC seconds, are computed.
    """
    found = {}
    for feature, facts in facts_of(streams, site).items():
        found[feature] = windows_of(Subject(streams, site, [feature], facts), site, tier, begin, end)
    return found


def product_coverage(streams: Sequence[Stream], site: Site) -> dict[str, list[Interval]]:
    """Return what is covered of every product."""
    of_feature = facts_of(streams, site)
    return {
        product: union(joined(of_feature[member] for member in members if member in of_feature).covered)
        for product, members in site.products.items()
    }


def product_windows(
    streams: Sequence[Stream], site: Site, tier: str, begin: int | None = None, end: int | None = None
) -> dict[str, list[Window]]:
    """Return the windows of every product, as `feature_windows` does those of features."""
    of_feature = facts_of(streams, site)
    found = {}
    for product, members in site.products.items():
        facts = joined(of_feature[member] for member in members if member in of_feature)
        found[product] = windows_of(Subject(streams, site, members, facts), site, tier, begin, end)
    return found
