"""
What Grafana asks InfluxDB for a board that somebody looks at: its variables chosen, times and macros filled in.

Source: the InfluxDB data source of Grafana, and ``roundInterval`` of ``@grafana/data``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tests.servers.grafana import Asked, Everything, Json, Value, everything, filled, questions

Ask = Callable[[str], list[Json]]
"""Takes a statement, and returns the series that InfluxDB gives."""
_SPAN = re.compile(r"(\d+)([mhdwy])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_ROUND = (("1h", 5_400), ("2h", 9_000), ("3h", 16_200), ("6h", 32_400), ("12h", 86_400), ("1d", 604_800),
          ("1w", 1_814_400), ("30d", 3_628_800))  # fmt: skip
"""Lengths, and how long an exact one may be to become them."""
_POINTS = 1_000
"""Points that a panel has room for."""


class Question(NamedTuple):
    """One question, as InfluxDB is asked it."""

    where: str
    kind: str
    statement: str


class OpenBoard:
    """A board that somebody looks at."""

    def __init__(
        self, board: Json, ask: Ask, now: int, *, period: str = "", chosen: Mapping[str, Value] | None = None
    ) -> None:
        """Open it at UTC second *now* over its own time, or a *period* until now; *chosen*: values of variables."""
        self._board, self._now = board, now
        self._period = period or board["time"]["from"].removeprefix("now-")
        self._values = everything(board) | dict(chosen or {})
        self.offered: dict[str, list[str]] = {}
        """What each variable offers, as it is sorted there."""
        for variable in board["templating"]["list"]:
            if variable["type"] == "query" and variable["datasource"]["type"] == "influxdb":
                name, query = variable["name"], filled(variable["query"], self._values)
                found = {value for series in ask(query) for _, value in series["values"]}
                self.offered[name] = sorted(found, key=lambda value: (value.casefold(), value))
                if name not in self._values:
                    self._values[name] = next(iter(self.offered[name]), "")
                wanted = self._values[name]
                names = {wanted} if isinstance(wanted, str) else set(wanted)
                # The list of an empty server is empty, and so is what is chosen from it.
                assert isinstance(wanted, Everything) or not found or names <= found, (name, wanted, found)

    def questions(self) -> Iterator[Question]:
        """Yield every question to InfluxDB."""
        for one in questions(self._board):
            if one.source == "influxdb":
                yield Question(one.where, one.kind, filled(one.text, self._values | self._macros(one)))

    def _macros(self, one: Asked) -> dict[str, Value]:
        span = _seconds(one.period or self._period)
        end = self._now - (_seconds(one.shifted) if one.shifted else 0)
        return {
            "timeFilter": f"time >= {(end - span) * 1000}ms and time <= {end * 1000}ms",
            "__interval": _interval(span, one.step or "1m"),
        }


def _seconds(span: str) -> int:
    match = _SPAN.fullmatch(span)
    assert match, f"{span} is no length of time"
    return int(match[1]) * _SECONDS[match[2]]


def _interval(span: int, least: str) -> str:
    exact = span / _POINTS
    if exact <= _seconds(least):
        return least
    return next((rounded for rounded, until in _ROUND if exact < until), "1y")
