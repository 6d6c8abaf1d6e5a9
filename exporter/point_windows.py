"""
Windows of what happens at an instant, as loads of modules and transfers of files: worked out when they are asked for.

They are not stored: what they are made from is kept for as long as the longest tier. A window in which nothing happened
is not there; none of it is a zero, for nothing would be told by that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from exporter.catalog.tiers import Tier
from exporter.feature_rows import EVER
from exporter.ledger.windows import Ask, Subject, read_zone
from exporter.tiers.calendar import window_holding
from exporter.tiers.intervals import Interval

_GIVEN_UP = 7 * 86_400
"""Seconds behind the newest of its streams after which one is not waited for: its host may be no more."""


class Sums(Protocol):
    """What is counted in one window."""

    def fields(self) -> tuple[float, ...]:
        """Return the fields, in the order of the catalog."""
        ...


SumsOf = TypeVar("SumsOf", bound=Sums)


class PointWindows(ABC, Generic[SumsOf]):
    """The windows of one state of the ledger."""

    def __init__(self, ask: Ask, first: Mapping[int, int], frontiers: Mapping[int, Sequence[int]]) -> None:
        """
        Read with *ask*; the zone is the one that the ledger has taken over.

        *first* has when each subject was met first, *frontiers* up to when each of its streams is known; see `key`.
        """
        self.ask = ask
        self.zone = ZoneInfo(read_zone(ask))
        self._first, self._frontiers = first, frontiers

    @abstractmethod
    def subjects(self) -> list[Subject]:
        """Return what has such windows, by its names."""

    @abstractmethod
    def key(self, subject: Subject) -> int:
        """Return what a subject goes by."""

    @abstractmethod
    def found(self, tier: Tier, subject: Subject, since: int, until: int) -> Iterator[tuple[range, SumsOf]]:
        """Yield a subject's windows of what happened in [*since*, *until*), which are bounds of the tier."""

    @abstractmethod
    def minutes(self, subject: Subject, start: int, end: int) -> Iterable[int]:
        """Return the UTC seconds at which the minutes begin, from that of *start* to *end*, in which it happened."""

    def windows(self, tier: Tier, subject: Subject, start: int = 0, end: int = EVER) -> Iterator[tuple[range, SumsOf]]:
        """Yield a subject's windows that begin in [*start*, *end*): the start with the length as step, and the sums."""
        since = window_holding(tier, self.zone, start)[0] if start else 0
        until = window_holding(tier, self.zone, end - 1)[1] if start < end < EVER else end
        found = self.found(tier, subject, since, until)
        return ((starts, sums) for starts, sums in found if starts[0] >= start)

    def closed_until(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which all of the subject's windows are closed, 0 where none is."""
        ends = self._frontiers.get(self.key(subject), ())
        frontier = min((end for end in ends if end > max(ends) - _GIVEN_UP), default=0)
        return window_holding(tier, self.zone, frontier)[0] if frontier else 0

    def begins(self, tier: Tier, subject: Subject) -> int:
        """Return the bound before which the subject has no windows, EVER where it has none."""
        first = self._first.get(self.key(subject))
        return EVER if first is None else window_holding(tier, self.zone, first)[0]

    def count(self, tier: Tier, subject: Subject, start: int, end: int) -> int:
        """Count the windows that begin in [*start*, *end*)."""
        return sum(1 for _ in self.windows(tier, subject, start, end))

    def covered(self, subject: Subject, start: int, end: int) -> list[Interval]:
        """Return the minutes, from that of *start* to *end*, that windows are of."""
        return [(minute, minute + 60) for minute in self.minutes(subject, start, end)] if subject.products else []
