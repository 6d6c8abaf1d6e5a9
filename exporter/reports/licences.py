"""What licence and options files grant now, as ``status`` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """Seats that are kept apart from others of their feature."""

    version: str
    attributes: tuple[str, ...]
    seats: int | None
    """None: uncounted."""
    expires: float
    """UTC second; infinite: never."""
    places: tuple[str, ...]
    """``FILE:LINE`` of the lines that grant them."""


@dataclass(frozen=True, slots=True)
class Restricted:
    """A RESERVE or MAX line."""

    seats: int
    whose: str
    """As ``GROUP oaks``."""
    place: str


@dataclass(frozen=True, slots=True)
class FeatureLicences:
    """One feature by the files."""

    vendor: str
    feature: str
    pools: tuple[PoolStatus, ...]
    """Empty: nothing is granted now."""
    expiry: float | None
    """When seats go next, or when the last went; infinite: never; None: only an options file tells of it."""
    package: bool
    """Its components are checked out along with it."""
    reserved: tuple[Restricted, ...]
    most: tuple[Restricted, ...]
    timeout: int | None
    """Seconds after which an idle check-out is taken back."""

    @property
    def seats(self) -> int | None:
        """All that is counted; None where nothing is."""
        counted = [pool.seats for pool in self.pools if pool.seats is not None]
        return sum(counted) if counted else None


@dataclass(frozen=True, slots=True)
class LicenceStatus:
    """The files of a server."""

    server: str
    files: tuple[str, ...]
    """Paths of those that could be read, options files too."""
    problems: tuple[str, ...]
    """Files that can't be read, and lines that can't be used, a sentence each."""
    features: tuple[FeatureLicences, ...]
    """By vendor and name."""
    silent: Mapping[str, Mapping[str, str]]
    """By vendor, what NOLOG keeps out of its log (IN, OUT ...), and ``FILE:LINE`` of that."""
