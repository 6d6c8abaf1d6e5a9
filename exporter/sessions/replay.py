"""
Denial episodes of a stream under another rule, from the lines that the ledger kept of it (design rule 3.12).

The lines go through the same `UnmetDemand` that reads a log. It sees fewer of them than when the log was read, so an
episode may end otherwise where the log's clock stepped back by more than the retry window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from exporter.facts import DenialFact, Episode, Totals, Wait
from exporter.rules import DemandLine
from exporter.sessions.demand import EpisodeRule, UnmetDemand
from exporter.sessions.products import ProductState

_AT_ONCE = 10_000
"""Lines after which what came of them is handed out: memory stays flat."""
_RE_BASE = 24 * 3600
"""A fall of the clock by so many seconds resets all (rule 3.2)."""


def replay(rule: EpisodeRule, lines: Iterable[DemandLine], frontier: int | None) -> Iterator[Episode]:
    """Yield the episodes of one stream, from its *lines* in reading order (see `exporter.records.Replay`)."""
    demand = UnmetDemand(rule)
    products: dict[int, ProductState] = {}
    before = 0
    for number, line in zip(count(1), lines, strict=False):
        if line.what == "reset":
            _reset(demand, products, line.vendor, line)
            continue
        if line.time <= before - _RE_BASE:
            _reset(demand, products, "", line._replace(time=before))
        before = line.time
        if line.time > demand.next_stop:
            demand.pass_time(line.time)
        product = products.get(line.product)
        if product is None:
            product = products[line.product] = ProductState(line.product, line.vendor, Totals())
        _take(demand, product, line)
        if number % _AT_ONCE == 0:
            yield from demand.take(None)[2]
    yield from demand.take(frontier)[2]


def _reset(demand: UnmetDemand, products: dict[int, ProductState], vendor: str, line: DemandLine) -> None:
    for product in products.values():
        if vendor in ("", product.vendor):
            demand.reset(product, line.time, (line.generation, line.at))


def _take(demand: UnmetDemand, product: ProductState, line: DemandLine) -> None:
    generation, at, what, time, _, _, holder, plain, seats = line
    if what == "denied":
        denial = DenialFact(generation, at, product.id, holder, seats, time, None, "capacity")
        demand.deny(product, plain, denial)
    elif what == "queued":
        demand.enqueue(product, plain, Wait(generation, at, product.id, holder, seats, time))
    elif what == "left":
        demand.leave(product, plain, product.dequeue(plain, holder, seats), time, (generation, at))
    elif plain in product.episodes or plain in product.waits:
        demand.start(product, plain, holder, seats, time, (generation, at))
