"""
Tables as lines of text: CSV, and JSON objects.

Cells are exact: one that begins with ``=``, ``+``, ``-`` or ``@`` stays as it is in CSV, which is for machines here (a
spreadsheet may take it for a formula).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from exporter.tables import Kind, Row, Table


def _utc(second: int) -> str:
    """Return ``2022-05-05T08:42:20Z``."""
    return datetime.fromtimestamp(second, UTC).isoformat()[:19] + "Z"


_Form = Callable[[Any], Any]
_IN_CSV: Mapping[Kind, _Form] = {"time": _utc, "flag": ("false", "true").__getitem__, "real": "{:.6f}".format}
_IN_JSON: Mapping[Kind, _Form] = {"time": _utc, "real": lambda value: round(value, 6)}


def write_csv(out: TextIO, table: Table) -> None:
    """Write a header and the rows: LF line ends, quotes only where needed; open *out* with ``newline=""``."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows(_formed(table, _IN_CSV))


def write_jsonl(out: TextIO, table: Table) -> None:
    """Write an object a line; what is open or unknown is null."""
    names = [column.name for column in table.columns]
    for row in _formed(table, _IN_JSON):
        out.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, separators=(",", ":")))
        out.write("\n")


def _formed(table: Table, forms: Mapping[Kind, _Form]) -> Iterator[Row]:
    """Yield the rows with the cells of some kinds as they are written."""
    formed = [(at, forms[column.kind]) for at, column in enumerate(table.columns) if column.kind in forms]
    for row in table.rows:
        cells = list(row)
        for at, form in formed:
            if cells[at] is not None:
                cells[at] = form(cells[at])
        yield cells
