"""
What Grafana makes of the rows of a table by a panel's transformations, as far as the boards use them.

Source: the transformers in ``@grafana/data`` (formatTime, sortBy, groupBy, groupingToMatrix, organize), extractFields
in Grafana itself, and moment.js's `format`, of whose letters those are here that stand in a board.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

Table = dict[str, list[Any]]
"""Columns by name, all of one length."""
_TOKEN = re.compile(r"\[[^\[]*\]|YYYY|MM|DD|HH|ddd|E|.", re.DOTALL)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SUMS: Mapping[str, Callable[[list[float]], float]] = {"sum": sum, "max": max, "min": min, "mean": fmean}


def table(series: list[dict[str, Any]]) -> Table:
    """Return the frame that Grafana makes of InfluxDB's series in the form of a table: time, tags, values."""
    found: Table = defaultdict(list)
    for one in series:
        for time, *values in one["values"]:
            found["Time"].append(time)
            for name, value in one.get("tags", {}).items():
                found[name].append(value)
            for name, value in zip(one["columns"][1:], values, strict=True):
                found[name].append(value)
    return dict(found)


def transformed(frame: Table, transformations: list[dict[str, Any]]) -> Table:
    """Return the frame after all transformations."""
    for one in transformations:
        frame = _KNOWN[one["id"]](frame, one["options"])
    return frame


def _format_time(frame: Table, options: Mapping[str, Any]) -> Table:
    zone, name = ZoneInfo(options["timezone"]), options["timeField"]
    times = [datetime.fromtimestamp(second, UTC).astimezone(zone) for second in frame[name]]
    return frame | {name: [_moment(time, options["outputFormat"]) for time in times]}


def _moment(time: datetime, form: str) -> str:
    said = {
        "YYYY": f"{time.year:04}", "MM": f"{time.month:02}", "DD": f"{time.day:02}", "HH": f"{time.hour:02}",
        "ddd": _DAYS[time.weekday()], "E": str(time.isoweekday()),
    }  # fmt: skip
    return "".join(token[1:-1] if token.startswith("[") else said.get(token, token) for token in _TOKEN.findall(form))


def _sort_by(frame: Table, options: Mapping[str, Any]) -> Table:
    (sort,) = options["sort"]
    if sort["field"] not in frame:
        return frame
    order = sorted(range(len(frame[sort["field"]])), key=frame[sort["field"]].__getitem__, reverse=sort["desc"])
    return {name: [values[at] for at in order] for name, values in frame.items()}


def _extract_fields(frame: Table, options: Mapping[str, Any]) -> Table:
    assert options["format"] == "json"
    read = [json.loads(text) for text in frame[options["source"]]]
    return frame | {name: [one[name] for one in read] for name in dict.fromkeys(key for one in read for key in one)}


def _group_by(frame: Table, options: Mapping[str, Any]) -> Table:
    fields = options["fields"]
    by = [name for name in frame if fields.get(name, {}).get("operation") == "groupby"]
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for at, key in enumerate(zip(*(frame[name] for name in by), strict=True)):
        groups[key].append(at)
    made: Table = {name: [key[at] for key in groups] for at, name in enumerate(by)}
    for name, values in frame.items():
        for how in fields.get(name, {}).get("aggregations", ()):
            made[f"{name} ({how})"] = [_SUMS[how]([values[at] for at in rows]) for rows in groups.values()]
    return made


def _grouping_to_matrix(frame: Table, options: Mapping[str, Any]) -> Table:
    down, across = options["rowField"], options["columnField"]
    cells = {
        (row, column): value
        for row, column, value in zip(frame[down], frame[across], frame[options["valueField"]], strict=True)
    }
    rows = [*dict.fromkeys(frame[down])]
    made: Table = {f"{down}\\{across}": list(rows)}
    return made | {column: [cells.get((row, column), "") for row in rows] for column in dict.fromkeys(frame[across])}


def _organize(frame: Table, options: Mapping[str, Any]) -> Table:
    renamed = options["renameByName"]
    return {renamed.get(name, name): values for name, values in frame.items()}


_KNOWN: Mapping[str, Callable[[Table, Mapping[str, Any]], Table]] = {
    "formatTime": _format_time,
    "sortBy": _sort_by,
    "extractFields": _extract_fields,
    "groupBy": _group_by,
    "groupingToMatrix": _grouping_to_matrix,
    "organize": _organize,
}
