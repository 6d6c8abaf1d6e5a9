"""
What the reference windows need of a configuration: the site's zone, sources, capacity, products, the denial rule.

Choice: a product's member that is named twice counts once.
Choice: of several capacity rows of a feature with one date the last one holds.
Choice: where sources of one server have several zones, a date of its capacity is read in that of the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.reference.flexlm_denials import Rule
from tests.reference.window_grid import midnight

FeatureName = tuple[str, str, str]
"""(server, vendor, feature)."""


class Capacity(NamedTuple):
    """Seats of a feature from a UTC second on."""

    feature: FeatureName
    start: int
    seats: int


@dataclass
class Site:
    """The facts of a configuration. A package's components are no members of its product."""

    zone: str
    capacity: list[Capacity] = field(default_factory=list)
    products: dict[str, list[FeatureName]] = field(default_factory=dict)
    rule: Rule = field(default_factory=Rule)

    def issued(self, feature: FeatureName, time: int) -> int:
        """Return the seats issued at an instant: of the rows that have begun the latest, 0 before the first."""
        rows = [row for row in self.capacity if row.feature == feature and row.start <= time]
        return max(reversed(rows), key=lambda row: row.start).seats if rows else 0


def site_of(config: dict[str, Any]) -> Site:
    """Read a site from the mapping of a ``config.yaml``, whose dates YAML has made dates."""
    site = Site(config["site"]["timezone"])
    zones: dict[str, str] = {}
    for source in config["sources"]:
        zones.setdefault(source["server"], source["timezone"])
    for row in config.get("capacity", []):
        begin: date = row["from"]
        zone = ZoneInfo(zones[row["server"]])
        site.capacity.append(Capacity(name_of(row), midnight(begin, zone), row["seats"]))
    for product in config.get("products", []):
        members = [name_of(member) for member in product["members"]]
        site.products[product["name"]] = list(dict.fromkeys(members))
    denials = config.get("denials", {})
    site.rule = Rule(**{key: denials[key] for key in Rule._fields if key in denials})
    return site


def name_of(row: dict[str, Any]) -> FeatureName:
    """Return the feature that a row of the configuration names."""
    return row["server"], row["vendor"], row["feature"]
