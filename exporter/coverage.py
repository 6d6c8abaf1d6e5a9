"""
What a stream has read of its time: an interval for each stretch without a loss and without a re-base (rule 3.8).

Intervals are numbered in reading order. Where what was lost is read after all, the hole between two of them is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exporter.records import Covered, Gap, Json

_REMEMBERED = 100
"""Holes that can still be filled; what is lost comes back soon or never."""


class _Hole:
    """
    The time between interval *number*, from *begin* to *until*, and the next, which begins at *after*.

    It is there for the losses at *places* (generation, offset).
    """

    def __init__(self, number: int, begin: int, until: int, after: int | None, places: Sequence[Sequence[int]]) -> None:
        self.number, self.begin, self.until, self.after = number, begin, until, after
        self.places = {(generation, offset) for generation, offset in places}


class Coverage:
    """The intervals of one stream; the newest may still grow."""

    def __init__(self, saved: Mapping[str, Json], since: int | None) -> None:
        """Go on from a saved state; of a log that is begun at *since* (UTC second), nothing before that counts."""
        self._number: int = saved.get("number", 0)
        self._begin: int | None = saved.get("begin")
        """Where the newest interval begins; None before its first line."""
        self._until: int = saved.get("until", 0)
        """Where it ends."""
        self._since: int | None = saved.get("since", since)
        self._holes = [_Hole(*hole) for hole in saved.get("holes", ())]
        self._rows: dict[int, Covered] = {}
        """Those that are new or changed since the last `take`."""

    def read(self, ended: Sequence[tuple[int, int]], stretch: tuple[int, int] | None) -> None:
        """Take the stretches that have *ended*, and the one that goes on; the first of them is the newest interval."""
        for done in ended:
            self._reach(*done)
            if self._begin is None and self._holes and self._holes[-1].after is None:
                del self._holes[-1]  # between stretches nothing is to be filled
            self._end()
        if stretch is not None:
            self._reach(*stretch)

    def cut(self, gap: Gap) -> None:
        """Take a loss: what is read from now on is another interval."""
        place = gap.generation, gap.start
        if self._begin is not None:
            self._holes.append(_Hole(self._number, self._begin, self._until, None, [place]))
            del self._holes[:-_REMEMBERED]
            self._end()
        elif self._holes and self._holes[-1].after is None:
            self._holes[-1].places.add(place)

    def join(self, gap: Gap) -> None:
        """Take back a loss."""
        for hole in self._holes:
            hole.places.discard((gap.generation, gap.start))
        self._fill()

    def redate(self, move: Callable[[int], int]) -> None:
        """Move all times: the dates were guessed wrong."""
        self._begin = None if self._begin is None else move(self._begin)
        self._until = move(self._until - 1) + 1
        for hole in self._holes:
            hole.begin, hole.until = move(hole.begin), move(hole.until - 1) + 1
            hole.after = None if hole.after is None else move(hole.after)

    def take(self) -> list[Covered]:
        """Return the intervals that are new or changed since the last call."""
        rows, self._rows = list(self._rows.values()), {}
        return rows

    def state(self) -> dict[str, Json]:
        """Return what the constructor takes."""
        holes = [[hole.number, hole.begin, hole.until, hole.after, sorted(hole.places)] for hole in self._holes]
        newest = {"number": self._number, "begin": self._begin, "until": self._until}
        return {**newest, "since": self._since, "holes": holes}

    def _reach(self, begin: int, end: int) -> None:
        """Let the newest interval be from *begin* to *end*."""
        begin = begin if self._since is None else max(begin, self._since)
        if begin >= end:
            return
        if self._holes and self._holes[-1].number == self._number - 1:
            self._holes[-1].after = begin
            self._fill()
        self._begin, self._until = begin, end
        self._rows[self._number] = Covered(self._number, begin, end)

    def _end(self) -> None:
        self._number += self._begin is not None
        self._begin = None

    def _fill(self) -> None:
        """Let the interval before each hole without a loss reach to the next one; the clock may have stepped back."""
        for hole in self._holes:
            if not hole.places and hole.after is not None:
                begin, until = min(hole.begin, hole.after), max(hole.until, hole.after)
                self._rows[hole.number] = Covered(hole.number, begin, until)
        self._holes = [hole for hole in self._holes if hole.places or hole.after is None]
