"""Storing the windows that are over, by group too: all, or as many as may be stored before lines have their turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Protocol

from exporter.breakdown_windows import BreakdownWindows
from exporter.ledger.breakdowns import BreakdownPiece
from exporter.ledger.windows import Piece, read_features
from exporter.windowing import Windowing, WindowsKept

_PER_COMMIT = 5_000
"""Rows of windows after which they are stored, so that a short life makes progress."""


class WindowLedger(Protocol):
    """A ledger as the keeper of windows needs it."""

    def ask(self, sql: str, *values: object) -> Iterable[tuple[Any, ...]]:
        """Give the rows of a question, as of the last commit."""
        ...

    def name_features(self) -> None:
        """Let every feature have an id as a subject of windows. Raises LedgerFull."""
        ...

    def store_windows(self, pieces: Iterable[Piece | BreakdownPiece]) -> None:
        """Store closed windows, in one transaction. Raises LedgerFull."""
        ...


def store_closed(
    ledger: WindowLedger,
    kept: WindowsKept,
    progress: Callable[[int], None] = lambda _: None,
    *,
    enough: int | None = None,
) -> tuple[Windowing, bool]:
    """
    Store every window that is closed and kept, and isn't stored or was opened again, or *enough* pieces of them.

    Return what found those of features and products, and whether there is more. *progress* is told how many of these
    are stored by now. Raises LedgerFull.
    """
    if any(feature.id is None for feature in read_features(ledger.ask)):
        ledger.name_features()
    windowing = Windowing(ledger.ask, kept)
    by_group = BreakdownWindows(ledger.ask, windowing)
    if by_group.unnamed:
        ledger.name_features()
        by_group = BreakdownWindows(ledger.ask, windowing)
    pieces: list[Piece | BreakdownPiece] = []
    stored = rows = found = 0
    closed: Iterable[Piece | BreakdownPiece] = chain(windowing.closed(), by_group.closed())
    for piece in closed:
        pieces.append(piece)
        found += 1
        rows += len(piece.windows)
        stored += piece.many
        if rows >= _PER_COMMIT:
            ledger.store_windows(pieces)
            progress(stored)
            rows, pieces = 0, []
        if found == enough:
            break
    if pieces:
        ledger.store_windows(pieces)
        progress(stored)
    return windowing, found == enough
