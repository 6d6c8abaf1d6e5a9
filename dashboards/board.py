"""What a board is, and how it becomes JSON that Grafana 10 to 13 loads as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grafanalib import core
from grafanalib._gen import DashboardEncoder

from dashboards.corrections import corrected
from dashboards.layout import Row, placed
from dashboards.links import TAG, UIDS, menu

SCHEMA_VERSION = 39
"""That of Grafana 10.4: older ones load it, newer ones lift it without moving anything."""


@dataclass(frozen=True)
class Board:
    """
    One board; *name* is its place in `links.UIDS` and its file's name.

    *period*: what it shows when it is opened, such as ``now-24h``; *refresh*: how often it asks again, empty for never;
    *links*: beside the menu of all boards.
    """

    name: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Any, ...]
    annotations: tuple[dict[str, Any], ...] = ()
    links: tuple[dict[str, Any], ...] = ()
    period: str = "now-24h"
    refresh: str = "1m"
    timezone: str = "browser"


def as_json(board: Board) -> dict[str, Any]:
    """Return the board in the form of Grafana's files."""
    made = core.Dashboard(
        uid=UIDS[board.name],
        title=board.title,
        description=board.description,
        tags=[TAG],
        timezone=board.timezone,
        time=core.Time(board.period, "now"),
        refresh=board.refresh,
        graphTooltip=core.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        schemaVersion=SCHEMA_VERSION,
        version=1,
        links=[menu(), *board.links],
        annotations=core.Annotations(list=list(board.annotations)),
        templating=core.Templating(list=list(board.variables)),
        panels=placed(board.rows),
    )
    return corrected(json.loads(json.dumps(made, cls=DashboardEncoder)))


def as_text(board: Board) -> str:
    """Return the file: the same bytes each time."""
    return json.dumps(as_json(board), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
