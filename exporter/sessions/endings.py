"""
Sessions that end without a stop of their own: at a reset, in a gap, after too long a time, for a newer one.

Design rules 3.5, 3.6 and 3.10. Each reason is counted, and is a figure of trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exporter.events import Event, Reset, Start
from exporter.facts import Session
from exporter.records import Checkpoint
from exporter.sessions.demand import UnmetDemand
from exporter.sessions.doubt import Doubt
from exporter.sessions.index import ProductIndex
from exporter.sessions.lifetimes import LifetimeRule, Lifetimes
from exporter.sessions.outbox import Outbox
from exporter.sessions.products import ProductState


class Endings:
    """Ends sessions of one stream, what is known of which is in the parts that it is given."""

    def __init__(
        self,
        index: ProductIndex,
        out: Outbox,
        doubt: Doubt,
        demand: UnmetDemand,
        rule: LifetimeRule,
        checkpoint: Checkpoint,
    ) -> None:
        """Go on with the open sessions of *checkpoint*."""
        self.generation = 0
        """Of the lines being read."""
        self._index, self._out, self._doubt, self._demand = index, out, doubt, demand
        self._rule = rule
        self._lifetimes = Lifetimes(rule.longest, checkpoint.sessions)

    @property
    def wait_for_time(self) -> bool:
        """Whether the time of any line to come may end a session, one that begins before it included."""
        return self._doubt.open or self._rule.longest is not None

    def among(self, events: Iterable[Event]) -> Iterable[Event]:
        """Return the events, for one to be taken before the next is asked for; between them sessions end."""
        if self._doubt.open:
            events = self._settling(events)
        return events if self._rule == LifetimeRule() else self._outliving(events)

    def pass_time(self, time: int) -> bool:
        """End what has lasted for too long by *time*; return whether there was any."""
        due = self._lifetimes.due(time)
        for end, session in due:
            if session.suspect is not None:
                self._end_in_gap(session)
            else:
                self._end(session, end, "expired")
        return bool(due)

    def may_last(self, start: int, end: int) -> bool:
        """Say whether a session can have been open from *start* to *end*."""
        return self._rule.longest is None or end - start <= self._rule.longest

    def reset(self, vendor: str, event: Reset) -> None:
        """End what is open of a readable *vendor* at its last line (rule 3.5), or what is open on a server."""
        for product in self._index.take_stirred(vendor):
            if product.open or product.waits or product.episodes:
                self._reset_product(product, event)

    def reset_server(self, event: Reset) -> None:
        """End what is open on the server of the event; other servers write to the same log."""
        for product in self._index.of_server(event.server):
            if product.open or product.waits or product.episodes:
                self._reset_product(product, event)

    def _reset_product(self, product: ProductState, event: Reset) -> None:
        self._index.touch(product)
        line = self.generation, event.at
        for session in [session for held in product.open.values() for session in held]:
            if session.suspect is not None:
                self._end_in_gap(session)
            else:
                self._end(session, event.last, "reset", line)
        self._demand.reset(product, event.last, line)

    def _settling(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the events; before each, end the sessions that have been suspect for too long by then."""
        for event in events:
            for session in self._doubt.pass_line(self.generation, event[0], event[1]):
                self._end_in_gap(session)
            yield event

    def _outliving(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the events; before each, end what has lasted for too long by then, or what it takes the place of."""
        lifetimes, begun = self._lifetimes, self._out.begun
        for event in events:
            if event[0] > lifetimes.next:
                self.pass_time(event[0])
            if type(event) is Start and event.handle and self._rule.one_per_handle:
                self._supersede(event)
            known = len(begun)
            yield event
            if len(begun) > known:
                lifetimes.add(begun[-1])

    def _supersede(self, event: Start) -> None:
        product = self._index.product(event.vendor, event.feature, event.server)
        for session in tuple(product.handles.get(event.handle, ())):
            self._end(session, event.time, "superseded", (self.generation, event.at))

    def _end_in_gap(self, session: Session) -> None:
        """End a suspect session where its gap begins; no line tells of that."""
        suspect, session.suspect = session.suspect or 0, None
        self._end(session, suspect, "gap")

    def _end(
        self, session: Session, time: int, reason: str, line: tuple[int | None, int | None] = (None, None)
    ) -> None:
        self._index.touch_those_of([session])
        self._index.known(session.product).remove(session)
        self._out.end(session, time, reason, line)
        self._index.open -= 1
        self._out.count(reason)
