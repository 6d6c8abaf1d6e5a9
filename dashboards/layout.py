"""Where panels lie: rows of a grid of 24 columns, filled from the left; nobody counts columns by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import attr
from grafanalib import core

WIDTH = 24


@dataclass(frozen=True)
class Block:
    """A panel of grafanalib's and its size in the grid's units."""

    panel: Any
    width: int
    height: int


@dataclass(frozen=True)
class Row:
    """A row with its title, and the panels below it; those of a *collapsed* one are asked for once it is opened."""

    title: str
    blocks: tuple[Block, ...]
    collapsed: bool = False


def row(title: str, *blocks: Block | Iterable[Block], collapsed: bool = False) -> Row:
    """Return a row of panels; where several come at once, such as from a loop, they may be given together."""
    flat = (block for one in blocks for block in ((one,) if isinstance(one, Block) else one))
    return Row(title, tuple(flat), collapsed)


def placed(rows: Iterable[Row]) -> list[Any]:
    """Return the panels of all rows with their places and numbers, ready for a board."""
    panels: list[Any] = []
    y, number = 0, 0
    for one in rows:
        number += 1
        head = core.RowPanel(
            title=one.title, collapsed=one.collapsed, id=number, gridPos=core.GridPos(h=1, w=WIDTH, x=0, y=y)
        )
        inside, below = _below(one.blocks, y + 1, number)
        y = y + 1 if one.collapsed else below
        number += len(inside)
        panels += [attr.evolve(head, panels=inside)] if one.collapsed else [head, *inside]
    return panels


def _below(blocks: Iterable[Block], y: int, number: int) -> tuple[list[Any], int]:
    """Return the panels of one row, the first at *y*, and where the next row begins."""
    panels: list[Any] = []
    x = tallest = 0
    for block in blocks:
        if x + block.width > WIDTH:
            x, y, tallest = 0, y + tallest, 0
        place = core.GridPos(h=block.height, w=block.width, x=x, y=y)
        panels.append(attr.evolve(block.panel, gridPos=place, id=number + len(panels) + 1))
        x, tallest = x + block.width, max(tallest, block.height)
    return panels, y + tallest
