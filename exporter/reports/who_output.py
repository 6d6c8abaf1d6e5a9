"""The open sessions as a table and as JSON."""

from __future__ import annotations

import json

from rich import box
from rich.console import Console
from rich.table import Table

from exporter.reports.instant import iso, iso_or_none
from exporter.reports.numbers import counted, human_duration
from exporter.reports.printable import cell
from exporter.reports.who import OpenSession, OpenSessions


def as_json(found: OpenSessions) -> str:
    """Return the sessions as one JSON document: a list in the same order, in ASCII; the others are not in it."""
    return json.dumps(
        [
            {
                "server": one.server,
                "vendor": one.vendor,
                "feature": one.feature,
                "user": one.user,
                "host": one.host,
                "display": one.display,
                "seats": one.seats,
                "start": iso(one.start),
                "start_inferred": one.start_inferred,
                "suspect": iso_or_none(one.suspect),
                "frontier": iso(one.frontier),
                "seconds": one.seconds,
            }
            | ({"groups": dict(one.groups)} if one.groups else {})
            for one in found.sessions
        ],
        indent=2,
    )


def show(found: OpenSessions, console: Console) -> None:
    """Print the sessions as a table, their sum, what the marks ``<=`` and ``?`` say, and how many are left out."""
    if found.sessions:
        _show_table(found.sessions, console)
    else:
        console.print("Nobody has a session open.")
    if found.others:
        more = counted(found.others, "more open session")
        console.print(f"{more} of sources that are not configured; `seatwatch status` names them")


def _show_table(sessions: list[OpenSession], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Feature", overflow="fold")
    table.add_column("Holder", overflow="fold")
    table.add_column("Seats", justify="right", no_wrap=True)
    table.add_column("Since (UTC)", justify="right", no_wrap=True)
    table.add_column("For", justify="right", no_wrap=True)
    table.add_column("Server", overflow="fold")
    for group in sessions[0].groups:
        table.add_column(cell(group), overflow="fold")
    for one in sessions:
        holder = f"{one.user}@{one.host}" + (f" [{one.display}]" if one.display else "")
        since = iso(one.start).replace("T", " ").rstrip("Z")
        table.add_row(
            cell(one.feature),
            cell(holder),
            str(one.seats),
            f"<= {since}" if one.start_inferred else since,
            f"{human_duration(one.seconds)}{'' if one.suspect is None else ' ?'}",
            cell(f"{one.server}/{one.vendor}"),
            *map(cell, one.groups.values()),
        )
    console.print(table)
    total = f"{counted(len(sessions), 'session')}, {counted(sum(one.seats for one in sessions), 'seat')};"
    console.print(
        f"{total} their logs are known to {iso(min(one.frontier for one in sessions))} or later", highlight=False
    )
    if any(one.start_inferred for one in sessions):
        console.print("<= was open before its log begins, or before the daemon's first line in it")
    if any(one.suspect is not None for one in sessions):
        console.print("? may have ended in a part of its log that was lost: not heard of since")
