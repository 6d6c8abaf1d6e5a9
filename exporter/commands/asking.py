"""Commands that ask the ledger: `status`, `who`, `explain`."""

from __future__ import annotations

import os
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from exporter import wiring
from exporter.breakdown_windows import directory_of
from exporter.catalog.vendors import WTMP
from exporter.clock import SystemClock
from exporter.commands.options import DEFAULT_CONFIG, AnswerShape, ConfigPath, Shape, answer, settings_at
from exporter.errors import UsageError
from exporter.formats.wtmp_layouts import RECORD
from exporter.formats.wtmp_text import text_of
from exporter.reports import explain_output, status_output, who_output
from exporter.reports.explain import explain as explain_level
from exporter.reports.instant import parse_instant
from exporter.reports.source_lines import SourceLines, SourceRecords
from exporter.reports.status import status as status_of
from exporter.reports.who import who as who_has
from exporter.tiers.stopless import stopless_since


def status(config: ConfigPath = DEFAULT_CONFIG, shape: AnswerShape = Shape.table) -> None:
    """Show how far each log is read, how far it can be trusted, and what is wrong."""
    settings = settings_at(config)
    with wiring.ledger_reader(settings) as ledger:
        sources, sinks = wiring.source_problems(settings.sources), [sink.name for sink in settings.influxdb]
        now = SystemClock().now()
        licences = [one.status(now) for one in wiring.entitlements(settings)]
        found = status_of(ledger, now, _size_of, stopless_since, sources, sinks, licences)
    answer(shape, found, status_output)


def who(
    feature: Annotated[str | None, typer.Argument(help="Only this feature.")] = None,
    groups: Annotated[
        str | None,
        typer.Option("--with", metavar="GROUP,...", help="Columns with these groups of the tables of people."),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: AnswerShape = Shape.table,
) -> None:
    """Show who has what open now, the longest first."""
    settings = settings_at(config)
    with wiring.ledger_reader(settings) as ledger:
        chosen = list(dict.fromkeys(filter(None, (groups or "").split(","))))
        configured, directory = (
            {source.name for source in settings.sources},
            directory_of(ledger, pseudonyms=settings.people.pseudonyms),
        )
        found = who_has(ledger, configured, feature, directory, chosen)
    answer(shape, found, who_output)


def explain(
    feature: Annotated[str, typer.Option(help="The feature.")],
    at: Annotated[
        str, typer.Option(help="2022-05-05T08:42:20Z, or '2022-05-05 08:42' in the site's zone, or now.")
    ] = "now",
    server: Annotated[str | None, typer.Option(help="Only on this server.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Only of this vendor daemon.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Show names though people.pseudonyms is on.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: AnswerShape = Shape.table,
) -> None:
    """Show the sessions that make up a level, each with file, line and rule."""
    settings = settings_at(config)
    if settings.people.pseudonyms and not names:
        raise UsageError("This shows lines of logs as they are, names too, and people.pseudonyms is on: add --names.")
    instant = parse_instant(at, ZoneInfo(settings.site.timezone), SystemClock().now())
    with wiring.ledger_reader(settings) as ledger, SourceLines() as line_of:
        record_of = {WTMP: SourceRecords(RECORD, text_of)}
        found = explain_level(ledger, feature, instant, line_of, server=server, vendor=vendor, record_of=record_of)
    answer(shape, found, explain_output)


def _size_of(path: str) -> int | None:
    """Return a file's size in bytes, None when it is gone or hidden."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 -- the path may hold any bytes
    except OSError:
        return None
