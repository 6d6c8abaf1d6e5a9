"""The products and holders of one stream, found by the raw names that its lines carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from exporter.facts import Episode, Level, Session, Superseded, Totals
from exporter.names import decode
from exporter.ports import Names
from exporter.records import Checkpoint
from exporter.sessions.products import ProductState

_CACHED_HOLDERS = 200_000


class ProductIndex:
    """What has been met in the stream; ids come from *names*, which remembers them for ever."""

    def __init__(self, server: str, names: Names) -> None:
        """Begin empty."""
        self.by_name: dict[tuple[str, str, str], ProductState] = {}
        """By (vendor, feature, server), raw, as met since the start of the process; see `exporter.events.Start`."""
        self.by_id: dict[int, ProductState] = {}
        self.holders: dict[str, int] = {}
        """By ``user@host``, with LF and the display where there is one; a cache."""
        self.open = 0
        """Open sessions, which who opens and ends them counts."""
        self._server = server
        self._names = names
        self.touched: list[ProductState] = []
        """Those that moved since the last `take_touched`."""
        self._stirred: dict[str, dict[int, ProductState]] = {}
        """By vendor, the products that moved since its last reset: only of these can something be open."""

    def product(self, vendor: str, feature: str, server: str = "") -> ProductState:
        """Return the state of a product, by its raw names; *server*: "" is that of the stream."""
        product = self.by_name.get((vendor, feature, server))
        if product is None:
            product = self.known(self._names.product(server or self._server, vendor, feature))
            self.by_name[vendor, feature, server] = product
        return product

    def of_server(self, server: str) -> list[ProductState]:
        """Return the products of a server, by its raw name."""
        name = decode(server)
        return [product for key, product in self.by_id.items() if self._names.product_key(key)[0] == name]

    def moved(self, vendor: str, feature: str) -> ProductState:
        """Return a product, which moves."""
        product = self.product(vendor, feature)
        self.touch(product)
        return product

    def known(self, product: int) -> ProductState:
        """Return the state of a product, by its id."""
        if product not in self.by_id:
            self.by_id[product] = ProductState(product, self._names.product_key(product)[1], Totals())
            self._stir(self.by_id[product])
        return self.by_id[product]

    def restore(self, checkpoint: Checkpoint, drift: Mapping[str, int]) -> None:
        """Take up what was open at the last commit, but for the episodes, and the *drift* by product."""
        for key, totals in checkpoint.totals.items():
            self.known(key).totals = totals
        for session in checkpoint.sessions:
            self.known(session.product).add(session)
            self.open += 1
        for wait in checkpoint.waits:
            self.known(wait.product).enqueue(self._names.plain(wait.holder), wait)
        for product, seats in drift.items():
            self.known(int(product)).drift = seats

    def holder(self, who: str, display: str) -> int:
        """Return the id of a holder, by his raw names."""
        key = f"{who}\n{display}" if display else who
        holder = self.holders.get(key)
        if holder is None:
            if len(self.holders) >= _CACHED_HOLDERS:
                self.holders.clear()
            holder = self.holders[key] = self._names.holder(who, display)
        return holder

    def package(self, vendor: str, feature: str, component: str) -> tuple[int, int]:
        """Return the ids of a package and of a component of it."""
        return self._names.product(self._server, vendor, feature), self._names.product(self._server, vendor, component)

    def level(self, product: int, but: Sequence[Superseded], *, in_doubt: bool) -> Level:
        """Return what is open of a product now, *but* these; *in_doubt*: a gap left some of it in doubt."""
        state = self.by_id[product]
        gone = sum(one.seats for one in but)
        suspect = state.suspect_seats() - sum(one.seats for one in but if one.suspect) if in_doubt else 0
        ended = Counter(one.holder for one in but)
        holders = [one for one, held in state.open.items() if len(held) > ended[one]] if but else state.open
        users = set(map(self._names.user, holders))
        return Level(
            state.level - gone,
            state.queued,
            len(users - {""}),
            suspect,
            state.drift,
            state.totals,
            state.highest - gone,
        )

    def open_sessions(self) -> Iterator[Session]:
        """Yield every open session."""
        for product in self.by_id.values():
            for held in product.open.values():
                yield from held

    def touch_those_of(self, facts: Iterable[Session | Episode]) -> None:
        """Note that something of the products of *facts* moved."""
        for fact in facts:
            self.touch(self.known(fact.product))

    def touch(self, product: ProductState) -> None:
        """Note that something of a product moved."""
        if not product.touched:
            product.touched = True
            self.touched.append(product)
            self._stir(product)

    def take_stirred(self, vendor: str) -> list[ProductState]:
        """Return the products of a vendor in which something may be open, for a reset, after which nothing is."""
        stirred = list(self._stirred.pop(vendor, {}).values())
        for product in stirred:
            product.touched = False  # what moves after the reset stirs it again
        return stirred

    def take_touched(self) -> dict[int, Totals]:
        """Return and forget the products that moved, with their accumulators."""
        taken = {product.id: product for product in self.touched}  # a reset lets one be touched twice
        for product in taken.values():
            product.rest()
        self.touched = []
        return {key: product.totals for key, product in taken.items()}

    def _stir(self, product: ProductState) -> None:
        self._stirred.setdefault(product.vendor, {})[product.id] = product
