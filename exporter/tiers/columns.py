"""Columns of whole numbers (int64 arrays), and what belongs together in sorted ones."""

from __future__ import annotations

import numpy as np

from exporter.feature_rows import Column


def distinct(values: Column) -> Column:
    """Return the different ones of *values*, sorted."""
    held = np.sort(values)
    return held[_heads(held)]


def _heads(keys: Column) -> Column:
    """Return where in sorted *keys* each different one begins."""
    news = np.empty(len(keys), dtype=bool)
    news[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=news[1:])
    return news.nonzero()[0]


def ranges(begins: Column, lengths: Column) -> tuple[Column, Column]:
    """Return the numbers of ranges, one range after the other: of which range each is, and the number itself."""
    of = np.arange(len(lengths)).repeat(lengths)
    return of, np.arange(len(of)) + (begins - lengths.cumsum() + lengths)[of]


class Groups:
    """Values that belong together: those of equal keys."""

    def __init__(self, keys: Column) -> None:
        """Take the key of each value, sorted."""
        self._heads = _heads(keys)
        self.keys = keys[self._heads]
        """The different ones, sorted."""

    def reduce(self, how: np.ufunc, values: Column) -> Column:
        """
        Return what *how* (np.add, np.maximum, np.minimum) makes of the values of each key, as of `keys`.

        Values of several kinds, of shape (kinds, values), are taken kind by kind.
        """
        found: Column = how.reduceat(values, self._heads, axis=-1)
        return found

    def spread(self, how: np.ufunc, values: Column, rows: int) -> Column:
        """Return the same for each of so many *rows*, whose numbers the keys are; 0 for one without values."""
        found = np.zeros((*values.shape[:-1], rows), dtype=np.int64)
        found[..., self.keys] = self.reduce(how, values)
        return found
