"""What the lines of licence files say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from exporter.licences.words import Fault


class Grant(NamedTuple):
    """A FEATURE or INCREMENT line."""

    line: int
    adds: bool
    """Of an INCREMENT: it adds to others; of FEATURE lines of one name the first that is in force counts."""
    feature: str
    vendor: str
    version: str
    seats: int | None
    """With the overdraft; None: uncounted."""
    start: date | None
    issued: date | None
    expires: date | None
    """The last day; None: permanent."""
    pool: tuple[str, ...]
    """Which attributes, with the version, keep its seats apart from those of other lines."""
    supersedes: frozenset[str]
    """Features whose older lines it replaces; its own among them."""
    words: Sequence[str]
    """The whole line: one that is there twice counts once."""


class Upgrade(NamedTuple):
    """An UPGRADE line: moves seats of the closest line before it from a version to another."""

    line: int
    feature: str
    vendor: str
    since: str
    """The lowest version that it moves."""
    version: str
    """The one it moves to."""
    seats: int
    start: date | None
    expires: date | None


class Component(NamedTuple):
    """A feature in a package."""

    feature: str
    version: str
    """Empty: the package's."""
    seats: int
    """For each seat of the package."""


class Package(NamedTuple):
    """A PACKAGE line; FEATURE and INCREMENT lines of its name grant its components."""

    line: int
    name: str
    vendor: str
    version: str
    """Empty: any."""
    components: Sequence[Component]
    suite: bool
    """A check-out takes the package and the component: both stand in the log."""


class Daemon(NamedTuple):
    """A VENDOR or DAEMON line."""

    line: int
    vendor: str
    options: str
    """The path of its options file; empty where none is named."""


class LicenceText(NamedTuple):
    """All that a licence file says, by its lines."""

    grants: list[Grant]
    upgrades: list[Upgrade]
    packages: list[Package]
    daemons: list[Daemon]
    faults: list[Fault]


class Restriction(NamedTuple):
    """A RESERVE or MAX line."""

    line: int
    seats: int
    feature: str
    kind: str
    """USER, HOST, GROUP, HOST_GROUP, DISPLAY, INTERNET, PROJECT."""
    name: str


class OptionsText(NamedTuple):
    """What an options file says of that which logs and levels show."""

    reserved: list[Restriction]
    most: list[Restriction]
    """MAX lines."""
    silent: dict[str, int]
    """What NOLOG keeps out of the log (IN, OUT, DENIED, QUEUED, UNSUPPORTED), and the line that says so."""
    timeouts: dict[str, int]
    """Seconds after which an idle check-out is taken back, by feature; of all others by ``''``."""
    groups: dict[str, list[str]]
    """Members of groups of users and of hosts, by name."""
    faults: list[Fault]
