"""Files that were received or sent: summed up by the minute as they are read, and never paired."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping

from exporter.catalog.durations import OF_TRANSFERS
from exporter.catalog.transfers import OTHER
from exporter.events import Transfer
from exporter.facts import LATENCY, UNBOUNDED, Facts, Spread, TransferFact, TransferKey, TransferTotal
from exporter.names import decode
from exporter.ports import Names
from exporter.sketch import bucket_of

_Minute = tuple[str, str, str, int, int]
"""Direction, client and product, raw; minutes since 1970; generation."""
_NO_KINDS = {"", OTHER}
"""Products that are never too many: of errors, and of what is not told apart."""


class Transfers:
    """The transfers of one stream."""

    def __init__(
        self, server: str, names: Names, known: Mapping[TransferKey, TransferTotal], most_kinds: float
    ) -> None:
        """
        Go on from *known*; *server* is the machine.

        The first *most_kinds* products of a client or source are kept apart, all later ones are `OTHER`.
        """
        self._server, self._names, self._room = server, names, most_kinds + len(_NO_KINDS)
        self._totals = dict(known)
        self._kinds: defaultdict[int, set[str]] = defaultdict(_NO_KINDS.copy)
        """The products that are kept apart, by client or source."""
        for product, kind in known:
            self._kinds[product].add(kind)
        self._keys: dict[tuple[str, str, str], TransferKey] = {}
        self._facts: dict[_Minute, TransferFact] = {}
        self._spreads: dict[tuple[str, str], Spread] = {}
        self.generation = 0
        """The one that the lines are of."""

    def take_in(self, event: Transfer) -> None:
        """Take what a line tells."""
        time, _, direction, client, product, size, latency, negative, late, error = event
        which = direction, client, product, time // 60, self.generation
        fact = self._facts.get(which) or self._fact(which)
        if error:
            fact.errors += 1
            return
        fact.files += 1
        fact.size += size
        if latency is None:
            return
        fact.latencies += 1
        fact.latency_sum += latency
        fact.negative += negative
        fact.late_files += late
        if fact.latency_min is None or latency < fact.latency_min:
            fact.latency_min = latency
        if fact.latency_max is None or latency > fact.latency_max:
            fact.latency_max = latency
        bucket = bucket_of(latency)
        fact.sketch[bucket] = fact.sketch.get(bucket, 0) + 1
        place = bisect_left(OF_TRANSFERS, latency)
        bound = OF_TRANSFERS[place] if place < len(OF_TRANSFERS) else UNBOUNDED
        spread = self._spreads.setdefault((direction, LATENCY), {})
        count, seconds = spread.get(bound, (0, 0))
        spread[bound] = count + 1, seconds + latency

    def hand_out(self, facts: Facts) -> None:
        """Put into *facts*, and forget, what is new since the last call."""
        facts.transfers = list(self._facts.values())
        for fact in facts.transfers:
            key = fact.product, fact.kind
            self._totals[key] = self._totals.get(key, TransferTotal(0, 0, 0, 0, fact.minute)).plus(fact)
            facts.transfer_totals[key] = self._totals[key]
        facts.durations |= {(decode(direction), kind): spread for (direction, kind), spread in self._spreads.items()}
        self._facts, self._spreads = {}, {}

    def _fact(self, which: _Minute) -> TransferFact:
        """Return the sums of a minute that has none yet, or those that a product shares which is one too many."""
        direction, client, product, minute, generation = which
        key = self._keys.get(which[:3])
        if key is None:
            whose, kind = self._names.product(self._server, direction, client), decode(product)
            kinds = self._kinds[whose]
            if kind not in kinds and len(kinds) >= self._room:
                shared = direction, client, OTHER, minute, generation
                return self._facts.get(shared) or self._fact(shared)
            kinds.add(kind)
            key = self._keys[which[:3]] = whose, kind
        fact = self._facts[which] = TransferFact(generation, *key, minute * 60)
        return fact
