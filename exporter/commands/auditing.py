"""The command that holds our level against the licence server's own word: `audit`."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from exporter import wiring
from exporter.breakdown_windows import directory_of
from exporter.clock import SystemClock
from exporter.commands.options import DEFAULT_CONFIG, ConfigPath, Shape, answer, settings_at, tell
from exporter.commands.reporting import ReportShape
from exporter.config.settings import Settings
from exporter.directory import Directory
from exporter.errors import LedgerError, NothingToAudit, UsageError
from exporter.ledger.audits import SHOWN_SECONDS, Audited, keep_audit
from exporter.reports.audit import Audit, ServerAudit, audit_server
from exporter.reports.audit_output import AuditOutput, all_remarks
from exporter.reports.audit_sessions import Alone
from exporter.reports.audited_servers import our_server, sources_of
from exporter.reports.instant import parse_instant
from exporter.reports.printable import clean
from exporter.status_texts.kinds import KINDS, read_status, text_of
from exporter.status_texts.told import ServerStatus, StatusText
from exporter.tiers.stopless import stopless_since

Kind = StrEnum("Kind", [(name, name) for name in KINDS])  # type: ignore[misc]  # from what there is
_FRESH = timedelta(minutes=3)
"""A text that tells the minute in which it was begun was finished so soon after."""


def audit(
    status: Annotated[str, typer.Option(metavar="FILE", help="What the server's status command printed; - for stdin.")],
    server: Annotated[
        str | None, typer.Option(help="Which of our servers it is about, where the text has another name for it.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="When it was printed: as for `explain`. Else its own date, the file's, or for stdin now."),
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="What printed it, where the text doesn't show that.")] = None,
    tolerance: Annotated[int, typer.Option(min=0, help="So many seats apart is still equal.")] = 0,
    sessions: Annotated[bool, typer.Option("--sessions", help="Name the sessions that one side only has.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    shape: Annotated[
        ReportShape, typer.Option("--format", help="A table to read, CSV, or JSON for machines.")
    ] = ReportShape.table,
) -> None:
    """
    Check our level against what the licence server itself says; exit with 1 where they differ.

    lmutil lmstat -a -c 27000@lic1 | seatwatch audit --status - --server lic1
    """
    settings = settings_at(config)
    site, now = ZoneInfo(settings.site.timezone), SystemClock().now()
    data, written = _read(status, now)
    asked = None if at is None else parse_instant(at, site, now)
    near = datetime.fromtimestamp(written if asked is None else asked, site).replace(tzinfo=None)
    told = read_status(text_of(data), near, None if kind is None else str(kind))
    found = _audited(settings, told, server, asked, written, tolerance)
    output = AuditOutput(sessions)
    if shape is ReportShape.csv:
        sys.stdout.write(output.as_csv(found))
        for sentence in all_remarks(found):
            tell(sentence, "yellow")
    else:
        answer(Shape(shape), found, output)
    for one in found.servers:
        if now - SHOWN_SECONDS < one.at <= now:
            _keep(settings, one)
    if found.different:
        raise typer.Exit(1)


def _audited(
    settings: Settings, told: StatusText, server: str | None, asked: int | None, written: float, tolerance: int
) -> Audit:
    """Return each server of a text beside ours. Raises NothingToAudit, UsageError."""
    statuses = [one for one in told.servers if one.features]
    if not statuses:
        faults = "; ".join(fault for one in told.servers for fault in one.faults)
        raise NothingToAudit(
            clean(f"The status text tells of no feature. It says: {faults}.")
            if faults
            else "The status text tells of no feature. It has to be all that the command printed, such as lmstat -a."
        )
    if server is not None and len(statuses) > 1:
        names = ", ".join("/".join(one.servers) for one in statuses)
        raise UsageError(
            clean(f"The text is about several servers ({names}): leave out --server, or give one at a time.")
        )
    with wiring.ledger_reader(settings) as ledger, ledger.snapshot():
        audits = []
        for one in statuses:
            ours = our_server(ledger, one.servers, server)
            sources = sources_of(ledger, ours)
            zones = [source.timezone for source in settings.sources if source.name in sources]
            zone = ZoneInfo(next(iter(zones), settings.site.timezone))
            instant = _instant(one, zone, written) if asked is None else asked
            audits.append(audit_server(ledger, one, ours, instant, zone, stopless_since))
        if settings.people.pseudonyms:
            directory = directory_of(ledger, pseudonyms=True)
            audits = [_under_pseudonyms(one, directory) for one in audits]
    silent = tuple(
        clean(f"Nothing was compared of {' or '.join(one.servers) or 'a server'}, which says: {'; '.join(one.faults)}.")
        for one in told.servers
        if one.faults and not one.features
    )
    return Audit(told.kind, tuple(audits), silent, told.unknown, tolerance)


def _under_pseudonyms(audit: ServerAudit, directory: Directory) -> ServerAudit:
    """Return an audit with the names that *directory* gives to users, hosts and displays."""

    def shown(one: Alone) -> Alone:
        time = audit.at if one.start is None else one.start
        user, host = directory.user(one.user, one.host, time), directory.host(one.host, time)
        return replace(one, user=user, host=host, display=directory.display(one.display))

    features = (replace(one, alone=tuple(map(shown, one.alone))) for one in audit.features)
    return replace(audit, features=tuple(features))


def _read(status: str, now: float) -> tuple[bytes, float]:
    """Return a status text and when it was written, UTC seconds. Raises UsageError."""
    if status == "-":
        return sys.stdin.buffer.read(), now
    try:
        path = Path(status)
        return path.read_bytes(), path.stat().st_mtime
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(clean(f"--status {status} can't be read: {reason}.")) from error


def _instant(status: ServerStatus, zone: ZoneInfo, written: float) -> int:
    """Return the UTC second of a text: its own, or when it was *written* where that tells its minute's second."""
    if status.taken is None:
        return int(written)
    own = status.taken.replace(tzinfo=zone).timestamp()
    if not status.to_second and own <= written < own + _FRESH.total_seconds():
        return int(written)
    return int(own)


def _keep(settings: Settings, found: ServerAudit) -> None:
    """Keep what was found for the endpoint; where that can't be done the answer is none the worse."""
    judged = [
        Audited((found.server, one.vendor, one.feature), one.theirs, one.ours)
        for one in found.features
        if one.theirs is not None and not one.stopless
    ]
    try:
        keep_audit(settings.ledger.path, found.at, judged)
    except LedgerError as error:
        tell(f"licence_feature_drift_seats does not show this audit. {error}", "yellow")
