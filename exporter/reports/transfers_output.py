"""Transfers as a table, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json

from rich import box
from rich.console import Console
from rich.table import Table

from exporter.reports.instant import iso
from exporter.reports.numbers import counted
from exporter.reports.printable import cell
from exporter.reports.transfers import Row, Transfers

_VALUES = (
    *("files", "bytes", "errors", "late_files", "mean_bytes", "latencies", "negative_latencies"),
    *("latency_mean", "latency_min", "latency_median", "latency_p95", "latency_max", "machines"),
)
_SHOWN = ("files", "bytes", "errors", "late_files", "latency_mean", "latency_median", "latency_p95", "latency_max")
"""What a table has room for, besides the machines."""
Value = str | int | float | None


def as_json(found: Transfers) -> str:
    """Return one JSON document, in ASCII: the rows, the machines that told of them, and the trust figures."""
    rows = [dict(zip(_header(found), _cells(found, row), strict=True)) for row in found.rows]
    return json.dumps(
        {"rows": rows, "machines": found.machines, "left_out": found.left_out, "trust": found.trust.as_json()}, indent=2
    )


def as_csv(found: Transfers) -> str:
    """Return a header and the rows: LF line ends, quotes only where needed; what there is none of is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_header(found))
    writer.writerows(_cells(found, row) for row in found.rows)
    return text.getvalue()


def show(found: Transfers, console: Console) -> None:
    """Print a table, from how many machines its data is, and how far it can be trusted."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    header = _header(found)
    shown = [at for at, column in enumerate(header) if column in _SHOWN or column not in _VALUES]
    for at in shown:
        number = header[at] in _VALUES
        table.add_column(header[at].replace("_", " "), justify="right" if number else "left", no_wrap=number)
    for row in found.rows:
        cells = _cells(found, row)
        table.add_row(*(cell(_text(cells[at])) for at in shown))
    console.print(table)
    told = f": {', '.join(found.machines)}" if found.machines else ""
    console.print(cell(f"Data of {counted(len(found.machines), 'machine')}{told}."), highlight=False)
    if found.left_out:
        what = (
            f"{counted(found.left_out, 'file')} of longer ago, errors among them, are kept in longer sums than --step."
        )
        console.print(cell(f"Left out: {what}"), highlight=False)
    console.print(found.trust.sentence("transfers"), highlight=False)


def _header(found: Transfers) -> list[str]:
    return [*(["start"] if found.steps else []), "direction", *found.by, *_VALUES]


def _cells(found: Transfers, row: Row) -> list[Value]:
    """Return the values of a row, in the order of the header; seconds and bytes."""
    sums = row.sums
    took: tuple[Value, ...] = (None,) * 5
    if sums.latencies:
        mean = round(sums.latency_sum / sums.latencies, 3)
        took = mean, sums.latency_min, sums.latency(0.5), sums.latency(0.95), sums.latency_max
    return [
        *([iso(row.start or 0)] if found.steps else []),
        *row.names,
        *(sums.files, sums.size, sums.errors, sums.late_files),
        round(sums.size / sums.files, 3) if sums.files else None,
        *(sums.latencies, sums.negative),
        *took,
        len(row.machines),
    ]


def _text(value: Value) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,}"
