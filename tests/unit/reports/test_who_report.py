"""The answer behind `who`."""

from __future__ import annotations

import json

import pytest

from exporter.errors import UsageError
from exporter.reports.who import who
from exporter.reports.who_output import as_json, show

NOON = 1_651_752_000
"""2022-05-05T12:00:00Z."""


@pytest.fixture
def open_sessions(ledger):
    """Give a ledger with three open sessions and one that ended, of two logs with different frontiers."""
    ledger.stream(1, frontier=NOON)
    ledger.stream(2, name="/logs/b.log", source="b", server="lic2", frontier=NOON - 3_600)
    ledger.generation(1, 1)
    ledger.generation(2, 2)
    ledger.product(1, "MATLAB")
    ledger.product(2, "[bold]Nastran\x1b[0m", server="lic2", vendor="MSC")
    ledger.holder(1, "ann", "pc-ann", ":0.0")
    ledger.holder(2, "[red]bob[/red]", "pc2")
    ledger.session(10, 1, 1, 1, NOON - 60)
    ledger.session(20, 1, 2, 2, NOON - 90_000, inferred=1)
    ledger.session(30, 1, 1, 1, NOON - 99_000, end=NOON, reason="returned")
    ledger.session(40, 2, 1, 3, NOON - 3_700, generation=2, suspect=NOON - 3_650)
    return ledger


def test_open_sessions_are_shown_as_a_table(open_sessions, shown, expected) -> None:
    """The printed table is the golden text: longest first, no markup and no escape from the data."""
    assert expected("who") == shown(show, who(open_sessions))


def test_duration_counts_to_the_frontier_of_the_log(open_sessions) -> None:
    """A session of a log that is known to 11:00 only has lasted until then, longest first."""
    assert [(90_000, 2), (100, 3), (60, 1)] == [(one.seconds, one.seats) for one in who(open_sessions)]


def test_one_feature_is_asked_for(open_sessions) -> None:
    """Only sessions of the feature are given."""
    assert ["[red]bob[/red]", "ann"] == [one.user for one in who(open_sessions, "MATLAB")]


def test_an_unknown_feature_is_refused_with_close_names(open_sessions) -> None:
    """A typing error, of letters or of case, is answered with the names that come close."""
    for typed in ("MATLBA", "matlab"):
        with pytest.raises(UsageError, match=r"knows no feature .*come close: MATLAB\.$"):
            who(open_sessions, typed)
    with pytest.raises(UsageError, match="None of the 2 it knows comes close"):
        who(open_sessions, "x\udcff")


def test_an_empty_ledger_has_nobody(ledger, shown) -> None:
    """Without sessions the answer is a sentence, `[]`, or that no feature is known yet."""
    assert "Nobody has a session open.\n" == shown(show, who(ledger))
    assert [] == json.loads(as_json(who(ledger)))
    with pytest.raises(UsageError, match="no feature at all yet"):
        who(ledger, "MATLAB")


def test_open_sessions_as_json(open_sessions) -> None:
    """The JSON document is a list with one object a session, times in UTC, and ASCII throughout."""
    text = as_json(who(open_sessions))
    assert text.isascii()
    assert {
        "server": "lic2",
        "vendor": "MSC",
        "feature": "[bold]Nastran\x1b[0m",
        "user": "ann",
        "host": "pc-ann",
        "display": ":0.0",
        "seats": 3,
        "start": "2022-05-05T10:58:20Z",
        "start_inferred": False,
        "suspect": "2022-05-05T10:59:10Z",
        "frontier": "2022-05-05T11:00:00Z",
        "seconds": 100,
    } == json.loads(text)[1]
