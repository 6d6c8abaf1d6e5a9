"""What is used at an instant and never given back, such as modules that are loaded: counted, and never paired."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.events import Use
from exporter.facts import Facts, UseFact, UseTotal
from exporter.ports import Names
from exporter.sessions.index import ProductIndex

_CACHED_PATHS = 50_000

_new = tuple.__new__  # half the price of calling the class


class _Used:
    """One product, and how much of it was used since the stream began."""

    __slots__ = ("first", "id", "moved", "uses")

    def __init__(self, product: int, known: UseTotal | None, first: int) -> None:
        self.id, self.moved = product, False
        self.uses, self.first = known or (0, first)


class Uses:
    """The uses of one stream. Unlike sessions, they may be of servers that only the line tells."""

    def __init__(self, server: str, names: Names, index: ProductIndex, known: Mapping[int, UseTotal]) -> None:
        """Go on from *known*, by product id; the holders are those of *index*."""
        self._server, self._names, self._index = server, names, index
        self._known = known
        self._by_name: dict[tuple[str, str, str], _Used] = {}
        self._by_id: dict[int, _Used] = {}
        self._paths: dict[str, int] = {}
        self._facts: list[UseFact] = []
        self._moved: list[_Used] = []
        self.generation = 0
        """The one that the lines are of."""

    def take_in(self, event: Use) -> None:
        """Take what a line tells."""
        time, at, server, vendor, feature, who, path, uses = event
        used = self._by_name.get((server, vendor, feature)) or self._meet(server, vendor, feature, time)
        holder = self._index.holders.get(who) or self._index.holder(who, "")
        place = self._paths.get(path) or self._path(path)
        self._facts.append(_new(UseFact, (self.generation, at, used.id, holder, place, time, uses)))
        used.uses += uses
        if time < used.first:  # noqa: PLR1730 -- min() takes twice as long
            used.first = time
        if not used.moved:
            used.moved = True
            self._moved.append(used)

    def hand_out(self, facts: Facts) -> None:
        """Put into *facts*, and forget, what is new since the last call."""
        facts.uses, self._facts = self._facts, []
        facts.use_totals = {used.id: UseTotal(used.uses, used.first) for used in self._moved}
        for used in self._moved:
            used.moved = False
        self._moved = []

    def _meet(self, server: str, vendor: str, feature: str, time: int) -> _Used:
        product = self._names.product(server or self._server, vendor, feature)
        if product not in self._by_id:
            self._by_id[product] = _Used(product, self._known.get(product), time)
        used = self._by_name[server, vendor, feature] = self._by_id[product]
        return used

    def _path(self, raw: str) -> int:
        if len(self._paths) >= _CACHED_PATHS:
            self._paths.clear()
        path = self._paths[raw] = self._names.path(raw)
        return path
