"""An audit as tables, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from exporter.records import Json
from exporter.reports.audit import Audit, Compared, ServerAudit
from exporter.reports.audit_sessions import Alone
from exporter.reports.instant import iso, iso_or_none
from exporter.reports.numbers import counted, human_duration
from exporter.reports.printable import cell, clean

_COLUMNS = (
    *("server", "vendor", "feature", "theirs", "ours", "difference", "issued_theirs", "issued_ours", "reserved"),
    *("different", "explanation"),
)
_SESSION_COLUMNS = "server", "vendor", "feature", "side", "user", "host", "display", "seats", "start", "explanation"
_SHOWN_UNKNOWN = 5
_SHOWN_LETTERS = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet."""


@dataclass(frozen=True, slots=True)
class AuditOutput:
    """Writes audits; with *sessions* those that one side only has, too."""

    sessions: bool

    def as_json(self, found: Audit) -> str:
        """Return one JSON document, in ASCII: features of each server, what is known of differences, unknown lines."""
        servers = [
            {
                "server": one.server,
                "at": iso(one.at),
                "features": [self._feature(feature, found.tolerance) for feature in one.features],
                "behind": [{"stream": behind.stream, "frontier": iso(behind.frontier)} for behind in one.behind],
                "faults": list(one.faults),
            }
            for one in found.servers
        ]
        unknown = [{"number": line.number, "text": line.text} for line in found.unknown]
        document = {
            "kind": found.kind,
            "different": found.different,
            "servers": servers,
            "unanswered": list(found.unanswered),
            "unknown_lines": unknown,
        }
        return json.dumps(document, indent=2)

    def as_csv(self, found: Audit) -> str:
        """
        Return a header and a row for each feature, or for each session of one side: LF line ends, no formulas.

        A text that a spreadsheet would take for a formula has an apostrophe before it.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_SESSION_COLUMNS if self.sessions else _COLUMNS)
        for server in found.servers:
            rows = _session_rows(server) if self.sessions else _rows(server, found.tolerance)
            writer.writerows([_safe(value) for value in row] for row in rows)
        return text.getvalue()

    def show(self, found: Audit, console: Console) -> None:
        """Print a table for each server of what is used or differs, what explains it, and what was not understood."""
        for number, one in enumerate(found.servers):
            if number:
                console.print()
            _show_server(one, found.tolerance, console)
            if self.sessions:
                _show_sessions(one, console)
        for sentence in _of_the_text(found):
            console.print(cell(sentence, "yellow"))

    def _feature(self, one: Compared, tolerance: int) -> Json:
        feature: dict[str, Json] = {
            "vendor": one.vendor,
            "feature": one.feature,
            "theirs": one.theirs,
            "ours": one.ours,
            "difference": one.difference,
            "issued_theirs": one.issued_theirs,
            "issued_ours": one.issued_ours,
            "reserved": one.reserved,
            "different": one.differs(tolerance),
            "explanation": list(one.why),
        }
        if self.sessions:
            feature["sessions"] = [
                {
                    "side": lone.side,
                    "user": lone.user,
                    "host": lone.host,
                    "display": lone.display,
                    "seats": lone.seats,
                    "start": iso_or_none(lone.start),
                    "explanation": lone.why,
                }
                for lone in one.alone
            ]
        return feature


def all_remarks(found: Audit) -> Iterator[str]:
    """Yield what a table tells besides its rows, a sentence each."""
    for one in found.servers:
        yield from _remarks(one)
    yield from _of_the_text(found)


def _remarks(one: ServerAudit) -> Iterator[str]:
    """Yield what a server says is wrong, and which logs of ours end before the instant; each on one line."""
    for fault in one.faults:
        yield clean(f"{one.server} says: {fault}")
    for behind in one.behind:
        late = human_duration(one.at - behind.frontier)
        yield clean(f"{behind.stream} is known only up to {iso(behind.frontier)}, {late} before.")


def _of_the_text(found: Audit) -> Iterator[str]:
    """Yield who did not answer, and the first lines that were not understood, with their numbers, and how many more."""
    yield from found.unanswered
    for line in found.unknown[:_SHOWN_UNKNOWN]:
        yield clean(f"Line {line.number} is not understood: {line.text.strip()[:_SHOWN_LETTERS]}")
    if len(found.unknown) > _SHOWN_UNKNOWN:
        yield f"{len(found.unknown) - _SHOWN_UNKNOWN:,} more lines are not understood."


def _show_server(one: ServerAudit, tolerance: int, console: Console) -> None:
    console.print(cell(f"{one.server} at {iso(one.at)}", "bold"))
    for sentence in _remarks(one):
        console.print(cell(sentence, "yellow"))
    shown = [
        feature for feature in one.features if feature.theirs or feature.ours or feature.reserved or feature.why
        or feature.differs(tolerance)
    ]  # fmt: skip
    if shown:
        console.print(_table(shown, tolerance))
    if rest := len(one.features) - len(shown):
        unused = "more feature has" if rest == 1 else "more features have"
        console.print(
            f"{rest:,} {unused} nothing in use, by both." if shown else f"{counted(rest, 'feature')}: no use."
        )
    different = sum(feature.differs(tolerance) for feature in one.features)
    beyond = f" by more than {counted(tolerance, 'seat')}" if tolerance else ""
    told = f"{counted(different, 'feature')} of {len(one.features):,} differ{beyond}." if different else "All is equal."
    console.print(told if different or not tolerance else f"Nothing differs{beyond}.", highlight=False)


def _table(features: list[Compared], tolerance: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Feature", overflow="fold")
    table.add_column("Vendor", overflow="fold")
    for column in ("Theirs", "Ours", "Difference", "Issued: theirs", "Issued: ours", "Reserved"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for one in features:
        style = "red" if one.differs(tolerance) else ""
        difference = "" if one.difference is None else f"{one.difference:+,}" if one.difference else "0"
        table.add_row(
            cell(one.feature, style),
            cell(one.vendor),
            *(_number(value) for value in (one.theirs, one.ours)),
            cell(difference, style),
            *(_number(value) for value in (one.issued_theirs, one.issued_ours, one.reserved or None)),
            cell("; ".join(one.why)),
        )
    return table


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _show_sessions(one: ServerAudit, console: Console) -> None:
    rows = [(feature, lone) for feature in one.features for lone in feature.alone]
    if not rows:
        console.print("No session is on one side only.")
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Only", no_wrap=True)
    table.add_column("Feature", overflow="fold")
    table.add_column("Holder", overflow="fold")
    table.add_column("Seats", justify="right", no_wrap=True)
    table.add_column("Since (UTC)", no_wrap=True)
    table.add_column("", overflow="fold")
    for feature, lone in rows:
        table.add_row(
            lone.side,
            cell(feature.feature),
            cell(_holder(lone)),
            f"{lone.seats:,}",
            "" if lone.start is None else iso(lone.start).replace("T", " ").rstrip("Z"),
            cell(lone.why),
        )
    console.print(table)


def _holder(lone: Alone) -> str:
    return f"{lone.user}@{lone.host}" + (f" [{lone.display}]" if lone.display else "")


def _rows(server: ServerAudit, tolerance: int) -> Iterator[tuple[str | int | None, ...]]:
    for one in server.features:
        yield (
            *(server.server, one.vendor, one.feature, one.theirs, one.ours, one.difference),
            *(one.issued_theirs, one.issued_ours, one.reserved),
            *("true" if one.differs(tolerance) else "false", "; ".join(one.why)),
        )


def _session_rows(server: ServerAudit) -> Iterator[tuple[str | int | None, ...]]:
    for one in server.features:
        for lone in one.alone:
            holder = lone.user, lone.host, lone.display
            yield (
                *(server.server, one.vendor, one.feature, lone.side, *holder, lone.seats),
                *(iso_or_none(lone.start), lone.why),
            )


def _safe(value: str | int | None) -> str | int | None:
    """Return a cell that no spreadsheet takes for a formula, on one line."""
    if not isinstance(value, str):
        return value
    return f"'{clean(value)}" if value.startswith(_FORMULA) else clean(value)
