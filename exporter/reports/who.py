"""The answer behind ``who``: the sessions that are open now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from exporter.directory import Directory, PeopleRules
from exporter.errors import UsageError
from exporter.reports.products import find_products
from exporter.reports.reader import Reader

_OPEN = """
SELECT stream.source, product.server, product.vendor, product.feature, holder.user, holder.host, holder.display,
       session.seats, session.start, session.inferred, session.suspect, ifnull(known.frontier, session.start)
FROM session
JOIN product ON product.id = session.product
JOIN holder ON holder.id = session.holder
JOIN generation ON generation.id = session.generation
JOIN stream ON stream.id = generation.stream
JOIN known ON known.stream = stream.id
WHERE session.end IS NULL
"""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that had no end when its log was last read."""

    server: str
    vendor: str
    feature: str
    user: str
    host: str
    display: str
    seats: int
    start: int
    """UTC second."""
    start_inferred: bool
    suspect: int | None
    """UTC second at which the gap begins that may hide its end; None: it is sure."""
    frontier: int
    """UTC second up to which its log is known; how long it has been open counts up to there."""

    groups: Mapping[str, str] = field(default_factory=dict)
    """Where it belongs, by what was asked for."""

    @property
    def seconds(self) -> int:
        """How long it has been open, as far as its log is known."""
        return max(0, self.frontier - self.start)


@dataclass(frozen=True, slots=True)
class OpenSessions:
    """The sessions open now, the longest first."""

    sessions: list[OpenSession]
    others: int = 0
    """So many more are open in the ledger that came from sources which are not configured (any more)."""


def who(
    ledger: Reader,
    sources: Collection[str],
    feature: str | None = None,
    directory: Directory | None = None,
    groups: Sequence[str] = (),
) -> OpenSessions:
    """
    Return the open sessions that came from *sources*, of one *feature* where given, under the names of a *directory*.

    *groups* are what it is to tell of each. Raises UsageError.
    """
    known_by = directory or Directory(PeopleRules())
    if unknown := [group for group in groups if group not in known_by.groups]:
        known = ", ".join(sorted(known_by.groups))
        raise UsageError(f"The tables of people and hosts know no {unknown[0]!r}: choose of {known}.")
    if feature is not None:
        find_products(ledger, feature)
    rows = [row for row in ledger.ask(_OPEN) if feature in (None, row[3])]
    sessions = [
        OpenSession(
            server,
            vendor,
            known,
            known_by.user(user, host, start),
            known_by.host(host, start),
            known_by.display(display),
            seats,
            start,
            bool(inferred),
            suspect,
            frontier,
            {group: known_by.text(group, user, host, start) for group in groups},
        )
        for source, server, vendor, known, user, host, display, seats, start, inferred, suspect, frontier in rows
        if source in sources
    ]
    sessions.sort(
        key=lambda one: (-one.seconds, one.server, one.vendor, one.feature, one.user, one.host, one.display, one.seats)
    )
    return OpenSessions(sessions, len(rows) - len(sessions))
