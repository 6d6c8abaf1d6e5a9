"""A made year of a whole site, through the real command line: everything that happened is told, and nothing else."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import spawned, told

CONFIG = """\
site: {name: year, timezone: UTC}
ledger: {path: ledger.db}
sources:
  - {name: year, format: flexlm, server: demo, timezone: UTC, paths: ["year.log"]}
"""
MADE = ("--days", "365", "--start", "2023-01-01", "--seed", "7", "--rotate", "4000000", "--truth", "truth.jsonl")
WHO = ("vendor", "feature", "user", "host")
Row = tuple[object, ...]
Truth = Mapping[str, list[dict[str, Any]]]
"""What happened, by kind: session, denial, wait."""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the log of a year in files of 4 MB, with its truth, and collect it; give the folder."""
    folder = tmp_path_factory.mktemp("year")
    (folder / "config.yaml").write_text(CONFIG)
    told(spawned(folder, "simulate", "year.log", *MADE, measured=False))
    assert (folder / "year.log.9").exists()
    told(spawned(folder, "collect", measured=False))
    return folder


@pytest.fixture(scope="module")
def truth(year: Path) -> Truth:
    """Give what really happened in the year."""
    kinds: Truth = {"session": [], "denial": [], "wait": []}
    with (year / "truth.jsonl").open(encoding="utf-8") as file:
        for line in file:
            happened = json.loads(line)
            kinds[happened["kind"]].append(happened)
    return kinds


def exported(year: Path, what: str, *columns: str) -> Iterator[Row]:
    """Yield the chosen columns of an export, as text."""
    for row in csv.DictReader(StringIO(told(spawned(year, "export", what, measured=False)))):
        yield tuple(row[column] for column in columns)


def utc(second: int | None) -> str:
    """Return a second as exports write it; what is open is empty."""
    return "" if second is None else datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_row(happened: Mapping[str, Any], *columns: str) -> Row:
    """Return *columns* of what happened, written as exports write them."""
    cells = (utc(happened[column]) if column in ("start", "end", "time") else happened[column] for column in columns)
    return tuple("" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell) for cell in cells)


def assert_equal(expected: Iterable[Row], actual: Iterable[Row]) -> None:
    """See that two great heaps of rows are equal; show a few of those that are in one only."""
    there, here = Counter(expected), Counter(actual)
    assert there
    assert ([], []) == (list(there - here)[:3], list(here - there)[:3])


def test_every_session(year: Path, truth: Truth) -> None:
    """The export of sessions is what happened: seats, times, reasons; none is inferred, and open ones have no end."""
    columns = (*WHO, "display", "seats", "start", "end", "end_reason", "start_inferred")
    assert_equal((as_row(session, *columns) for session in truth["session"]), exported(year, "sessions", *columns))


def test_every_span(year: Path, truth: Truth) -> None:
    """The export of spans has every stretch of every session with its seats."""
    spans = (
        (*as_row(session, *WHO, "start"), utc(begin), utc(end), str(seats))
        for session in truth["session"]
        for begin, end, seats in session["spans"]
    )
    assert_equal(spans, exported(year, "spans", *WHO, "start", "from", "to", "seats"))


def test_every_denial(year: Path, truth: Truth) -> None:
    """The export of denials has every request that was turned away, with code and class."""
    columns = (*WHO, "seats", "time", "code", "class")
    assert_equal((as_row(denial, *columns) for denial in truth["denial"]), exported(year, "denials", *columns))


def test_every_wait(year: Path, truth: Truth) -> None:
    """The export of waits has every request that stood in a queue, and how that ended."""
    columns = (*WHO, "seats", "start", "end", "outcome")
    assert_equal((as_row(wait, *columns) for wait in truth["wait"]), exported(year, "waits", *columns))


def test_nothing_was_lost(year: Path) -> None:
    """Every line was understood or known to say nothing; there is no gap and no check-in without check-out."""
    assert [] == list(exported(year, "gaps", "reason"))
    (stream,) = json.loads(told(spawned(year, "status", "--format", "json")))["streams"]
    assert sum(stream["lines"].values()) > 700_000
    assert (0, 0, 0) == (stream["lines"]["unparsed"], stream["unmatched_stops"], stream["lag_bytes"])
