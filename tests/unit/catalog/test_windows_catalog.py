"""The catalog of window fields and tiers."""

from __future__ import annotations

import re

from exporter.catalog.tiers import TIERS
from exporter.catalog.windows import WINDOW_FIELDS
from exporter.config.settings import Tiers
from exporter.tiers.windows import Sums

FIELDS = """
    in_use_mean in_use_max in_use_min seat_seconds covered_seconds issued saturated_seconds over_issued_seconds
    seconds_ge_50 seconds_ge_75 seconds_ge_90 seconds_ge_95 seconds_ge_100 checkouts checkins denials denials_waited
    denials_refused queued_max users suspect_seats
"""


def test_the_fields_are_those_of_every_export() -> None:
    """There are 21 fields in their fixed order, and each says in one sentence what it is."""
    assert FIELDS.split() == [field.name for field in WINDOW_FIELDS]
    assert all(re.fullmatch(r"[A-Z][^.]*\.", field.help) for field in WINDOW_FIELDS)


def test_stored_sums_are_the_fields() -> None:
    """A window stores every whole field under its name, and for the means what they are worked out of."""
    whole = [field.name for field in WINDOW_FIELDS if field.kind == "whole"]

    assert whole == [name for name in Sums._fields if name != "issued_seconds"]
    assert len(WINDOW_FIELDS) == len(Sums._make(range(20)).fields())


def test_means_have_six_decimals() -> None:
    """The two means are printed with six decimals, all else is whole."""
    assert {"in_use_mean": "1.250000", "issued": "1.250000"} == {
        field.name: field.text(1.25) for field in WINDOW_FIELDS if field.kind == "real"
    }
    assert {"7"} == {field.text(7) for field in WINDOW_FIELDS if field.kind == "whole"}


def test_tiers_are_kept_as_the_configuration_says() -> None:
    """The default of each tier in the configuration is the catalog's."""
    assert [getattr(Tiers(), tier.name).keep for tier in TIERS] == [tier.keep * 86400 for tier in TIERS]
    assert ["minute", "hour", "day"] == [tier.window for tier in TIERS]
    assert [False, True, True] == [tier.stored for tier in TIERS]
