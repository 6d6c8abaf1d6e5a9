"""What is shown of a stream's features and daemons: made anew for those that moved, kept for the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import add

from exporter.facts import Facts, Spread, Superseded
from exporter.names import decode
from exporter.ports import Names, Pairing
from exporter.records import Checkpoint
from exporter.views import DaemonView, FeatureView, Key, Transferred

_NOTHING = Transferred(0, 0, 0, 0)


class Showing:
    """The features of one stream, as of the last commit."""

    def __init__(self, names: Names, pairing: Pairing, checkpoint: Checkpoint) -> None:
        """Show what *pairing* knows, and the counts of *checkpoint*."""
        self._names, self._pairing = names, pairing
        self._features = {product: self._feature(product) for product in pairing.products}
        self._moved: set[int] = set()
        self._used = {product: total.uses for product, total in checkpoint.use_totals.items()}
        self.uses: Mapping[tuple[str, str], int] = self._summed_uses()
        """What was used at an instant, by server and vendor; it is replaced and never changed."""
        self._transferred = dict(checkpoint.transfer_totals)
        self.transfers: Mapping[Key, Transferred] = self._summed_transfers()
        """What was received and sent, likewise."""
        self.superseded: Mapping[int, Sequence[Superseded]] = {}
        """What was left out when the features were asked for last."""
        self.durations: Mapping[tuple[str, str], Spread] = checkpoint.durations
        """See `exporter.facts.Facts`; since the stream began. It is replaced and never changed."""
        self.packages = self._pairs(checkpoint.packages)
        """Packages and components."""

    def move(self, facts: Facts) -> None:
        """Take what is to be committed."""
        self._moved.update(facts.totals)
        if facts.durations:
            self.durations = _added(self.durations, facts.durations)
        if facts.packages:
            self.packages |= self._pairs(facts.packages)
        if facts.use_totals:
            self._used.update((product, total.uses) for product, total in facts.use_totals.items())
            self.uses = self._summed_uses()

        if facts.transfer_totals:
            self._transferred.update(facts.transfer_totals)
            self.transfers = self._summed_transfers()

    def features(self, superseded: Mapping[int, Sequence[Superseded]]) -> Mapping[int, FeatureView]:
        """Return the features by product id; of each, its *superseded* sessions are left out."""
        for product in self._moved:
            self._features[product] = self._feature(product, superseded.get(product, ()))
        for product in superseded.keys() | self.superseded.keys():
            if product not in self._moved and superseded.get(product) != self.superseded.get(product):
                feature = self._feature(product, superseded.get(product, ()))
                self._features[product] = replace(feature, high=feature.in_use)  # it was shown how high it stood
        self.superseded = superseded
        self._moved.clear()
        return dict(self._features)

    def _feature(self, product: int, superseded: Sequence[Superseded] = ()) -> FeatureView:
        level = self._pairing.level(product, superseded)
        totals = level.totals
        return FeatureView(
            *self._names.product_key(product), level.in_use, level.queued, level.users, level.suspect, level.drift,
            totals.checkouts, totals.checkins, dict(totals.denials), totals.effective, level.high,
        )  # fmt: skip

    def _summed_uses(self) -> dict[tuple[str, str], int]:
        summed = Counter[tuple[str, str]]()
        for product, uses in self._used.items():
            server, vendor, _ = self._names.product_key(product)
            summed[server, vendor] += uses
        return dict(summed)

    def _summed_transfers(self) -> dict[Key, Transferred]:
        summed: dict[Key, Transferred] = {}
        for (product, _), total in self._transferred.items():
            key = self._names.product_key(product)
            summed[key] = Transferred(*map(add, summed.get(key, _NOTHING), total[:4]))
        return summed

    def _pairs(self, packages: Iterable[tuple[int, int]]) -> frozenset[tuple[Key, Key]]:
        key = self._names.product_key
        return frozenset((key(package), key(component)) for package, component in packages)


def daemon_views(server: str, daemons: Mapping[str, tuple[bool, int]]) -> tuple[DaemonView, ...]:
    """Return the vendor daemons of *server* as a format tells them."""
    return tuple(DaemonView(server, decode(vendor), up, last) for vendor, (up, last) in daemons.items())


def _added(
    known: Mapping[tuple[str, str], Spread], new: Mapping[tuple[str, str], Spread]
) -> dict[tuple[str, str], Spread]:
    total = dict(known)
    for key, spread in new.items():
        summed = total[key] = dict(total.get(key, {}))
        for bound, (count, seconds) in spread.items():
            before, seconds_before = summed.get(bound, (0, 0))
            summed[bound] = before + count, seconds_before + seconds
    return total
