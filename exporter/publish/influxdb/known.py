"""What an InfluxDB holds of a site: its features and products, and what else was shipped there. Asked in InfluxQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from exporter.catalog.influxdb import MODULE_LOADS, PRODUCT_USAGE, TRANSFERS, USAGE, USAGE_BY, Measurement
from exporter.catalog.tiers import LONGTERM
from exporter.publish.influxdb.influxql import held, identifier
from exporter.publish.influxdb.lines import untagged

Ask = Callable[[str], list[dict[str, Any]]]
"""Runs one statement, and returns its rows by column; see `Administration.influxql`."""


class Known(NamedTuple):
    """What the longest tier has of one site, names as logs have them."""

    features: tuple[tuple[str, str, str], ...]
    """Server, vendor and feature of each, in order."""
    products: tuple[str, ...]
    breakdowns: tuple[str, ...]
    """By what windows are broken down."""
    has_loads: bool
    has_transfers: bool


def known(ask: Ask, site: str) -> Known:
    """Return what the server holds of the site of this name. Raises what *ask* raises."""

    def groups(measurement: Measurement, *tags: str) -> tuple[tuple[str, ...], ...]:
        names = ", ".join(identifier(tag) for tag in tags)
        where = f"{identifier('site')} = {held(site)}"
        points = f"{identifier(LONGTERM.name)}.{identifier(measurement.name)}"
        newest = f'SELECT last({identifier(measurement.fields[0].name)}) AS "n" FROM {points} WHERE {where}'
        rows = ask(f'SELECT {names}, "n" FROM ({newest} GROUP BY {names})')
        return tuple(sorted({tuple(untagged(row[tag]) for tag in tags) for row in rows}))

    features = groups(USAGE, "server", "vendor", "feature")
    return Known(
        tuple((server, vendor, feature) for server, vendor, feature in features),
        tuple(product for (product,) in groups(PRODUCT_USAGE, "product")),
        tuple(breakdown for (breakdown,) in groups(USAGE_BY, "breakdown")),
        bool(groups(MODULE_LOADS, "server")),
        bool(groups(TRANSFERS, "machine")),
    )
