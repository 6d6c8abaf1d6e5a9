"""The commands `report ...`: tables over spans of time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from exporter import wiring
from exporter.breakdown_windows import directory_of
from exporter.clock import SystemClock
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, Shape, answer, settings_at
from exporter.errors import UsageError
from exporter.ledger.reader import LedgerReader
from exporter.reports import modules as modules_of
from exporter.reports import modules_output
from exporter.reports.instant import parse_instant
from exporter.reports.modules import Asked, Modules

app = typer.Typer(name="report", no_args_is_help=True, help="Tables over a span of time.")
modules = typer.Typer(name="modules", no_args_is_help=True, help="Who loaded which modules, as analyzeLmodDB tells it.")
app.add_typer(modules)


class ReportShape(StrEnum):
    """How a report is written."""

    table = "table"
    csv = "csv"
    json = "json"


_Start = Annotated[str | None, typer.Option("--start", help="From this day or instant on; it counts.")]
_End = Annotated[str | None, typer.Option("--end", help="Up to this day or instant; it does not count.")]
_Syshosts = Annotated[list[str] | None, typer.Option("--syshost", help="Only of this cluster; may be given again.")]
_Paths = Annotated[
    list[str] | None,
    typer.Option("--sql-pattern", help="Only of paths that fit, as /opt/%; may be given again."),
]
_Users = Annotated[
    list[str] | None, typer.Option("--sql-pattern", help="Only users that fit, as a%; may be given again.")
]
_AllModules = Annotated[
    Path | None,
    typer.Option("--all-modules", help="A file with a module on each line: those that nobody loaded come with 0."),
]
_Format = Annotated[ReportShape, typer.Option("--format", help="A table to read, CSV, or JSON for machines.")]


@modules.command("usage")
def usage(
    start: _Start = None,
    end: _End = None,
    syshost: _Syshosts = None,
    sql_pattern: _Paths = None,
    all_modules: _AllModules = None,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: _Format = ReportShape.table,
) -> None:
    """Show how many users loaded each module, most first."""
    names = _names_in(all_modules)
    asked = Asked(syshosts=syshost or (), patterns=sql_pattern or ())
    _report(lambda ledger, of: modules_of.usage(ledger, of, names), asked, start, end, config, shape)


@modules.command("counts")
def counts(
    start: _Start = None,
    end: _End = None,
    syshost: _Syshosts = None,
    sql_pattern: _Paths = None,
    all_modules: _AllModules = None,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: _Format = ReportShape.table,
) -> None:
    """Show the same with the clusters on which each was loaded."""
    names = _names_in(all_modules)
    asked = Asked(syshosts=syshost or (), patterns=sql_pattern or ())
    _report(lambda ledger, of: modules_of.counts(ledger, of, names), asked, start, end, config, shape)


@modules.command("usernames")
def usernames(
    start: _Start = None,
    end: _End = None,
    syshost: _Syshosts = None,
    sql_pattern: _Paths = None,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: _Format = ReportShape.table,
) -> None:
    """Show who loaded each module."""
    _report(modules_of.usernames, Asked(syshosts=syshost or (), patterns=sql_pattern or ()), start, end, config, shape)


@modules.command("modules-used-by")
def modules_used_by(
    start: _Start = None,
    end: _End = None,
    syshost: _Syshosts = None,
    sql_pattern: _Users = None,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: _Format = ReportShape.table,
) -> None:
    """Show which modules some users loaded."""
    asked = Asked(syshosts=syshost or (), patterns=sql_pattern or ())
    _report(modules_of.modules_used_by, asked, start, end, config, shape)


def _report(
    ask: Callable[[LedgerReader, Asked], Modules],
    asked: Asked,
    start: str | None,
    end: str | None,
    config: Path,
    shape: ReportShape,
) -> None:
    """Print what *ask* finds between two instants, which are local to the site."""
    settings = settings_at(config)
    zone, now = ZoneInfo(settings.site.timezone), SystemClock().now()
    since, until = (None if text is None else parse_instant(text, zone, now) for text in (start, end))
    if since is not None and until is not None and since >= until:
        raise UsageError(f"Nothing lies between --start {start} and --end {end}: the first has to be the earlier one.")
    with wiring.ledger_reader(settings) as ledger, ledger.snapshot():
        directory = directory_of(ledger, pseudonyms=settings.people.pseudonyms)
        found = ask(ledger, Asked(since, until, asked.syshosts, asked.patterns))
        if directory.rules.key:
            found = found.under_names(lambda user: directory.face(user, "", int(now)))
    if shape is ReportShape.csv:
        sys.stdout.write(modules_output.as_csv(found))
    else:
        answer(Shape(shape), found, modules_output)


def _names_in(file: Path | None) -> list[str]:
    """Return the modules that a file lists, each once; Lmod lists families too, as ``gcc/``. Raises UsageError."""
    if file is None:
        return []
    try:
        lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise UsageError(f"--all-modules {file} can't be read: {error.strerror or error}.") from error
    return list(dict.fromkeys(name for line in lines if (name := line.strip()) and not name.endswith("/")))
