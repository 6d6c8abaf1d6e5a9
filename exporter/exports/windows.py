"""Windows as a table: the columns of their subject, the start, and every field of the catalog."""

from __future__ import annotations

from collections.abc import Generator

from exporter.catalog.windows import WINDOW_FIELDS
from exporter.records import WindowRow
from exporter.tables import Column, Row, Table

FEATURE = ("server", "vendor", "feature")
"""What names a feature; the names of labels too."""
PRODUCT = ("product",)


def window_table(rows: Generator[WindowRow, None, None], *, product: bool) -> Table:
    """Return the table of windows of features, or of products."""
    subject = tuple(Column(name) for name in (PRODUCT if product else FEATURE))
    fields = tuple(Column(field.name, field.kind) for field in WINDOW_FIELDS)
    return Table((*subject, Column("start", "time"), *fields), _cells(rows))


def _cells(rows: Generator[WindowRow, None, None]) -> Generator[Row, None, None]:
    try:
        for row in rows:
            yield (*row.subject, row.start, *row.fields)
    finally:
        rows.close()
