"""The commands `people ...`: the tables of who is in which group, by date."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from exporter.clock import SystemClock
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, settings_at, tell
from exporter.config.importing import compare, write
from exporter.config.settings import Settings
from exporter.errors import UsageError
from exporter.failpoint import failpoint
from exporter.reports.numbers import counted

app = typer.Typer(name="people", no_args_is_help=True, help="The tables of who is in which group, by date.")


@app.callback()
def _people() -> None:
    """Keep `import` a command of its own."""


@app.command("import")
def import_dump(
    dump: Annotated[Path, typer.Argument(help="CSV of today: user, and the columns of the table but its dates.")],
    table: Annotated[
        Path | None, typer.Option(help="Into this table of people.tables, where there are several.")
    ] = None,
    day: Annotated[
        str | None, typer.Option(help="The day from which the dump holds: 2024-05-01; today if left out.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
    many_gone: Annotated[
        bool, typer.Option("--many-gone", help="Also where more than half of the users would be gone.")
    ] = False,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Compare a dump of today with the table: end rows that are otherwise now, and begin new ones."""
    settings = settings_at(config)
    path, zone = _table_of(settings, table), settings.site.timezone
    since = _day_of(day, zone)
    changes = compare(path, dump, since, zone)
    if changes.gone * 2 > changes.there and not (many_gone or dry_run):
        raise UsageError(
            f"{changes.gone:,} of {changes.there:,} users would be gone from {since} on: see whether {dump} is whole, "
            "and add --many-gone if it is."
        )
    if changes.any and not dry_run:
        write(path, changes, settings.people.tables, zone, failpoint())
    said = ", ".join([counted(changes.new, "new user"), f"{changes.moved:,} who moved", f"{changes.gone:,} who left"])
    tell(f"{path}: {said}, from {since} on{'; nothing was written' if dry_run or not changes.any else ''}.")


def _table_of(settings: Settings, table: Path | None) -> Path:
    tables = settings.people.tables
    if table is not None:
        chosen = str(table.absolute())
        if chosen not in tables:
            raise UsageError(f"people.tables doesn't name {chosen}: it names {', '.join(tables) or 'none'}.")
        return Path(chosen)
    if len(tables) != 1:
        raise UsageError("people.tables names no table." if not tables else "Which of people.tables? Add --table FILE.")
    return Path(tables[0])


def _day_of(text: str | None, zone: str) -> date:
    if text is None:
        return datetime.fromtimestamp(SystemClock().now(), ZoneInfo(zone)).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--day {text} is no day such as 2024-05-01.") from None
