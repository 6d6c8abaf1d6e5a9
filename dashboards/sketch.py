"""
A board as a drawing: its rows and panels at their places, with kinds, titles and units; no data.

It is made from the board's JSON, so it shows what Grafana is given, and looks the same each time. Collapsed rows are
drawn open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import Any, NamedTuple

from dashboards import palette
from dashboards.layout import WIDTH

Json = dict[str, Any]
_COLUMN, _LINE = 40, 24
"""Pixels of a unit of the grid."""
_HEAD = 52
_GROUND, _PANEL, _INK, _FAINT = "#111217", "#181b1f", "#d8d9da", "#8e8e8e"
_LETTER = 6.6
"""Pixels that a letter takes, about."""


class _Box(NamedTuple):
    """Where a panel's drawing has room, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def rect(self, x: float, y: float, width: float, height: float, colour: str, opacity: float = 1) -> str:
        """Return a rectangle; all by shares of the box."""
        return (
            f'<rect x="{self.x + x * self.width:.1f}" y="{self.y + y * self.height:.1f}" '
            f'width="{width * self.width:.1f}" height="{height * self.height:.1f}" fill="{colour}" '
            f'fill-opacity="{opacity:g}"/>'
        )

    def steps(self, heights: tuple[float, ...], colour: str, dash: str = "") -> str:
        """Return a level over time; heights are shares."""
        points, width = [], self.width / len(heights)
        for at, height in enumerate(heights):
            y = self.y + (1 - height) * self.height
            points += [f"{self.x + at * width:.1f},{y:.1f}", f"{self.x + (at + 1) * width:.1f},{y:.1f}"]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        return f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.5"{dashed}/>'


_SHAPE = (0.1, 0.15, 0.3, 0.55, 0.7, 0.75, 0.6, 0.75, 0.8, 0.5, 0.25, 0.15)


def _timeseries(box: _Box) -> str:
    lower = tuple(0.6 * height for height in _SHAPE)
    return box.steps(_SHAPE, palette.BLUE) + box.steps(lower, palette.ORANGE) + box.steps((0.9,), palette.GREY, "4 3")


def _bars(box: _Box) -> str:
    rows = max(2, int(box.height / 14))
    width = [1 - at / (rows + 1) for at in range(rows)]
    return "".join(box.rect(0, at / rows, share, 0.6 / rows, palette.BLUE, 0.8) for at, share in enumerate(width))


def _columns(box: _Box) -> str:
    step = 1 / len(_SHAPE)
    shapes = enumerate(_SHAPE)
    return "".join(box.rect(at * step, 1 - share, step * 0.8, share, palette.BLUE, 0.8) for at, share in shapes)


def _number(box: _Box) -> str:
    size = min(box.height * 0.9, 30)
    return (
        f'<text x="{box.x + box.width / 2:.1f}" y="{box.y + box.height * 0.75:.1f}" font-size="{size:.0f}" '
        f'text-anchor="middle" fill="{palette.GREEN}">42</text>'
    )


def _table(box: _Box) -> str:
    rows = max(2, int(box.height / 16))
    return box.rect(0, 0, 1, 0.8 / rows, palette.GREY, 0.5) + "".join(
        box.rect(column / 4, row / rows, 0.2, 0.4 / rows, palette.GREY, 0.3)
        for row in range(1, rows)
        for column in range(4)
    )


def _heatmap(box: _Box) -> str:
    columns, rows = len(_SHAPE), 7
    return "".join(
        box.rect(
            column / columns, row / rows, 0.95 / columns, 0.9 / rows, palette.VERMILION,
            round(share * (1 - abs(row - 3) / 6), 2),
        )
        for column, share in enumerate(_SHAPE)
        for row in range(rows)
    )  # fmt: skip


def _bands(box: _Box) -> str:
    rows = max(2, min(6, int(box.height / 16)))
    return "".join(
        box.rect(0, row / rows, 1, 0.7 / rows, palette.GREEN, 0.7)
        + box.rect(0.2 + 0.1 * row, row / rows, 0.05, 0.7 / rows, palette.VERMILION)
        for row in range(rows)
    )


_DRAWN: Mapping[str, Callable[[_Box], str]] = MappingProxyType(
    {
        "timeseries": _timeseries,
        "bargauge": _bars,
        "barchart": _columns,
        "stat": _number,
        "table": _table,
        "heatmap": _heatmap,
        "state-timeline": _bands,
    }
)


def sketch(board: Json) -> str:
    """Return the drawing of a board (`board.as_json`) as SVG."""
    drawn, height = [], 0
    for panel, y in _places(board):
        drawn.append(_row(panel, y) if panel["type"] == "row" else _panel(panel, y))
        height = max(height, y + panel["gridPos"]["h"])
    width, tall = WIDTH * _COLUMN, _HEAD + height * _LINE + 8
    names = ", ".join(one.get("label", one["name"]) for one in board["templating"]["list"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{tall}" viewBox="0 0 {width} {tall}" '
        'font-family="sans-serif" font-size="12">\n'
        f"<title>{escape(board['title'])}</title>\n"
        f'<rect width="{width}" height="{tall}" fill="{_GROUND}"/>\n'
        f'<text x="10" y="22" font-size="17" fill="{_INK}">{escape(board["title"])}</text>\n'
        f'<text x="10" y="42" fill="{_FAINT}">{escape(names)}</text>\n'
        + "".join(f"{one}\n" for one in drawn)
        + "</svg>\n"
    )


def _places(board: Json) -> Iterator[tuple[Json, int]]:
    """Yield rows and panels with their line on the grid, all rows opened."""
    lower = 0
    for panel in board["panels"]:
        yield panel, panel["gridPos"]["y"] + lower
        inside = panel.get("panels", [])
        for inner in inside:
            yield inner, inner["gridPos"]["y"] + lower
        if inside:
            lower += max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in inside) - panel["gridPos"]["y"] - 1


def _row(row: Json, y: int) -> str:
    mark = "\u25b8" if row["collapsed"] else "\u25be"
    return f'<text x="8" y="{_HEAD + y * _LINE + 17}" font-size="14" fill="{_INK}">{mark} {escape(row["title"])}</text>'


def _panel(panel: Json, y: int) -> str:
    place = panel["gridPos"]
    x, top = place["x"] * _COLUMN, _HEAD + y * _LINE
    width, height = place["w"] * _COLUMN, place["h"] * _LINE
    unit = panel["fieldConfig"]["defaults"]["unit"]
    room = int((width - 20) / _LETTER)
    title = panel["title"] if len(panel["title"]) <= room else panel["title"][: room - 1] + "\u2026"
    box = _Box(x + 12, top + 30, width - 24, height - 50)
    return (
        f"<g><title>{escape(panel['description'])}</title>"
        f'<rect x="{x + 2}" y="{top + 2}" width="{width - 4}" height="{height - 4}" rx="2" fill="{_PANEL}"/>'
        f'<text x="{x + 10}" y="{top + 19}" fill="{_INK}">{escape(title)}</text>'
        f'<text x="{x + width - 10}" y="{top + height - 8}" font-size="10" text-anchor="end" fill="{_FAINT}">'
        f"{escape(unit)}</text>{_DRAWN[panel['type']](box)}</g>"
    )
