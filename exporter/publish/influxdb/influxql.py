"""
InfluxQL: names and texts quoted so that nothing in them is taken for more, and answers read. Pure.

Source: InfluxDB's specification of the language, and what the 1.6 server answers. Versions 2 and 3 take the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from exporter.errors import SinkRefuses
from exporter.publish.influxdb.lines import tag

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)(?:\.\d+)?s)?")


def identifier(name: str) -> str:
    """Return the name of a database, policy, measurement or field as a statement takes it."""
    return '"' + _escaped(name, '"') + '"'


def held(name: str) -> str:
    """Return the text that equals a tag written by `exporter.publish.influxdb.lines.tag`, as a statement takes it."""
    return "'" + _escaped(re.sub(r"\\([, =])", r"\1", tag(name)), "'") + "'"


def duration(seconds: int | None) -> str:
    """Return a duration as a statement takes it; None is for ever."""
    return "INF" if seconds is None else f"{seconds}s"


def seconds_of(text: str) -> int | None:
    """Return the whole seconds of a duration as the server writes it (``840h0m0s``), None for ever (``0s``)."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise SinkRefuses(f"The server tells a duration as {text!r}, which is not known here: is it an InfluxDB?")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds or None


def rows(reply: Any) -> list[dict[str, Any]]:
    """Return the rows of the answer to one statement, by column. Raises SinkRefuses with what the server says."""
    result = _first(reply, "results")
    if said := result.get("error"):
        raise SinkRefuses(str(said))
    series = _first(result, "series")
    return [dict(zip(series.get("columns", ()), values, strict=True)) for values in series.get("values", ())]


def _first(whole: Any, key: str) -> Mapping[str, Any]:
    found = whole.get(key) if isinstance(whole, Mapping) else None
    return found[0] if found else {}


def _escaped(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n")
