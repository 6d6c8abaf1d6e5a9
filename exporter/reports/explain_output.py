"""The explanation of a level as tables, one a product key, and as JSON."""

from __future__ import annotations

import json

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exporter.records import Json
from exporter.reports.explain import Explanation, Issued, Level, Line, Share, Step
from exporter.reports.instant import iso, iso_or_none
from exporter.reports.numbers import counted
from exporter.reports.printable import cell


def as_json(explanation: Explanation) -> str:
    """Return the explanation as one JSON document, in ASCII; times are ``2022-05-05T08:42:20Z`` or null."""
    return json.dumps(
        {
            "feature": explanation.feature,
            "at": iso(explanation.at),
            "levels": [
                {
                    "server": level.server,
                    "vendor": level.vendor,
                    "feature": level.feature,
                    "level": level.seats,
                    "issued": level.issued
                    and {
                        "seats": level.issued.seats,
                        "since": iso(level.issued.since),
                        "origin": level.issued.origin,
                    },
                    "behind": [{"stream": behind.stream, "frontier": iso(behind.frontier)} for behind in level.behind],
                    "sessions": [_share_json(share) for share in level.shares],
                }
                for level in explanation.levels
            ],
        },
        indent=2,
    )


def show(explanation: Explanation, console: Console) -> None:
    """Print a table of sessions and their sum for each product key."""
    for number, level in enumerate(explanation.levels):
        if number:
            console.print()
        title = f"{level.feature} of {level.server}/{level.vendor} at {iso(explanation.at)}: "
        total = f"{counted(level.seats, 'seat')} in {counted(len(level.shares), 'session')}"
        console.print(cell(f"{title}{total}", "bold"))
        if level.issued is not None:
            console.print(cell(_issued(level.issued)))
        for behind in level.behind:
            known = f"{behind.stream} is known only up to {iso(behind.frontier)};"
            console.print(cell(f"{known} its sessions are shown as they stood there.", "yellow"))
        if level.shares:
            console.print(_table(level))
        else:
            console.print("No session was open.")


def _issued(issued: Issued) -> str:
    """Return how many seats there were, and who says so."""
    whose = "the configuration" if issued.origin == "config" else issued.origin
    return f"{counted(issued.seats, 'seat')} issued since {iso(issued.since)}, by {whose}."


def _table(level: Level) -> Table:
    """Return the sessions of a level, one a row."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), leading=1)
    table.add_column("Seats", justify="right", no_wrap=True)
    table.add_column("Holder", overflow="fold")
    table.add_column("Begins", overflow="fold")
    table.add_column("Ends", overflow="fold")
    for share in level.shares:
        holder = [cell(f"{share.user}@{share.host}")]
        if share.display:
            holder.append(cell(share.display, "dim"))
        begins = [_step(share.start, share.begun)]
        if share.changed is not None:
            begins.append(_step(share.span_from, share.changed))
        table.add_row(
            f"{share.seats:,}",
            Text("\n").join(holder),
            Text("\n").join(begins),
            _step(share.end or share.suspect, share.ended),
        )
    return table


def _step(time: int | None, step: Step) -> Text:
    """Return a step of a session on up to four lines: when, by which rule, and the line with its text."""
    parts = [] if time is None else [cell(iso(time), "bold")]
    parts.append(cell(step.rule))
    if step.line is not None:
        parts.append(cell(_place(step.line)))
        if step.line.text is not None:
            parts.append(cell(step.line.text, "dim"))
    return Text("\n").join(parts)


def _place(line: Line) -> str:
    """Return file and line number, or the byte offset where the file can't be read any more."""
    return f"{line.file}, byte {line.offset}" if line.number is None else f"{line.file}, line {line.number}"


def _share_json(share: Share) -> Json:
    """Return one session for `as_json`."""
    return {
        "user": share.user,
        "host": share.host,
        "display": share.display,
        "seats": share.seats,
        "start": iso(share.start),
        "end": iso_or_none(share.end),
        "end_reason": share.end_reason,
        "start_inferred": share.start_inferred,
        "suspect": iso_or_none(share.suspect),
        "from": iso(share.span_from),
        "to": iso_or_none(share.span_to),
        "begun": _step_json(share.begun),
        "changed": share.changed and _step_json(share.changed),
        "ended": _step_json(share.ended),
    }


def _step_json(step: Step) -> Json:
    """Return a rule and its line for `as_json`."""
    line = step.line
    return {
        "rule": step.rule,
        "line": line and {"file": line.file, "offset": line.offset, "number": line.number, "text": line.text},
    }
