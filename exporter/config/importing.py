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
from contextlib import suppress
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
    there: int
    """Users whom the table had on the day."""

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
        return Changes([*columns, FROM, TO], rows, len(said), 0, 0, 0)
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
            later[user] = _earlier(later.get(user, ""), cells[FROM])
        elif ends is None or ends > day:
            holding[user].append(cells)
    moved, new = 0, 0
    opened: list[Cells] = []
    dropped: set[int] = set()
    for user in (*holding, *(user for user in said if user not in holding)):
        before, after = holding.get(user, []), said.get(user, [])
        if _told(before, kept) == _told(after, kept):
            continue
        moved += bool(before and after)
        new += not before
        until = _earlier(_last_day(before), later.get(user, ""))
        for cells in before:
            if _day(cells.get(FROM, "")) == day:
                dropped.add(id(cells))  # it never held
            else:
                cells[TO] = day.isoformat()
        opened += [{**cells, FROM: day.isoformat(), TO: until} for cells in after]
    gone = sum(user not in said for user in holding)
    stay = [cells for cells in rows if id(cells) not in dropped]
    whole = [*kept, FROM, TO] if {FROM, TO} - set(held) else held
    return Changes(whole, [*stay, *opened], new, moved, gone, len(holding))


def write(
    table: Path, changes: Changes, tables: Sequence[str], zone: str, hit: Callable[[str], None] = lambda _: None
) -> None:
    """
    Replace the *table*, one of *tables*, by what it is after the *changes*; killed, it is the one or the other.

    *hit* is a failpoint. Raises ConfigError, also where the tables would be faulty then.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, changes.columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(changes.rows)
    place = table.resolve()  # a link stays one
    try:
        handle, made = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text.getvalue())
                hit("mid-import")
                file.flush()
                os.fsync(file.fileno())
            _see_that_it_fits(table, made, tables, zone)
            if place.exists():
                with suppress(PermissionError):
                    shutil.chown(made, place.stat().st_uid, place.stat().st_gid)
                shutil.copymode(place, made)
            else:
                Path(made).chmod(0o640)
            hit("before-replace")
            Path(made).replace(place)
            hit("after-replace")
        finally:
            Path(made).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError([f"{table}: can't be written: {error.strerror}"]) from error


def _see_that_it_fits(table: Path, made: str, tables: Sequence[str], zone: str) -> None:
    """Raise ConfigError where the *tables* would be faulty if *table* were as it is in the file *made*."""
    try:
        read_tables([made if one == str(table) else one for one in tables], [], zone)
    except ConfigError as error:
        told = [fault.replace(made, str(table)) for fault in error.faults]
        raise ConfigError([f"{table} stays as it is; the tables would be faulty after the import:", *told]) from error


def _dumped(dump: Path, zone: str) -> tuple[list[str], dict[str, list[Cells]]]:
    """Return the columns of a dump, and its rows by user."""
    columns, rows = read_rows(dump)
    if not dump.read_bytes().endswith((b"\n", b"\r")):
        raise UsageError(f"{dump} ends inside a line, as if it had been cut: see that all of it is there.")
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


def _last_day(rows: Iterable[Cells]) -> str:
    """Return when a user is to be gone whatever the group, as the table tells; empty where it tells no such day."""
    days = [cells.get(TO, "") for cells in rows]
    return max(days, key=_later) if all(days) and days else ""


def _earlier(*days: str) -> str:
    """Return the earliest of some days; an empty one is none."""
    return min(filter(None, days), key=_later, default="")


def _day(text: str) -> date | None:
    return _later(text) if text else None


def _later(text: str) -> date:
    found: date = moment(text).date()
    return found
