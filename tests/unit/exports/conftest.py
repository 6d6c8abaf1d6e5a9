"""Windows as the ledger gives them, made up."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import pytest

from exporter.catalog.windows import WINDOW_FIELDS
from exporter.records import WindowRow
from exporter.tables import Row, Table, columns

NOON = 1_709_640_000
ODD_NAMES = ('a"b', "a,b", "a\nb", "a\\b", "=a+b", "r\u00e4der \u6f22 \U0001f600", "", " a ", "{a='b'}", "\ufffd")
"""Names with everything that means something in one of the formats."""


def window(subject: tuple[str, ...], start: int, *, mean: float = 1.5, whole: int = 0) -> WindowRow:
    """Return an hour whose whole fields are *whole* and the numbers after it."""
    others = [1.25 if field.name == "issued" else whole + at for at, field in enumerate(WINDOW_FIELDS[1:])]
    return WindowRow(subject, start, start + 3600, (mean, *others))


def given(rows: Sequence[WindowRow]) -> Generator[WindowRow, None, None]:
    """Give rows one after the other."""
    yield from rows


def table(header: str, *rows: Row) -> Table:
    """Return a table (see `exporter.tables.columns`)."""
    return Table(columns(header), (row for row in rows))


@pytest.fixture
def odd() -> Table:
    """Give a table of odd names with a number each."""
    return table("name,n:whole", *((name, at) for at, name in enumerate(ODD_NAMES)))
