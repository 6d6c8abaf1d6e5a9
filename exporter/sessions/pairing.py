"""
Pairs starts with stops: the events of one stream become sessions, denials, waits and episodes.

Design rules 3.3 to 3.5, 3.12, 3.13 and what 3.18 says of them. Pure: time comes with the events. What is new or changed
since the last commit is handed out by `take`; a session that begins and ends between two commits is handed out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from exporter.errors import TooManyOpen
from exporter.events import Change, Denial, Event, Lifecycle, Package, QueueEnter, QueueLeave, Reset, Seen, Start, Stop
from exporter.facts import DenialFact, Facts, Level, LifecycleFact, Session, Wait
from exporter.names import decode
from exporter.ports import Names
from exporter.records import Checkpoint, Json
from exporter.sessions.demand import EpisodeRule, UnmetDemand
from exporter.sessions.index import ProductIndex
from exporter.sessions.products import ProductState
from exporter.sessions.vendors import NEW, Vendors


class SessionPairing:
    """Implements `exporter.ports.Pairing` for one stream."""

    def __init__(self, server: str, names: Names, rule: EpisodeRule, open_limit: int, checkpoint: Checkpoint) -> None:
        """Go on from *checkpoint*, which is empty for a new stream."""
        state = checkpoint.state.get("pairing", NEW)
        self._vendors = Vendors(state)
        self._index = ProductIndex(server, names, self._vendors.by_name)
        self._open_limit = open_limit
        self._open = 0
        self._generation = 0
        self._begun: list[Session] = []
        self._ended: list[Session] = []
        self._changed: list[Session] = []
        self._facts = Facts()
        self._demand = UnmetDemand(rule)
        self._restore(checkpoint, names, state.get("drift", {}))
        self._readers: dict[type, Callable[[Any], None]] = {
            Change: self._change,
            Denial: self._deny,
            QueueEnter: self._enqueue,
            QueueLeave: self._dequeue,
            Seen: self._vendors.see,
            Reset: self._reset,
            Lifecycle: self._live,
            Package: self._package,
        }

    def apply(self, generation: int, events: Sequence[Event]) -> None:
        """Take events of one generation in reading order. Raises TooManyOpen."""
        self._generation = generation
        index, demand, begun, ended = self._index, self._demand, self._begun, self._ended
        products, holders = index.by_name, index.holders
        matched = 0
        for event in events:
            if event[0] > demand.next_refusal:
                demand.pass_time(event[0])
            if type(event) is Start:
                time, at, vendor, feature, who, display, seats, handle, in_use = event
                product = products.get((vendor, feature)) or index.product(vendor, feature)
                holder = (0 if display else holders.get(who, 0)) or index.holder(who, display)
                session = Session(generation, at, 0, product.id, holder, seats, seats, time)
                if handle:
                    session.handle = handle
                product.add(session)
                begun.append(session)
                self._open += 1
                product.totals.checkouts += 1
                if product.episodes or product.waits:
                    plain = index.holder(who, "") if display else holder
                    if plain in product.episodes or plain in product.waits:
                        demand.start(product, plain, holder, seats, time)
            elif type(event) is Stop:
                time, at, vendor, feature, who, display, seats, reason, handle, in_use = event
                product = products.get((vendor, feature)) or index.product(vendor, feature)
                holder = (0 if display else holders.get(who, 0)) or index.holder(who, display)
                product.totals.checkins += 1
                found = product.find(holder, seats, handle)
                if found is None:
                    self._stop_without_start(product, holder, seats, time, at, reason)
                else:
                    product.remove(found)
                    found.end = time if time >= found.start and not found.changes else _not_before(found, time)
                    found.reason = reason
                    found.end_generation = generation
                    found.end_at = at
                    ended.append(found)
                    self._open -= 1
                    matched += 1
            else:
                self._readers[type(event)](event)
                continue
            if not product.touched:
                index.touch(product)
            if in_use is not None:
                self._compare(product, in_use)
        self._count("matched", matched)
        if self._open > self._open_limit:
            raise TooManyOpen(
                f"More than {self._open_limit} sessions are open; raise limits.open_sessions if that can be true, "
                "or see with `seatwatch who` which ends the log doesn't hold."
            )

    def take(self, frontier: int | None) -> Facts:
        """Return and forget what is new or changed since the last call; *frontier* decides episodes it has passed."""
        facts, self._facts = self._facts, Facts()
        facts.sessions = self._ended + [session for session in self._begun if session.end is None]
        if self._changed:
            known = {id(session) for session in facts.sessions}
            facts.sessions += {id(session): session for session in self._changed if id(session) not in known}.values()
        facts.denials, facts.waits, facts.episodes = self._demand.take(frontier)
        facts.totals = self._index.take_touched()
        self._begun, self._ended, self._changed = [], [], []
        return facts

    def level(self, product: int) -> Level:
        """Return what is open of a product now."""
        state = self._index.by_id[product]
        return Level(state.level, state.queued, self._index.users(state), state.drift, state.totals)

    @property
    def products(self) -> Sequence[int]:
        """Ids of the products seen."""
        return tuple(self._index.by_id)

    def redate(self, move: Callable[[int], int]) -> None:
        """Move what pairing itself remembers of times; sessions come back from the ledger."""
        self._vendors.move(move)

    def state(self) -> Mapping[str, Json]:
        """Return the small part of the state."""
        drift = {str(key): product.drift for key, product in self._index.by_id.items() if product.drift is not None}
        return {**self._vendors.state(), "drift": drift}

    def _restore(self, checkpoint: Checkpoint, names: Names, drift: Mapping[str, int]) -> None:
        known = self._index.known
        for key, totals in checkpoint.totals.items():
            known(key).totals = totals
        for session in checkpoint.sessions:
            known(session.product).add(session)
        for wait in checkpoint.waits:
            known(wait.product).enqueue(names.plain(wait.holder), wait)
        for episode in sorted(checkpoint.episodes, key=attrgetter("last")):
            self._demand.restore(known(episode.product), episode)
        for product, seats in drift.items():
            known(int(product)).drift = seats
        self._open = len(checkpoint.sessions)

    def _product(self, event: Change | Denial | QueueEnter | QueueLeave) -> ProductState:
        product = self._index.product(event.vendor, event.feature)
        self._index.touch(product)
        return product

    def _stop_without_start(
        self, product: ProductState, holder: int, seats: int, time: int, at: int, reason: str
    ) -> None:
        """Open since the vendor's first line while no start of the vendor was seen; unmatched after (rule 3.4)."""
        vendor = self._vendors.by_name[product.vendor]
        if vendor.started:
            self._count("unmatched")
            return
        self._ended.append(
            Session(
                self._generation, at, 0, product.id, holder, seats, seats, vendor.first,
                end=max(vendor.first, time), reason=reason, inferred=1, end_generation=self._generation, end_at=at,
            )
        )  # fmt: skip
        self._count("inferred")

    def _change(self, event: Change) -> None:
        product = self._product(event)
        holder = self._index.holder(event.who, event.display)
        session = product.find(holder, event.before, event.handle)
        if session is None:
            # A Stop of the old seats without Start, and a Start of the new ones: two sessions of one line.
            self._stop_without_start(product, holder, event.before, event.time, event.at, "returned")
            session = Session(
                self._generation, event.at, 1, product.id, holder, event.seats, event.seats, event.time,
                handle=event.handle,
            )  # fmt: skip
            product.add(session)
            self._begun.append(session)
            self._open += 1
        else:
            changes = session.changes = session.changes or []
            changes.append((_not_before(session, event.time), event.seats, self._generation, event.at))
            product.level += event.seats - session.seats
            session.seats = event.seats
            self._changed.append(session)
        if event.in_use is not None:
            self._compare(product, event.in_use)

    def _deny(self, event: Denial) -> None:
        product = self._product(event)
        holder, plain = self._index.holder(event.who, event.display), self._index.holder(event.who, "")
        denials = product.totals.denials
        denials[event.kind] = denials.get(event.kind, 0) + 1
        fact = DenialFact(
            self._generation, event.at, product.id, holder, event.seats, event.time, event.code, event.kind
        )
        self._demand.deny(product, plain, fact)

    def _enqueue(self, event: QueueEnter) -> None:
        product, holder = self._product(event), self._index.holder(event.who, event.display)
        wait = Wait(self._generation, event.at, product.id, holder, event.seats, event.time)
        self._demand.enqueue(product, self._index.holder(event.who, ""), wait)

    def _dequeue(self, event: QueueLeave) -> None:
        product, plain = self._product(event), self._index.holder(event.who, "")
        wait = product.dequeue(plain, self._index.holder(event.who, event.display), event.seats)
        self._demand.leave(product, plain, wait, event.time)

    def _live(self, event: Lifecycle) -> None:
        self._facts.lifecycle.append(
            LifecycleFact(self._generation, event.at, event.time, decode(event.vendor), event.what)
        )

    def _package(self, event: Package) -> None:
        self._facts.packages.append(self._index.package(event.vendor, event.feature, event.component))

    def _reset(self, event: Reset) -> None:
        """End what is open of a vendor at its last line (rule 3.5); see `exporter.events.Reset`."""
        for product in self._index.by_id.values():
            if product.vendor == event.vendor and (product.open or product.waits or product.episodes):
                self._reset_product(product, event)
        self._vendors.reset(event)

    def _reset_product(self, product: ProductState, event: Reset) -> None:
        self._index.touch(product)
        open_sessions = [session for held in product.open.values() for session in held]
        for session in open_sessions:
            product.remove(session)
            session.end = _not_before(session, event.last)
            session.reason = "reset"
            session.end_generation, session.end_at = self._generation, event.at
            self._ended.append(session)
        self._open -= len(open_sessions)
        self._count("reset", len(open_sessions))
        self._demand.reset(product, event.last)

    def _compare(self, product: ProductState, in_use: int) -> None:
        """Hold the server's own count against our level."""
        product.drift = in_use - product.level
        if product.drift and self._vendors.by_name[product.vendor].started:
            self._count("disagreed")

    def _count(self, what: str, by: int = 1) -> None:
        if by:
            self._facts.tally[what] = self._facts.tally.get(what, 0) + by


def _not_before(session: Session, time: int) -> int:
    """Return *time*, but not before what the session has come to: the log's clock may step back."""
    return max(session.changes[-1][0] if session.changes else session.start, time)
