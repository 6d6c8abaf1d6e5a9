"""Commands for who keeps the ledger: `backup`, `restore`, `reset`, `rebuild`."""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from exporter import housekeeping, wiring
from exporter.clock import SystemClock
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, counting, settings_at, tell
from exporter.config.retention import kept_by
from exporter.config.settings import Settings
from exporter.errors import UsageError, ZoneChanged
from exporter.failpoint import failpoint
from exporter.ledger import guard
from exporter.ledger.backup import Contents, back_up
from exporter.ledger.replace import replace_ledger
from exporter.ledger.reset import Holdings
from exporter.ledger.store import SqliteLedger
from exporter.names import shown
from exporter.reports.instant import iso, parse_instant
from exporter.reports.numbers import counted, human_bytes
from exporter.tail.adoption import lies_in, paths_of

_LISTED = 10
"""Files that are gone and told by name; more are told by their number."""


def backup(
    file: Annotated[Path, typer.Argument(help="The backup, a new file.")],
    config: ConfigPath = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """
    Copy the ledger to a file, as of its last commit; it may be written meanwhile.

    The file is checked before it gets its name, and only its owner may read it.
    """
    ledger = _ledger_of(settings_at(config))
    with counting("Copying") as told:
        contents = back_up(ledger, file.absolute(), told, replace=force)
    tell(f"{file} holds the ledger {_as_of(contents)}: {human_bytes(contents.size)}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup made with `seatwatch backup`.")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """
    Put a backup in the place of the ledger, which is kept aside.

    No seatwatch may write it meanwhile: stop `run` first.
    """
    ledger = _ledger_of(settings_at(config))
    with counting("Copying") as told:
        contents, kept = replace_ledger(ledger, file.absolute(), SystemClock().now(), told)
    tell(f"The ledger {ledger} is again {_as_of(contents)}.")
    if kept:
        tell(f"What was there before is kept as {kept}: delete it when you are sure.")
    tell(
        "The next `seatwatch run` or `collect` reads the logs on from where they stood then; "
        "what has gone from them since is recorded as gaps."
    )


def reset(
    source: Annotated[str, typer.Option(help="The source, by its name.")],
    config: ConfigPath = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Take all that was read of a source out of the ledger, so that it is read anew from the files that exist."""
    settings = settings_at(config)
    path = _ledger_of(settings)
    guard.refuse_missing(path)
    with closing(SqliteLedger.open(path, SystemClock(), failpoint())) as ledger:
        configured = [one.name for one in settings.sources]
        known = sorted({*configured, *(stream.source for stream in ledger.streams())})
        if source not in known:
            raise UsageError(f"There is no source {source!r}: choose one of {', '.join(known)}.")
        held = ledger.holdings(source)
        if not held.streams:
            tell(f"The ledger holds nothing of source {source}.")
            return
        tell(f"Source {source} in the ledger {path}: {_summary(held)}.")
        _tell_what_is_lost(_gone(ledger, settings, source), configured=source in configured, source=source)
        if not yes and sys.stdin.isatty():
            typer.confirm("Take it out?", abort=True, err=True)
        ledger.reset(source)
    tell(f"Taken out: {_summary(held)}.")
    if source in configured:
        tell("The next `seatwatch run` or `collect` reads its logs as if they were new.")


def rebuild(
    config: ConfigPath = DEFAULT_CONFIG,
    start: Annotated[
        str | None, typer.Option("--from", help="Only windows that begin at this instant or later.")
    ] = None,
) -> None:
    """
    Make the stored windows anew from what was read, those before the facts that are kept excepted.

    Killed, it goes on where it stopped when it is called again. No seatwatch may write the ledger meanwhile.
    """
    settings = settings_at(config)
    path = _ledger_of(settings)
    guard.refuse_missing(path)
    clock, zone = SystemClock(), settings.site.timezone
    since = 0 if start is None else parse_instant(start, ZoneInfo(zone), clock.now())
    with closing(SqliteLedger.open(path, clock, failpoint())) as ledger, counting("Making windows") as told:
        other_zone = False
        try:
            ledger.refuse_other_zone(zone)
        except ZoneChanged:
            if since:
                raise  # it takes all windows
            other_zone = True
        rules = wiring.rules_now(settings)
        known = made = 0

        def begun(before: int, goes_on: bool) -> None:
            nonlocal known
            known = before
            if goes_on:
                tell("An earlier rebuild was stopped; this one goes on from there.")

        def stored(so_far: int) -> None:
            nonlocal made
            made = so_far
            told(made, max(known, made))

        take_over = partial(wiring.take_over, ledger, rules, rezone=True)
        housekeeping.rebuild(ledger, kept_by(settings), since, take_over, begun, stored)
    tell(f"{counted(made, 'window')} made anew.")
    if other_zone and settings.influxdb:
        tell(
            "What InfluxDB has of the hours and days of the old zone stays, and counts twice: take it away before "
            "the next `seatwatch run` or `collect`, as docs/influxdb.md says under Another zone."
        )


def _tell_what_is_lost(gone: list[str], *, configured: bool, source: str) -> None:
    """Tell what will not be read again."""
    if not configured:
        tell(f"No source of the configuration is called {source}: nothing of it will be read again.", "yellow")
    elif gone:
        tell("These were read and are gone, so nothing of them will be read again:", "yellow")
        for name in gone[:_LISTED]:
            tell(f"    {name}", "yellow")
        if len(gone) > _LISTED:
            tell(f"    and {len(gone) - _LISTED:,} more", "yellow")


def _gone(ledger: SqliteLedger, settings: Settings, source: str) -> list[str]:
    """Return the files of *source* that were read and lie nowhere any more, each where it was seen last."""
    archive = [folder for one in settings.sources if one.name == source for folder in one.archive]
    gone = []
    for stream in ledger.streams():
        if stream.source == source:
            paths = paths_of(stream.name, archive)
            gone += [
                f"{shown(one.path)} ({human_bytes(one.offset)})"
                for one in ledger.generations(stream.id)
                if one.offset and not lies_in(one, paths)
            ]
    return gone


def _summary(held: Holdings) -> str:
    """Return what there is, in words."""
    return (
        f"{counted(held.streams, 'log')} with {counted(held.sessions, 'session')} ({held.open_sessions:,} open), "
        f"{counted(held.denials, 'denial')}, {counted(held.uses, 'use')}, "
        f"{counted(held.transfers, 'minute')} of transfers and {counted(held.gaps, 'gap')}"
    )


def _as_of(contents: Contents) -> str:
    return f"as it was at {iso(contents.committed)}" if contents.committed else "as it was before anything was read"


def _ledger_of(settings: Settings) -> Path:
    return Path(settings.ledger.path)
