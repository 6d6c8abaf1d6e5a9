"""
Windows of the ledger: however logs are read, and whenever windows are stored, they are those of reading at one go.

They are also those that are not stored at all but worked out of the facts, and those of the slow reference reader.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM
from exporter.tiers.percentile import percentile, together
from exporter.tiers.windows import Sums
from tests.property.ledger_site import GAP_EXPIRY, LedgerSite, Loss, Names, Row, Written, differences
from tests.reference.flexlm_reader import read
from tests.reference.flexlm_result import name
from tests.reference.log_pen import LATER
from tests.reference.log_strategies import Log, logs
from tests.reference.site_facts import FeatureName, Site, site_of
from tests.reference.window_facts import Stream
from tests.reference.window_grid import windows
from tests.reference.windows import (
    Window,
    feature_windows,
    in_covered_hours,
    product_coverage,
    product_windows,
)

ZONES = st.sampled_from(["Europe/Madrid", "UTC", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe"])
ADDED = ("seat_seconds", "covered_seconds", "issued_seconds", "saturated_seconds", "checkouts", "checkins", "denials")
NO_STEPS = ("UTC", "Asia/Kolkata")
"""Zones of logs without nights of changed clocks, whose dates can be put right by whole days without a loss."""


def line_starts(log: Log) -> list[tuple[int, int]]:
    """Return (generation from 0, offset) of each line, in the order in which the reference numbers them from 1."""
    places = []
    for number, data in enumerate(log.generations):
        pieces = data.split(b"\n")
        offset = 0
        for piece in pieces[:-1] if number == len(log.generations) - 1 else pieces:
            places.append((number, offset))
            offset += len(piece) + 1
    return places


@st.composite
def written_logs(draw: st.DrawFn, server: str, longest: int) -> tuple[Written, list[int]]:
    """Draw a log with losses; also the numbers of the lines before which something is lost for ever."""
    log = draw(logs(longest, draw(st.sampled_from([None, None, "autumn", "spring"]))))
    places = line_starts(log)
    numbers = draw(st.sets(st.integers(1, len(places)), max_size=2)) if places and draw(st.booleans()) else set()
    losses = [Loss(*places[number - 1], draw(st.booleans())) for number in sorted(numbers)]
    shown = None
    if log.now == LATER and log.zone in NO_STEPS:
        shown = draw(st.sampled_from([None, *(offset for number, offset in places if number == 0)]))
    lost = [number for number, loss in zip(sorted(numbers), losses, strict=True) if not loss.came_back]
    return Written(server, log, losses, shown), lost


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Written], list[Stream], dict[str, Any]]:
    """Draw the logs of up to three servers, some redundant; what the reference finds in them; and a configuration."""
    servers = draw(st.sampled_from([["srv"], ["srv", "srv"], ["srv", "other"], ["srv", "srv", "other"]]))
    drawn = [draw(written_logs(server, 36 // len(servers))) for server in servers]
    streams = [
        Stream(it.server, read(it.log.generations, it.log.zone, None, it.log.now, lost, GAP_EXPIRY))
        for it, lost in drawn
    ]
    seen = {(stream.server, name(it.vendor), name(it.feature)) for stream in streams for it in stream.result.sessions}
    features = [dict(zip(("server", "vendor", "feature"), one, strict=True)) for one in sorted(seen)]
    only_capacity = [{**one, "feature": "never seen"} for one in features[:1]]
    config = {
        "site": {"name": "any", "timezone": draw(ZONES)},
        "sources": [
            {"name": f"lic{number}", "format": "flexlm", "server": it.server, "timezone": it.log.zone}
            for number, (it, _) in enumerate(drawn)
        ],
        "capacity": [
            {**one, "seats": draw(st.integers(0, 6)), "from": date.fromordinal(draw(st.integers(738_900, 739_300)))}
            for one in [*features, *only_capacity]
            for _ in range(draw(st.integers(0, 2)))
        ],
        "products": [
            {"name": f"Product {number}", "members": draw(st.lists(st.sampled_from(features), min_size=1, max_size=3))}
            for number in range(draw(st.integers(0, 2)))
        ]
        if features
        else [],
    }
    return [it for it, _ in drawn], streams, config


@contextmanager
def ledger_site(logs_: Sequence[Written], config: dict[str, Any]) -> Iterator[LedgerSite]:
    """Give a ledger that knows the configuration and has read nothing."""
    with tempfile.TemporaryDirectory() as folder:
        site = LedgerSite(Path(folder) / "ledger.db", site_of(config), logs_)
        try:
            yield site
        finally:
            site.close()


@given(scenes(), st.integers(0, 1 << 16).map(Random))
def test_reading_and_storing_at_any_time(
    scene: tuple[list[Written], list[Stream], dict[str, Any]], random: Random
) -> None:
    """Windows stored at any time equal those of one reading, those of the facts alone, and those stored anew."""
    logs_, streams, config = scene
    with ledger_site(logs_, config) as site, ledger_site(logs_, config) as whole:
        whole.read_all()
        with patch("exporter.windowing._AT_ONCE", random.choice([1, 3, 200_000])):
            site.read_in_pieces(random)
            site.store()
        whole.store()
        for tier in (HOURLY, LONGTERM):
            for each in (whole, site):
                assert [] == differences(each.worked_out(tier), each.given(tier))
            assert [] == differences(whole.given(tier), site.given(tier), doubtful(streams))
        before = site.stored_rows()
        site.forget_what_is_stored()
        site.store()
        # What was closed before a stream came that lags behind is not closed now; nothing else changes, no revision.
        assert set(site.stored_rows()) <= set(before)


@given(scenes(), st.integers(0, 1 << 16).map(Random))
def test_the_reference_sees_the_same(scene: tuple[list[Written], list[Stream], dict[str, Any]], random: Random) -> None:
    """Every field of every hour and day, and of minutes, of features and products, with the time at each level."""
    logs_, streams, config = scene
    about = site_of(config)
    with ledger_site(logs_, config) as site:
        site.read_all()
        site.store()
        for tier in (HOURLY, LONGTERM):
            assert [] == differences(reference_rows(streams, about, tier.name), site.given(tier), doubtful(streams))
        covered = [start for stream in streams for start, _ in stream.result.coverage]
        if covered:
            start = random.choice(covered) + random.randrange(7_200)
            found = site.worked_out(LIVE, start, start + 3_600)
            expected = reference_rows(streams, about, "live", start, start + 3_600)
            assert [] == differences(expected, found, doubtful(streams))
            for tier in (HOURLY, LONGTERM):  # a window is whole though another may be asked for next
                rows = {names: [row for row in rows if row.start < start] for names, rows in site.given(tier).items()}
                assert {names: found for names, found in rows.items() if found} == site.given(tier, start)


@given(scenes(), st.integers(0, 100), st.integers(0, 1 << 16).map(Random))
def test_hours_days_and_percentiles(
    scene: tuple[list[Written], list[Stream], dict[str, Any]], percent: int, random: Random
) -> None:
    """Hours add up to their days; a percentile of a span is that of the levels of all its covered seconds."""
    logs_, _, config = scene
    with ledger_site(logs_, config) as site:
        site.read_in_pieces(random)
        site.store()
        days, hours = site.given(LONGTERM), site.given(HOURLY)
    assert days.keys() == hours.keys()
    for subject, of_subject in days.items():
        for number, day in enumerate(of_subject):
            within = [hour for hour in hours[subject] if day.start <= hour.start < day.end]
            assert all(hour.end <= day.end for hour in within)
            if number:  # the day of the first sight counts what lies before that, too, so it may have no hour
                assert within
                for field in ADDED:
                    assert getattr(day.sums, field) == sum(getattr(hour.sums, field) for hour in within), field
                assert day.times == together(hour.times for hour in within)
        span = random.sample(hours[subject], min(3, len(hours[subject])))
        seconds = sorted(level for hour in span for level, spent in hour.times.items() for _ in range(spent))
        wanted = seconds[max(-(-percent * len(seconds) // 100), 1) - 1] if seconds else None
        assert wanted == percentile(together(hour.times for hour in span), percent)


def doubtful(streams: Sequence[Stream]) -> Sequence[str]:
    """
    Return the fields that may differ with where reading was interrupted.

    A line that is no event decides an episode too, but pairing learns of it only where a block ends. And of a loss that
    no line follows the reference doesn't know. After each the clock has to step back for that to make a difference.
    """
    fields = set[str]()
    for stream in streams:
        times = [entry.time for entry in stream.result.diary if entry.what == "LINE"]
        if times != sorted(times):
            fields |= {"denials_waited", "denials_refused"}
        *said, _ = times  # the last is the frontier
        if said and said[-1] < max(said):
            fields.add("suspect_seats")
    return sorted(fields)


def reference_rows(
    streams: Sequence[Stream], about: Site, tier: str, start: int | None = None, end: int | None = None
) -> dict[Names, list[Row]]:
    """
    Return the windows of the reference as `LedgerSite` gives them.

    The reference tells the denials of all members and streams of a subject as one story. A ledger doesn't: each stream
    tells its own of each feature, and a product has the sum of these.
    """
    found: dict[Names, tuple[list[FeatureName], list[Window]]] = {
        feature: ([feature], rows) for feature, rows in feature_windows(streams, about, tier, start, end).items()
    }
    for product, of_product in product_windows(streams, about, tier, start, end).items():
        found[product,] = about.products[product], of_product
    rows = {}
    covered = product_coverage(streams, about)
    for names, (members, of_subject) in found.items():
        decided = {
            outcome: sorted(
                episode.first
                for stream in streams
                for episode in stream.result.episodes
                if episode.outcome == outcome
                and (stream.server, name(episode.vendor), name(episode.feature)) in members
            )
            for outcome in ("waited", "refused")
        }
        if len(names) == 1:
            decided = {of: in_covered_hours(times, covered[names[0]], about.zone) for of, times in decided.items()}
        rows[names] = [as_row(window, tier, about.zone, decided) for window in of_subject]
    return {names: of_subject for names, of_subject in rows.items() if of_subject}


def as_row(window: Window, tier: str, zone: str, decided: Mapping[str, Sequence[int]]) -> Row:
    """Return a window of the reference with the integral of what is issued instead of its mean."""
    ((start, end),) = windows(tier, zone, window.start, window.start + 1)
    counts = {of: getattr(window, of) for of in Sums._fields if of != "issued_seconds"}
    for outcome, times in decided.items():
        counts[f"denials_{outcome}"] = sum(start <= time < end for time in times)
    issued = window.issued * window.covered_seconds
    assert issued.denominator == 1
    return Row(start, end, Sums(issued_seconds=int(issued), **counts), window.levels)
