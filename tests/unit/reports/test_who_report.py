"""The answer behind `who`."""

from __future__ import annotations

import json

import pytest

from exporter.errors import UsageError
from exporter.reports.who import who
from exporter.reports.who_output import as_json, show

NOON = 1_651_752_000
"""2022-05-05T12:00:00Z."""
BOTH = {"lic1", "b"}
"""The sources of the ledger below."""


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
    assert expected("who") == shown(show, who(open_sessions, BOTH))


def test_duration_counts_to_the_frontier_of_the_log(open_sessions) -> None:
    """A session of a log that is known to 11:00 only has lasted until then, longest first."""
    assert [(90_000, 2), (100, 3), (60, 1)] == [(one.seconds, one.seats) for one in who(open_sessions, BOTH).sessions]


def test_one_feature_is_asked_for(open_sessions) -> None:
    """Only sessions of the feature are given."""
    assert ["[red]bob[/red]", "ann"] == [one.user for one in who(open_sessions, BOTH, "MATLAB").sessions]


def test_an_unknown_feature_is_refused_with_close_names(open_sessions) -> None:
    """A typing error, of letters or of case, is answered with the names that come close."""
    for typed in ("MATLBA", "matlab"):
        with pytest.raises(UsageError, match=r"knows no feature .*come close: MATLAB\.$"):
            who(open_sessions, BOTH, typed)
    with pytest.raises(UsageError, match=r"None of the 2 it knows comes close: MATLAB, \S+\.$"):
        who(open_sessions, BOTH, "x\udcff")


def test_of_many_features_some_are_named(ledger) -> None:
    """Where none comes close, the answer names the first twenty, and how many more there are."""
    for number in range(1, 23):
        ledger.product(number, f"feature{number:02}")
    named = ", ".join(f"feature{number:02}" for number in range(1, 21))
    with pytest.raises(UsageError, match=f"comes close: {named}, and 2 more\\.$"):
        who(ledger, BOTH, "xyz")


def test_an_empty_ledger_has_nobody(ledger, shown) -> None:
    """Without sessions the answer is a sentence, `[]`, or that no feature is known yet."""
    assert "Nobody has a session open.\n" == shown(show, who(ledger, BOTH))
    assert [] == json.loads(as_json(who(ledger, BOTH)))
    with pytest.raises(UsageError, match="no feature at all yet"):
        who(ledger, BOTH, "MATLAB")


def test_open_sessions_as_json(open_sessions) -> None:
    """The JSON document is a list with one object a session, times in UTC, and ASCII throughout."""
    text = as_json(who(open_sessions, BOTH))
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


def test_sources_that_are_not_configured_are_left_out(open_sessions, shown) -> None:
    """Sessions of a source that the configuration doesn't name are counted in a line and not listed."""
    rows = shown(show, who(open_sessions, {"lic1"})).splitlines()
    assert ["MATLAB", "MATLAB"] == [row.split()[0] for row in rows[2:4]]
    assert "2 sessions, 3 seats; their logs are known to 2022-05-05T12:00:00Z or later" == rows[4]
    assert rows[-1].startswith("1 more open session of sources that are not configured;")

    rows = shown(show, who(open_sessions, {"b"}, "MATLAB")).splitlines()
    assert "Nobody has a session open." == rows[0]
    assert rows[1].startswith("2 more open sessions of sources")

    assert [] == json.loads(as_json(who(open_sessions, set())))
