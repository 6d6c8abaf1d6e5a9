"""The products and holders of one stream, found by the raw names that its lines carry."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.facts import Totals
from exporter.names import decode
from exporter.ports import Names
from exporter.sessions.products import ProductState

_CACHED_HOLDERS = 200_000


class ProductIndex:
    """What has been met in the stream; ids come from *names*, which remembers them for ever."""

    def __init__(self, server: str, names: Names, vendors: Iterable[str]) -> None:
        """Begin empty; *vendors* are raw names of daemons known from before."""
        self.by_name: dict[tuple[str, str], ProductState] = {}
        """By (vendor, feature), raw, as met since the start of the process."""
        self.by_id: dict[int, ProductState] = {}
        self.holders: dict[str, int] = {}
        """By ``user@host``, with LF and the display where there is one; a cache."""
        self._server = server
        self._names = names
        self._raw_vendors = {decode(vendor): vendor for vendor in vendors}
        self._touched: list[ProductState] = []

    def product(self, vendor: str, feature: str) -> ProductState:
        """Return the state of a product, by its raw names."""
        product = self.by_name.get((vendor, feature))
        if product is None:
            product = self.known(self._names.product(self._server, vendor, feature))
            product.vendor = vendor
            self.by_name[vendor, feature] = product
        return product

    def known(self, product: int) -> ProductState:
        """Return the state of a product, by its id."""
        if product not in self.by_id:
            vendor = self._names.product_key(product)[1]
            self.by_id[product] = ProductState(product, self._raw_vendors.get(vendor, vendor), Totals())
        return self.by_id[product]

    def holder(self, who: str, display: str) -> int:
        """Return the id of a holder, by his raw names."""
        key = f"{who}\n{display}" if display else who
        holder = self.holders.get(key)
        if holder is None:
            if len(self.holders) >= _CACHED_HOLDERS:
                self.holders.clear()
            holder = self.holders[key] = self._names.holder(who, display)
        return holder

    def package(self, vendor: str, feature: str, component: str) -> tuple[int, int]:
        """Return the ids of a package and of a component of it."""
        return self._names.product(self._server, vendor, feature), self._names.product(self._server, vendor, component)

    def users(self, product: ProductState) -> int:
        """Return how many distinct users have a session open."""
        return len({self._names.user(holder) for holder in product.open})

    def touch(self, product: ProductState) -> None:
        """Note that something of a product moved."""
        if not product.touched:
            product.touched = True
            self._touched.append(product)

    def take_touched(self) -> dict[int, Totals]:
        """Return and forget the products that moved, with their accumulators."""
        taken = {product.id: product.totals for product in self._touched}
        for product in self._touched:
            product.touched = False
        self._touched = []
        return taken
