"""How reports ask the ledger: questions in SQL, through an object that somebody else opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol


class Reader(Protocol):
    """A read-only connection to the ledger."""

    def ask(self, sql: str, *values: Any) -> Iterable[tuple[Any, ...]]:
        """Return the rows that answer *sql*, with *values* for its question marks."""
        ...
