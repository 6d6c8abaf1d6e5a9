"""The catalog of measurements in InfluxDB."""

from __future__ import annotations

import re

from exporter.catalog.influxdb import MEASUREMENTS, PRODUCT_USAGE, USAGE
from exporter.catalog.windows import WINDOW_FIELDS


def test_measurements_have_their_names_and_tags() -> None:
    """Dashboards of others rest on these names; every measurement tells the site, and windows may tell their tier."""
    assert {
        "licence_usage": {"site", "server", "vendor", "feature", "tier"},
        "licence_product_usage": {"site", "product", "tier"},
        "licence_usage_by": {"site", "server", "vendor", "feature", "breakdown", "value", "tier"},
        "module_loads": {"site", "server", "module", "tier"},
        "transfers": {"site", "machine", "direction", "client", "product", "tier"},
        "licence_events": {"site", "server", "vendor", "kind"},
    } == {one.name: set(one.tags) for one in MEASUREMENTS}


def test_windows_have_every_field_in_one_type() -> None:
    """The two means are floats and all else integers, for features and products alike."""
    expected = [(field.name, {"real": "float", "whole": "integer"}[field.kind]) for field in WINDOW_FIELDS]

    assert expected == [(field.name, field.kind) for field in USAGE.fields]
    assert USAGE.fields == PRODUCT_USAGE.fields


def test_no_tag_has_the_name_of_a_field() -> None:
    """InfluxDB 3 takes no such table, and the others mix the two up in queries."""
    assert all(not {*one.tags} & {field.name for field in one.fields} for one in MEASUREMENTS)


def test_each_says_what_it_is() -> None:
    """Every measurement and field is told in a sentence."""
    told = [one.help for one in MEASUREMENTS] + [field.help for one in MEASUREMENTS for field in one.fields]

    assert all(re.fullmatch(r"[A-Z].*\.", one) for one in told)
