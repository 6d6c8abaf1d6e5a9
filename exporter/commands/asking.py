"""Commands that ask the ledger: `status`, `who`, `explain`, `export`."""

from __future__ import annotations

import io
import os
import sys
from contextlib import closing
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from exporter import wiring
from exporter.clock import SystemClock
from exporter.commands.options import DEFAULT_CONFIG, AnswerShape, ConfigPath, Shape, answer, settings_at
from exporter.ledger.export import EXPORTS, export, write_csv, write_jsonl
from exporter.reports import explain_output, status_output, who_output
from exporter.reports.explain import explain as explain_level
from exporter.reports.instant import parse_instant
from exporter.reports.source_lines import SourceLines
from exporter.reports.status import status as status_of
from exporter.reports.who import who as who_has
from exporter.tiers.stopless import stopless_since

Exported = StrEnum("Exported", [(what, what) for what in EXPORTS])  # type: ignore[misc]  # made from what there is


class RowShape(StrEnum):
    """How rows are written."""

    csv = "csv"
    jsonl = "jsonl"


def status(config: ConfigPath = DEFAULT_CONFIG, shape: AnswerShape = Shape.table) -> None:
    """Show how far each log is read, how far it can be trusted, and what is wrong."""
    settings = settings_at(config)
    with wiring.ledger_reader(settings) as ledger:
        found = status_of(
            ledger, SystemClock().now(), _size_of, stopless_since, wiring.source_problems(settings.sources)
        )
    answer(shape, found, status_output)


def who(
    feature: Annotated[str | None, typer.Argument(help="Only this feature.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: AnswerShape = Shape.table,
) -> None:
    """Show who has what open now, the longest first."""
    settings = settings_at(config)
    with wiring.ledger_reader(settings) as ledger:
        found = who_has(ledger, {source.name for source in settings.sources}, feature)
    answer(shape, found, who_output)


def explain(
    feature: Annotated[str, typer.Option(help="The feature.")],
    at: Annotated[
        str, typer.Option(help="2022-05-05T08:42:20Z, or '2022-05-05 08:42' in the site's zone, or now.")
    ] = "now",
    server: Annotated[str | None, typer.Option(help="Only on this server.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Only of this vendor daemon.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: AnswerShape = Shape.table,
) -> None:
    """Show the sessions that make up a level, each with file, line and rule."""
    settings = settings_at(config)
    instant = parse_instant(at, ZoneInfo(settings.site.timezone), SystemClock().now())
    with wiring.ledger_reader(settings) as ledger, SourceLines() as line_of:
        found = explain_level(ledger, feature, instant, line_of, server=server, vendor=vendor)
    answer(shape, found, explain_output)


def export_rows(
    what: Annotated[Exported, typer.Argument(help="Which rows.")],
    config: ConfigPath = DEFAULT_CONFIG,
    shape: Annotated[RowShape, typer.Option("--format", help="CSV, or one JSON object a line.")] = RowShape.csv,
    start: Annotated[str | None, typer.Option("--from", help="From this instant on; it counts.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Up to this instant; it does not count.")] = None,
    server: Annotated[str | None, typer.Option(help="Only of this server.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Only of this vendor daemon.")] = None,
    feature: Annotated[str | None, typer.Option(help="Only of this feature.")] = None,
) -> None:
    """Write rows of the ledger to stdout, sorted, with times in UTC."""
    settings = settings_at(config)
    zone, now = ZoneInfo(settings.site.timezone), SystemClock().now()
    bounds = [None if text is None else parse_instant(text, zone, now) for text in (start, end)]
    with wiring.ledger_reader(settings) as ledger:
        chosen = {"start": bounds[0], "end": bounds[1], "server": server, "vendor": vendor, "feature": feature}
        header, rows = export(ledger.ask, str(what), **chosen)  # type: ignore[arg-type]  # times and names by key
        if isinstance(sys.stdout, io.TextIOWrapper):
            # The same bytes in every locale.
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        with closing(rows):
            (write_csv if shape is RowShape.csv else write_jsonl)(sys.stdout, header, rows)
            sys.stdout.flush()


def _size_of(path: str) -> int | None:
    """Return a file's size in bytes, None when it is gone or hidden."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 -- the path may hold any bytes
    except OSError:
        return None
