"""
What Grafana does with a board before anything is asked: finds its queries, and puts values in place of variables.

Variables are written ``$name``, ``${name}``, ``${name:format}`` or ``[[name]]``; formats are those of Grafana's
`formatRegistry` (documented under "Advanced variable format options"). Grafana's own (``$__interval``, ``$timeFilter``)
are variables like all others here. A variable or format that is not known fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

Value = str | tuple[str, ...]
Json = dict[str, Any]
_VARIABLE = re.compile(r"\$\{(?P<long>[\w.]+)(?::(?P<form>[^}]+))?\}|\$(?P<short>\w+)|\[\[(?P<old>\w+)\]\]")
_SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}/]")


class Everything(str):
    """An `allValue`: it is put there as it stands, whatever the format."""

    __slots__ = ()


class Asked(NamedTuple):
    """
    One query of a board; *where* names its panel, variable or annotation.

    *kind*: panel, variable or annotation; *source*: ``prometheus`` or ``influxdb``; *instant*: Prometheus is asked for
    one moment; *period*: of a panel that has one of its own, *shifted* back by so much; *step*: no finer than this.
    """

    where: str
    kind: str
    source: str
    text: str
    instant: bool = False
    period: str = ""
    step: str = ""
    shifted: str = ""


def regex(value: Value) -> str:
    """Return names as one regular expression, with Grafana's backslashes."""
    escaped = [_SPECIAL.sub(r"\\\g<0>", name) for name in _names(value)]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _percent(value: Value) -> str:
    names = _names(value)
    return quote(value if isinstance(value, str) else f"{{{','.join(names)}}}", safe="")


def _glob(value: Value) -> str:
    names = _names(value)
    return names[0] if len(names) == 1 else f"{{{','.join(names)}}}"


FORMATS: Mapping[str, Callable[[Value], str]] = {
    "": _glob,
    "regex": regex,
    "percentencode": _percent,
    "raw": lambda value: ",".join(_names(value)),
    "pipe": lambda value: "|".join(_names(value)),
}


def filled(text: str, chosen: Mapping[str, Value], formats: Mapping[str, Callable[[Value], str]] = FORMATS) -> str:
    """Return *text* with values in place of variables; what was put there is not looked at again."""

    def value(found: re.Match[str]) -> str:
        name, form = found["long"] or found["short"] or found["old"], found["form"] or ""
        assert name in chosen, f"{text}: the board has no variable {name}"
        assert form in formats, f"{text}: no format {form}"
        one = chosen[name]
        return str(one) if isinstance(one, Everything) else formats[form](one)

    return _VARIABLE.sub(value, text)


def everything(board: Json) -> dict[str, Value]:
    """Return the variables of a board as they stand when it is opened: all names, where that can be chosen."""
    chosen: dict[str, Value] = {}
    for variable in board["templating"]["list"]:
        if variable.get("includeAll"):
            chosen[variable["name"]] = Everything(variable["allValue"])
        elif variable["type"] == "custom":
            chosen[variable["name"]] = variable["current"]["value"]
    return chosen


def questions(board: Json) -> Iterator[Asked]:
    """Yield every query of a board's variables, annotations and panels."""
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            where = f"{board['title']} / variable {variable['name']}"
            yield Asked(where, "variable", variable["datasource"]["type"], variable["query"])
    for annotation in board["annotations"]["list"]:
        where, target = f"{board['title']} / annotation {annotation['name']}", annotation["target"]
        source = annotation["datasource"]["type"]
        yield Asked(where, "annotation", source, target["expr" if source == "prometheus" else "query"])
    for panel in panels(board):
        for target in panel["targets"]:
            source = target["datasource"]["type"]
            yield Asked(
                f"{board['title']} / {panel['title']} / {target['refId']}",
                "panel",
                source,
                target["expr" if source == "prometheus" else "query"],
                target.get("instant", False),
                panel.get("timeFrom", ""),
                target.get("interval", panel.get("interval", "")),
                panel.get("timeShift", ""),
            )


def panels(board: Json) -> Iterator[Json]:
    """Yield the panels of a board, those of collapsed rows too, and no rows."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def _names(value: Value) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
