"""What is shown of a stream's features: made anew for those that moved, kept for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exporter.ports import Names, Pairing
from exporter.views import FeatureView


class Showing:
    """The features of one stream, as of the last commit."""

    def __init__(self, names: Names, pairing: Pairing) -> None:
        """Show what *pairing* knows."""
        self._names, self._pairing = names, pairing
        self._features = {product: self._feature(product) for product in pairing.products}
        self._moved: set[int] = set()

    def move(self, products: Iterable[int]) -> None:
        """Say that something of these *products* has changed."""
        self._moved.update(products)

    def features(self) -> Mapping[int, FeatureView]:
        """Return the features by product id."""
        for product in self._moved:
            self._features[product] = self._feature(product)
        self._moved.clear()
        return dict(self._features)

    def _feature(self, product: int) -> FeatureView:
        level = self._pairing.level(product)
        totals = level.totals
        return FeatureView(
            *self._names.product_key(product), level.in_use, level.queued, level.users, level.suspect, level.drift,
            totals.checkouts, totals.checkins, dict(totals.denials),
        )  # fmt: skip
