"""Files that were received or sent: summed up by the minute as they are read, and never paired."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from exporter.catalog.durations import OF_TRANSFERS
from exporter.events import Transfer
from exporter.facts import LATENCY, UNBOUNDED, Facts, Spread, TransferFact, TransferKey, TransferTotal
from exporter.names import decode
from exporter.ports import Names
from exporter.sketch import bucket_of


class Transfers:
    """The transfers of one stream."""

    def __init__(self, server: str, names: Names, known: Mapping[TransferKey, TransferTotal]) -> None:
        """Go on from *known*; *server* is the machine."""
        self._server, self._names = server, names
        self._totals = dict(known)
        self._keys: dict[tuple[str, str, str], TransferKey] = {}
        self._facts: dict[tuple[int, TransferKey, int], TransferFact] = {}
        self._spreads: dict[tuple[str, str], Spread] = {}
        self._newest: tuple[object, TransferFact] | None = None
        """The sums of the minute of the line before, with what they are of: those of most lines."""
        self.generation = 0
        """The one that the lines are of."""

    def take_in(self, event: Transfer) -> None:
        """Take what a line tells."""
        time, _, direction, client, product, size, latency, negative, late, error = event
        which = direction, client, product, time // 60, self.generation
        if self._newest is not None and self._newest[0] == which:
            fact = self._newest[1]
        else:
            fact = self._fact((direction, client, product), time - time % 60)
            self._newest = which, fact
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
        self._facts, self._spreads, self._newest = {}, {}, None

    def _fact(self, names: tuple[str, str, str], minute: int) -> TransferFact:
        key = self._keys.get(names)
        if key is None:
            direction, client, product = names
            key = self._keys[names] = self._names.product(self._server, direction, client), decode(product)
        which = self.generation, key, minute
        if which not in self._facts:
            self._facts[which] = TransferFact(self.generation, *key, minute)
        return self._facts[which]
