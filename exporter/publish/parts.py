"""Which streams tell of which feature, view by view, and what moved between two views. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from exporter.views import FeatureView, Key, StreamView

_Place = tuple[str, str]
"""Source and name of a stream."""


class Parts:
    """The streams of the last view, by the features they tell of."""

    def __init__(self) -> None:
        """Begin without any."""
        self._streams: dict[_Place, StreamView] = {}
        self._shown_since: dict[_Place, float] = {}
        self._by_key: defaultdict[Key, dict[_Place, FeatureView]] = defaultdict(dict)
        self.packages: frozenset[tuple[Key, Key]] = frozenset()
        """Packages and components that any stream told of."""

    def take(self, streams: Iterable[StreamView], wall: float) -> tuple[dict[Key, int], bool]:
        """
        Take the streams of a new view at *wall* (UTC seconds).

        Returns the features that moved, each with the seats by which its level stood higher in between than it is now,
        and whether any stream came, went, or is shown since or no longer.
        """
        old, self._streams = self._streams, {(stream.source, stream.name): stream for stream in streams}
        moved: dict[Key, int] = {}
        turned = packages = False
        changed = [(place, old.get(place), new) for place, new in self._streams.items() if old.get(place) is not new]
        gone = [(place, old[place], None) for place in old.keys() - self._streams.keys()]
        for place, before, after in (*changed, *gone):
            turned |= self._replace(place, before, after, moved)
            packages |= (before.packages if before else frozenset()) != (after.packages if after else frozenset())
            self._note_shown(place, after, wall)
        if packages:
            self.packages = frozenset().union(*(stream.packages for stream in self._streams.values()))
        return moved, turned

    def put_back(self, wall: float) -> None:
        """Take that the wall clock was put back to *wall*."""
        self._shown_since = {place: min(since, wall) for place, since in self._shown_since.items()}

    def of(self, key: Key) -> Iterator[tuple[StreamView, FeatureView]]:
        """Yield the streams that tell of a feature, each with what it tells."""
        for place, feature in self._by_key.get(key, {}).items():
            yield self._streams[place], feature

    def shown_since(self, key: Key) -> float:
        """Return the UTC second since which the streams of a feature are all shown that are."""
        return max((self._shown_since.get(place, 0.0) for place in self._by_key.get(key, ())), default=0.0)

    def quiet_since(self, server: str) -> float | None:
        """Return since when all streams of *server* are shown; None: they aren't, so who isn't seen may be in use."""
        places = [place for place, stream in self._streams.items() if stream.server == server]
        since = [self._shown_since[place] for place in places if place in self._shown_since]
        return max(since) if since and len(since) == len(places) else None

    def _replace(
        self, place: _Place, before: StreamView | None, after: StreamView | None, moved: dict[Key, int]
    ) -> bool:
        """Put *after* in the place of *before*, and note in *moved* what changes by that; return whether all does."""
        old, new = before.features if before else {}, after.features if after else {}
        stays = before is not None and after is not None
        turned = not stays or _standing(before) != _standing(after)
        for product, feature in new.items():
            known = old.get(product)
            if known is not feature or turned:
                above = max(feature.high - feature.in_use, 0) if not turned else 0
                moved[feature.key] = max(moved.get(feature.key, 0), above)
                self._by_key[feature.key][place] = feature
        for product in old.keys() - new.keys():
            key = old[product].key
            moved.setdefault(key, 0)
            del self._by_key[key][place]
            if not self._by_key[key]:
                del self._by_key[key]
        return turned

    def _note_shown(self, place: _Place, stream: StreamView | None, wall: float) -> None:
        if stream is not None and stream.shown:
            self._shown_since.setdefault(place, wall)
        else:
            self._shown_since.pop(place, None)


def _standing(stream: StreamView | None) -> tuple[bool, bool, frozenset[str]]:
    return (stream.shown, stream.caught_up, stream.stopless) if stream else (False, False, frozenset())
