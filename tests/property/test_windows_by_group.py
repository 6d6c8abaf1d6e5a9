"""Windows by group: whatever the logs and the tables become, they are what each second of each session says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exporter.breakdown_windows import BreakdownWindows
from exporter.catalog.tiers import HOURLY, LONGTERM, Tier
from exporter.directory import NOBODY, Belonging, Directory, PeopleRules, Shares
from exporter.feature_rows import EVER
from exporter.records import WindowsAsked
from exporter.sessions.replay import replay
from exporter.tiers.calendar import window_holding
from exporter.tiers.intervals import difference, intersection, union
from exporter.windowing import Windowing
from tests.property.ledger_site import RULE, LedgerSite, Written, _rules
from tests.property.test_windows_of_the_ledger import ledger_site, scenes
from tests.reference.site_facts import Site, site_of
from tests.reference.window_facts import Stream

Key = tuple[str, ...]
"""Server, vendor, feature, breakdown, value."""
Shown = dict[tuple[Key, int], tuple[int, ...]]
_WHO = "JOIN holder AS h ON h.id = f.holder WHERE f.product = ?"
_SPANS = f"""
SELECT h.user, h.host, f.start, s."from", coalesce(s."to", max(k.frontier, s."from")), s.seats
FROM span AS s JOIN session AS f USING (generation, at, n) JOIN generation AS g ON g.id = f.generation
JOIN known AS k USING (stream) {_WHO}
"""
_CHECKOUTS = f"SELECT h.user, h.host, f.start FROM session AS f {_WHO} AND NOT f.inferred AND f.n = 0"
_DENIED = f"SELECT h.user, h.host, f.time FROM denial AS f {_WHO}"

names = st.sampled_from(["amber", "birch", "ana lind", "zo\xeb"])
values = st.sampled_from(["red", "blue", "green"])
moments = st.sampled_from([0, 1_704_055_000, 1_709_650_000, 1_711_842_000, 1_718_300_000, 1_729_990_000, EVER])


def _table(rows: list[tuple[Belonging, int, int]]) -> list[Belonging]:
    return [row._replace(start=min(edges), end=max(edges)) for row, *edges in rows if edges[0] != edges[1]]


def _says(kind: str, name: st.SearchStrategy[str], columns: list[str], value: st.SearchStrategy[str]) -> Any:
    always, weights = st.just(0), st.integers(1, 3)
    return st.builds(Belonging, st.just(kind), name, st.sampled_from(columns), value, always, always, weights)


hosts, patterns = st.sampled_from(["ws-01", "node02.example.org"]), st.sampled_from(["ws*", "*01", "*"])
tables = st.lists(
    st.tuples(
        st.one_of(
            _says("user", names, ["group", "lab", "person"], values),
            _says("host", hosts, ["host_room", "host"], values),
            _says("pattern", patterns, ["foreign"], st.just("(foreign)")),
        ),
        moments,
        moments,
    ),
    max_size=12,
).map(_table)
people = st.builds(
    PeopleRules,
    tables.map(lambda rows: frozenset({row[:6]: row for row in rows}.values())),
    st.sets(st.sampled_from(["group", "lab", "user", "host_room"])).map(lambda found: tuple(sorted(found))),
    st.sampled_from([NOBODY, frozenset({"", "amber"})]),
    st.sampled_from([1, 2, 200]),
    st.sampled_from([b"", b"k" * 32]),
)


def adopt(site: LedgerSite, about: Site, rules: PeopleRules) -> None:
    """Let the ledger take over who people are."""
    site.ledger.adopt(replace(_rules(about), people=rules), partial(replay, RULE))


def shown(site: LedgerSite, tier: Tier, rules: PeopleRules) -> Shown:
    """Return the windows by group as anybody gets them, stored or not."""
    windows = BreakdownWindows(site.ledger.ask, Windowing(site.ledger.ask))
    asked = WindowsAsked(tier.name, product=False)
    rows = [row for breakdown in rules.breakdowns for row in windows.rows(asked, breakdown)]
    return {(row.subject, row.start): tuple(row.fields) for row in rows}


def by_brute_force(site: LedgerSite, tier: Tier, rules: PeopleRules) -> Shown:
    """Return the same from the rows of the ledger, one by one: a piece of each session in each stretch of each hour."""
    directory, windowing = Directory(rules), Windowing(site.ledger.ask)
    hours: defaultdict[tuple[Key, int, Shares], list[int]] = defaultdict(lambda: [0, 0, 0])
    sights: dict[Key, int] = {}
    windows: Shown = defaultdict(lambda: (0, 0, 0))
    for feature in windowing.features():
        (product,) = feature.products
        rows = windowing.told(product, 0, EVER)
        streams = rows.streams
        known = [*(stream.first for stream in streams), *(start for start, _ in rows.issued)]
        sights[feature.names] = min((first for first in known if first is not None), default=EVER)
        told = union(interval for stream in streams for interval in stream.coverage)
        levels = difference(told, [interval for stream in streams for interval in stream.stopless])
        pieces: list[tuple[tuple[str, str, int], int, list[int]]] = []
        for user, host, since, start, end, seats in site.ledger.ask(_SPANS, product):
            for begun, ended in intersection(levels, [(start, end)]):
                instant = begun
                while instant < ended:
                    until = min(ended, window_holding(HOURLY, site.zone, instant)[1])
                    pieces.append(((user, host, since), instant, [seats * (until - instant), 0, 0]))
                    instant = until
        for user, host, time in site.ledger.ask(_CHECKOUTS, product):
            pieces.append(((user, host, time), time, [0, 1, 0]))
        for user, host, time in site.ledger.ask(_DENIED, product):
            pieces.append(((user, host, time), time, [0, 0, 1]))
        for who, instant, counted in pieces:
            hour = window_holding(HOURLY, site.zone, instant)
            if intersection(told, [hour]):
                for breakdown in rules.breakdowns:
                    key = (*feature.names, breakdown), hour[0], directory.shares(breakdown, *who)
                    hours[key] = [one + other for one, other in zip(hours[key], counted, strict=True)]
    for (names, hour, shares), counted in hours.items():
        weights = sum(weight for _, weight in shares)
        parts = [counted[0] * weight // weights for _, weight in shares]
        parts[0] += counted[0] - sum(parts)
        start, end = window_holding(tier, site.zone, hour)
        if end <= sights[names[:3]]:
            continue  # an UNSUPPORTED line is no first sight
        for number, ((value, _), part) in enumerate(zip(shares, parts, strict=True)):
            more = (part, *counted[1:]) if number == 0 else (part, 0, 0)
            held = windows[(*names, value), start]
            windows[(*names, value), start] = (held[0] + more[0], held[1] + more[1], held[2] + more[2])
    return _no_more_than(rules.most, {key: row for key, row in windows.items() if any(row)})


def _no_more_than(most: int, windows: Shown) -> Shown:
    by_window: defaultdict[tuple[Key, int], list[tuple[tuple[int, ...], str]]] = defaultdict(list)
    for (names, start), row in windows.items():
        by_window[names[:-1], start].append((row, names[-1]))
    found: Shown = {}
    for (names, start), rows in by_window.items():
        rows.sort(key=lambda one: ([-number for number in one[0]], one[1]))
        for row, value in rows[:most]:
            found[(*names, value), start] = row
        if len(rows) > most:
            all_others = [row for row, value in rows[most:]] + [row for row, value in rows[:most] if value == "other"]
            found[(*names, "other"), start] = tuple(map(sum, zip(*all_others, strict=True)))
    return found


def sums_of(windows: Shown, breakdowns: tuple[str, ...]) -> Mapping[tuple[Key, int], tuple[int, ...]]:
    """Return what all values of a breakdown have together, where that is anything."""
    found: defaultdict[tuple[Key, int], tuple[int, ...]] = defaultdict(lambda: (0, 0, 0))
    for (names, start), row in windows.items():
        key = names[:4], start
        found[key] = tuple(map(sum, zip(found[key], row, strict=True)))
    return {key: row for key, row in found.items() if any(row) and key[0][3] in breakdowns}


def of_features(site: LedgerSite, tier: Tier, breakdowns: tuple[str, ...]) -> Mapping[tuple[Key, int], tuple[int, ...]]:
    """Return what the windows of the features themselves have, for each breakdown, where that is anything."""
    windowing = Windowing(site.ledger.ask)
    return {
        ((*subject.names, breakdown), start): counted
        for subject in windowing.features()
        for starts, sums in windowing.windows(tier, subject)
        for start in starts
        for breakdown in breakdowns
        if any(counted := (sums.seat_seconds, sums.checkouts, sums.denials))
    }


@given(scenes(), st.lists(people, min_size=1, max_size=4), st.integers(0, 1 << 16).map(Random))
def test_windows_by_group(
    scene: tuple[list[Written], list[Stream], dict[str, Any]], told: list[PeopleRules], random: Random
) -> None:
    """
    Read and stored at any time, under tables that change, they are what a brute force says of the last tables.

    All values of a breakdown have together what the feature has.
    """
    logs_, _, config = scene
    with ledger_site(logs_, config) as site:
        about = site_of(config)

        def besides() -> None:
            adopt(site, about, random.choice(told))

        site.read_in_pieces(random, besides)
        site.store()
        for rules in told:
            adopt(site, about, rules)
            if random.random() < 0.7:
                site.store()
            for tier in (HOURLY, LONGTERM):
                found = shown(site, tier, rules)
                assert by_brute_force(site, tier, rules) == found
                assert of_features(site, tier, rules.breakdowns) == sums_of(found, rules.breakdowns)
