"""The command that gives rows to other programs: `export`."""

from __future__ import annotations

import sys
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from exporter import wiring
from exporter.breakdown_windows import breakdown_rows, directory_of
from exporter.catalog.tiers import LIVE, TIERS
from exporter.clock import SystemClock
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, Since, TierName, Until, settings_at, span
from exporter.errors import UsageError
from exporter.exports.destination import destination
from exporter.exports.lines import write_csv, write_jsonl
from exporter.exports.openmetrics import write_openmetrics
from exporter.exports.parquet import write_parquet
from exporter.exports.people import breakdown_table, told_of_people
from exporter.exports.windows import window_table
from exporter.ledger.export import EXPORTS, export
from exporter.records import WindowsAsked
from exporter.tables import Table

WINDOWS = "windows"
Exported = StrEnum("Exported", [(what, what) for what in (*EXPORTS, WINDOWS)])  # type: ignore[misc]  # from what there is


class RowShape(StrEnum):
    """How rows are written."""

    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"
    openmetrics = "openmetrics"


_TIERS_HELP = "; ".join(f"{tier.name}: one for each {tier.window}" for tier in TIERS)
_WHAT_HELP = """
Spans: the times for which a session held equal seats. Waits: in a queue. Gaps: what of a log was lost. Coverage: the
time each log tells of. Positions: how far each was read. Windows: what was in use, by minutes, hours or days.
"""


def export_rows(
    what: Annotated[Exported, typer.Argument(help=_WHAT_HELP)],
    config: ConfigPath = DEFAULT_CONFIG,
    shape: Annotated[
        RowShape,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="csv; jsonl: one JSON object a line; parquet: for a file or a pipe; openmetrics: of windows only.",
        ),
    ] = RowShape.csv,
    start: Since = None,
    end: Until = None,
    server: Annotated[str | None, typer.Option(help="Only of this server.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Only of this vendor daemon.")] = None,
    feature: Annotated[str | None, typer.Option(help="Only of this feature.")] = None,
    tier: Annotated[TierName | None, typer.Option(help=f"Which windows. {_TIERS_HELP}.")] = None,
    product: Annotated[bool, typer.Option("--product", help="Windows of products instead of features.")] = False,
    by: Annotated[
        str | None,
        typer.Option(metavar="GROUP", help="What each group used, in windows of hours or days: group, user ..."),
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(
            "--with", metavar="GROUP,...", help="Of sessions, denials and the like: columns with these groups."
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of stdout, once all is well.")] = None,
) -> None:
    """
    Write rows of the ledger, sorted, with times in UTC.

    Windows are rows for each minute, hour or day of a feature: seatwatch export windows --tier hourly --from 2024-05-01
    """
    if what != WINDOWS:
        if tier is not None or product:
            raise UsageError(f"`export {what}` has no {'--tier' if tier else '--product'}: only `export windows` has.")
        if by is not None:
            raise UsageError(f"`export {what}` has no --by: only `export windows` has; here --with tells of groups.")
        if shape is RowShape.openmetrics:
            raise UsageError("OpenMetrics text holds samples, which only `export windows` has: take another --format.")
    elif tier is None:
        raise UsageError(f"Which windows? Add one of {', '.join(f'--tier {name}' for name in TierName)}.")
    elif product and (server or vendor or feature):
        raise UsageError("Products are made of features of any server: leave out --server, --vendor and --feature.")
    elif groups is not None:
        raise UsageError("Windows are of all together: --by GROUP tells what each group used.")
    elif by is not None and (product or tier == LIVE.name or shape is RowShape.openmetrics):
        raise UsageError("Windows --by GROUP are of features, by hours or days, and no OpenMetrics text.")
    if shape is RowShape.parquet and output is None and sys.stdout.isatty():
        raise UsageError("Parquet is no text for a terminal: add --output FILE, or a pipe.")
    settings = settings_at(config)
    now = SystemClock().now()
    since, until = span(settings, start, end, now)
    with wiring.ledger_reader(settings) as ledger:
        if tier is None:
            table = export(ledger.ask, str(what), start=since, end=until, server=server, vendor=vendor, feature=feature)
            chosen = list(dict.fromkeys(filter(None, (groups or "").split(","))))
            table = told_of_people(table, directory_of(ledger, pseudonyms=settings.people.pseudonyms), chosen)
            with closing(table.rows), destination(output) as out:
                _write(shape, out, table)
            return
        if since is None and tier == LIVE.name and settings.tiers.live.keep is not None:
            since = int(now) - settings.tiers.live.keep  # older minutes have to be asked for
        asked = WindowsAsked(str(tier), product, since, until, server, vendor, feature)
        if by is not None:
            by_group = breakdown_table(breakdown_rows(ledger, asked, by))
            with closing(by_group.rows), destination(output) as out:
                _write(shape, out, by_group)
            return
        windows = wiring.window_rows(ledger, asked)
        with closing(windows), destination(output) as out:
            if shape is RowShape.openmetrics:
                write_openmetrics(out, asked.tier, windows, product=product)
            else:
                _write(shape, out, window_table(windows, product=product))


def _write(shape: RowShape, out: TextIO, table: Table) -> None:
    if shape is RowShape.parquet:
        write_parquet(out.buffer, table)
    elif shape is RowShape.jsonl:
        write_jsonl(out, table)
    else:
        write_csv(out, table)
