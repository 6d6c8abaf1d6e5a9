"""The series of features and products: at most 24 of a feature, whatever it has seen. Pure."""

from __future__ import annotations

from exporter.catalog import metrics as catalog
from exporter.catalog.metric import FEATURE, PRODUCT
from exporter.publish.board import FeatureShown, Shown
from exporter.publish.lines import Lines, labels
from exporter.publish.portfolio import Place
from exporter.views import Key


def feature_lines(shown: Shown, *, openmetrics: bool) -> bytes:
    """Return the text of all features and products, in the order of the catalog."""
    lines = Lines(openmetrics=openmetrics)
    features = [(labels(FEATURE, one.key), one) for one in shown.features]
    _write_gauges(lines, shown, features)
    _write_products(lines, shown)
    _write_counters(lines, features)
    return lines.text()


def _write_gauges(lines: Lines, shown: Shown, features: list[tuple[str, FeatureShown]]) -> None:
    levels = _with_levels(features)
    lines.family(catalog.FEATURE_IN_USE, ((at, one.sum.in_use) for at, one in levels))
    lines.family(catalog.FEATURE_ISSUED, ((at, one.issued) for at, one in features if one.issued is not None))
    lines.family(catalog.FEATURE_PEAK, ((at, one.peak) for at, one in levels if one.peak is not None))
    lines.family(catalog.FEATURE_QUEUED, ((at, one.sum.queued) for at, one in features))
    lines.family(catalog.FEATURE_USERS, ((at, one.sum.users) for at, one in features))
    lines.family(catalog.FEATURE_SUSPECT, ((at, one.sum.suspect) for at, one in levels))
    licensed = [(labels(FEATURE, one.key), one) for one in shown.licensed]
    lines.family(catalog.FEATURE_RESERVED, ((at, one.reserved) for at, one in licensed if one.reserved is not None))
    lines.family(catalog.FEATURE_DRIFT, ((at, one.sum.drift) for at, one in features if one.sum.drift is not None))
    lines.family(catalog.FEATURE_EXPIRY, ((at, one.expiry) for at, one in licensed if one.expiry is not None))
    places = {one.key: one.place for one in shown.licensed} | {one.key: one.place for _, one in features}
    lines.family(catalog.FEATURE_INFO, ((_info(*one), 1) for one in sorted(places.items())))


def _with_levels(features: list[tuple[str, FeatureShown]]) -> list[tuple[str, FeatureShown]]:
    """Leave out the features of daemons that write no ends: nobody knows their levels."""
    return [(at, one) for at, one in features if not one.sum.stopless]


def _write_products(lines: Lines, shown: Shown) -> None:
    products = [(labels(PRODUCT, (one.name,)), one) for one in shown.products]
    lines.family(catalog.PRODUCT_IN_USE, ((at, one.in_use) for at, one in products))
    lines.family(catalog.PRODUCT_ISSUED, ((at, one.issued) for at, one in products if one.issued is not None))
    lines.family(catalog.PRODUCT_PEAK, ((at, one.peak) for at, one in products if one.peak is not None))


def _write_counters(lines: Lines, features: list[tuple[str, FeatureShown]]) -> None:
    counted = [(at, one) for at, one in features if one.sum.counters_shown]
    lines.family(catalog.CHECKOUTS, ((at, one.sum.checkouts) for at, one in counted))
    lines.family(catalog.CHECKINS, ((at, one.sum.checkins) for at, one in counted))
    lines.family(
        catalog.DENIALS,
        (
            (labels(catalog.DENIALS.labels, (*one.key, kind)), denials)
            for _, one in counted
            for kind, denials in sorted(one.sum.denials.items())
        ),
    )
    lines.family(catalog.DENIALS_EFFECTIVE, ((at, one.sum.effective) for at, one in counted))
    issued = [(at, one) for at, one in features if one.issued is not None]
    lines.family(catalog.SEAT_SECONDS, ((at, one.seat_seconds) for at, one in _with_levels(features)))
    lines.family(catalog.SATURATED_SECONDS, ((at, one.saturated_seconds) for at, one in _with_levels(issued)))
    lines.family(catalog.OVER_ISSUED_SECONDS, ((at, one.over_issued_seconds) for at, one in issued))


def _info(key: Key, place: Place) -> str:
    return labels(catalog.FEATURE_INFO.labels, (*key, place.product, place.role, "true" if place.counted else "false"))
