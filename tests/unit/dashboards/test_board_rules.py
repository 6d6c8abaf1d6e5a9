"""What holds for every board, whoever made it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards import palette
from dashboards.generate import BOARDS, boards, files
from dashboards.site import EXAMPLE, Feature, Site, Thresholds
from exporter.catalog.metrics import METRICS
from exporter.clock import SystemClock
from tests.servers.grafana import panels, questions

ROOT = Path(__file__).resolve().parents[3]
TEXTS = files(EXAMPLE)
MADE = {name: json.loads(text) for name, text in TEXTS.items()}
UIDS = {
    "overview.json": "seatwatch-overview",
    "feature.json": "seatwatch-feature",
    "denials.json": "seatwatch-denials",
    "history.json": "seatwatch-history",
    "longterm.json": "seatwatch-longterm",
    "people.json": "seatwatch-people",
    "transfers.json": "seatwatch-transfers",
    "modules.json": "seatwatch-modules",
    "labs.json": "seatwatch-labs",
    "pipeline.json": "seatwatch-pipeline",
}
"""Written out once more: links from mails and pages hold only as long as these stay."""
METRIC = re.compile(r"\b(?:licence|seatwatch|transfer)_[a-z0-9_]+")
SUFFIX = re.compile(r"_(?:bucket|sum|count)$")
HISTOGRAMS = {metric.name for metric in METRICS if metric.kind == "histogram"}
PROBE = frozenset({"process_start_time_seconds"})
"""Of the process itself, as every client library has it."""
each_board = pytest.mark.parametrize("name", MADE)
SITE = Site(
    "large",
    features=tuple(Feature(f"lic{n % 5}", f"vendor{n % 7}", f"feature {n}") for n in range(200)),
    products=tuple(f"product {n}" for n in range(30)),
    people=True,
)


def metrics_of(board: dict[str, Any]) -> set[str]:
    """Return the metrics that a board's queries in PromQL name."""
    asked = (one.text for one in questions(board) if one.source == "prometheus")
    named = {name for text in asked for name in METRIC.findall(text)}
    return {SUFFIX.sub("", name) if SUFFIX.sub("", name) in HISTOGRAMS else name for name in named}


def numbers_of(board: dict[str, Any]) -> Iterator[int]:
    """Yield the numbers of a board's rows and panels."""
    for panel in board["panels"]:
        yield panel["id"]
        yield from (inner["id"] for inner in panel.get("panels", []))


@each_board
def test_a_board_keeps_its_uid(name: str) -> None:
    """Its uid is the one it always had."""
    assert UIDS[name] == MADE[name]["uid"]


@each_board
def test_grafana_knows_all_that_a_board_says(name: str, tmp_path: Path) -> None:
    """The checker beside the project finds no fault by Grafana's own schemas."""
    tool = ROOT.parent / "shared" / "tools" / "check_dashboards.py"
    if not tool.is_file():
        why = "the checker of dashboards is not beside the project"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    (tmp_path / name).write_text(TEXTS[name])
    done = subprocess.run([sys.executable, tool, tmp_path / name], capture_output=True, text=True, check=False)

    assert ("1 dashboards, 0 faults\n", 0) == (done.stdout, done.returncode), done.stderr


@each_board
def test_grafanas_own_types_hold_a_whole_board(name: str) -> None:
    """The typed reader of Grafana's makers reads it, queries and options too, and writes again all that was read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the classic form, which Grafana 10 to 12 need
        from grafana_foundation_sdk.cog.encoder import JSONEncoder  # noqa: PLC0415  # here is where warnings are off
        from grafana_foundation_sdk.cog.plugins import register_default_plugins  # noqa: PLC0415  # the same
        from grafana_foundation_sdk.models.dashboard import Dashboard  # noqa: PLC0415  # the same

        register_default_plugins()
        back = json.loads(json.dumps(Dashboard.from_json(MADE[name]), cls=JSONEncoder))

    assert [] == list(lacking(MADE[name], back))


def lacking(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of what *theirs* has not, or has otherwise; it may have more."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            yield from lacking(value, theirs.get(key), f"{path}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for at, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from lacking(one, other, f"{path}/{at}")
    elif ours != theirs:
        yield path


@each_board
def test_every_panel_says_what_it_is(name: str) -> None:
    """Each has a title, a description in sentences, a unit, and words for when there is no data."""
    for panel in panels(MADE[name]):
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"]
        assert re.fullmatch(r"[A-Z0-9].{10,}\.", panel["description"]), panel["title"]
        assert defaults["unit"], panel["title"]
        assert defaults["noValue"], panel["title"]


@each_board
def test_panels_lie_beside_one_another(name: str) -> None:
    """No two panels have one number, none lies on another or beyond the grid."""
    board = MADE[name]
    taken: Counter[tuple[int, int]] = Counter()
    rows = [panel for panel in board["panels"] if panel["type"] == "row"]
    for group in [board["panels"], *([row, *row["panels"]] for row in rows)]:
        taken.clear()
        for panel in group:
            at = panel["gridPos"]
            assert at["x"] + at["w"] <= 24, panel["title"]
            taken.update((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"]))
        assert {1} == set(taken.values())

    assert {1} == set(Counter(numbers_of(board)).values())


@each_board
def test_gaps_are_drawn_as_gaps(name: str) -> None:
    """No line or band goes on where there is no data."""
    spans = [
        panel["fieldConfig"]["defaults"]["custom"]["spanNulls"]
        for panel in panels(MADE[name])
        if panel["type"] in ("timeseries", "state-timeline")
    ]
    assert set(spans) <= {False}


@each_board
def test_colours_are_those_that_everybody_tells_apart(name: str) -> None:
    """Every colour that a board sets is of the palette; heat maps' markers of samples are Grafana's."""
    known = {getattr(palette, colour) for colour in dir(palette) if colour.isupper() and colour != "ORDER"}

    assert set(re.findall(r'"(#[0-9A-Fa-f]{3,8})"', TEXTS[name])) <= known


@each_board
def test_a_menu_leads_to_all_boards(name: str) -> None:
    """Above each board stands a menu of all that keeps the time and what was chosen; each has both data sources."""
    board = MADE[name]
    kept = ("type", "tags", "includeVars", "keepTime")

    assert ["dashboards", board["tags"], True, True] == [board["links"][0][key] for key in kept]
    assert ["prometheus", "influxdb"] == [
        variable["query"] for variable in board["templating"]["list"] if variable["type"] == "datasource"
    ]


@each_board
def test_what_a_board_names_is_in_the_catalog(name: str) -> None:
    """No query in PromQL names a metric that isn't shown."""
    assert metrics_of(MADE[name]) - PROBE <= {metric.name for metric in METRICS}


