"""The command `report transfers`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, cast
from zoneinfo import ZoneInfo

import typer

from exporter import wiring
from exporter.clock import SystemClock
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, Shape, answer, settings_at
from exporter.commands.reporting import ReportShape
from exporter.errors import UsageError
from exporter.reports import transfers_output
from exporter.reports.instant import parse_instant
from exporter.reports.transfers import COLUMNS, Asked, By
from exporter.reports.transfers import transfers as transfers_of

_MINUTE, _HOUR = 60, 3600
_STEPS = {f"{n}m": n * _MINUTE for n in (5, 10, 15, 20, 30)} | {f"{n}h": n * _HOUR for n in (1, 2, 3, 4, 6, 8, 12)}
_STEPS["1d"] = 24 * _HOUR
Step = StrEnum("Step", [(name, name) for name in _STEPS])  # type: ignore[misc]  # from what there is
Direction = StrEnum("Direction", ["rx", "tx", "trx"])
Told = StrEnum("Told", [(name, name) for name in (*COLUMNS, "direction")])  # type: ignore[misc]  # the same


def transfers(
    start: Annotated[str | None, typer.Option("--start", help="From this day or instant on; it counts.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Up to this day or instant; it does not count.")] = None,
    machine: Annotated[
        list[str] | None,
        typer.Option("--machine", help="Only of this machine, told apart from others; may be given again."),
    ] = None,
    client: Annotated[
        list[str] | None, typer.Option("--client", help="Only of this client or source; may be given again.")
    ] = None,
    direction: Annotated[
        list[Direction] | None, typer.Option("--direction", help="Only files received, or sent.")
    ] = None,
    product: Annotated[
        list[str] | None,
        typer.Option("--product", help="Only products that fit, as SA* or radar; may be given again."),
    ] = None,
    by: Annotated[
        list[Told] | None,
        typer.Option("--by", help="A row for each; may be given again. Without it a row for each client or source."),
    ] = None,
    step: Annotated[
        Step | None, typer.Option("--step", help="A row for each stretch of time, from midnight on.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: Annotated[
        ReportShape, typer.Option("--format", help="A table to read, CSV, or JSON for machines.")
    ] = ReportShape.table,
) -> None:
    """Show how many files and bytes were received and sent, errors, and how long files took."""
    settings = settings_at(config)
    zone, now = ZoneInfo(settings.site.timezone), SystemClock().now()
    since, until = (None if text is None else parse_instant(text, zone, now) for text in (start, end))
    if since is not None and until is not None and since >= until:
        raise UsageError(f"Nothing lies between --start {start} and --end {end}: the first has to be the earlier one.")
    told = {str(one) for one in by or [Told("client")]} | ({"machine"} if machine else set())
    asked = Asked(
        zone,
        since,
        until,
        machine or (),
        client or (),
        [str(one) for one in direction or ()],
        product or (),
        cast("tuple[By, ...]", tuple(name for name in COLUMNS if name in told)),
        None if step is None else _STEPS[step],
    )
    with wiring.ledger_reader(settings) as ledger, ledger.snapshot():
        found = transfers_of(ledger, asked)
    if shape is ReportShape.csv:
        sys.stdout.write(transfers_output.as_csv(found))
    else:
        answer(Shape(shape), found, transfers_output)
