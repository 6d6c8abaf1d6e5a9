"""
The dates of a stream's generations: lines that come late to a rotated file go by the date that file had come to.

Without that a log whose old and new file are written side by side over midnight would seem to jump from day to day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from exporter.ports import Format
from exporter.records import Json

_KEPT = 4
"""Generations whose dates are remembered: late lines come to the last one or two."""


class Dates:
    """Lets a format read the lines of each generation by its own date."""

    def __init__(self, format_: Format, saved: Mapping[str, Json]) -> None:
        """Go on from a saved state."""
        self._format = format_
        self._left: dict[int, Json] = {int(generation): dates for generation, dates in saved.items()}

    @contextmanager
    def of(self, generation: int, newest: int | None) -> Iterator[None]:
        """Read lines of *generation* inside the block; *newest* is the generation that reading has come to."""
        here = None if newest is None or generation == newest else self._format.date_state()
        if newest is None or here is None:
            yield
        elif generation > newest:
            self._keep(newest, here)
            yield
        else:
            self._format.go_by(self._left.get(generation, here))
            try:
                yield
            finally:
                self._keep(generation, self._format.date_state() or here)
                self._format.go_by(here)

    def forget(self) -> None:
        """Forget all of it: the dates were guessed wrong."""
        self._left.clear()

    def _keep(self, generation: int, dates: Json) -> None:
        """Remember the dates of a generation, and forget those of the one that was not read for longest."""
        self._left.pop(generation, None)
        self._left[generation] = dates
        for old in list(self._left)[:-_KEPT]:
            del self._left[old]

    def state(self) -> dict[str, Json]:
        """Return what the constructor takes."""
        return {str(generation): dates for generation, dates in self._left.items()}
