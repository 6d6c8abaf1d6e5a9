"""Every question that the boards ask InfluxDB, asked of a real one that a made site was shipped to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from dashboards.board import as_json
from dashboards.generate import BOARDS
from dashboards.site import KINDS, Site
from tests.e2e import boards_site
from tests.e2e.command_line import called, told
from tests.servers.grafana import Json, Value, panels
from tests.servers.grafana_influxql import OpenBoard, Question
from tests.servers.grafana_transformations import table, transformed
from tests.servers.influxd import Influxd

_YOUNG = "the site is six weeks old"
_WHOLE = "no part of the log was lost"
EMPTY = MappingProxyType(
    {
        "Seatwatch: history / annotation Gaps": _WHOLE,
        "Seatwatch: long term / annotation Gaps": _WHOLE,
        "Seatwatch: long term / Growth / B": _YOUNG,
        "Seatwatch: long term / Mean in use, 365 days before / A": _YOUNG,
        "Seatwatch: long term / Peak, 365 days before / A": _YOUNG,
        "Seatwatch: long term / Time at its limit, 365 days before / A": _YOUNG,
        "Seatwatch: long term / Turned away, 365 days before / A": _YOUNG,
        "Seatwatch: long term / Never used, last 365 days / A": "every feature was used",
        "Seatwatch: people and groups / annotation Gaps": _WHOLE,
        "Seatwatch: labs / annotation Gaps": _WHOLE,
    }
)
"""What has nothing to show, and why; everything else has to."""
CHOSEN: dict[str, dict[str, Value]] = {
    name: {"server": "demo", "vendor": "acornd", "feature": "acorn_base"} for name in ("feature", "history", "longterm")
}
"""What is chosen on a board where the first of each is not the busiest."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the made site."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def made(folder: Path) -> Iterator[Influxd]:
    """Give the server that the made site was shipped to."""
    server = Influxd()
    try:
        server.start()
        boards_site.ship(folder, server)
        yield server
    finally:
        server.remove()


def _board(name: str) -> Json:
    return as_json(BOARDS[name][0](Site(boards_site.SITE, boards_site.ZONE, kinds=frozenset(KINDS), people=True)))


def _empty(server: Influxd, question: Question) -> bool:
    """Return whether a question has no answer but nothing; a fault fails the test."""
    rows = [row for series in server.ask(question.statement) for row in series["values"]]
    return not any(value is not None for row in rows for value in row[1:])


@pytest.mark.parametrize("name", BOARDS)
def test_every_question_has_an_answer(name: str, made: Influxd) -> None:
    """No fault in any question of a panel, variable or annotation, and data wherever the site has some."""
    board = OpenBoard(_board(name), made.ask, boards_site.NOW, chosen=CHOSEN.get(name))
    empty = {question.where for question in board.questions() if _empty(made, question)}

    assert {where for where in EMPTY if where.startswith(f"{_board(name)['title']} / ")} == empty
    assert all(board.offered.values())


@pytest.mark.parametrize("name", BOARDS)
def test_every_page_is_asked_without_fault(name: str, made: Influxd) -> None:
    """The spans that a board links to change no question into one that the server does not understand."""
    board = _board(name)
    spans = [link["url"].split("now-")[1].split("&")[0] for link in board["links"] if "now-" in link.get("url", "")]
    for span in spans:
        opened = OpenBoard(board, made.ask, boards_site.NOW, period=span)
        for question in opened.questions():
            made.ask(question.statement)

    assert (name in ("history", "longterm", "transfers", "modules", "labs", "people")) == bool(spans)


def test_a_board_of_an_empty_server_is_empty(influxd: Influxd) -> None:
    """Before anything was shipped there is nothing to choose and nothing to see, and no fault either."""
    influxd.make(live="inf", hourly="inf", longterm="inf")
    for name in BOARDS:
        for question in OpenBoard(_board(name), influxd.ask, boards_site.NOW, chosen=CHOSEN.get(name)).questions():
            assert _empty(influxd, question), question


def test_the_week_is_that_of_the_windows(made: Influxd) -> None:
    """The heat map of hours shows the mean of all windows of each hour of the week, by the site's clock."""
    (panel,) = (one for one in panels(_board("history")) if one["title"].startswith("Mean in use, by day"))
    board = OpenBoard(_board("history"), made.ask, boards_site.NOW, period="35d", chosen=CHOSEN["history"])
    (asked,) = (one for one in board.questions() if f" / {panel['title']} / A" in one.where)
    shown = transformed(table(made.ask(asked.statement)), panel["transformations"])
    windows: dict[tuple[str, str], list[float]] = defaultdict(list)
    for point in made.points("licence_usage", "hourly"):
        if point.tags["feature"] == "acorn_base" and point.second >= boards_site.NOW - 35 * 86_400:
            time = datetime.fromtimestamp(point.second, ZoneInfo(boards_site.ZONE))
            windows[f"{time:%u %a}", f"{time:%H}"].append(point.fields["in_use_mean"])

    assert 35 * 24 == sum(map(len, windows.values()))
    assert {where: pytest.approx(fmean(values)) for where, values in windows.items()} == {
        (day, hour): value
        for hour, column in shown.items()
        if hour != "weekday"
        for day, value in zip(shown["weekday"], column, strict=True)
    }


def test_boards_from_influxdb_are_those_from_the_ledger(folder: Path, made: Influxd, tmp_path: Path) -> None:
    """On a machine without logs or ledger the same boards come out, made for the same servers."""
    away = tmp_path / "away"
    away.mkdir()
    for name in ("config.yaml", "people.csv"):
        (away / name).write_text((folder / name).read_text())
    told(called(folder, "dashboards", "build", "--out", "boards"))
    told(called(away, "dashboards", "build", "--out", "boards", "--from", "influxdb", "--sink", "main"))
    theirs, ours = ({path.name: path.read_text() for path in (place / "boards").iterdir()} for place in (folder, away))

    assert theirs == ours
    assert len(BOARDS) == len(ours)


def test_an_influxdb_without_the_site_gives_no_boards(folder: Path, made: Influxd, tmp_path: Path) -> None:
    """Boards about nothing are not made; it is told what to do."""
    config = (folder / "config.yaml").read_text().replace("name: made", "name: unmade", 1)
    (tmp_path / "config.yaml").write_text(config)
    (tmp_path / "people.csv").write_text((folder / "people.csv").read_text())
    ran = called(tmp_path, "dashboards", "build", "--out", "boards", "--from", "influxdb")

    assert 2 == ran.status
    assert "There is nothing of the site 'unmade' in that InfluxDB" in " ".join(ran.err.split())
    assert not (tmp_path / "boards").exists()
