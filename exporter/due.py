"""
What is due to a sink: of each subject and tier, the closed windows that are not there as they are in the ledger, and
now and then the one that is open, with what is covered of it so far.

A window that was there and is covered no more goes as zeros. Windows that are older than a tier is kept are left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from exporter.all_windows import AllWindows
from exporter.catalog.tiers import TIERS, Tier
from exporter.feature_rows import EVER
from exporter.ledger.shipments import Intent, Key, Stand
from exporter.ledger.windows import Ask, Subject
from exporter.tiers.calendar import bounds, window_holding

_NEW = Stand(0, 0, 0)
_TOLD_BY = """
SELECT product, 'seats', '' FROM total WHERE first IS NOT NULL UNION SELECT product, 'seats', '' FROM capacity
UNION SELECT product, 'loads', '' FROM use_total UNION SELECT product, 'transfers', kind FROM transfer_total
"""
"""What has windows, of each measure."""


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

    @property
    def reach(self) -> int:
        """None that begins then or later is sent."""
        return max(self.end + self.opened, self.known)

    @property
    def intent(self) -> Intent:
        """What to note before any of it is sent."""
        return Intent(self.tier.seconds, self.subject.id or 0, self.begin, self.reach)

    @property
    def pending(self) -> int:
        """About how many closed windows these are."""
        return max(self.end - max(self.start, self.begin), 0) // self.tier.seconds


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
                yield _leg(windowing, tier, subject, stand, end, first)._replace(opened=tier in opened)


def gone(ask: Ask, stands: Mapping[Key, Stand], oldest: Mapping[Tier, int]) -> Iterator[Leg]:
    """Yield legs of subjects of which windows may be there though the ledger tells of them no more."""
    for subject, measure, kind, *product in ask(
        "SELECT s.id, s.measure, s.kind, p.server, p.vendor, p.feature "
        "FROM subject AS s JOIN product AS p ON p.id = s.product "
        f"WHERE (s.product, s.measure, s.kind) NOT IN ({_TOLD_BY})"
    ):
        names = [*product, kind] if measure == "transfers" else product
        for tier in TIERS:
            stand = stands.get((tier.seconds, subject), _NEW)
            if stand.reach:
                start = max(stand.begin, oldest[tier])
                yield Leg(tier, Subject(subject, tuple(names), (), (), measure), start, 0, stand.reach, stand.begin)


def rows_of(windowing: AllWindows, leg: Leg) -> Iterator[tuple[Sequence[int], Sequence[float] | None]]:
    """
    Yield the windows of a leg: the starts of those that are alike, and the fields of each.

    None for the fields: they are not covered, and may have been.
    """
    tier, subject = leg.tier, leg.subject
    after = max(leg.start, leg.begin)
    for starts, sums in windowing.windows(tier, subject, after, leg.reach) if subject.products else ():
        if after < starts[0] and (empty := _starts(windowing, tier, after, min(starts[0], leg.known))):
            yield empty, None
        yield starts, sums.fields()
        after = starts[-1] + starts.step
    if empty := _starts(windowing, tier, after, leg.known):
        yield empty, None


def _leg(windowing: AllWindows, tier: Tier, subject: Subject, stand: Stand, end: int, first: int) -> Leg:
    until = window_holding(tier, windowing.zone, stand.until)[0] if stand.until else 0
    begins = windowing.begins(tier, subject)
    too_old = windowing.count(tier, subject, until, min(first, end)) if max(until, begins) < first else 0
    begin = min(stand.begin, begins) if stand.reach else begins
    return Leg(tier, subject, max(until, first), end, stand.reach, max(begin, first), too_old)


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
