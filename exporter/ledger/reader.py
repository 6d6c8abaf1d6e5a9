"""The ledger as other processes read it: all that is committed, while a writer runs and after it was killed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exporter.errors import UsageError
from exporter.ledger import guard
from exporter.ledger.connection import connect, reading_failed


class LedgerReader:
    """A read-only view of a ledger file; each question sees one committed state."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the ledger at *path*. Raises LedgerError when there is none, LedgerBroken, LedgerPlace."""
        self._path = Path(path).absolute()
        try:
            guard.refuse_missing(self._path)
            guard.check_header(self._path)
            self._db = connect(self._path, "ro")
            self._db.execute("PRAGMA query_only = ON")
            guard.check_version(self._path, self._db)
        except (sqlite3.Error, OSError) as error:
            raise reading_failed(self._path, error) from error

    def ask(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that *sql* gives with *values* for its marks. Raises LedgerBroken, LedgerError."""
        try:
            yield from self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise reading_failed(self._path, error) from error
        except UnicodeEncodeError as error:
            raise UsageError("A name that was asked for holds bytes that are no text.") from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all questions inside the block see one committed state; the writer goes on meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.rollback()

    def close(self) -> None:
        """Close the file."""
        self._db.close()
