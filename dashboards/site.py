"""What boards are made from besides the catalog: the site, what it has, and where a level becomes a worry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

_DAY = 86400
Kind = Literal["licences", "modules", "logins", "transfers"]
"""What logs tell of; a site gets no board about what none of its logs tells of."""
KINDS: tuple[Kind, ...] = ("licences", "modules", "logins", "transfers")


class Feature(NamedTuple):
    """A product key."""

    server: str
    vendor: str
    feature: str


class Thresholds(NamedTuple):
    """From which values on a level is a warning, and critical: those of the alerts."""

    warning: float = 0.9
    """A share of the issued seats, of 1."""
    critical: float = 1.0
    expires: int = 30 * _DAY
    """Seconds until seats go; less than that is a warning."""
    expires_soon: int = 7 * _DAY


@dataclass(frozen=True)
class Site:
    """
    One site; what is empty is not known, and then boards find it in their data sources by their variables.

    *timezone*: an IANA name, or ``browser`` for that of who looks. *people*: whether use is told by user.
    """

    name: str
    timezone: str = "browser"
    features: tuple[Feature, ...] = ()
    products: tuple[str, ...] = ()
    kinds: frozenset[Kind] = field(default_factory=lambda: frozenset(KINDS))
    people: bool = False
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def daemons(self) -> tuple[Feature, ...]:
        """One feature of each vendor daemon, by its server and vendor."""
        return tuple({(one.server, one.vendor): one for one in sorted(self.features, reverse=True)}.values())[::-1]

    @property
    def servers(self) -> tuple[str, ...]:
        """Its licence servers, by name."""
        return tuple(sorted({feature.server for feature in self.features}))


EXAMPLE = Site("example", people=True)
"""The site of the default set: nothing of it is in the boards, which find all names by their variables."""
