"""Whether an InfluxDB is as the configuration wants it, tier by tier, and how far it is behind the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from exporter.catalog.tiers import TIERS
from exporter.errors import SinkError, SinkRejects
from exporter.publish.influxdb.setup import Found, Management, difference
from exporter.publish.influxdb.storage import Storage

_PATIENCE = 3600
"""Seconds, besides a window that is not over, by which a tier may be behind the ledger."""
_WINDOW = {tier.name: tier.seconds for tier in TIERS}
_SEND = "`seatwatch run` or `seatwatch collect` sends what is missing"
_SET_UP = "run `seatwatch influxdb setup`"


class TierState(NamedTuple):
    """One tier on a server; times are UTC seconds."""

    tier: str
    place: str
    """What its storage is called there."""
    wanted: Storage
    found: Storage | None
    """None where it is missing, or can't be told."""
    newest: int | None
    """Start of the newest window of the site, None where there is none or it can't be told."""
    behind: int | None
    """Seconds from the end of that window to the ledger's newest line; None where one of them isn't known."""
    takes_from: int | None
    """Points that are older are refused; None where all are taken, or it can't be told."""
    problems: tuple[str, ...]
    """Sentences on what is wrong, and on what to do."""
    notes: tuple[str, ...]
    """Sentences on what is as it should be, and may surprise."""


class SinkState(NamedTuple):
    """One server."""

    sink: str
    url: str
    version: str
    """"" where it can't be told."""
    problems: tuple[str, ...]
    """Those that concern all tiers; there are no tiers then."""
    notes: tuple[str, ...]
    tiers: tuple[TierState, ...]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not any(tier.problems for tier in self.tiers)


class Server(Protocol):
    """The server that is looked at: an `exporter.publish.influxdb.administration.Administration`."""

    @property
    def version(self) -> str:
        """What the server calls its version."""
        ...

    def management(self) -> Management:
        """Return what manages it."""
        ...

    def may_write(self, tier: str) -> None:
        """Return if points of the tier would be stored."""
        ...

    def newest(self, tier: str, site: str) -> int | None:
        """Return the start of the newest window of the site; raises SinkRejects where that can't be asked."""
        ...


class Expected(NamedTuple):
    """What a server is held against."""

    site: str
    wanted: tuple[Storage, ...]
    now: float
    newest_line: int | None
    """The ledger's (UTC second); None where there is no ledger, or nothing in it."""


def check(server: Server, sink: str, url: str, expected: Expected) -> SinkState:
    """Return how it stands with the server that *sink* names."""
    version = ""
    try:
        version = server.version
        management = server.management()
        found = management.found(expected.wanted)
    except SinkError as error:
        return SinkState(sink, url, version, (str(error),), (), ())
    tiers = tuple(_tier(server, management, found, storage, expected) for storage in expected.wanted)
    return SinkState(sink, url, version, (), found.notes if found.storages is None else (), tiers)


def _tier(server: Server, management: Management, found: Found, storage: Storage, expected: Expected) -> TierState:
    tier, place = storage.tier, management.place(storage.tier)
    there = None if found.storages is None else found.storages.get(tier)
    takes_from = None if there is None or there.keep is None else int(expected.now) - there.keep
    state = TierState(tier, place, storage, there, None, None, takes_from, (), ())
    if found.storages is not None and there is None:
        return state._replace(problems=(f"There is no {place.removeprefix('the ')}: {_SET_UP}.",))
    problems = []
    if there is not None and (change := difference(there, storage)):
        problems.append(f"The configuration wants to {change}: {_SET_UP}.")
    try:
        server.may_write(tier)
        newest = server.newest(tier, expected.site)
    except SinkRejects as error:
        return state._replace(problems=tuple(problems), notes=(str(error),))
    except SinkError as error:
        return state._replace(problems=(*problems, str(error)))
    behind, wrong, note = _behind(tier, newest, takes_from, expected.newest_line)
    return state._replace(newest=newest, behind=behind, problems=(*problems, *wrong), notes=note)


def _behind(
    tier: str, newest: int | None, takes_from: int | None, line: int | None
) -> tuple[int | None, Sequence[str], tuple[str, ...]]:
    """Return the seconds by which a tier is behind, what is wrong with that, and what there is to know."""
    if line is None:
        return None, (), ()
    if takes_from is not None and line < takes_from:
        kept = "The ledger's newest line is older than what is kept here, so there is nothing to send."
        return None, (), (kept,)
    if newest is None:
        return None, (f"Nothing of this site is here yet: {_SEND}.",), ()
    behind = max(0, line - newest - _WINDOW[tier])
    late = behind > _WINDOW[tier] + _PATIENCE
    return behind, (f"It is behind the ledger: {_SEND}.",) if late else (), ()
