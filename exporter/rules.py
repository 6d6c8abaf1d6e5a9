"""What of the configuration shapes windows, and what episodes of denials are made of under another rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.directory import PeopleRules
from exporter.facts import Episode

FeatureKey = tuple[str, str, str]
"""(server, vendor, feature), as people read them."""
Issued = Mapping[int, int]
"""Seats from a UTC second on, by that second."""


class LicencePlace(NamedTuple):
    """Where the licence files of a server lie."""

    server: str
    zone: str
    """In which its days begin and end."""
    licence_files: tuple[str, ...]
    """Paths; a folder stands for the files ``*.lic`` in it."""
    options_files: tuple[str, ...]


class LicenceRow(NamedTuple):
    """Seats of a feature by licence files, from a time on."""

    start: int
    """UTC second."""
    seats: int
    origin: str
    """``FILE:LINE`` of the lines that grant them."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What the licence files of a server grant, as they are now."""

    files: Mapping[str, tuple[str, int]]
    """By path, a hash of all that bears on the rows, and the UTC second at which the file was written."""
    rows: Mapping[FeatureKey, Sequence[LicenceRow]]
    """The earliest first."""
    packages: frozenset[tuple[FeatureKey, FeatureKey]]
    """Packages, with components whose check-outs stand in the log beside theirs."""


NEVER = 1 << 62
"""So many seconds never pass."""


class ProductRule(NamedTuple):
    """A product of the configuration."""

    members: frozenset[FeatureKey]
    """Those that count: no components of another."""
    issued: Issued
    """Its own seats; empty: its members' seats, summed up."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What of the configuration shapes windows."""

    zone: str
    """Whose hours and days are the windows."""
    grant_window: int
    """Seconds, of the rule that makes episodes of denials; *retry_window* too."""
    retry_window: int
    issued: Mapping[FeatureKey, Issued] = field(default_factory=dict)
    products: Mapping[str, ProductRule] = field(default_factory=dict)
    """By name."""
    redundant: Mapping[str, int | None] = field(default_factory=dict)
    """
    By source, after how many seconds of silence a redundant server is taken to be down.

    None: its servers are not redundant. A source that isn't here keeps what it had.
    """
    people: PeopleRules = field(default_factory=PeopleRules)
    """Who people are."""


class DemandLine(NamedTuple):
    """What a line said that episodes of denials depend on: *what* is denied, started, queued, left or reset."""

    generation: int
    at: int
    what: str
    time: int
    """UTC second."""
    vendor: str
    """Whose feature it is; of a reset, who was reset, '' for every vendor of the stream. A reset has no more."""
    product: int
    holder: int
    plain: int
    """The holder's user and host without display."""
    seats: int


Replay = Callable[[Iterable[DemandLine], int | None], Iterable[Episode]]
"""
Makes the episodes of a stream anew, from its lines in reading order and its frontier.

An episode may come more than once; the last time counts.
"""
