"""
Which product a feature belongs to, and which features count in it. Pure.

Of a package and its components, which are taken together, only the package counts (design rule 3.18).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exporter.views import Key, Licences


class Place(NamedTuple):
    """What a feature is to the products."""

    product: str
    """The first one that names it, or a package that it is a component of; '' for none."""
    role: str
    """plain, package or component."""
    counted: bool
    """It counts in its product; where it has none, it is no component."""


class Portfolio:
    """The products, with the packages that configuration and logs tell of."""

    def __init__(self, licences: Licences, told: Iterable[tuple[Key, Key]]) -> None:
        """Take the configuration, and the packages and components that logs *told* of."""
        self._packages: defaultdict[Key, set[Key]] = defaultdict(set)
        """By component."""
        for package, component in {*licences.components, *told}:
            if package != component:
                self._packages[component].add(package)
        self._with_components = {package for held in self._packages.values() for package in held}
        self.counted: dict[str, Sequence[Key]] = {
            name: self._count(members) for name, members in licences.products.items()
        }
        """Members that count, by product."""
        self.products_of: defaultdict[Key, list[str]] = defaultdict(list)
        """Products in which a feature counts."""
        for name, members in self.counted.items():
            for key in members:
                self.products_of[key].append(name)
        self._named: dict[Key, str] = {}
        for name, members in licences.products.items():
            for key in members:
                self._named.setdefault(key, name)

    def place(self, key: Key) -> Place:
        """Return what the feature *key* is to the products."""
        packages = self._packages.get(key, ())
        role = "component" if packages else "package" if key in self._with_components else "plain"
        if key in self._named:
            return Place(self._named[key], role, key in self.counted[self._named[key]])
        product = next((self._named[package] for package in sorted(packages) if package in self._named), "")
        return Place(product, role, not packages)

    def _count(self, members: Sequence[Key]) -> Sequence[Key]:
        listed = dict.fromkeys(members)
        return [key for key in listed if not any(package in listed for package in self._packages.get(key, ()))]
