"""
Every measurement in InfluxDB, named once: its tags, and its fields.

Tags stand in the order of their names, which is the order that the server keeps them in.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from exporter.catalog.windows import BREAKDOWN_FIELDS, WINDOW_FIELDS

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
USAGE_BY = Measurement(
    "licence_usage_by",
    ("breakdown", "feature", "server", "site", TIER, "value", "vendor"),
    tuple(Measured(field.name, "integer", field.help) for field in BREAKDOWN_FIELDS),
    "What a group used of a feature in an hour or a day, at its start: `breakdown` is a column of the tables of people "
    f"or hosts, `value` the group. Without use there is no point, or zeros. With `{TIER}` where `tag_tier` is set.",
)
MODULE_LOADS = Measurement(
    "module_loads",
    ("module", "server", "site", TIER),
    (
        Measured("loads", "integer", "Times that the module was loaded."),
        Measured("users", "integer", "Distinct users who loaded it; upper and lower case are alike."),
    ),
    "A window in which a module was loaded, at its start; `server` is the cluster. Without loads there is no point, or "
    f"zeros. With `{TIER}` where `tag_tier` is set.",
)
TRANSFERS = Measurement(
    "transfers",
    ("client", "direction", "machine", "product", "site", TIER),
    (
        Measured("files", "integer", "Files received or sent."),
        Measured("bytes", "integer", "Their bytes."),
        Measured("errors", "integer", "Lines of errors."),
        Measured("late_files", "integer", "Files that took longer than max_latency."),
        Measured("negative_latencies", "integer", "Latencies less than 0, which count as 0: a clock is wrong."),
        Measured("latencies", "integer", "Files that tell a latency."),
        Measured("latency_min", "integer", "Least latency, whole seconds; as the others 0 where there is none."),
        Measured("latency_max", "integer", "Greatest latency, whole seconds."),
        Measured("latency_sum", "integer", "Sum of the latencies, seconds."),
        Measured("latency_median", "integer", "Median of the latencies, within 1 %."),
        Measured("latency_p95", "integer", "Latency that 95 of 100 files don't go beyond, within 1 %."),
        Measured("latency_p99", "integer", "Latency that 99 of 100 files don't go beyond, within 1 %."),
    ),
    "A window in which files were received or sent, or errors came up, at its start; `client` is the source of files "
    f"received. Without them there is no point, or zeros. With `{TIER}` where `tag_tier` is set.",
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

MEASUREMENTS = (USAGE, PRODUCT_USAGE, USAGE_BY, MODULE_LOADS, TRANSFERS, EVENTS)
"""All of them."""
