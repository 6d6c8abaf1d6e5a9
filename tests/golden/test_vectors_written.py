"""The windows of the worked examples, written as `export windows` writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from exporter.catalog.windows import WINDOW_FIELDS
from exporter.exports.lines import write_csv
from exporter.exports.windows import window_table
from exporter.records import WindowRow

TABLES = sorted((Path(__file__).parents[1] / "vectors").glob("*/windows-*.csv"))


def rows_of(text: str) -> Iterator[WindowRow]:
    """Yield the windows of a file; where they end is not in it."""
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    names = header.index("start")
    for row in rows:
        fields = (
            float(cell) if field.kind == "real" else int(cell)
            for field, cell in zip(WINDOW_FIELDS, row[names + 1 :], strict=True)
        )
        start = int(datetime.fromisoformat(row[names]).timestamp())
        yield WindowRow(tuple(row[:names]), start, start, tuple(fields))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_windows_are_written_as_the_examples_are(path: Path) -> None:
    """The windows of each file, written as CSV, are that file, byte for byte."""
    text = path.read_bytes().decode()
    out = io.StringIO(newline="")
    write_csv(out, window_table((row for row in rows_of(text)), product=path.stem.endswith("-product")))
    assert text == out.getvalue()


def test_there_are_examples() -> None:
    """The files are found, and one of them is of a product."""
    assert len(TABLES) > 30
    assert ["windows-hourly-product"] == [path.stem for path in TABLES if "product" in path.stem]
