"""
`seatwatch people import`: a dump of who is where today, compared with the table by date.

Rows that hold on the day and are otherwise in the dump end with that day, and what the dump says begins with it. The
table is written whole or not at all, beside its old self, which it then replaces.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from exporter.config.people import FROM, TO, read_rows, read_tables
from exporter.config.values import moment
from exporter.directory import USER
from exporter.errors import ConfigError, UsageError

Cells = dict[str, str]


class Changes(NamedTuple):
    """What an import does to a table."""

    columns: Sequence[str]
    rows: Sequence[Cells]
    """All of them, as they will be."""
    new: int
    """Users who were not there on the day."""
    moved: int
    """Users of whom the dump says something else."""
    gone: int
    """Users who are not in the dump."""

    @property
    def any(self) -> bool:
        """Whether the table changes at all."""
        return bool(self.new or self.moved or self.gone)


def compare(table: Path, dump: Path, day: date, zone: str) -> Changes:
    """
    Return what the *dump* of a *day* changes in the *table*, which may not be there yet.

    Raises ConfigError with all that is wrong in either of the two, UsageError where their columns differ.
    """
    columns, said = _dumped(dump, zone)
    if not table.exists():
        rows = [{**cells, FROM: day.isoformat(), TO: ""} for of_user in said.values() for cells in of_user]
        return Changes([*columns, FROM, TO], rows, len(said), 0, 0)
    read_tables([str(table)], [], zone)
    held, found = read_rows(table)
    kept = [column for column in held if column not in (FROM, TO)]
    if set(kept) != set(columns):
        differing = ", ".join(sorted(set(kept) ^ set(columns)))
        raise UsageError(
            f"{table} and {dump} have not the same columns ({differing}): let both have them, empty ones too."
        )
    rows = [row.cells for row in found]
    holding: defaultdict[str, list[Cells]] = defaultdict(list)
    later: dict[str, str] = {}
    for cells in rows:
        begins, ends = (_day(cells.get(column, "")) for column in (FROM, TO))
        user = cells[USER].casefold()
        if begins is not None and begins > day:
            later[user] = min(later.get(user, cells[FROM]), cells[FROM], key=_later)
        elif ends is None or ends > day:
            holding[user].append(cells)
    moved, new = 0, 0
    opened: list[Cells] = []
    dropped: list[Cells] = []
    for user in (*holding, *(user for user in said if user not in holding)):
        before, after = holding.get(user, []), said.get(user, [])
        if _told(before, kept) == _told(after, kept):
            continue
        moved += bool(before and after)
        new += not before
        for cells in before:
            if _day(cells.get(FROM, "")) == day:
                dropped.append(cells)  # it never held
            else:
                cells[TO] = day.isoformat()
        opened += [{**cells, FROM: day.isoformat(), TO: later.get(user, "")} for cells in after]
    gone = sum(user not in said for user in holding)
    stay = [cells for cells in rows if not any(cells is one for one in dropped)]
    whole = [*kept, FROM, TO] if {FROM, TO} - set(held) else held
    return Changes(whole, [*stay, *opened], new, moved, gone)


def write(table: Path, changes: Changes, hit: Callable[[str], None] = lambda _: None) -> None:
    """
    Replace the *table* by what it is after the *changes*; killed, it is the one or the other. Raises ConfigError.

    *hit* is a failpoint.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, changes.columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(changes.rows)
    try:
        handle, made = tempfile.mkstemp(dir=table.absolute().parent, prefix=f".{table.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text.getvalue())
                hit("mid-import")
                file.flush()
                os.fsync(file.fileno())
            if table.exists():
                shutil.copymode(table, made)
            else:
                Path(made).chmod(0o640)
            hit("before-replace")
            Path(made).replace(table)
            hit("after-replace")
        finally:
            Path(made).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError([f"{table}: can't be written: {error.strerror}"]) from error


def _dumped(dump: Path, zone: str) -> tuple[list[str], dict[str, list[Cells]]]:
    """Return the columns of a dump, and its rows by user."""
    columns, rows = read_rows(dump)
    if faults := [f"{dump}:1: a dump of one day has no {column}" for column in (FROM, TO) if column in columns]:
        raise ConfigError(faults)
    read_tables([str(dump)], [], zone)
    if not rows:
        raise UsageError(f"{dump} holds nobody, so everybody would be gone: see how it was made.")
    found: defaultdict[str, list[Cells]] = defaultdict(list)
    for row in rows:
        found[row.cells[USER].casefold()].append(row.cells)
    return columns, dict(found)


def _told(rows: Iterable[Cells], columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return what rows of one user say, but for their dates and how the user is spelt."""
    return sorted(tuple(cells[column] for column in columns if column != USER) for cells in rows)


def _day(text: str) -> date | None:
    return _later(text) if text else None


def _later(text: str) -> date:
    found: date = moment(text).date()
    return found
