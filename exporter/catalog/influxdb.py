"""
Every measurement in InfluxDB, named once: its tags, and its fields.

Tags stand in the order of their names, which is the order that the server keeps them in.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from exporter.catalog.windows import WINDOW_FIELDS

Kind = Literal["float", "integer", "string"]


class Measured(NamedTuple):
    """One field of a measurement; every point has it, and always of this kind."""

    name: str
    kind: Kind
    help: str


class Measurement(NamedTuple):
    """One measurement."""

    name: str
    tags: tuple[str, ...]
    """Those that a point may have; `TIER` only where the sink is configured so."""
    fields: tuple[Measured, ...]
    help: str


TIER = "tier"
"""The tag that tells windows of different tiers apart on servers that put all into one place."""
_WINDOW = tuple(
    Measured(field.name, "float" if field.kind == "real" else "integer", field.help) for field in WINDOW_FIELDS
)

USAGE = Measurement(
    "licence_usage",
    ("feature", "server", "site", TIER, "vendor"),
    _WINDOW,
    f"A window of a feature, at its start; with `{TIER}` where `tag_tier` is set.",
)
PRODUCT_USAGE = Measurement(
    "licence_product_usage",
    ("product", "site", TIER),
    _WINDOW,
    f"A window of a product, at its start; with `{TIER}` where `tag_tier` is set.",
)
EVENTS = Measurement(
    "licence_events",
    ("kind", "server", "site", "vendor"),
    (
        Measured("title", "string", "What happened, in a few words."),
        Measured("text", "string", "The same with what is known of it."),
    ),
    "Restarts, rereads and gaps, as annotations of graphs; without `vendor` where all daemons are meant.",
)

MEASUREMENTS = (USAGE, PRODUCT_USAGE, EVENTS)
"""All of them."""
