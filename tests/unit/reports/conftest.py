"""A ledger filled by hand, and a console that writes to a string."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import exporter.ledger

MIGRATIONS = Path(exporter.ledger.__file__).parent / "migrations"


class HandLedger:
    """Writes facts by hand and answers questions as a `exporter.reports.reader.Reader`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take a connection to an empty file and give it the ledger's tables."""
        self.connection = connection
        for step in sorted(MIGRATIONS.glob("*.sql")):
            connection.executescript(step.read_text())

    def ask(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Return the rows that answer *sql*."""
        yield from self.connection.execute(sql, values)

    def add(self, table: str, **columns: Any) -> int:
        """Insert one row; return its rowid, or 0 where the table has none."""
        marks = ", ".join("?" * len(columns))
        cursor = self.connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values())
        )
        return cursor.lastrowid or 0

    def stream(self, number: int, name: str = "/logs/lic1.log", **columns: Any) -> None:
        """Add a stream, of source and server ``lic1`` unless told otherwise."""
        self.add("stream", **{"id": number, "source": "lic1", "server": "lic1", "name": name.encode(), **columns})

    def generation(self, number: int, stream: int, path: bytes = b"/logs/lic1.log", **columns: Any) -> None:
        """Add a generation of a stream, open and empty unless told otherwise."""
        values = {
            "id": number, "stream": stream, "path": path, "device": 1, "inode": number, "head": "", "head_length": 0,
            "marker": "", "marker_length": 0, "offset": 0, "size": 0, "closed": 0, "first_hash": "", "rollbacks": 0,
        }  # fmt: skip
        self.add("generation", **{**values, **columns})

    def product(self, number: int, feature: str, server: str = "lic1", vendor: str = "MLM") -> None:
        """Add a product key."""
        self.add("product", id=number, server=server, vendor=vendor, feature=feature)

    def holder(self, number: int, user: str, host: str = "pc1", display: str = "") -> None:
        """Add a holder."""
        self.add("holder", id=number, raw=str(number).encode(), user=user, host=host, display=display)

    def session(self, at: int, product: int, holder: int, first: int, start: int, **columns: Any) -> None:
        """Add a session that begins at byte *at* of generation 1, open unless told otherwise."""
        values = {
            "generation": 1, "at": at, "n": 0, "product": product, "holder": holder, "first_seats": first,
            "seats": first, "start": start, "inferred": 0, "handle": "", "rev": 1,
        }  # fmt: skip
        self.add("session", **{**values, **columns})

    def change(self, at: int, ordinal: int, time: int, seats: int, line_at: int) -> None:
        """Change the seats of the session at byte *at* of generation 1."""
        self.add(
            "change", generation=1, at=at, n=0, ordinal=ordinal, time=time, seats=seats, line_generation=1,
            line_at=line_at, rev=1,
        )  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[HandLedger]:
    """Give an empty ledger file."""
    connection = sqlite3.connect(tmp_path / "ledger.db")
    yield HandLedger(connection)
    connection.close()


Show = Callable[..., str]


@pytest.fixture
def shown() -> Show:
    """Give a function that prints by a `show` function at width 100, without colours, and returns the text."""

    def print_by(show: Callable[[Any, Console], None], what: Any, width: int = 100) -> str:
        console = Console(file=io.StringIO(), width=width, no_color=True, legacy_windows=False)
        show(what, console)
        assert isinstance(console.file, io.StringIO)
        return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())

    return print_by


@pytest.fixture
def expected() -> Callable[[str], str]:
    """Give a function that reads a golden text."""
    return lambda name: (Path(__file__).parent / "expected" / f"{name}.txt").read_text()
