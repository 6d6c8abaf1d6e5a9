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
    fields: tuple[Measured, ...]
    help: str


_WINDOW = tuple(
    Measured(field.name, "float" if field.kind == "real" else "integer", field.help) for field in WINDOW_FIELDS
)

USAGE = Measurement(
    "licence_usage",
    ("feature", "server", "site", "vendor"),
    _WINDOW,
    "A window of a feature, at its start.",
)
PRODUCT_USAGE = Measurement(
    "licence_product_usage",
    ("product", "site"),
    _WINDOW,
    "A window of a product, at its start.",
)
MODULE_LOADS = Measurement(
    "module_loads",
    ("module", "server", "site"),
    (
        Measured("loads", "integer", "Times that the module was loaded."),
        Measured("users", "integer", "Distinct users who loaded it; upper and lower case are alike."),
    ),
    "A window in which a module was loaded, at its start; `server` is the cluster. Without loads there is no point, or "
    "zeros.",
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

MEASUREMENTS = (USAGE, PRODUCT_USAGE, MODULE_LOADS, EVENTS)
"""All of them."""
