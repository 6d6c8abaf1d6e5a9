"""Windows alike: so many of them, equally long, follow one another. Nights and weekends are mostly such."""

from __future__ import annotations

from typing import NamedTuple


class Alike(NamedTuple):
    """*n* windows, equally long, one after the other from *start* to *end* (UTC seconds)."""

    start: int
    end: int
    n: int

    @property
    def starts(self) -> range:
        """The start of each."""
        return range(self.start, self.end, (self.end - self.start) // self.n)

    def within(self, begin: int, end: int) -> Alike | None:
        """Return those of them that start in [*begin*, *end*), None where none does."""
        length = (self.end - self.start) // self.n
        first = max(0, -((self.start - begin) // length))
        last = min(self.n, -((self.start - end) // length))
        if first >= last:
            return None
        return Alike(self.start + first * length, self.start + last * length, last - first)
