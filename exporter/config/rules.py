"""What of the settings shapes windows, as the ledger takes it: times are UTC seconds, of a product only what counts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from exporter.catalog.silence import STALE_AFTER
from exporter.catalog.vendors import WTMP
from exporter.config.patterns import may_be
from exporter.config.settings import Product, Settings
from exporter.config.values import utc_second
from exporter.rules import NEVER, FeatureKey, LicencePlace, ProductRule, Rules
from exporter.views import Licences

Counted = Callable[[Iterable[FeatureKey], Mapping[FeatureKey, Collection[FeatureKey]]], Iterable[FeatureKey]]
"""Picks the members of a product that count; the second argument are the components of each package."""


def rules_of(settings: Settings, counted: Counted) -> Rules:
    """Return the rules in *settings*; of rows of one date the last holds, and any row holds over a lab's machines."""
    features: dict[FeatureKey, dict[int, int]] = {}
    own: dict[str, dict[int, int]] = {}
    for row in settings.capacity:
        if row.since is None or row.seats is None:
            continue  # it names licence files
        if row.product is not None:
            start = utc_second(row.since, settings.site.timezone)
            own.setdefault(row.product, {})[start] = row.seats
        elif row.server and row.vendor and row.feature:
            start = utc_second(row.since, _zone_of(settings, row.server))
            features.setdefault((row.server, row.vendor, row.feature), {})[start] = row.seats
    for source in settings.sources:
        for lab in source.labs:
            if lab.machines is not None:
                features.setdefault((source.server, WTMP, lab.name), {}).setdefault(0, lab.machines)
    return Rules(
        zone=settings.site.timezone,
        grant_window=settings.denials.grant_window,
        retry_window=settings.denials.retry_window,
        issued=features,
        products={
            product.name: ProductRule(_members(product, counted), own.get(product.name, {}))
            for product in settings.products
        },
        redundant={
            source.name: STALE_AFTER.get(source.format[0], NEVER) if source.redundant else None
            for source in settings.sources
        },
    )


def licence_places(settings: Settings) -> list[LicencePlace]:
    """Return where the licence files of each server lie that has some; files named twice count once."""
    files: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for row in settings.capacity:
        if row.server is not None and row.licence_files:
            licences, options = files.setdefault(row.server, ({}, {}))
            licences.update(dict.fromkeys(row.licence_files))
            options.update(dict.fromkeys(row.options_files))
    return [
        LicencePlace(server, _zone_of(settings, server), tuple(licences), tuple(options))
        for server, (licences, options) in files.items()
    ]


def licences_of(settings: Settings) -> Licences:
    """Return what the endpoint has to know of licences."""
    rules = rules_of(settings, lambda members, _: members)
    return Licences(
        issued={key: sorted(rows.items()) for key, rows in rules.issued.items()},
        own={name: sorted(product.issued.items()) for name, product in rules.products.items() if product.issued},
        products={
            product.name: [(member.server, member.vendor, member.feature) for member in product.members]
            for product in settings.products
        },
        components=frozenset(
            ((member.server, member.vendor, member.feature), (member.server, member.vendor, component))
            for product in settings.products
            for member in product.members
            for component in member.components
        ),
        most_features=settings.limits.features,
    )


def _members(product: Product, counted: Counted) -> frozenset[FeatureKey]:
    components = {
        (member.server, member.vendor, member.feature): [
            (member.server, member.vendor, component) for component in member.components
        ]
        for member in product.members
    }
    return frozenset(counted(components, components))


def _zone_of(settings: Settings, server: str) -> str:
    """Return the zone of the first source of *server*."""
    zones = (it.timezone for it in settings.sources if may_be(it.server, server))
    return next(zones, settings.site.timezone)
