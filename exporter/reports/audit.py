"""The answer behind ``audit``: our level of each feature beside what the licence server itself says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import NamedTuple

from exporter.facts import Activity
from exporter.reports.audit_sessions import CAUSES, MARGIN, Alone, OurSession, TheirSession, alone
from exporter.reports.explain import Behind
from exporter.reports.numbers import counted
from exporter.reports.printable import path_text
from exporter.reports.reader import Reader
from exporter.status_texts.told import FeatureStatus, ServerStatus, UnknownLine

StoplessSince = Callable[[Iterable[Activity], int], int | None]

# Open ones and ended ones apart: each has an index.
_SESSIONS = """
WITH near AS (
    SELECT * FROM session WHERE end IS NULL AND start <= ?4 AND product IN (
        SELECT id FROM product WHERE server = ?1)
    UNION ALL
    SELECT session.* FROM product CROSS JOIN session ON session.product = product.id
    WHERE product.server = ?1 AND session.end IS NOT NULL AND session.end >= ?3 AND session.start <= ?4
)
SELECT near.product, holder.user, holder.host, holder.display, coalesce((
    SELECT change.seats FROM change
    WHERE change.generation = near.generation AND change.at = near.at AND change.n = near.n AND change.time <= ?2
    ORDER BY change.ordinal DESC LIMIT 1
), near.first_seats), near.start, near.end, near.suspect
FROM near JOIN holder ON holder.id = near.holder ORDER BY near.start, near.generation, near.at, near.n
"""
_PRODUCTS = "SELECT id, vendor, feature FROM product WHERE server = ? ORDER BY vendor, feature"
_CAPACITY = "SELECT product, seats FROM capacity WHERE start <= ? ORDER BY start, origin"
_BEHIND = """
SELECT stream.name, known.frontier FROM stream JOIN known ON known.stream = stream.id
WHERE stream.server = ? AND known.frontier < ? ORDER BY stream.name
"""
_COVERED = """
SELECT covered."from", covered."to" FROM covered JOIN stream ON stream.id = covered.stream WHERE stream.server = ?
"""
_ACTIVITY = """
SELECT stream.id, stream.last_line, f.vendor, f.day, f.starts, f.stops, f.resets
FROM activity AS f JOIN stream ON stream.id = f.stream WHERE stream.server = ?
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One feature, theirs beside ours; vendor and feature are ours where we know it."""

    vendor: str
    feature: str
    theirs: int | None
    """Seats in use by the status text; None: it tells of seats issued only."""
    ours: int
    issued_theirs: int | None
    issued_ours: int | None
    """None: unknown to us."""
    reserved: int
    """Seats that the server keeps for somebody who doesn't hold them; they are not among *theirs*."""
    alone: tuple[Alone, ...]
    """Sessions of one side only; none where the text lists no holders."""
    why: tuple[str, ...]
    """What is known of a difference, sentences without their full stop."""
    stopless: bool
    """Its daemon writes no check-ins, so our level is not one that is shown, and no difference counts."""

    @property
    def difference(self) -> int | None:
        """Their seats in use less ours."""
        return None if self.theirs is None else self.theirs - self.ours

    def differs(self, tolerance: int) -> bool:
        """Return whether seats in use are further apart than *tolerance*, or seats issued are not the same."""
        in_use = not self.stopless and abs(self.difference or 0) > tolerance
        return in_use or (None not in (self.issued_theirs, self.issued_ours) and self.issued_theirs != self.issued_ours)


@dataclass(frozen=True, slots=True)
class ServerAudit:
    """One server of ours at the UTC second *at*."""

    server: str
    at: int
    features: tuple[Compared, ...]
    """By vendor and feature."""
    behind: tuple[Behind, ...]
    """Logs that end more than `MARGIN` before *at*: of theirs, what was open at their end is compared."""
    faults: tuple[str, ...]
    """What the status text says is wrong."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A whole status text of a *kind*."""

    kind: str
    servers: tuple[ServerAudit, ...]
    unanswered: tuple[str, ...]
    """What the text says of servers of which it tells no feature."""
    unknown: tuple[UnknownLine, ...]
    tolerance: int

    @property
    def different(self) -> bool:
        """Whether any feature is, or a server did not answer, so that nobody knows."""
        differs = (one.differs(self.tolerance) for server in self.servers for one in server.features)
        return bool(self.unanswered) or any(differs)


class _Product(NamedTuple):
    id: int
    vendor: str
    feature: str


