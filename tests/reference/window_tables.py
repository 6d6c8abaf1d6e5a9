"""
The reference windows as text, as ``seatwatch export windows --format csv`` has to print them.

Choice: a number with 6 decimals is rounded from its exact value, one that lies in the middle to the even neighbour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from tests.reference.flexlm_result import stamp, written
from tests.reference.site_facts import FeatureName
from tests.reference.windows import Window

FIELDS = Window._fields[1:-1]
"""The fields in the order of the tables: without the start, and without the time at each level."""


def features_csv(windows: Mapping[FeatureName, Sequence[Window]]) -> str:
    """Return the table of the features' windows, sorted."""
    table = []
    for (server, vendor, feature), of_feature in windows.items():
        for window in of_feature:
            keys = [vendor, feature, stamp(window.start), server]
            table.append((keys, [server, vendor, feature, stamp(window.start), *fields(window)]))
    return written(",".join(["server", "vendor", "feature", "start", *FIELDS]), table)


def products_csv(windows: Mapping[str, Sequence[Window]]) -> str:
    """Return the table of the products' windows, sorted."""
    table = []
    for product, of_product in windows.items():
        for window in of_product:
            keys = [product, stamp(window.start)]
            table.append((keys, [*keys, *fields(window)]))
    return written(",".join(["product", "start", *FIELDS]), table)


def fields(window: Window) -> list[str]:
    """Write the fields of a window."""
    values = window[1:-1]
    return [decimals(value) if isinstance(value, Fraction) else str(value) for value in values]


def decimals(value: Fraction) -> str:
    """Write a number that is not negative with 6 decimals."""
    millionths = round(value * 1_000_000)
    return f"{millionths // 1_000_000}.{millionths % 1_000_000:06}"
