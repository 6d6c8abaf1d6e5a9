"""
Which features of a source are shown when there are more than may be. Pure.

Those with the most check-outs; but one that is shown stays until another has more than twice its check-outs, so that
series don't come and go where two are about as busy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from exporter.views import Key

_AS_BUSY = 2


class Busiest:
    """The choice for one source."""

    def __init__(self) -> None:
        """Begin with none chosen."""
        self._chosen: set[Key] = set()

    def choose(self, checkouts: Mapping[Key, int], most: int) -> Collection[Key]:
        """Return which of the features in *checkouts* are shown, at most *most*."""
        if len(checkouts) <= most:
            self._chosen = set(checkouts)
            return self._chosen

        def busy(key: Key) -> tuple[int, Key]:
            return -checkouts[key], key

        kept = sorted((key for key in self._chosen if key in checkouts), key=busy)[:most]
        others = sorted(checkouts.keys() - kept, key=busy)
        free = most - len(kept)
        chosen, waiting = kept + others[:free], others[free:]
        for quiet, key in zip(sorted(chosen, key=busy, reverse=True), waiting, strict=False):
            if checkouts[key] <= _AS_BUSY * checkouts[quiet]:
                break
            chosen[chosen.index(quiet)] = key
        self._chosen = set(chosen)
        return self._chosen
