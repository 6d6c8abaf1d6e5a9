"""Names that hold whatever means something to InfluxQL, regular expressions or Grafana: found, chosen, and shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from urllib.request import Request, urlopen

import pytest

from dashboards.board import as_json
from dashboards.generate import BOARDS
from dashboards.site import EXAMPLE
from exporter.catalog.influxdb import MODULE_LOADS, TIER, TRANSFERS, USAGE, USAGE_BY, Measurement
from exporter.catalog.vendors import WTMP
from exporter.publish.influxdb.administration import Administration
from exporter.publish.influxdb.client import Access
from exporter.publish.influxdb.known import known
from exporter.publish.influxdb.lines import tag
from tests.servers.grafana import Value
from tests.servers.grafana_influxql import OpenBoard
from tests.servers.influxd import Influxd

NOW = 1_730_415_600
NAMES = (
    r"""a"b'c/d\\e$f[g]é""",
    r"a\nb\d",
    "2024-tool.*",
    "x; DROP SERIES FROM /.*/ --",
    "${feature:regex}$timeFilter",
    "^a|b$ (c) {d} +?",
    "Blender / 한글, v=1",
    "café\\",
    "100 % %41",
    "",
)
"""Names as logs have them; what no server can hold is written otherwise (see `exporter.publish.influxdb.lines`)."""
SHOWN: dict[str, tuple[Measurement, str]] = {
    "history": (USAGE, "feature"),
    "longterm": (USAGE, "feature"),
    "labs": (USAGE, "feature"),
    "people": (USAGE_BY, "value"),
    "modules": (MODULE_LOADS, "module"),
    "transfers": (TRANSFERS, "client"),
}
"""Boards, and the tag that the names are of."""
SUMMED = {
    "history": "Check-outs and check-ins",
    "longterm": "Users",
    "labs": "Users, by day",
    "people": "Check-outs over time",
    "modules": "Loads of the module",
    "transfers": "Files in each stretch of time",
}
"""A panel of each that shows all that was written of a name."""


@pytest.fixture(scope="module")
def server() -> Iterator[Influxd]:
    """Give a server that holds an hour and a day for each name; of the n-th, the fields are n + 1."""
    server = Influxd()
    try:
        server.start()
        server.make(hourly="inf", longterm="inf")
        for tier in ("hourly", "longterm"):
            lines = [
                _line(measurement, {of: name, "vendor": vendor}, number + 1)
                for number, name in enumerate(NAMES)
                for measurement, of in {*SHOWN.values()}
                for vendor in ("plain", WTMP)
                if measurement is USAGE or vendor == "plain"
            ]
            url = f"{server.url}/write?db=licences&rp={tier}&precision=s"
            with urlopen(Request(url, data="\n".join(lines).encode())) as answer:  # noqa: S310 -- on this machine
                assert answer.status == 204
        yield server
    finally:
        server.remove()


def _line(measurement: Measurement, names: dict[str, str], fields: int) -> str:
    tags = {key: tag(names.get(key, "plain")) for key in measurement.tags if key != TIER}
    head = ",".join([measurement.name, *(f"{key}={value}" for key, value in tags.items())])
    written = (f"{field.name}={fields}{'i' if field.kind == 'integer' else ''}" for field in measurement.fields)
    return f"{head} {','.join(written)} {NOW - 86_400}"


def _held(name: str) -> str:
    return tag(name).replace("\\,", ",").replace("\\ ", " ").replace("\\=", "=")


def _sum(server: Influxd, board: str, chosen: Value) -> int:
    """Return the sum of what a panel of the board shows when these names are chosen."""
    _, of = SHOWN[board]
    opened = OpenBoard(as_json(BOARDS[board][0](EXAMPLE)), server.ask, NOW, chosen={of: chosen})
    (asked,) = (one for one in opened.questions() if f" / {SUMMED[board]} / A" in one.where)
    return sum(row[-1] for series in server.ask(asked.statement) for row in series["values"] if row[-1] is not None)


@pytest.mark.parametrize("board", SHOWN)
def test_every_name_can_be_chosen_and_is_shown(board: str, server: Influxd) -> None:
    """Each name is offered as it is, and chosen alone it shows its own numbers and no other's."""
    _, of = SHOWN[board]
    opened = OpenBoard(as_json(BOARDS[board][0](EXAMPLE)), server.ask, NOW)

    assert {_held(name) for name in NAMES} == set(opened.offered[of])
    assert [*range(1, len(NAMES) + 1)] == [_sum(server, board, _held(name)) for name in NAMES]


def test_every_name_is_told_as_logs_have_it(server: Influxd) -> None:
    """What a site has, asked of its InfluxDB, has the names of its logs again."""
    administration = Administration(Access(server.url), database="licences", api="auto", org=None, tag_tier=False)
    with closing(administration):
        found = known(administration.influxql, "plain")

    assert set(NAMES) == {feature for _, vendor, feature in found.features if vendor == WTMP}
    assert 2 * len(NAMES) == len(found.features)
    assert ((), ("plain",), True, True) == found[1:]


@pytest.mark.parametrize("board", ["labs", "people", "transfers"])
def test_names_chosen_together_are_shown_together(board: str, server: Influxd) -> None:
    """Where several can be chosen, any two show the sum of both."""
    for (number, one), (other_number, other) in combinations(enumerate(NAMES, 1), 2):
        assert number + other_number == _sum(server, board, (_held(one), _held(other))), (one, other)


@pytest.mark.parametrize("board", SHOWN)
def test_no_name_breaks_a_question(board: str, server: Influxd) -> None:
    """Whatever is chosen, the server understands every question of the board."""
    _, of = SHOWN[board]
    for name in NAMES:
        opened = OpenBoard(as_json(BOARDS[board][0](EXAMPLE)), server.ask, NOW, chosen={of: _held(name)})
        for question in opened.questions():
            server.ask(question.statement)
