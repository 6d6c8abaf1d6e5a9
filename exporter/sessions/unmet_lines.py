"""The lines that tell of demand that was not met: denials, and the queue. They say who by name; what is open, by id."""

from __future__ import annotations

from exporter import events as said
from exporter.facts import DenialFact, Wait
from exporter.sessions.demand import UnmetDemand
from exporter.sessions.index import ProductIndex


class UnmetLines:
    """Hands such lines of one stream on to its `UnmetDemand`."""

    def __init__(self, index: ProductIndex, demand: UnmetDemand) -> None:
        """Find products and holders in *index*."""
        self.generation = 0
        """The one that the lines are of."""
        self._index = index
        self._demand = demand

    def deny(self, event: said.Denial) -> None:
        """Take a denial."""
        product = self._index.moved(event.vendor, event.feature)
        holder, plain = self._index.holder(event.who, event.display), self._index.holder(event.who, "")
        denials = product.totals.denials
        denials[event.kind] = denials.get(event.kind, 0) + 1
        if event.sight:
            product.totals.first = min(product.totals.first, event.time)
        fact = DenialFact(
            self.generation, event.at, product.id, holder, event.seats, event.time, event.code, event.kind
        )
        self._demand.deny(product, plain, fact)

    def enqueue(self, event: said.QueueEnter) -> None:
        """Take a line that enters the queue."""
        product = self._index.moved(event.vendor, event.feature)
        product.totals.first = min(product.totals.first, event.time)
        holder = self._index.holder(event.who, event.display)
        wait = Wait(self.generation, event.at, product.id, holder, event.seats, event.time)
        self._demand.enqueue(product, self._index.holder(event.who, ""), wait)

    def dequeue(self, event: said.QueueLeave) -> None:
        """Take a line that leaves the queue."""
        product, plain = self._index.moved(event.vendor, event.feature), self._index.holder(event.who, "")
        wait = product.dequeue(plain, self._index.holder(event.who, event.display), event.seats)
        self._demand.leave(product, plain, wait, event.time, (self.generation, event.at))
