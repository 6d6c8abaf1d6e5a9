"""The windows of any log: those of the tiers are those of the slow reference, which was written apart from them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from exporter.catalog.tiers import HOURLY, LONGTERM, Tier
from exporter.tiers.calendar import bounds
from exporter.tiers.windows import Sums
from tests.golden.window_facts import facts_of
from tests.property.brute_windows import each_window
from tests.reference.flexlm_reader import read
from tests.reference.flexlm_result import name
from tests.reference.log_strategies import Log, logs
from tests.reference.site_facts import site_of
from tests.reference.windows import Stream, Window, feature_windows

LOGS = st.one_of(logs(), logs(night="autumn"), logs(night="spring"))
ZONES = st.sampled_from(["Europe/Madrid", "UTC", "Asia/Kolkata", "America/St_Johns"])


@given(LOGS, ZONES, st.sampled_from([HOURLY, LONGTERM]), st.data())
def test_both_see_the_same(log: Log, zone: str, tier: Tier, data: st.DataObject) -> None:
    """Every field of every window of every feature, with capacities that change, and the time at each level."""
    result = read(log.generations, log.zone, None, log.now)
    features = sorted({(it.vendor, it.feature) for it in result.sessions})
    config = {
        "site": {"name": "any", "timezone": zone},
        "sources": [{"name": "lic", "format": "flexlm", "server": "srv", "timezone": log.zone}],
        "capacity": [
            {
                "server": "srv",
                "vendor": name(vendor),
                "feature": name(feature),
                "seats": data.draw(st.integers(0, 6)),
                "from": date.fromordinal(data.draw(st.integers(738_900, 739_300))),
            }
            for vendor, feature in features
            for _ in range(data.draw(st.integers(0, 2)))
        ],
    }
    expected = feature_windows([Stream("srv", result)], site_of(config), tier.name)
    covered = [bound for interval in result.coverage for bound in interval] or [0]
    found = {
        ("srv", name(vendor), name(feature)): [
            (window.start, window.sums, window.times)
            for window in each_window(facts, bounds(tier, ZoneInfo(zone), min(covered), max(covered)))
        ]
        for (vendor, feature), facts in facts_of(result, config).items()
    }
    expected = {
        feature: [_as_sums(window) for window in of_feature]
        for feature, of_feature in feature_windows([Stream("srv", result)], site_of(config), tier.name).items()
    }
    assert {key: rows for key, rows in expected.items() if rows} == {key: rows for key, rows in found.items() if rows}


def _as_sums(window: Window) -> tuple[int, Sums, dict[int, int]]:
    """Return a reference window with the integral of what is issued instead of its mean."""
    counts = {of: getattr(window, of) for of in Sums._fields if of != "issued_seconds"}
    issued = window.issued * window.covered_seconds
    assert issued.denominator == 1
    return window.start, Sums(issued_seconds=int(issued), **counts), window.levels
