"""
Pairs starts with stops: the events of one stream become sessions, denials, waits and episodes.

Design rules 3.3 to 3.6, 3.10, 3.12, 3.13 and what 3.18 says of them. Pure: time comes with the events. What is new or
changed since the last commit is handed out by `take`; a session that begins and ends between two commits is so once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from operator import attrgetter
from typing import Any

from exporter import events as said
from exporter.errors import TooManyOpen
from exporter.events import Event, Start, Stop
from exporter.facts import CheckinFact, Facts, Level, LifecycleFact, Session, Superseded
from exporter.names import decode
from exporter.ports import Names
from exporter.records import Checkpoint, Gap, Json, Position
from exporter.sessions.activity import DayCounts
from exporter.sessions.demand import EpisodeRule, UnmetDemand
from exporter.sessions.doubt import Doubt
from exporter.sessions.durations import durations
from exporter.sessions.endings import Endings
from exporter.sessions.index import ProductIndex
from exporter.sessions.lifetimes import LifetimeRule
from exporter.sessions.outbox import Outbox, not_before
from exporter.sessions.products import ProductState
from exporter.sessions.transfers import Transfers
from exporter.sessions.unmet_lines import UnmetLines
from exporter.sessions.uses import Uses
from exporter.sessions.vendors import NEW, Vendors

_FOR_EVER = LifetimeRule()


class SessionPairing:
    """Implements `exporter.ports.Pairing` for one stream."""

    def __init__(
        self,
        server: str,
        names: Names,
        rule: EpisodeRule,
        gap_expiry: int,
        open_limit: int,
        checkpoint: Checkpoint,
        lifetime: LifetimeRule = _FOR_EVER,
        most_kinds: float = inf,
    ) -> None:
        """
        Go on from *checkpoint*, which is empty for a new stream.

        *gap_expiry*: seconds after a gap in which a session that was open before it has to be heard of. *server* is
        that of events which name none. *most_kinds*: products of transfers that a client may have.
        """
        state = checkpoint.state.get("pairing", NEW)
        self._vendors = Vendors(state)
        self._index = ProductIndex(server, names)
        self._open_limit = open_limit
        self._index.restore(checkpoint, state.get("drift", {}))
        self._generation = 0
        self._out = Outbox()
        self._days = DayCounts(self._index, state.get("day"))
        self._demand = UnmetDemand(rule, self._days)
        for episode in sorted(checkpoint.episodes, key=attrgetter("last")):
            self._demand.restore(self._index.known(episode.product), episode)
        self._unmet = UnmetLines(self._index, self._demand)
        self._uses = Uses(server, names, self._index, checkpoint.use_totals)
        self._transfers = Transfers(server, names, checkpoint.transfer_totals, most_kinds)
        self._doubt = Doubt(gap_expiry, state.get("gaps", ()), checkpoint)
        self._endings = Endings(self._index, self._out, self._doubt, self._demand, lifetime, checkpoint)
        self._readers: dict[type, Callable[[Any], None]] = {
            said.Change: self._change,
            said.Denial: self._unmet.deny,
            said.QueueEnter: self._unmet.enqueue,
            said.QueueLeave: self._unmet.dequeue,
            said.Seen: self._vendors.see,
            said.Reset: self._reset,
            said.Lifecycle: self._live,
            said.Package: self._package,
            said.Use: self._uses.take_in,
            said.Transfer: self._transfers.take_in,
            said.Passed: lambda _: None,  # its time has been looked at
        }

    def apply(self, generation: int, events: Sequence[Event]) -> None:
        """Take events of one generation in reading order. Raises TooManyOpen."""
        self._generation = self._unmet.generation = self._endings.generation = generation
        self._uses.generation = self._transfers.generation = generation
        self._doubt.newest = max(generation, self._doubt.newest)
        index, demand, begun, ended = self._index, self._demand, self._out.begun, self._out.ended
        products, holders = index.by_name, index.holders
        matched = 0
        for event in self._endings.among(events):
            if event[0] > demand.next_stop:
                demand.pass_time(event[0])
            if type(event) is Start:
                time, at, vendor, feature, who, display, seats, handle, in_use, server = event
                product = products.get((vendor, feature, server)) or index.product(vendor, feature, server)
                holder = (0 if display else holders.get(who, 0)) or index.holder(who, display)
                session = Session(generation, at, 0, product.id, holder, seats, seats, time)
                if handle:
                    session.handle = handle
                product.add(session)
                begun.append(session)
                index.open += 1
                totals = product.totals
                totals.checkouts += 1
                if time < totals.first:  # noqa: PLR1730 -- min() takes twice as long
                    totals.first = time
                if product.episodes or product.waits:
                    plain = index.holder(who, "") if display else holder
                    if plain in product.episodes or plain in product.waits:
                        demand.start(product, plain, holder, seats, time, (generation, at))
            elif type(event) is Stop:
                time, at, vendor, feature, who, display, seats, reason, handle, in_use, server = event
                product = products.get((vendor, feature, server)) or index.product(vendor, feature, server)
                holder = (0 if display else holders.get(who, 0)) or index.holder(who, display)
                totals = product.totals
                totals.checkins += 1
                if time < totals.first:  # noqa: PLR1730 -- min() takes twice as long
                    totals.first = time
                found = product.find(holder, seats, handle)
                if found is None:
                    self._check_in_without_session(product, holder, seats, time, at, reason, handle)
                else:
                    product.remove(found)
                    if time >= found.start and not found.changes:
                        found.end = found.checkin = time
                    else:
                        found.end = not_before(found, time)
                        self._out.check_in(found, CheckinFact(generation, at, product.id, time))
                    found.reason = reason
                    found.end_generation = generation
                    found.end_at = at
                    ended.append(found)
                    index.open -= 1
                    matched += 1
            else:
                self._readers[type(event)](event)
                continue
            if not product.touched:
                index.touch(product)
            if in_use is not None:
                self._compare(product, in_use)
        self._out.count("matched", matched)
        if index.open > self._open_limit:
            raise TooManyOpen(
                f"More than {self._open_limit} sessions are open; raise limits.open_sessions if that can be true, "
                "or see with `seatwatch who` which ends the log doesn't hold."
            )

    def take(self, frontier: int | None, newest: int | None = None) -> Facts:
        """Return and forget what is new or changed since the last call; see `exporter.ports.Pairing`."""
        self._doubt.note_begun(self._out.newly_begun())
        self._out.touch(min(self._doubt.settle(), default=inf))
        facts = self._out.take(self._demand.take(frontier, newest))
        self._index.touch_those_of(facts.episodes)
        facts.durations = durations(facts, lambda product: self._index.known(product).vendor)
        facts.activity = self._days.take()
        facts.totals = self._index.take_touched()
        self._uses.hand_out(facts)
        self._transfers.hand_out(facts)
        return facts

    def meet(self, gap: Gap) -> None:
        """Take a gap, or that one is withdrawn, at its place among the lines."""
        self._doubt.note_begun(self._out.newly_begun())
        moved = self._doubt.withdraw(gap) if gap.withdrawn else self._doubt.meet(gap, self._index.open_sessions())
        self._out.changed += moved
        # What is taken out of doubt was in it from some time after its start.
        since = (session.start if gap.withdrawn else session.suspect or session.start for session in moved)
        self._out.touch(min(since, default=inf))
        self._index.touch_those_of(moved)

    @property
    def in_doubt(self) -> bool:
        """Whether `apply` needs every line that has a time."""
        return self._endings.wait_for_time

    def pass_quiet(self, until: int) -> bool:
        """Take note that no line came up to *until*; return whether that ended a session."""
        return self._endings.pass_time(until)

    @property
    def since(self) -> Position | None:
        """The place from which `Checkpoint.begun` has to tell; None when nothing depends on it."""
        return self._doubt.since

    def level(self, product: int, but: Sequence[Superseded] = ()) -> Level:
        """Return what is open of a product now, *but* these."""
        return self._index.level(product, but, in_doubt=self._doubt.open)

    @property
    def products(self) -> Sequence[int]:
        """Ids of the products seen."""
        return tuple(self._index.by_id)

    def redate(self, move: Callable[[int], int]) -> None:
        """Move what pairing itself remembers of times; sessions come back from the ledger."""
        self._vendors.move(move)
        self._doubt.move(move)
        self._days.move(move)

    def state(self) -> Mapping[str, Json]:
        """Return the small part of the state."""
        drift = {str(key): product.drift for key, product in self._index.by_id.items() if product.drift is not None}
        return {**self._vendors.state(), "drift": drift, "gaps": self._doubt.state(), "day": self._days.day}

    def _check_in_without_session(
        self, product: ProductState, holder: int, seats: int, time: int, at: int, reason: str, handle: str
    ) -> None:
        session = self._stop_without_start(product, holder, seats, time, at, reason, handle)
        self._out.check_in(session, CheckinFact(self._generation, at, product.id, time))

    def _stop_without_start(
        self, product: ProductState, holder: int, seats: int, time: int, at: int, reason: str, handle: str
    ) -> Session | None:
        """
        Take a stop whose session isn't known, and return the one that is inferred from it.

        It may have begun in a gap (rule 3.10); else it was open since the vendor's first line while no start of the
        vendor was seen, and the stop is unmatched after (rule 3.4).
        """
        self._doubt.note_begun(self._out.newly_begun())
        vendor = self._vendors.by_name[product.vendor]
        start = self._doubt.lost_start(product.vendor, (product.id, handle or holder))
        if start is None and not vendor.started:
            start = vendor.first
        if start is None or not self._endings.may_last(start, time):
            self._out.count("unmatched")
            return None
        session = Session(self._generation, at, 0, product.id, holder, seats, seats, start, inferred=1)
        self._out.end(session, time, reason, (self._generation, at))
        self._out.count("inferred")
        product.totals.first = min(product.totals.first, start)
        return session

    def _change(self, event: said.Change) -> None:
        product = self._index.moved(event.vendor, event.feature)
        product.totals.first = min(product.totals.first, event.time)
        holder = self._index.holder(event.who, event.display)
        session = product.find(holder, event.before, event.handle)
        if session is None:
            # A Stop of the old seats without Start, and a Start of the new ones: two sessions of one line.
            self._stop_without_start(product, holder, event.before, event.time, event.at, "returned", event.handle)
            place = self._generation, event.at, 1, product.id, holder
            session = Session(*place, event.seats, event.seats, event.time, handle=event.handle)
            product.add(session)
            self._out.begun.append(session)
            self._index.open += 1
        else:
            changes = session.changes = session.changes or []
            changes.append((not_before(session, event.time), event.seats, self._generation, event.at))
            product.resize(session, event.seats)
            if session.suspect is not None:
                self._out.touch(session.suspect)
                self._doubt.clear(session)
            self._out.changed.append(session)
            self._out.touch(changes[-1][0])
        if event.in_use is not None:
            self._compare(product, event.in_use)

    def _live(self, event: said.Lifecycle) -> None:
        self._out.facts.lifecycle.append(
            LifecycleFact(self._generation, event.at, event.time, decode(event.vendor), event.what)
        )

    def _package(self, event: said.Package) -> None:
        self._out.facts.packages.append(self._index.package(event.vendor, event.feature, event.component))

    def _reset(self, event: said.Reset) -> None:
        """End what is open of a vendor, or on a server; see `exporter.events.Reset`."""
        if event.server:
            self._endings.reset_server(event)
        else:
            vendor = decode(event.vendor)
            self._endings.reset(vendor, event)
            self._vendors.reset(event)
            self._doubt.reset(vendor)
            self._days.reset(vendor, rebase=not event.started)
        self._demand.look_out()

    def _compare(self, product: ProductState, in_use: int) -> None:
        """Hold the server's own count against our level."""
        product.drift = in_use - product.level
        if product.drift and self._vendors.by_name[product.vendor].started:
            self._out.count("disagreed")
