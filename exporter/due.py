"""
What is due to a sink: of each subject and tier, the closed windows that are not there as they are in the ledger, and
now and then the one that is open, with what is covered of it so far.

A window that was there and is covered no more goes as zeros, and so does any that isn't covered and may be there. That
is not known of each: but of long stretches of time in which none was ever sent it is, the holes. Windows that are older
than a tier is kept are left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from exporter.all_windows import AllWindows
from exporter.catalog.tiers import TIERS, Tier
from exporter.feature_rows import EVER
from exporter.ledger.breakdowns import value_names
from exporter.ledger.shipments import Holes, Intent, Key, Stand
from exporter.ledger.windows import Ask, Subject
from exporter.tiers.calendar import bounds, window_holding
from exporter.tiers.intervals import difference, intersection

HOLE = 100
"""Windows; a shorter stretch is no hole: what is not covered there may be sent as zeros."""
HOLES = 20
"""Holes that are kept of a subject and tier, the longest."""
_NEW = Stand(0, 0, 0)
_TOLD_BY = """
SELECT product, 'seats', '' FROM total WHERE first IS NOT NULL UNION SELECT product, 'seats', '' FROM capacity
UNION SELECT product, 'loads', '' FROM use_total UNION SELECT product, 'transfers', kind FROM transfer_total
UNION SELECT product, measure, kind FROM subject WHERE measure = 'by' AND product IN (
    SELECT product FROM total WHERE first IS NOT NULL UNION SELECT product FROM capacity)
"""
"""What has windows, of each measure."""
_AT_ONCE = 50_000
"""Minutes that are worked out together: it bounds the memory, however long they are kept."""


class Leg(NamedTuple):
    """A subject's windows that begin in [*start*, *reach*)."""

    tier: Tier
    subject: Subject
    start: int
    end: int
    """Those that begin before it are closed."""
    known: int
    """Of those that begin before it some may be there: so those that are not covered go as zeros."""
    begin: int
    """None that begins before it was ever there."""
    too_old: int = 0
    """So many windows before *start* are older than the tier is kept."""
    opened: bool = False
    """The open window is to be sent, too."""
    holes: Holes = ()
    """No window that begins in them was ever there, nor is to be sent."""

    @property
    def reach(self) -> int:
        """None that begins then or later is sent."""
        return max(self.end + self.opened, self.known)

    @property
    def intent(self) -> Intent:
        """What to note before any of it is sent."""
        return Intent(self.tier.seconds, self.subject.id or 0, self.begin, self.reach, self.holes)

    @property
    def stretches(self) -> Holes:
        """When the windows begin that are sent."""
        return difference([(max(self.start, self.begin), self.reach)], self.holes)

    @property
    def pending(self) -> int:
        """About how many closed windows these are."""
        return sum(min(end, self.end) - start for start, end in self.stretches if start < self.end) // self.tier.seconds


def due(
    windowing: AllWindows, stands: Mapping[Key, Stand], oldest: Mapping[Tier, int], opened: Container[Tier]
) -> Iterator[Leg]:
    """
    Yield the legs that are due, minutes first.

    *oldest* are the UTC seconds before which nothing is sent; *opened* are the tiers whose open windows are due.
    """
    subjects = [subject for subject in windowing.subjects() if subject.id is not None]
    for tier in TIERS:
        first = _bound_from(windowing, tier, oldest[tier])
        for subject in subjects:
            end = windowing.closed_until(tier, subject)
            stand = stands.get((tier.seconds, subject.id or 0), _NEW)
            covered = end or windowing.begins(tier, subject) < EVER
            if stand.until < end or (tier in opened and covered) or (stand.reach and not stand.until):
                leg = _leg(windowing, tier, subject, stand, end, first)._replace(opened=tier in opened)
                yield leg._replace(holes=_holes(windowing, leg, stand))


