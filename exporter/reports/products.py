"""Finds the product keys that a feature's name means, or says which names come close."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple

from exporter.errors import UsageError
from exporter.reports.printable import clean
from exporter.reports.reader import Reader

_LISTED = 20
"""Names in a message."""


class Product(NamedTuple):
    """A product key and its id in the ledger."""

    id: int
    server: str
    vendor: str
    feature: str


def all_products(ledger: Reader) -> list[Product]:
    """Return every product key of the ledger, by server and vendor."""
    return [Product(*row) for row in ledger.ask("SELECT id, server, vendor, feature FROM product ORDER BY 2, 3, 4")]


def find_products(
    ledger: Reader, feature: str, *, server: str | None = None, vendor: str | None = None
) -> list[Product]:
    """
    Return the product keys named *feature*, of one *server* or *vendor* where given, by server and vendor.

    Raises UsageError when there is none, with the names that come close or the places where the feature is known.
    """
    # Compared here and not in SQL: a name from the command line may hold bytes that SQLite does not take as text.
    known = all_products(ledger)
    named = [product for product in known if product.feature == feature]
    if not named:
        raise UsageError(_unknown(feature, {product.feature for product in known}))
    found = [product for product in named if server in (None, product.server) and vendor in (None, product.vendor)]
    if not found:
        places = ", ".join(f"{product.server}/{product.vendor}" for product in named)
        asked = f"{server or 'any server'}/{vendor or 'any vendor'}"
        raise UsageError(
            clean(f'Feature "{feature}" is not known at {asked}; it is known at {places} (server/vendor).')
        )
    return found


def _unknown(feature: str, known: set[str]) -> str:
    """Return the sentence about a feature that the ledger doesn't know."""
    said = f'The ledger knows no feature "{feature}".'
    if not known:
        return clean(f"{said} It holds no feature at all yet: read the logs first, with `seatwatch collect`.")
    folded = {name.casefold(): name for name in sorted(known)}
    close = [folded[match] for match in get_close_matches(feature.casefold(), folded, n=3)]
    if close:
        return clean(f"{said} Names that come close: {', '.join(close)}.")
    names = ", ".join(sorted(known)[:_LISTED])
    rest = f", and {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
    return clean(f"{said} None of the {len(known):,} it knows comes close: {names}{rest}.")