def test_every_metric_is_on_a_board() -> None:
    """What is shown to Prometheus is shown to people."""
    on_boards = {name for board in MADE.values() for name in metrics_of(board)}

    assert set() == {metric.name for metric in METRICS} - on_boards


@each_board
def test_no_query_draws_every_series(name: str) -> None:
    """Each panel's PromQL takes only so many series, or sums up, or is about features that were chosen."""
    for one in questions(MADE[name]):
        if one.source == "prometheus" and one.kind == "panel":
            grouped = " ".join(re.findall(r"\bby \(([^)]*)\)", one.text))
            summed = re.match(r"\(*(?:sum|count|min|max|histogram_quantile)\b", one.text) and "feature" not in grouped
            assert summed or re.search(r"\b(?:top|bottom)k\(", one.text), one


@each_board
def test_what_is_counted_is_counted_once(name: str) -> None:
    """Increases are of the time of a bar, which several scrapes lie in, of an hour, or of all the time shown."""
    for one in questions(MADE[name]):
        spans = re.findall(r"increase\([^\[]*\[([^\]]*)\]", one.text)
        if one.kind == "panel" and "histogram_quantile" not in one.text and "_sum{" not in one.text:
            assert not {*spans} - {"$__interval", "$__range", "1h"}, one
            assert "$__interval" not in spans or one.step == "5m", one


@each_board
def test_a_board_is_not_too_large(name: str) -> None:
    """It has at most 40 panels, also for a site with 200 features and 5 servers."""
    large = {f"{board.name}.json": board for board in boards(SITE)}
    count = sum(len(row.blocks) for row in large[name].rows)

    assert len(list(panels(MADE[name]))) <= 40
    assert count <= 40


def test_boards_are_made_in_no_time() -> None:
    """Those of a site with 200 features and 5 servers take less than 10 s, by far."""
    clock = SystemClock()
    begun = clock.monotonic()
    files(SITE)

    assert clock.monotonic() - begun < 10


def test_a_site_gets_the_boards_that_it_has_data_for() -> None:
    """Without modules, logins and transfers there are no boards about them, nor rows."""
    made = files(Site("plain", kinds=frozenset({"licences"})))

    assert {"transfers.json", "modules.json", "labs.json"} == {*BOARDS_OF_ALL} - {*made} - {"people.json"}
    assert '"Transfers"' not in made["overview.json"]


BOARDS_OF_ALL = [f"{name}.json" for name in BOARDS]


def steps(board: dict, title: str) -> list[float | None]:
    """Return the values from which on a panel has another colour."""
    (panel,) = (one for one in panels(board) if one["title"] == title)
    return [one["value"] for one in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def test_a_warning_that_comes_later_than_what_is_urgent_has_no_colour() -> None:
    """Where licences are urgent before they are a warning, the colours still stand in the order of their values."""
    site = Site("odd", thresholds=Thresholds(expires=5, expires_soon=9))
    assert [None, 9, 9] == steps(json.loads(files(site)["feature.json"]), "Expires")


def test_licences_that_ended_long_ago_hide_none_that_end_soon() -> None:
    """Of the few that the overview names none ended more than 30 days ago: files keep old lines for years."""
    (panel,) = (one for one in panels(MADE["overview.json"]) if one["title"] == "Licences that expire soon")
    assert f"- time() > -{30 * 86400})" in panel["targets"][0]["expr"]


def test_a_site_shapes_its_boards() -> None:
    """Its servers get panels, its products colours, its thresholds and its time zone are on them."""
    site = Site(
        "named",
        timezone="Europe/Madrid",
        features=(Feature("li$c\\1", "v", "f"), Feature('lic"2', "v", "f")),
        products=("Draft",),
        thresholds=Thresholds(0.8, expires=90 * 86400, expires_soon=14 * 86400),
    )
    board = json.loads(files(site)["overview.json"])
    queries = {panel["title"]: panel["targets"][0]["expr"] for panel in panels(board)}
    colours = [
        one["matcher"]["options"]["names"] for panel in panels(board) for one in panel["fieldConfig"]["overrides"]
    ]

    assert "Europe/Madrid" == board["timezone"]
    assert '{server="li\\x24c\\\\1"}' in queries["li$c\\1"]
    assert '{server="lic\\"2"}' in queries['lic"2']
    assert ["Draft"] in colours
    assert ">= 0.8)" in queries["Features close to it"]
    assert [None, 14 * 86400, 90 * 86400] == steps(board, "Licences that expire soon")
