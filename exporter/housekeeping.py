"""
The ledger keeps house: windows that are over are stored, and what is past its time goes.

In a process that reads logs as they grow this is done a little at a time, so that no line waits long to be committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from exporter.breakdown_windows import BreakdownWindows
from exporter.catalog.tiers import HOURLY, LONGTERM, Tier
from exporter.closing import WindowLedger, store_closed
from exporter.ledger.pruning import FACTS, Cut, has_old, read_ages
from exporter.ledger.transfers import Coarser, read_transfer_ages
from exporter.ledger.uses import read_use_ages
from exporter.ledger.windows import count_again, made_again_since
from exporter.ports import Clock
from exporter.records import Kept
from exporter.tiers.calendar import window_holding
from exporter.windowing import Windowing

PIECES = 1_000
"""Hours or days of a feature each, that are stored at once: they take about half a second."""
SLICE = 2_000
"""Rows that go in one transaction."""
SLICES = 5
"""Transactions after which lines have their turn again; looked for every ten seconds."""
EVERY = 3_600
"""Seconds after which it is seen again what is past its time."""
_PAGES = 1_000
"""Pages given back to the disk at once."""


class HouseLedger(WindowLedger, Protocol):
    """A ledger as the housekeeper needs it; its methods raise LedgerFull."""

    def make_again(self, since: int) -> None:
        """Let all windows that begin at *since* or later be made again."""
        ...

    def made_again(self) -> None:
        """Note that all of them are stored again."""
        ...

    def prune(self, cuts: Sequence[Cut | Coarser], limit: int) -> list[Cut | Coarser]:
        """Remove about *limit* rows of what is old, in one transaction; return what is left."""
        ...

    def give_back(self, pages: int) -> bool:
        """Give up to *pages* free pages back to the disk; return whether there are more."""
        ...


class Housekeeping:
    """One ledger's; call it between commits, never while old lines are read."""

    def __init__(self, ledger: HouseLedger, kept: Kept, clock: Clock, *, at_once: bool) -> None:
        """Keep *ledger*, and in it what *kept* says; with *at_once* each call does all there is to do."""
        self._ledger, self._kept, self._clock = ledger, kept, clock
        self._slices = None if at_once else SLICES
        self._stored: int | None = None
        """The revision of the ledger in which nothing was left to store."""
        self._looked: float | None = None
        self._cuts: list[Cut | Coarser] = []
        self._full = False
        """There may be room to give back."""

    def __call__(self) -> bool:
        """Store windows that are over, and let some of what is old go; say if more can be stored. Raises LedgerFull."""
        now = self._clock.monotonic()
        look = not self._cuts and (self._looked is None or now - self._looked >= EVERY)
        if look or self._stored != self._revision():
            windowing, more = _store(self._ledger, self._kept, enough=None if self._slices is None else PIECES)
            if more:
                return True
            self._stored = self._revision()
            if look:
                self._cuts = [cut for cut in self._past(windowing) if has_old(self._ledger.ask, cut)]
                self._looked, self._full = now, True
        slices = self._slices
        while (self._cuts or self._full) and slices != 0:
            if self._cuts:
                self._cuts = self._ledger.prune(self._cuts, SLICE)
            else:
                self._full = self._ledger.give_back(_PAGES)
            slices = None if slices is None else slices - 1
        return False

    def _revision(self) -> int:
        ((revision,),) = self._ledger.ask("SELECT revision FROM meta")
        return int(revision)

    def _past(self, windowing: Windowing) -> Iterator[Cut | Coarser]:
        """Yield what is past its time, and whether it is there or not."""
        for tier, subject, since in windowing.outlived():
            yield Cut("window", (tier.seconds, subject), since)
        for tier, product, since in BreakdownWindows(self._ledger.ask, windowing).outlived():
            yield Cut("breakdown", (tier.seconds, product), since)
        kept, zone, lives = self._kept, windowing.zone, dict[int, int]()
        for product, streams, newest, needed in read_ages(self._ledger.ask):
            if before := self._before(newest, kept.facts, needed, zone):
                yield from (Cut(table, (product,), before) for table in FACTS)
            if denied := self._before(newest, kept.denials, needed, zone):
                yield Cut("denial", (product,), denied)
            lives |= {stream: min(before, lives.get(stream, before)) for stream in streams}
        yield from (Cut("lifecycle", (stream,), before) for stream, before in lives.items() if before)
        yield from self._used(zone)
        yield from self._transferred(zone)

    def _used(self, zone: ZoneInfo) -> Iterator[Cut]:
        """Yield the uses that are to be summed up, and the sums that no tier can show any more."""
        kept = self._kept
        longest = _longest(kept.facts, kept.live, kept.hourly, kept.longterm)
        for product, newest in read_use_ages(self._ledger.ask).items():
            for table, long in (("use", kept.uses), ("use_minute", longest)):
                if long is not None and newest > long:
                    yield Cut(table, (product,), window_holding(LONGTERM, zone, newest - long)[0])

    def _transferred(self, zone: ZoneInfo) -> Iterator[Cut | Coarser]:
        """Yield the sums of transfers that no tier shows any more, and those that none shows as fine as they are."""
        kept = self._kept
        minutes = _longest(kept.facts, kept.live)
        hours = _longest(minutes, kept.hourly)
        longest = _longest(hours, kept.longterm)
        for product, newest in read_transfer_ages(self._ledger.ask).items():

            def before(long: int | None, now: int = newest) -> int:
                return 0 if long is None or long >= now else window_holding(LONGTERM, zone, now - long)[0]

            if gone := before(longest):  # to look for what is not there takes as long as there are sums
                yield from (Cut(table, (product,), gone) for table in ("transfer", "transfer_sketch"))
            for tier, long in ((LONGTERM, hours), (HOURLY, minutes)):
                if added := before(long):
                    yield Coarser(product, added, tier.seconds, partial(_begin, tier, zone))

    def _before(self, newest: int, kept: int | None, needed: int, zone: ZoneInfo) -> int:
        """Return the bound of a day before which facts may go, 0 for none: no window holds it inside."""
        live = self._kept.live
        if kept is None or live is None:
            return 0
        before = min(newest - kept, int(self._clock.now()) - live, needed)
        return window_holding(LONGTERM, zone, before)[0] if before > 0 else 0


