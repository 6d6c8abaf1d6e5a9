"""Parquet: pyarrow reads back what was written, with the types that were promised."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet

from exporter.errors import ExportFailed
from exporter.exports import parquet as writing
from exporter.exports.parquet import write_parquet
from exporter.exports.windows import window_table
from exporter.tables import Table
from tests.unit.exports.conftest import NOON, ODD_NAMES, given, table, window

KINDS = "text,whole:whole,real:real,time:time,flag:flag"


def read_back(of: Table) -> pa.Table:
    """Write the table, and read it with pyarrow."""
    out = io.BytesIO()
    write_parquet(out, of)
    return parquet.read_table(io.BytesIO(out.getvalue()))


def test_every_kind_has_its_type() -> None:
    """Text is dictionary-encoded, counts int64, means doubles, times timestamps of UTC, flags booleans, nulls nulls."""
    rows = [("a", 7, 1 / 3, NOON, True), (None,) * 5]
    found = read_back(table(KINDS, *rows))
    assert [
        "dictionary<values=string, indices=int32, ordered=0>",
        "int64",
        "double",
        "timestamp[ms, tz=UTC]",
        "bool",
    ] == [str(kind) for kind in found.schema.types]
    noon = datetime.fromtimestamp(NOON, UTC)
    assert [("a", 7, 0.333333, noon, True), (None,) * 5] == [tuple(row.values()) for row in found.to_pylist()]


def test_odd_names(odd: Table) -> None:
    """Every name comes back as it was."""
    assert list(ODD_NAMES) == read_back(odd)["name"].to_pylist()


def test_nothing_to_write() -> None:
    """Without rows there is a file with the columns."""
    found = read_back(table(KINDS))
    assert (0, ["text", "whole", "real", "time", "flag"]) == (found.num_rows, found.column_names)


def test_many_rows_are_written_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows beyond what is held at once come in row groups of that size, in their order."""
    monkeypatch.setattr(writing, "ROWS", 3)
    out = io.BytesIO()
    write_parquet(out, table("name,n:whole", *((f"f{at % 2}", at) for at in range(7))))
    file = parquet.ParquetFile(io.BytesIO(out.getvalue()))
    assert 3 == file.num_row_groups
    assert list(range(7)) == file.read()["n"].to_pylist()


def test_windows() -> None:
    """Windows have their start as a time, means as doubles and all else as whole numbers."""
    found = read_back(window_table(given([window(("s", "v", "f"), NOON)]), product=False))
    types = dict(zip(found.column_names, map(str, found.schema.types), strict=True))
    assert ("double", "double", "int64") == (types["in_use_mean"], types["issued"], types["users"])
    assert datetime.fromtimestamp(NOON, UTC) == found["start"][0].as_py()


class _Pipe(io.BytesIO):
    """Can't tell where it stands."""

    def tell(self) -> int:
        raise OSError("Illegal seek")


def test_into_a_pipe() -> None:
    """What can't tell where it stands, as a pipe can't, is written all the same."""
    pipe = _Pipe()
    write_parquet(pipe, table("n:whole", (1,)))
    assert [1] == parquet.read_table(io.BytesIO(pipe.getvalue()))["n"].to_pylist()


@pytest.mark.parametrize("missing", ["pyarrow", "pyarrow.parquet"])
def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Where pyarrow isn't installed, the message says how to get it."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ExportFailed, match=r"/python\S* -m pip install pyarrow, or choose another format"):
        write_parquet(io.BytesIO(), table("n:whole"))
