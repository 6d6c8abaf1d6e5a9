"""Questions in InfluxQL: what stands in each of them, in words that all generations know."""

from __future__ import annotations

import json
import re

import pytest

from dashboards import influxql
from dashboards.generate import BOARDS, files
from dashboards.influxql import DAYS, HOURS, LOAD_DAYS, ROWS
from dashboards.site import EXAMPLE
from exporter.catalog.influxdb import EVENTS, MEASUREMENTS, PRODUCT_USAGE, TIER, USAGE
from exporter.catalog.tiers import HOURLY, LONGTERM
from tests.servers.grafana import Asked, questions

MADE = {name: json.loads(text) for name, text in files(EXAMPLE).items()}
ASKED = [one for board in MADE.values() for one in questions(board) if one.source == "influxdb"]
SELECTED = [one for one in ASKED if one.text.startswith("SELECT")]
KNOWN = {measurement.name: measurement for measurement in MEASUREMENTS}
COMMON = {"sum", "mean", "max", "min", "last", "first", "count", "moving_average", "time", "fill", "tz"}
"""Functions that InfluxDB 1.x, 2.x and 3 share."""
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
FROM = re.compile(r'FROM "(\w+)"\."(\w+)"')
UNQUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|/\^.*?\$/""")
each_board = pytest.mark.parametrize("one", SELECTED, ids=lambda one: one.where)


def _fields_of(one: Asked) -> set[str]:
    """Return the fields that a question names: those of its measurement, in quotes and not after AS."""
    (_, measurement) = FROM.findall(one.text)[0]
    named = set(QUOTED.findall(re.sub(r' AS "[^"]*"', "", one.text)))
    return named & {field.name for field in KNOWN[measurement].fields}


@each_board
def test_a_question_names_what_there_is(one: Asked) -> None:
    """Tier, measurement, tags and fields are in the catalog; else it is a name that the question itself gave."""
    ((tier, measurement),) = FROM.findall(one.text)
    own = set(re.findall(r' AS "([^"]*)"', one.text))
    known = {field.name for field in KNOWN[measurement].fields} | set(KNOWN[measurement].tags) - {TIER}

    assert tier in (HOURLY.name, LONGTERM.name)
    assert set(QUOTED.findall(one.text)) <= known | own | {tier, measurement}


@each_board
def test_a_question_leaves_out_what_is_not_covered(one: Asked) -> None:
    """Windows of features and products are asked for only where they are covered."""
    (_, measurement) = FROM.findall(one.text)[0]

    assert (measurement in (USAGE.name, PRODUCT_USAGE.name)) == ('"covered_seconds" > 0' in one.text)


@each_board
def test_a_question_is_of_the_time_shown(one: Asked) -> None:
    """Each SELECT has the range of the panel, the inner one too."""
    assert one.text.count("SELECT") == one.text.count("$timeFilter")


@each_board
def test_a_question_is_understood_by_every_generation(one: Asked) -> None:
    """Only functions that 1.x, 2.x and 3 share, and no clause that one of them lacks; all names are in quotes."""
    bare = UNQUOTED.sub("x", one.text)

    assert set(re.findall(r"(\w+)\(", bare)) - {"FROM"} <= COMMON
    assert not re.search(r"\b(SLIMIT|SOFFSET|INTO|INTEGRAL|SAMPLE|CARDINALITY|users|value)\b", bare)


@each_board
def test_a_question_does_not_take_every_name_without_a_limit(one: Asked) -> None:
    """Grouped by a name, it has so many rows at most, or is of the names that were chosen."""
    (_, measurement) = FROM.findall(one.text)[0]
    grouped = set(QUOTED.findall(one.text.partition("GROUP BY")[2])) & set(KNOWN[measurement].tags)
    chosen = {tag for tag in grouped if re.search(rf'"{tag}" =~ /\^\${{\w+:regex}}\$/', one.text)}

    unlimited = grouped - chosen
    counted = one.text.startswith("SELECT count(")
    vendor = '"vendor" =~' in one.text
    assert not unlimited or f"LIMIT {ROWS}" in one.text or counted or (unlimited == {"feature"} and vendor)


@pytest.mark.parametrize("measurement", MEASUREMENTS, ids=lambda measurement: measurement.name)
def test_every_field_is_on_a_board(measurement: object) -> None:
    """What is shipped is shown: each field of each measurement, those of products among those of features."""
    one = KNOWN[getattr(measurement, "name")]  # noqa: B009 -- a parameter's type is not known to pytest
    of = {USAGE.name, PRODUCT_USAGE.name} if one is PRODUCT_USAGE else {one.name}
    shown = {field for asked in SELECTED if FROM.findall(asked.text)[0][1] in of for field in _fields_of(asked)}

    assert set() == {field.name for field in one.fields} - shown
    assert {one.name} <= {FROM.findall(asked.text)[0][1] for asked in SELECTED}


def test_what_a_question_is_made_of() -> None:
    """Columns, origin, conditions, groups, what stands in empty windows, and the zone of days, in this order."""
    asked = influxql.select(
        {"most": 'max("in_use_max")'}, HOURS, where=influxql.chosen("feature"), by=("server",), every="1d", zone="UTC"
    )
    expected = (
        'SELECT max("in_use_max") AS "most" FROM "hourly"."licence_usage" '
        'WHERE $timeFilter AND "covered_seconds" > 0 AND "feature" =~ /^${feature:regex}$/ '
        "GROUP BY time(1d), \"server\" fill(null) tz('UTC')"
    )

    assert expected == asked
    assert 'SELECT sum("loads") AS "n" FROM "longterm"."module_loads" WHERE $timeFilter' == influxql.select(
        {"n": 'sum("loads")'}, LOAD_DAYS
    )


def test_a_text_stays_in_its_quotes() -> None:
    """Whatever a text holds, it ends where it is to end."""
    assert r"'it\'s \\'" == influxql.text("it's \\")
    assert '"tag" = ' + influxql.text("a'b") == influxql.equals("tag", "a'b")
    assert "\"tag\" != 'x'" == influxql.differs("tag", "x")


def test_variables_offer_what_those_before_leave() -> None:
    """A list of names is that of a measurement, of what is chosen before it."""
    assert 'SHOW TAG VALUES FROM "longterm"."licence_usage" WITH KEY = "server"' == influxql.values_of("server", DAYS)
    assert influxql.values_of("vendor", DAYS, where=influxql.chosen("server")).endswith(
        ' WITH KEY = "vendor" WHERE "server" =~ /^${server:regex}$/'
    )


def test_every_board_of_history_asks_influxdb() -> None:
    """The boards that ask InfluxDB are those that have pages, and what happened is drawn across them."""
    asking = {name for name in BOARDS if any(one.source == "influxdb" for one in questions(MADE[f"{name}.json"]))}

    assert {"history", "longterm", "people", "transfers", "modules", "labs"} <= asking
    assert any(FROM.findall(one.text)[0][1] == EVENTS.name for one in SELECTED if one.kind == "annotation")
