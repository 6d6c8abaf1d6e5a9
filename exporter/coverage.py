"""
What a stream has read of its time: an interval for each stretch without a loss and without a re-base (rule 3.8).

Intervals are numbered in reading order. Where what was lost is read after all, the hole between two of them is filled.
While a live log is quiet, its newest interval grows with the time that is seen to pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exporter.records import Covered, Gap, Json

_REMEMBERED = 100
"""Holes that can still be filled; what is lost comes back soon or never."""


class _Hole:
    """
    The time between interval *number* and the next, for the losses at *places* (generation, offset).

    The interval lies from *begin* to *reach*; the next begins at *next*, None before its first line.
    """

    def __init__(
        self, number: int, begin: int, reach: int, following: int | None, places: Sequence[Sequence[int]]
    ) -> None:
        self.number, self.begin, self.reach, self.next = number, begin, reach, following
        self.places = {(generation, offset) for generation, offset in places}


class Coverage:
    """The intervals of one stream; the newest may still grow."""

    def __init__(self, saved: Mapping[str, Json], since: int | None, quiet: int | None = None) -> None:
        """
        Go on from a saved state; of a log that is begun at *since* (UTC second), nothing before that counts.

        *quiet* is up to when nothing more was written after that state was saved, as far as it was noted.
        """
        self._number: int = saved.get("number", 0)
        self._newest: tuple[int, int] | None = tuple(saved["newest"]) if saved.get("newest") else None
        """The newest interval; None before its first line."""
        self._since: int | None = saved.get("since", since)
        self._holes = [_Hole(*hole) for hole in saved.get("holes", ())]
        self._rows: dict[int, Covered] = {}
        """Those that are new or changed since the last `take`."""
        self._grown = False
        """Whether the newest has grown by quiet since the last `take`."""
        self.known: int | None = saved.get("known")
        """Up to when it was quiet, the latest since the stream began or was re-based; None: that was never seen."""
        if quiet is not None:
            self.grow(quiet)

    def grow(self, until: int) -> bool:
        """Take note that nothing more was written up to *until*; return whether that is news."""
        if self._newest is None or until <= self._newest[1]:
            return False
        self._newest = self._newest[0], until
        self.known = max(until, self.known or until)
        self._grown = True
        return True

    def read(self, ended: Sequence[tuple[int, int]], stretch: tuple[int, int] | None) -> None:
        """Take the stretches that have *ended*, and the one that goes on; the first of them is the newest interval."""
        for done in ended:
            self._reach(*done)
            if self._newest is None and self._holes and self._holes[-1].next is None:
                del self._holes[-1]  # between stretches nothing is to be filled
            self._end()
            self.known = None
        if stretch is not None:
            self._reach(*stretch)

    def cut(self, gap: Gap) -> None:
        """Take a loss: what is read from now on is another interval."""
        place = gap.generation, gap.start
        if self._newest is not None:
            self._holes.append(_Hole(self._number, *self._newest, None, [place]))
            del self._holes[:-_REMEMBERED]
            self._end()
        elif self._holes and self._holes[-1].next is None:
            self._holes[-1].places.add(place)

    def join(self, gap: Gap) -> None:
        """Take back a loss."""
        for hole in self._holes:
            hole.places.discard((gap.generation, gap.start))
        self._fill()

    def redate(self, move: Callable[[int], int]) -> None:
        """Move all times: the dates were guessed wrong."""

        def moved(end: int) -> int:
            return move(end - 1) + 1

        self._newest = None if self._newest is None else (move(self._newest[0]), moved(self._newest[1]))
        self.known = None if self.known is None else moved(self.known)
        for hole in self._holes:
            hole.begin, hole.reach = move(hole.begin), moved(hole.reach)
            hole.next = None if hole.next is None else move(hole.next)

    def take(self) -> list[Covered]:
        """Return the intervals that are new or changed since the last call."""
        if self._grown and self._newest is not None:
            self._rows[self._number] = Covered(self._number, *self._newest)
        self._grown = False
        rows, self._rows = list(self._rows.values()), {}
        return rows

    def state(self) -> dict[str, Json]:
        """Return what the constructor takes."""
        holes = [[hole.number, hole.begin, hole.reach, hole.next, sorted(hole.places)] for hole in self._holes]
        return {
            "number": self._number,
            "newest": self._newest,
            "since": self._since,
            "holes": holes,
            "known": self.known,
        }

    def _reach(self, begin: int, end: int) -> None:
        """Let the newest interval be from *begin* to *end*, or to where quiet has brought it."""
        begin = begin if self._since is None else max(begin, self._since)
        if begin >= end:
            return
        if self._holes and self._holes[-1].number == self._number - 1:
            self._holes[-1].next = begin
            self._fill()
        self._newest = begin, end if self._newest is None else max(end, self._newest[1])
        self._rows[self._number] = Covered(self._number, *self._newest)

    def _end(self) -> None:
        """Let the next line begin another interval."""
        if self._newest is not None:
            self._rows[self._number] = Covered(self._number, *self._newest)
            self._number += 1
        self._newest, self._grown = None, False

    def _fill(self) -> None:
        """Let the interval before each hole without a loss reach to the next one; the clock may have stepped back."""
        for hole in self._holes:
            if not hole.places and hole.next is not None:
                begin, end = min(hole.begin, hole.next), max(hole.reach, hole.next)
                self._rows[hole.number] = Covered(hole.number, begin, end)
        self._holes = [hole for hole in self._holes if hole.places or hole.next is None]