def _begin(tier: Tier, zone: ZoneInfo, second: int) -> int:
    """Return when the window begins that holds a second."""
    return window_holding(tier, zone, second)[0]


def _longest(*kept: int | None) -> int | None:
    """Return the longest of some times, in seconds; None is for ever."""
    known = [long for long in kept if long is not None]
    return max(known) if len(known) == len(kept) else None


def rebuild(
    ledger: HouseLedger,
    kept: Kept,
    since: int,
    take_over: Callable[[], None],
    begun: Callable[[int, bool], None],
    progress: Callable[[int], None],
) -> None:
    """
    Make all windows again that begin at *since* or later, a piece at a time, or go on with that where it was stopped.

    *take_over* lets the ledger go on by the rules of the configuration. *begun* is told how many windows there were and
    whether an earlier rebuild goes on, *progress* how many are stored by now. Raises LedgerFull, and what they raise.
    """
    earlier = made_again_since(ledger.ask)
    goes_on = earlier is not None and earlier <= since
    if not goes_on:
        ledger.make_again(since)
    begun(count_again(ledger.ask), goes_on)
    take_over()
    _store(ledger, kept, progress)


def _store(
    ledger: HouseLedger, kept: Kept, progress: Callable[[int], None] = lambda _: None, enough: int | None = None
) -> tuple[Windowing, bool]:
    windowing, more = store_closed(ledger, {HOURLY: kept.hourly, LONGTERM: kept.longterm}, progress, enough=enough)
    if not more and made_again_since(ledger.ask) is not None:
        ledger.made_again()
    return windowing, more