def audit_server(
    ledger: Reader, status: ServerStatus, server: str, at: int, zone: tzinfo, stopless_since: StoplessSince
) -> ServerAudit:
    """
    Return *status* beside what the ledger says of *server* at the UTC second *at*.

    *zone* is that of the times in the text; *stopless_since*, from the days of a daemon and the second after its newest
    line, says since when it writes no check-ins.
    """
    sessions: defaultdict[int, list[OurSession]] = defaultdict(list)
    about = server, at, at - MARGIN, at + MARGIN
    for product, user, host, display, seats, start, end, suspect in ledger.ask(_SESSIONS, *about):
        in_doubt = suspect is not None and suspect <= at
        sessions[product].append(OurSession(user, host, display, seats, start, end, in_doubt))
    behind = tuple(Behind(path_text(name), frontier) for name, frontier in ledger.ask(_BEHIND, server, at - MARGIN))
    compare = partial(
        _compared,
        sessions=sessions,
        issued=dict(ledger.ask(_CAPACITY, at)),
        covered=[(begin, end) for begin, end in ledger.ask(_COVERED, server)],
        stopless=_stopless(ledger, server, at, stopless_since),
        at=at,
        zone=zone,
    )
    products = [_Product(*row) for row in ledger.ask(_PRODUCTS, server)]
    found = [compare(theirs, ours) for theirs, ours in _paired(status.features, products)]
    found += [compare(None, ours) for ours in _unlisted(status.features, found, products, sessions, at)]
    found.sort(key=lambda one: (one.vendor, one.feature))
    return ServerAudit(server, at, tuple(found), behind, status.faults)


def _paired(
    features: Sequence[FeatureStatus], products: Sequence[_Product]
) -> Iterator[tuple[FeatureStatus, _Product | None]]:
    """Yield the features of a text, each with our product of that vendor and name, in any case."""
    by_key = {(one.vendor.casefold(), one.feature.casefold()): one for one in products}
    by_name: defaultdict[str, list[_Product]] = defaultdict(list)
    for one in products:
        by_name[one.feature.casefold()].append(one)
    known = {one.vendor.casefold() for one in products}
    for theirs in features:
        vendor, feature = theirs.vendor.casefold(), theirs.feature.casefold()
        ours = by_key.get((vendor, feature))
        if ours is None and vendor not in known and len(by_name[feature]) == 1:
            ours = by_name[feature][0]  # the text calls the vendor otherwise, or doesn't tell it
        yield theirs, ours


def _unlisted(
    features: Sequence[FeatureStatus],
    found: Sequence[Compared],
    products: Sequence[_Product],
    sessions: Mapping[int, Sequence[OurSession]],
    at: int,
) -> Iterator[_Product]:
    """Yield what we have in use and the text doesn't list, though it tells of other features of that daemon."""
    if any(theirs.in_use is not None for theirs in features):
        listed, vendors = {(one.vendor, one.feature) for one in found}, {one.vendor for one in found}
        for ours in products:
            of_daemon = ours.vendor in vendors and (ours.vendor, ours.feature) not in listed
            if of_daemon and any(one.open_at(at) for one in sessions.get(ours.id, ())):
                yield ours


def _compared(
    listed: FeatureStatus | None,
    ours: _Product | None,
    *,
    sessions: Mapping[int, Sequence[OurSession]],
    issued: Mapping[int, int],
    covered: Sequence[tuple[int, int]],
    stopless: set[str],
    at: int,
    zone: tzinfo,
) -> Compared:
    theirs = listed or FeatureStatus("", "", None, 0, 0, ())
    near = sessions.get(ours.id, ()) if ours else ()
    level = [one for one in near if one.open_at(at)]
    holders = [TheirSession(one, _second(one.start, zone)) for one in theirs.holders]
    lone = alone(holders, near, covered, at) if theirs.holders or not theirs.in_use else []
    vendor = ours.vendor if ours else theirs.vendor
    why = [] if listed else ["the server doesn't list it"]
    if vendor in stopless:
        why.append("its daemon writes no check-ins, so our level is not known")
    if suspect := sum(one.seats for one in level if one.suspect):
        why.append(f"ours has {counted(suspect, 'suspect seat')}: a gap of the log may hide their end")
    held = sum(one.seats for one in theirs.holders)
    if theirs.in_use is not None and held > theirs.in_use:
        why.append(f"theirs are shared: those who hold them asked for {held:,}")
    why += [
        f"{counted(seats, 'seat')} of sessions {cause}"
        for cause in CAUSES
        if (seats := sum(one.seats for one in lone if one.cause == cause))
    ]
    if ours is None and theirs.in_use:
        why.append("our logs have never told of it")
    return Compared(
        vendor,
        ours.feature if ours else theirs.feature,
        theirs.in_use,
        sum(one.seats for one in level),
        theirs.issued,
        issued.get(ours.id) if ours else None,
        theirs.reserved,
        tuple(lone) if theirs.in_use is not None else (),
        tuple(why),
        vendor in stopless,
    )


def _second(local: datetime | None, zone: tzinfo) -> int | None:
    """Return the UTC second of a local time without zone; one that comes twice is the first."""
    return None if local is None else int(local.replace(tzinfo=zone).timestamp())


def _stopless(ledger: Reader, server: str, at: int, stopless_since: StoplessSince) -> set[str]:
    """Return the daemons of *server* that write no check-ins, and didn't at *at*."""
    days: defaultdict[tuple[int, int, str], list[Activity]] = defaultdict(list)
    for stream, last_line, vendor, *day in ledger.ask(_ACTIVITY, server):
        days[stream, last_line or 0, vendor].append(Activity(vendor, *day))
    return {
        vendor
        for (_, last_line, vendor), of_vendor in days.items()
        if (since := stopless_since(of_vendor, last_line + 1)) is not None and since <= at
    }
