"""CSV and JSON lines: what a cell of each kind looks like, and that names come back as they were."""

from __future__ import annotations

import csv
import io
import json

import pytest

from exporter.catalog.windows import WINDOW_FIELDS
from exporter.exports.lines import write_csv, write_jsonl
from exporter.exports.windows import window_table
from exporter.tables import Table
from tests.unit.exports.conftest import NOON, ODD_NAMES, given, table, window

KINDS = "text,whole:whole,real:real,time:time,flag:flag"


def as_csv(of: Table) -> str:
    """Return the table as CSV."""
    out = io.StringIO(newline="")
    write_csv(out, of)
    return out.getvalue()


def as_jsonl(of: Table) -> str:
    """Return the table as JSON lines."""
    out = io.StringIO()
    write_jsonl(out, of)
    return out.getvalue()


def test_cells_of_every_kind_in_csv() -> None:
    """Real numbers have six decimals, times are ISO 8601 in UTC, booleans are words, what is unknown is empty."""
    expected = """\
text,whole,real,time,flag
a,7,0.333333,2024-03-05T12:00:00Z,true
,,,,
b,0,2.000000,1970-01-01T00:00:00Z,false
"""
    rows = [("a", 7, 1 / 3, NOON, True), (None,) * 5, ("b", 0, 2, 0, False)]
    assert expected == as_csv(table(KINDS, *rows))


def test_cells_of_every_kind_in_jsonl() -> None:
    """Numbers and booleans are such, the decimals are those of CSV, what is unknown is null."""
    expected = [
        '{"text":"a","whole":7,"real":0.333333,"time":"2024-03-05T12:00:00Z","flag":true}',
        '{"text":null,"whole":null,"real":null,"time":null,"flag":null}',
    ]
    assert expected == as_jsonl(table(KINDS, ("a", 7, 1 / 3, NOON, True), (None,) * 5)).splitlines()


@pytest.mark.parametrize("seconds", [0, 1, 951_782_399, NOON, 4_102_444_799])
def test_a_time_has_no_fraction_and_no_offset(seconds: int) -> None:
    """Every second is written with 20 characters that end in Z."""
    assert 20 == len(as_csv(table("time:time", (seconds,))).splitlines()[1])


def test_odd_names_in_csv(odd: Table) -> None:
    """A CSV reader gets every name as it was, and names are quoted only where they have to be."""
    text = as_csv(odd)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [["name", "n"], *([name, str(at)] for at, name in enumerate(ODD_NAMES))] == rows
    assert "\n=a+b,4\n" in text
    assert "\na\\b,3\n" in text


def test_odd_names_in_jsonl(odd: Table) -> None:
    """Every row is one line, and a JSON reader gets every name as it was."""
    lines = as_jsonl(odd).split("\n")
    assert list(ODD_NAMES) == [json.loads(line)["name"] for line in lines[:-1]]


def test_nothing_to_write() -> None:
    """Without rows CSV is its header, and JSON lines are none."""
    assert "a,b\n" == as_csv(table("a,b:whole"))
    assert "" == as_jsonl(table("a,b:whole"))


def test_windows_of_features() -> None:
    """A row has server, vendor, feature, the start, and every field in the catalog's order with its decimals."""
    header, row = as_csv(window_table(given([window(("s", "v", "f"), NOON)]), product=False)).splitlines()
    assert ["server", "vendor", "feature", "start", *(field.name for field in WINDOW_FIELDS)] == header.split(",")
    expected = "s,v,f,2024-03-05T12:00:00Z,1.500000,0,1,2,3,1.250000,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19"
    assert expected == row


def test_windows_of_products() -> None:
    """A product has one name in place of three."""
    written = as_jsonl(window_table(given([window(("Draft",), NOON)]), product=True))
    assert ["product", "start", "in_use_mean"] == list(json.loads(written))[:3]


def test_closing_a_table_of_windows_ends_its_question() -> None:
    """When a reader leaves early, the windows that were not asked for any more are closed too."""
    rows = given([window(("s", "v", "f"), NOON + 3600 * hour) for hour in range(3)])
    made = window_table(rows, product=False)
    next(made.rows)
    made.rows.close()
    assert [] == list(rows)
