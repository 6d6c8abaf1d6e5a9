"""Modules as a table, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json

from rich import box
from rich.console import Console
from rich.table import Table

from exporter.reports.modules import USERS, Modules
from exporter.reports.printable import cell


def as_json(found: Modules) -> str:
    """Return one JSON document, in ASCII: the rows in the same order, how many there are, and the trust figures."""
    keys = [column.casefold().replace(" ", "_") for column in found.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in found.rows]
    return json.dumps({"rows": rows, "entries": len(rows), "trust": found.trust.as_json()}, indent=2)


def as_csv(found: Modules) -> str:
    """Return a header and the rows: LF line ends, quotes only where needed; cells are exact."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(found.columns)
    writer.writerows(found.rows)
    return text.getvalue()


def show(found: Modules, console: Console) -> None:
    """Print a table, how many entries it has, and how far it can be trusted."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in found.columns:
        number = column == USERS
        table.add_column(column, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in found.rows:
        table.add_row(*(cell(f"{value:,}" if isinstance(value, int) else value) for value in row))
    console.print(table)
    console.print(f"Number of entries: {len(found.rows)}", highlight=False)
    console.print(found.trust.sentence("modules"), highlight=False)
