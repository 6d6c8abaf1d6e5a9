"""What of grafanalib's JSON is put right."""

from __future__ import annotations

import json
from typing import Any

import pytest
from grafanalib import core
from grafanalib._gen import DashboardEncoder

from dashboards.corrections import corrected, without_nulls
from dashboards.query import prometheus

BOARD = core.Dashboard(
    title="t",
    uid="u",
    panels=[
        core.BarGauge(title="bars", calc="max", targets=[prometheus("up").target("A")]),
        core.Table(title="rows", targets=[prometheus("up", form="table", instant=True).target("A")]),
        core.RowPanel(title="more", collapsed=True, panels=[core.Heatmap(targets=[prometheus("up").target("A")])]),
    ],
    templating=core.Templating([core.Template(name="n", query="q", dataSource={"type": "prometheus", "uid": "x"})]),
).auto_panel_ids()


@pytest.fixture
def board() -> dict[str, Any]:
    """Give a board of grafanalib's, corrected."""
    return corrected(json.loads(json.dumps(BOARD, cls=DashboardEncoder)))


def test_dead_keys_are_gone(board: dict[str, Any]) -> None:
    """What no Grafana since 5 reads is not written, neither of boards nor of panels and variables."""
    bars, rows, _ = board["panels"]

    assert not {"__inputs", "hideControls", "rows", "style", "sharedCrosshair", "gnetId"} & board.keys()
    assert not {"span", "minSpan", "error", "editable", "cacheTimeout", "height"} & bars.keys()
    assert not {"columns", "fontSize", "color", "mappings"} & rows.keys()
    assert not {"useTags", "tagsQuery", "auto", "current"} & board["templating"]["list"][0].keys()


def test_nulls_are_gone_but_where_they_mean_something() -> None:
    """A key without a value is left out; a first threshold keeps its null, from which on its colour holds."""
    step = {"color": "red", "value": None}

    assert {"b": [{"c": 1}, step]} == without_nulls({"a": None, "b": [{"c": 1, "d": None}, step]})


def test_old_options_are_rewritten(board: dict[str, Any]) -> None:
    """Bars say by what they are reduced, tables which frame they show, heat maps are those of today's plugin."""
    bars, rows, more = board["panels"]
    (heat,) = more["panels"]

    assert ["max"] == bars["options"]["reduceOptions"]["calcs"]
    assert "fieldOptions" not in bars["options"]
    assert 0 == rows["options"]["frameIndex"]
    assert not {"cards", "dataFormat", "xAxis", "yAxis", "tooltip"} & heat.keys()
    assert heat["options"]["calculate"] is False


def test_targets_have_what_their_source_takes(board: dict[str, Any]) -> None:
    """A query is written once, says whether it is asked over time, and carries the reference to its data source."""
    bars, rows, _ = board["panels"]
    source = {"type": "prometheus", "uid": "${prometheus}"}

    assert source == bars["datasource"]
    assert {
        "refId": "A", "datasource": source, "expr": "up", "format": "table", "instant": True, "range": False,
    } == rows["targets"][0]  # fmt: skip
    assert bars["targets"][0]["range"] is True
