"""Who people are, in the rows of exports: their groups in columns of their own, and pseudonyms for names."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from exporter.catalog.windows import BREAKDOWN_FIELDS
from exporter.directory import Directory
from exporter.errors import UsageError
from exporter.records import BreakdownRow
from exporter.tables import Column, Row, Table

_USER, _HOST, _DISPLAY = "user", "host", "display"
_WHEN = ("start", "time")
"""Columns, of which a row has one, that tell as of when."""


def told_of_people(table: Table, directory: Directory, groups: Sequence[str]) -> Table:
    """
    Return *table* with a column for each of *groups*, and with pseudonyms where the directory has them.

    Raises UsageError where its rows tell of nobody.
    """
    names = [column.name for column in table.columns]
    if _USER not in names:
        if groups:
            table.rows.close()
            raise UsageError("These rows tell of no users: leave out --with.")
        return table
    if unknown := [group for group in groups if group not in directory.groups]:
        table.rows.close()
        known = ", ".join(sorted(directory.groups)) or "none"
        raise UsageError(f"The tables of people and hosts know no {unknown[0]!r}: choose of {known}.")
    if not groups and not directory.rules.key:
        return table
    columns = (*table.columns, *(Column(f"people_{group}" if group in names else group) for group in groups))
    return Table(columns, _cells(table, names, directory, groups))


def breakdown_table(rows: Generator[BreakdownRow, None, None]) -> Table:
    """Return the table of windows by group."""
    subject = tuple(Column(name) for name in ("server", "vendor", "feature", "breakdown", "value"))
    fields = tuple(Column(field.name, field.kind) for field in BREAKDOWN_FIELDS)
    return Table((*subject, Column("start", "time"), *fields), _by_group(rows))


def _by_group(rows: Generator[BreakdownRow, None, None]) -> Generator[Row, None, None]:
    try:
        for row in rows:
            yield (*row.subject, row.start, *row.fields)
    finally:
        rows.close()


def _cells(
    table: Table, names: Sequence[str], directory: Directory, groups: Sequence[str]
) -> Generator[Row, None, None]:
    user_at, host_at, when_at = (
        names.index(_USER),
        names.index(_HOST),
        names.index(next(filter(names.__contains__, _WHEN))),
    )
    display_at = names.index(_DISPLAY) if _DISPLAY in names else None
    try:
        for row in table.rows:
            cells = list(row)
            user, host, when = str(row[user_at]), str(row[host_at]), int(row[when_at] or 0)
            cells[user_at], cells[host_at] = directory.user(user, host, when), directory.host(host, when)
            if display_at is not None:
                cells[display_at] = directory.display(str(row[display_at]))
            yield (*cells, *(directory.text(group, user, host, when) for group in groups))
    finally:
        table.rows.close()
