"""
What is shown of the last committed state: immutable, made after each commit, read by other threads.

A view holds only what was committed; a stream's features are shown while it is caught up and not stale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.facts import Spread

Key = tuple[str, str, str]
"""Server, vendor, feature."""


@dataclass(frozen=True, slots=True)
class FeatureView:
    """One (server, vendor, feature); levels now, and counters since the stream began."""

    server: str
    vendor: str
    feature: str
    in_use: int
    queued: int
    """Seats waiting."""
    users: int
    suspect: int
    """Seats of open sessions that a gap left in doubt."""
    drift: int | None
    """The server's own count less ours at the last verbose line; None where the log gives none."""
    checkouts: int
    checkins: int
    denials: Mapping[str, int]
    """By class, classes seen only."""
    effective: int = 0
    """Denial episodes decided as waited or refused."""
    high: int = 0
    """The highest *in_use* of any state since it was shown before."""

    @property
    def key(self) -> Key:
        """What it is called."""
        return self.server, self.vendor, self.feature


@dataclass(frozen=True, slots=True)
class DaemonView:
    """One vendor daemon of a stream."""

    server: str
    vendor: str
    up: bool
    last_event: int
    """UTC second of its newest line."""


class Transferred(NamedTuple):
    """What was received from a source, or sent to a client."""

    files: int
    size: int
    """Bytes."""
    errors: int
    late_files: int


@dataclass(frozen=True, slots=True)
class StreamView:
    """One stream."""

    source: str
    name: str
    server: str
    features: Mapping[int, FeatureView]
    """By product id."""
    daemons: tuple[DaemonView, ...]
    caught_up: bool
    caught_up_since: float | None
    stale: bool
    stopless: frozenset[str]
    """Vendors of the daemons that write no check-ins: their levels are not known."""
    problem: str | None
    """Why it can't be read now, or why it was stopped; None when all is well."""
    lag: int
    """Bytes not read yet."""
    tally: Mapping[str, int]
    """Trust counts since the stream began (see `exporter.records.Checkpoint`)."""
    gaps: Mapping[str, int]
    """Gaps found by reason, those whose bytes came back too."""
    writer_on_rotated: bool
    """The log's writer still writes to a rotated or deleted file."""
    durations: Mapping[tuple[str, str], Spread] = field(default_factory=dict)
    """By vendor and kind, since the stream began (see `exporter.facts.Facts`)."""
    packages: frozenset[tuple[Key, Key]] = frozenset()
    """Packages and components that the server's vendors told of."""
    transfers: Mapping[Key, Transferred] = field(default_factory=dict)
    """By machine, direction and client or source, since the stream began."""
    uses: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By server and vendor, what was used at an instant, such as modules that were loaded; since the stream began."""

    @property
    def shown(self) -> bool:
        """Whether its features are shown: what is behind, stale or can't be read is of another time."""
        return self.caught_up and not self.stale and self.problem is None


@dataclass(frozen=True, slots=True)
class Licences:
    """What the configuration says of licences, and how many features are shown."""

    issued: Mapping[Key, Sequence[tuple[float, int]]] = field(default_factory=dict)
    """Seats issued from a UTC second on, the earliest first; unknown before that."""
    products: Mapping[str, Sequence[Key]] = field(default_factory=dict)
    """Members of each product by its name, as the configuration lists them."""
    components: frozenset[tuple[Key, Key]] = frozenset()
    """Packages and components that the configuration tells of."""
    most_features: int = 2000
    """Features shown of a source."""
    own: Mapping[str, Sequence[tuple[float, int]]] = field(default_factory=dict)
    """Seats issued of products that have seats of their own, by name; as those of features."""
    expiries: Mapping[Key, Sequence[float]] = field(default_factory=dict)
    """UTC seconds at which seats go because a licence expires, the earliest first; inf last where some never go."""
    reserved: Mapping[Key, int] = field(default_factory=dict)
    """Seats set aside for some; only where any are."""


@dataclass(frozen=True, slots=True)
class View:
    """All of it."""

    streams: tuple[StreamView, ...] = ()
    sources: Mapping[str, str | None] = field(default_factory=dict)
    """Every configured source, with its problem where it has no stream (no file matches, a folder can't be listed)."""
    ready: bool = False
    """Every readable stream has been caught up once."""
