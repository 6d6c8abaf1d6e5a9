"""
DSLS: ``getLicenseUsage -csv`` of Dassault's administration tool, rows behind a head of columns.

A licence without a user is one row; one with users is a row for each of them, and each of these rows tells the counts
of the licence again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from exporter.status_texts.draft import Draft, Feature
from exporter.status_texts.lines import Rule, rule, unknown
from exporter.status_texts.times import dated
from exporter.status_texts.told import UnknownLine

MARK = re.compile(r"License Administration Tool Version|Editor,EditorId,Feature,")
_NUMBER = re.compile(r"[0-9]{1,12}")
_PROMPT = r"(?:admin >)?\s*"


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._columns: list[str] = []
        self._licence: tuple[str, ...] = ()
        """What is told of the licence of the last row, where that row had a user."""
        self._feature: Feature | None = None

    def server(self, found: re.Match[str]) -> None:
        self._draft.begin()
        self._draft.call(found[1])

    def not_ready(self, _: re.Match[str]) -> None:
        self._draft.fault("The server is not ready")

    def fault(self, found: re.Match[str]) -> None:
        self._draft.fault(found[0])

    def head(self, found: re.Match[str]) -> None:
        self._columns = found[1].rstrip().rstrip(",").split(",")
        self._licence = ()

    def row(self, found: re.Match[str]) -> bool:
        try:
            cells = next(csv.reader([found[0].strip()], strict=True), [])
        except csv.Error:
            return False
        row = dict(zip(self._columns, cells, strict=False))
        if not (row.get("Feature") and _is_number(row, "Count") and _is_number(row, "Inuse")):
            return False
        licence = tuple(cells[: self._columns.index("Inuse") + 1])
        if self._feature is None or licence != self._licence:
            self._feature = self._draft.feature(
                row.get("Editor", ""), row["Feature"], issued=int(row["Count"]), in_use=int(row["Inuse"])
            )
        self._licence = licence if row.get("User") else ()
        if row.get("User") and not row.get("Queue Position"):
            host = re.split(r" \(|/", row.get("Host", ""), maxsplit=1)[0]
            seats = int(row["Tokens"]) if _is_number(row, "Tokens") else 1
            self._feature.hold(row["User"], host, seats, dated(row.get("Granted Since", "")))
        return True


def _is_number(row: Mapping[str, str], column: str) -> bool:
    return _NUMBER.fullmatch(row.get(column, "")) is not None


_RULES: Sequence[Rule[_Reader]] = (
    rule(r"License Administration Tool Version .*"),
    rule(rf"{_PROMPT}Software version: .*"),
    rule(r"\s*Build date: .*"),
    rule(r"\s*(?:Standalone|Failover) mode.*"),
    rule(r"\s*Ready: yes"),
    rule(r"\s*Ready: .*", _Reader.not_ready),
    rule(r"\s*Server name: (\S+)(?:\s+Server id: .*)?", _Reader.server),
    rule(rf"{_PROMPT}Warning: .*"),
    rule(rf"{_PROMPT}(?:Cannot connect to server|Error\b|ERROR\b).*", _Reader.fault),
    rule(rf"{_PROMPT}(Editor,EditorId,Feature,.*)", _Reader.head),
    rule(r"admin >(?:\s*(?:quit|exit))?"),
    rule(r".*,.*", _Reader.row),
)


def read(lines: Sequence[str], _near: datetime, draft: Draft) -> list[UnknownLine]:
    """Read *lines* into *draft*; its times are whole. Return what is not known."""
    return list(unknown(_Reader(draft), _RULES, lines))
