"""A status while its text is read: what comes in pieces and pools is put together here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from exporter.names import decode, encode
from exporter.status_texts.told import FeatureStatus, Holder, ServerStatus


def name(text: str) -> str:
    """Return a name of a text as names are kept: without blanks around it, control characters become U+FFFD."""
    return decode(encode(text.strip()))


@dataclass(slots=True)
class Feature:
    """A feature so far; see `exporter.status_texts.told.FeatureStatus`."""

    vendor: str
    name: str
    issued: int | None = None
    in_use: int | None = None
    reserved: int = 0
    holders: list[Holder] = field(default_factory=list)
    adds_up: bool = False
    """Whether the text has no count of its own, so that seats in use are those of the holders."""

    def hold(
        self, user: str, host: str, seats: int, start: datetime | None = None, display: str = "", *, sure: bool = True
    ) -> None:
        """Take one who holds seats."""
        self.holders.append(Holder(name(user), name(host), name(display), seats, start, sure))
        if self.adds_up:
            self.in_use = (self.in_use or 0) + seats

    def reserve(self, seats: int) -> None:
        """Take seats that are reserved and that the text counts as in use."""
        self.reserved += seats
        self.in_use = max((self.in_use or 0) - seats, 0)

    def told(self) -> FeatureStatus:
        """Return what is known in the end."""
        return FeatureStatus(self.vendor, self.name, self.issued, self.in_use, self.reserved, tuple(self.holders))


@dataclass(slots=True)
class Server:
    """A server so far; see `exporter.status_texts.told.ServerStatus`."""

    names: list[str] = field(default_factory=list)
    taken: datetime | None = None
    to_second: bool = False
    pools: list[Feature] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def told(self) -> ServerStatus:
        """Return what is known in the end: pools of one feature are one."""
        features: dict[tuple[str, str], FeatureStatus] = {}
        for pool in self.pools:
            one, key = pool.told(), (pool.vendor, pool.name)
            features[key] = _both(features[key], one) if key in features else one
        names = tuple(dict.fromkeys(self.names))
        return ServerStatus(names, self.taken, self.to_second, tuple(features.values()), tuple(self.faults))


class Draft:
    """The servers of a text so far, the last of which is being read."""

    def __init__(self) -> None:
        """Begin with a server of which nothing is known."""
        self.servers = [Server()]

    @property
    def server(self) -> Server:
        """The server that is being read."""
        return self.servers[-1]

    def begin(self) -> None:
        """Begin another server, unless nothing was told of the last one."""
        last = self.server
        if last.names or last.pools or last.faults:
            self.servers.append(Server(taken=last.taken, to_second=last.to_second))

    def call(self, server: str) -> None:
        """Take a name of the server."""
        if called := name(server):
            self.server.names.append(called)

    def fault(self, text: str) -> None:
        """Take what the text says is wrong."""
        self.server.faults.append(name(text))

    def feature(
        self, vendor: str, feature: str, *, issued: int | None = None, in_use: int | None = None, reserved: int = 0
    ) -> Feature:
        """Take a pool of a feature, and return it for what else is told of it."""
        pool = Feature(name(vendor), name(feature), issued, in_use, reserved)
        self.server.pools.append(pool)
        return pool

    def uncounted(self, vendor: str, feature: str, issued: int | None = None) -> Feature:
        """Take a feature whose seats in use the text doesn't count: they are those of its holders."""
        pool = self.feature(vendor, feature, issued=issued, in_use=0)
        pool.adds_up = True
        return pool


def _both(one: FeatureStatus, other: FeatureStatus) -> FeatureStatus:
    """Return two pools as one; what is unknown of one is unknown of both."""
    return FeatureStatus(
        one.vendor,
        one.feature,
        None if one.issued is None or other.issued is None else one.issued + other.issued,
        None if one.in_use is None or other.in_use is None else one.in_use + other.in_use,
        one.reserved + other.reserved,
        one.holders + other.holders,
    )
