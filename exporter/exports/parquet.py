"""
Tables as Parquet, by pyarrow, which is an optional part.

Text is dictionary-encoded, times are timestamps of UTC (Parquet knows no unit above a millisecond), counts int64.
"""

from __future__ import annotations

import importlib
import sys
from itertools import islice
from typing import Any, BinaryIO

from exporter.errors import ExportFailed
from exporter.tables import Table

ROWS = 50_000
"""In a row group: what is in memory at once."""


def write_parquet(out: BinaryIO, table: Table) -> None:
    """Write *table*; *out* may be a pipe. Raises ExportFailed where pyarrow is not installed."""
    arrow, parquet = _part("pyarrow"), _part("pyarrow.parquet")
    types = {
        "text": arrow.dictionary(arrow.int32(), arrow.string()),
        "whole": arrow.int64(),
        "real": arrow.float64(),
        "time": arrow.timestamp("s", tz="UTC"),
        "flag": arrow.bool_(),
    }
    schema = arrow.schema([(column.name, types[column.kind]) for column in table.columns])
    real = [column.kind == "real" for column in table.columns]
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while rows := list(islice(table.rows, ROWS)):
            cells = [
                [None if value is None else round(value, 6) for value in column] if is_real else column
                for is_real, column in zip(real, zip(*rows, strict=True), strict=True)
            ]
            arrays = [arrow.array(column, field.type) for column, field in zip(cells, schema, strict=True)]
            writer.write_batch(arrow.record_batch(arrays, schema=schema))


def _part(name: str) -> Any:
    """Return a module of pyarrow."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ExportFailed(
            f"Parquet needs the module pyarrow: {sys.executable} -m pip install pyarrow, or choose another format."
        ) from error