def gone(ask: Ask, stands: Mapping[Key, Stand], oldest: Mapping[Tier, int]) -> Iterator[Leg]:
    """Yield legs of subjects of which windows may be there though the ledger tells of them no more."""
    for subject, measure, kind, *product in ask(
        "SELECT s.id, s.measure, s.kind, p.server, p.vendor, p.feature "
        "FROM subject AS s JOIN product AS p ON p.id = s.product "
        f"WHERE (s.product, s.measure, s.kind) NOT IN ({_TOLD_BY})"
    ):
        names = [*product, kind] if measure == "transfers" else product
        if measure == "by":
            names = [*product, *value_names(kind)] if kind else product
        for tier in TIERS:
            stand = stands.get((tier.seconds, subject), _NEW)
            if stand.reach:
                start = max(stand.begin, oldest[tier])
                named = Subject(subject, tuple(names), (), (), measure)
                yield Leg(tier, named, start, 0, stand.reach, stand.begin, holes=stand.holes)


def rows_of(windowing: AllWindows, leg: Leg) -> Iterator[tuple[Sequence[int], Sequence[float] | None]]:
    """
    Yield the windows of a leg: the starts of those that are alike, and the fields of each.

    None for the fields: they are not covered, and may have been.
    """
    tier, subject = leg.tier, leg.subject
    for start, end in leg.stretches:
        after, known = start, min(leg.known, end)
        spans = _spans(tier, start, end) if subject.products else ()
        for starts, sums in chain.from_iterable(windowing.windows(tier, subject, *span) for span in spans):
            if after < starts.start and (empty := _starts(windowing, tier, after, min(starts.start, known))):
                yield empty, None
            yield starts, sums.fields()
            after = starts.stop
        if empty := _starts(windowing, tier, after, known):
            yield empty, None


def _spans(tier: Tier, start: int, end: int) -> Iterable[tuple[int, int]]:
    """Cut [*start*, *end*) where its windows are to be worked out; those that are stored are read one by one."""
    return [(start, end)] if tier.stored else pairwise([*range(start, end, _AT_ONCE * tier.seconds), end])


def _leg(windowing: AllWindows, tier: Tier, subject: Subject, stand: Stand, end: int, first: int) -> Leg:
    until = window_holding(tier, windowing.zone, stand.until)[0] if stand.until else 0
    begins = windowing.begins(tier, subject)
    too_old = windowing.count(tier, subject, until, min(first, end)) if max(until, begins) < first else 0
    begin = min(stand.begin, begins) if stand.reach else begins
    return Leg(tier, subject, max(until, first), end, stand.reach, max(begin, first), too_old)


def _holes(windowing: AllWindows, leg: Leg, stand: Stand) -> Holes:
    """Return what is left of the holes, and those that come about as the leg is sent."""
    sent = difference([(stand.begin, stand.reach)], stand.holes)
    uncovered = difference([(leg.start, leg.reach)], windowing.covered(leg.subject, leg.start, leg.reach))
    inside = min(leg.begin, stand.begin) if stand.reach else leg.begin, leg.reach
    long = HOLE * leg.tier.seconds
    found = []
    for start, end in intersection([inside], difference([(0, leg.start), *uncovered], sent)):
        if end - start >= long:
            hole = _bound_from(windowing, leg.tier, start), window_holding(leg.tier, windowing.zone, end)[0]
            found += [hole] if hole[0] < hole[1] else []
    return sorted(sorted(found, key=lambda hole: hole[0] - hole[1])[:HOLES])


def _bound_from(windowing: AllWindows, tier: Tier, instant: int) -> int:
    """Return the first bound at *instant* or after it."""
    if not instant:
        return 0
    start, end = window_holding(tier, windowing.zone, instant)
    return start if start == instant else end


def _starts(windowing: AllWindows, tier: Tier, start: int, end: int) -> Sequence[int]:
    """Return when the windows begin that begin in [*start*, *end*)."""
    if start >= end:
        return ()
    found = bounds(tier, windowing.zone, start, end)
    return found[bisect_left(found, start) : bisect_left(found, end)]
