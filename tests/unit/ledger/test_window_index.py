"""Windows of a feature are made from one index of sessions, and a piece of them is of about so many sessions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from exporter.feature_rows import EVER
from exporter.ledger.store import SqliteLedger
from exporter.ledger.window_facts import WindowFacts
from tests.unit.ledger.years import BEGIN, DAY, PRODUCT, commit_days


def test_no_session_is_looked_up(ledger: SqliteLedger) -> None:
    """All that windows need of the sessions that have ended is in the index by feature and end."""
    commit_days(ledger, range(3))
    asked: list[tuple[str, tuple[object, ...]]] = []

    def ask(sql: str, *values: object) -> Iterable[tuple[Any, ...]]:
        asked.append((sql, values))
        return ledger.ask(sql, *values)

    WindowFacts(ask).of(PRODUCT)
    plans = [
        [row[3] for row in ledger.ask(f"EXPLAIN QUERY PLAN {sql}", *values)]
        for sql, values in asked
        if "FROM session AS f" in sql and "f.product = ?1" in sql and "change" not in sql
    ]
    assert [["SEARCH f USING COVERING INDEX session_by_time (product=? AND end>?)"]] == plans


def test_sessions_are_counted_roughly(ledger: SqliteLedger) -> None:
    """A third of the time that was read has a third of the check-ins; what wasn't read has none."""
    commit_days(ledger, range(3))
    facts = WindowFacts(ledger.ask)
    spans = ((0, BEGIN + 100 * DAY), (BEGIN, BEGIN + DAY), (BEGIN + DAY, BEGIN + 100 * DAY), (BEGIN + 3 * DAY, EVER))
    assert [39, 13, 26, 0] == [facts.about(PRODUCT, *span) for span in spans]
    assert 0 == facts.about(PRODUCT + 1, 0, EVER)
