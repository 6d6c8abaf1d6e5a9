"""
Puts right what grafanalib 0.7.1 writes as no Grafana of today reads it, the one place that knows of it.

It writes nulls, keys that are dead since Grafana 5 to 8, and for some panels the forms of old plugins. What a panel is
to look like is told by `dashboards.panels`; here it is only brought into the form of Grafana's own schema (10 to 13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Json = dict[str, Any]

_BOARD = ("uid", "title", "description", "tags", "timezone", "editable", "graphTooltip", "time", "timepicker",
          "refresh", "schemaVersion", "version", "panels", "templating", "annotations", "links")  # fmt: skip
_PANEL = ("id", "type", "title", "description", "datasource", "gridPos", "targets", "interval", "maxDataPoints",
          "repeat", "repeatDirection", "maxPerRow", "timeFrom", "timeShift", "hideTimeOverride", "transparent",
          "links", "transformations", "options", "fieldConfig")  # fmt: skip
_ROW = ("id", "type", "title", "collapsed", "gridPos", "panels")
_VARIABLE = ("name", "label", "type", "query", "datasource", "current", "options", "regex", "multi", "includeAll",
             "allValue", "refresh", "sort", "hide")  # fmt: skip
_ALL = {"selected": True, "text": ["All"], "value": ["$__all"]}
_TARGETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "prometheus": ("refId", "datasource", "expr", "legendFormat", "format", "instant", "range", "interval"),
        "influxdb": ("refId", "datasource", "query", "rawQuery", "resultFormat", "alias"),
    }
)


def corrected(board: Json) -> Json:
    """Return a board of grafanalib's, as JSON, in the form of today."""
    made = _kept(board, _BOARD)
    made["panels"] = [_panel(panel) for panel in board["panels"]]
    made["templating"] = {"list": [_variable(one) for one in board["templating"]["list"]]}
    made["timepicker"] = {"refresh_intervals": board["timepicker"]["refresh_intervals"]}
    clean: Json = without_nulls(made)
    return clean


def without_nulls(value: Any) -> Any:
    """Return JSON without keys that have no value; the null of a first threshold stays: it is minus infinity."""
    if isinstance(value, dict):
        step = value.keys() == {"color", "value"}
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None or step}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value


def _kept(data: Json, keys: tuple[str, ...]) -> Json:
    """Return what has a meaning today, empty texts and lists left out where they say nothing."""
    found = {key: data[key] for key in keys if data.get(key) is not None}
    return {key: value for key, value in found.items() if value != "" and (value != [] or key in ("panels", "tags"))}


def _panel(panel: Json) -> Json:
    if panel["type"] == "row":
        return {**_kept(panel, _ROW), "panels": [_panel(inner) for inner in panel["panels"]]}
    made = _kept(panel, _PANEL)
    # The first query's source is the panel's too: a panel without one has that which happens to be the default.
    made["datasource"] = panel["targets"][0]["datasource"] if panel["targets"] else None
    made["targets"] = [_target(target) for target in panel["targets"]]
    if "repeat" not in made:
        made.pop("repeatDirection", None)
    made.setdefault("options", {})
    field_config = made.setdefault("fieldConfig", {})
    field_config.setdefault("overrides", [])
    if panel["type"] in _OPTIONS:
        made["options"] = _OPTIONS[panel["type"]](panel)
    if "legend" in made["options"] and panel["type"] != "heatmap":
        made["options"]["legend"] = _legend(made["options"]["legend"])
    if "tooltip" in made["options"] and panel["type"] != "heatmap":
        made["options"]["tooltip"] = {"mode": "multi", "sort": "desc"} | _kept(
            made["options"]["tooltip"], ("mode", "sort")
        )
    defaults = field_config.setdefault("defaults", {})
    defaults["custom"] = _custom(defaults.get("custom", {}))
    return made


def _target(target: Json) -> Json:
    kind = target["datasource"]["type"]
    made = {key: target[key] for key in _TARGETS[kind] if target.get(key) not in (None, "")}
    if kind == "prometheus":
        made["range"] = not target["instant"]
    return made


def _variable(variable: Json) -> Json:
    made = _kept(variable, _VARIABLE)
    current = variable.get("current") or {}
    if made.get("includeAll"):
        current = _ALL  # grafanalib knows of no such choice
    if current.get("value") is None:
        made.pop("current", None)  # Grafana takes the first
    elif current:
        made["current"] = _kept(current, ("selected", "text", "value"))
    if variable["type"] == "query":
        made["definition"] = variable["query"]
    return made


def _legend(legend: Json) -> Json:
    shown = legend.get("displayMode", "list") != "hidden"
    mode = legend.get("displayMode", "list") if shown else "list"
    return {"calcs": [], "placement": "bottom", **legend, "displayMode": mode, "showLegend": shown}


def _custom(custom: Json) -> Json:
    """Drop the empty stacking, and the base of a scale that has none."""
    made = {key: value for key, value in custom.items() if value not in ({}, None)}
    made.pop("displayMode", None)  # of tables; cellOptions by now
    if made.get("scaleDistribution", {}).get("type") == "linear":
        made["scaleDistribution"] = {"type": "linear"}
    return made


def _reduced(panel: Json) -> Json:
    old = panel["options"].get("fieldOptions", {})
    return {"calcs": old.get("calcs", ["lastNotNull"]), "fields": "", "values": bool(old.get("values", False))}


def _bargauge(panel: Json) -> Json:
    return {
        "displayMode": panel["options"]["displayMode"], "orientation": panel["options"]["orientation"],
        "reduceOptions": _reduced(panel), "valueMode": "color", "namePlacement": "auto", "showUnfilled": True,
        "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300,
        "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
    }  # fmt: skip


def _heatmap(panel: Json) -> Json:
    """Return options from those that `dashboards.panels` gives; all else is the dead plugin's."""
    given = panel["options"] or {}
    return {
        "calculate": False, "cellGap": 1, "showValue": "never", "selectionMode": "x",
        "filterValues": {"le": 1e-9},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "legend": {"show": True}, "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": True},
        **given,
    }  # fmt: skip


def _stat(panel: Json) -> Json:
    return {"wideLayout": True, "showPercentChange": False, "percentChangeColorMode": "standard", **panel["options"]}


def _table(panel: Json) -> Json:
    footer = {"show": False, "reducer": ["sum"], "countRows": False}
    return {"frameIndex": 0, "cellHeight": "sm", "footer": footer, **panel["options"]}


def _barchart(panel: Json) -> Json:
    return {"xTickLabelMaxLength": 0, "fullHighlight": False, **panel["options"]}


_OPTIONS: Mapping[str, Callable[[Json], Json]] = MappingProxyType(
    {
        "bargauge": _bargauge,
        "heatmap": _heatmap,
        "stat": _stat,
        "table": _table,
        "barchart": _barchart,
    }
)
