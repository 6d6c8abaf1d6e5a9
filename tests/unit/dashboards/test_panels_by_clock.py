"""Panels by hour of the day, day of the week, month and year: what Grafana makes of their rows, step by step."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from grafanalib._gen import DashboardEncoder

from dashboards import by_clock
from dashboards.by_clock import HOUR, MONTH, WEEKDAY, YEAR
from dashboards.layout import Block
from dashboards.query import influxql
from tests.servers.grafana_transformations import Table, table, transformed

MADRID = "Europe/Madrid"
ASKED = influxql("SELECT", form="table")
SAID: dict[str, Any] = {"zone": MADRID, "unit": "short", "no_value": "none"}
BEGIN = datetime(2024, 10, 23, 13, tzinfo=ZoneInfo(MADRID))
"""In the middle of a week and of a day; on the Sunday after the clocks are set back."""


def _shown(block: Block, frame: Table) -> Table:
    panel = json.loads(json.dumps(block.panel, cls=DashboardEncoder))
    return transformed(frame, panel["transformations"])


def _hours(count: int) -> list[datetime]:
    begin = BEGIN.astimezone(UTC)
    return [begin + timedelta(hours=number) for number in range(count)]


def _frame(times: list[datetime], name: str, values: list[float], tags: dict[str, str] | None = None) -> Table:
    rows = [[int(time.timestamp()), value] for time, value in zip(times, values, strict=True)]
    return table([{"columns": ["time", name], "values": rows, "tags": tags or {}}])


def test_the_hours_of_the_week() -> None:
    """Seven rows of 24 cells in order, each the mean of its hours by the site's clock, that which comes twice too."""
    times = _hours(2 * 7 * 24 + 1)
    local = [time.astimezone(ZoneInfo(MADRID)) for time in times]
    values = [float(time.isoweekday() * 100 + time.hour) for time in local]
    matrix = by_clock.matrix("T", "D.", ASKED, **SAID, down=WEEKDAY, across=HOUR, value="n", how="mean")
    shown = _shown(matrix, _frame(times, "n", values))

    assert ["1 Mon", "2 Tue", "3 Wed", "4 Thu", "5 Fri", "6 Sat", "7 Sun"] == shown.pop("weekday")
    assert [f"{hour:02}" for hour in range(24)] == [*shown]
    assert {f"{hour:02}": [float(day * 100 + hour) for day in range(1, 8)] for hour in range(24)} == shown


def test_names_by_hour() -> None:
    """A row for each name, in order; where it has nothing the cell is empty."""
    series = [
        {"columns": ["time", "n"], "tags": {"feature": name}, "values": [[int(time.timestamp()), number]]}
        for number, (name, time) in enumerate(zip(("b", "a"), _hours(2), strict=True), 1)
    ]
    matrix = by_clock.matrix("T", "D.", ASKED, **SAID, down="feature", across=HOUR, value="n", how="sum")

    assert {"feature": ["a", "b"], "13": ["", 1], "14": [2, ""]} == _shown(matrix, table(series))


def test_bars_by_hour() -> None:
    """A bar for each hour of the day, all days added up, under the names of the columns."""
    times = _hours(48)
    bars = by_clock.bars("T", "D.", ASKED, **SAID, part=HOUR, values={"late": "sum"})
    shown = _shown(bars, _frame(times, "late", [1.0] * 48))

    assert {"hour": [f"{hour:02}" for hour in range(24)], "late": [2.0] * 24} == shown


def test_years_side_by_side() -> None:
    """Twelve months in order and a bar for each year, though the first year begins in its middle."""
    times = [datetime(2022 + (5 + n) // 12, (5 + n) % 12 + 1, 1, 12, tzinfo=UTC) for n in range(20)]
    panel = by_clock.side_by_side("T", "D.", ASKED, **SAID, value="n", how="max")
    shown = _shown(panel, _frame(times, "n", [float(time.year) for time in times]))

    assert ["month", "2022", "2023", "2024"] == [*shown]
    assert [f"{month:02}" for month in range(1, 13)] == shown["month"]
    assert [""] * 5 + [2022.0] * 7 == shown["2022"]
    assert [2024.0] + [""] * 11 == shown["2024"]


def test_year_by_year() -> None:
    """A row for each year with its columns put together each in its own way."""
    times = [datetime(2023, month, 2, tzinfo=UTC) for month in (1, 2)]
    listed = by_clock.listed("T", "D.", ASKED, **SAID, part=YEAR, values={"n": "sum"})

    assert {"year": ["2023"], "n": [3.0]} == _shown(listed, _frame(times, "n", [1.0, 2.0]))


def test_parts_sort_as_text() -> None:
    """Grafana sorts them as text: all have one length, days begin with their number."""
    assert ["HH", "E ddd", "MM", "YYYY"] == [part.form for part in (HOUR, WEEKDAY, MONTH, YEAR)]
