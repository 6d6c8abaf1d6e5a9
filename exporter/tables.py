"""What an export is before it is written: named columns of known kinds, and rows. Ledger and tiers make such tables."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Literal, NamedTuple

Kind = Literal["text", "whole", "real", "time", "flag"]
"""``real`` has six decimals wherever it is written, ``time`` is a UTC second."""
Cell = str | int | float | bool | None
"""None: open, unknown or not said."""
Row = Sequence[Cell]


class Column(NamedTuple):
    """One column; every cell of it is of its kind or None."""

    name: str
    kind: Kind = "text"


class Table(NamedTuple):
    """Columns, and the rows one after the other; closing *rows* ends the question behind them."""

    columns: tuple[Column, ...]
    rows: Generator[Row, None, None]


def columns(text: str) -> tuple[Column, ...]:
    """Return the columns that *text* names: ``server,seats:whole``, of kind text where none is said."""
    parts: list[Any] = [name.split(":") for name in text.split(",")]
    return tuple(Column(*part) for part in parts)
