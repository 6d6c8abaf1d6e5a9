"""Ids for names, given in memory (see `Names` in exporter/ports.py)."""

from __future__ import annotations

from exporter.names import decode, split_who


class FakeNames:
    """Gives ids in order; names that read the same are one product, holders stay apart by their bytes."""

    def __init__(self) -> None:
        """Begin without a name."""
        self.products: list[tuple[str, str, str]] = []
        self.holders: list[tuple[str, str]] = []
        self.paths: list[tuple[str]] = []

    def product(self, server: str, vendor: str, feature: str) -> int:
        """Return the id of the product key."""
        return _place(self.products, (server, decode(vendor), decode(feature)))

    def holder(self, who: str, display: str) -> int:
        """Return the id of (user, host, display)."""
        return _place(self.holders, (who, display))

    def path(self, raw: str) -> int:
        """Return the id of a path."""
        return _place(self.paths, (raw,))

    def plain(self, holder: int) -> int:
        """Return the id of a holder's user and host without display."""
        return self.holder(self.holders[holder - 1][0], "")

    def user(self, holder: int) -> str:
        """Return the case-folded user of a holder."""
        return decode(split_who(self.holders[holder - 1][0])[0]).casefold()

    def product_key(self, product: int) -> tuple[str, str, str]:
        """Return (server, vendor, feature), decoded."""
        return self.products[product - 1]


def _place(known: list, name: tuple[str, ...]) -> int:
    if name not in known:
        known.append(name)
    return known.index(name) + 1
