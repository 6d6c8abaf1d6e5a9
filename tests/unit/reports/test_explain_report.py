"""The answer behind `explain`."""

from __future__ import annotations

import json
import random

import pytest

from exporter.errors import UsageError
from exporter.facts import END_REASONS
from exporter.reports import rules
from exporter.reports.explain import explain
from exporter.reports.explain_output import as_json, show

NOON = 1_651_752_000
"""2022-05-05T12:00:00Z."""


def gone(path: str, offset: int) -> None:
    """Say that no line can be read."""


def hundredths(path: str, offset: int) -> tuple[int, str] | None:
    """Know the lines of the plain log only, one each hundred bytes."""
    return (offset // 100 + 1, f"line at {offset} [bold]\x1b[1m") if path == "/logs/lic1.log" else None


@pytest.fixture
def matlab(ledger):
    """Give a ledger with MATLAB on two servers: a plain session, a changed one, an inferred one, and one elsewhere."""
    ledger.stream(1, frontier=NOON + 600)
    ledger.stream(2, name="/logs/b.log", source="b", server="lic2", frontier=NOON)
    ledger.generation(1, 1)
    ledger.generation(2, 2, b"/logs/b-\xff.log")
    ledger.product(1, "MATLAB")
    ledger.product(2, "MATLAB", server="lic2")
    ledger.product(3, "Simulink")
    ledger.add("total", stream=1, product=1, checkouts=1, checkins=1)
    ledger.add("total", stream=2, product=2, checkouts=1, checkins=1)
    ledger.holder(1, "ann", "pc-ann", ":0.0")
    ledger.holder(2, "[red]bob", "pc2")
    ledger.session(900, 1, 1, 1, NOON - 50, end=NOON + 60, reason="returned", inferred=1, end_generation=1, end_at=900)
    ledger.session(200, 1, 2, 1, NOON - 30, seats=3)
    ledger.change(200, 1, NOON - 10, 3, 700)
    ledger.session(300, 1, 1, 1, NOON - 5, end=NOON, reason="reset", end_generation=1, end_at=800)
    ledger.session(400, 1, 1, 9, NOON + 1)
    ledger.session(500, 3, 1, 9, NOON - 1)
    ledger.session(50, 2, 1, 2, NOON - 100, generation=2)
    return ledger


def test_an_explanation_is_shown_as_a_table_for_each_product_key(matlab, shown, expected) -> None:
    """The printed explanation is the golden text, with rules, lines, offsets where the file is gone, and the sums."""
    assert expected("explain") == shown(show, explain(matlab, "MATLAB", NOON, hundredths))


def test_a_session_in_doubt_is_explained(ledger) -> None:
    """What a gap left open says so with the gap's start, and what ended in it names no line; both name the rule."""
    ledger.stream(1, frontier=NOON)
    ledger.generation(1, 1)
    ledger.product(1, "MATLAB")
    ledger.holder(1, "ann")
    ledger.session(100, 1, 1, 1, NOON - 50, suspect=NOON - 20)
    ledger.session(200, 1, 1, 1, NOON - 40, end=NOON - 20, reason="gap")

    document = json.loads(as_json(explain(ledger, "MATLAB", NOON - 30, gone)))
    suspect, ended = document["levels"][0]["sessions"]
    assert (None, "2022-05-05T11:59:40Z") == (suspect["end"], suspect["suspect"])
    assert {"rule": rules.SUSPECT, "line": None} == suspect["ended"]
    assert ("gap", None) == (ended["end_reason"], ended["suspect"])
    assert {"rule": rules.ENDED["gap"], "line": None} == ended["ended"]


def test_an_explanation_as_json(matlab) -> None:
    """The JSON document gives for each product key the level, and for each session its rules and lines."""
    text = as_json(explain(matlab, "MATLAB", NOON, hundredths, server="lic1"))
    document = json.loads(text)
    assert text.isascii()
    assert ("MATLAB", "2022-05-05T12:00:00Z") == (document["feature"], document["at"])
    (level,) = document["levels"]
    inferred, changed = level.pop("sessions")
    named = {"server": "lic1", "vendor": "MLM", "feature": "MATLAB"}
    assert {**named, "level": 4, "issued": None, "behind": []} == level
    assert {
        "user": "[red]bob",
        "host": "pc2",
        "display": "",
        "seats": 3,
        "start": "2022-05-05T11:59:30Z",
        "end": None,
        "end_reason": None,
        "start_inferred": False,
        "suspect": None,
        "from": "2022-05-05T11:59:50Z",
        "to": None,
        "begun": {
            "rule": "begun by its start line",
            "line": {"file": "/logs/lic1.log", "offset": 200, "number": 3, "text": "line at 200 [bold]\ufffd[1m"},
        },
        "changed": {
            "rule": "changed from 1 to 3 seats by a change line (rule 3.3)",
            "line": {"file": "/logs/lic1.log", "offset": 700, "number": 8, "text": "line at 700 [bold]\ufffd[1m"},
        },
        "ended": {"rule": "still open", "line": None},
    } == changed
    assert (rules.INFERRED, rules.ENDED["returned"]) == (inferred["begun"]["rule"], inferred["ended"]["rule"])
    assert (True, 900) == (inferred["start_inferred"], inferred["ended"]["line"]["offset"])


def test_spans_are_half_open(matlab) -> None:
    """A session counts from its first second on, and no longer in the second of its end."""
    levels = {
        at: explain(matlab, "MATLAB", at, gone, server="lic1").levels[0].seats for at in range(NOON - 51, NOON + 2)
    }
    assert (0, 1) == (levels[NOON - 51], levels[NOON - 50])
    assert (2, 4) == (levels[NOON - 11], levels[NOON - 10])
    assert (5, 4, 13) == (levels[NOON - 1], levels[NOON], levels[NOON + 1])


def test_an_instant_past_the_log_is_told(matlab, shown) -> None:
    """At and after its frontier a log is named as not known so far, and its open sessions are shown."""
    (before,) = explain(matlab, "MATLAB", NOON - 1, gone, server="lic2").levels
    (level,) = explain(matlab, "MATLAB", NOON, gone, server="lic2").levels
    assert (2, ()) == (before.seats, before.behind)
    assert (2, [("/logs/b.log", NOON)]) == (level.seats, [(one.stream, one.frontier) for one in level.behind])
    late = shown(show, explain(matlab, "MATLAB", NOON + 9_000, gone, server="lic2"))
    assert "/logs/b.log is known only up to 2022-05-05T12:00:00Z; its sessions are shown as they stood there." in late


def test_lines_are_asked_for_once_and_in_reading_order(matlab) -> None:
    """Each line is read once, in rising offsets, so a large log is read through once."""
    asked: list[tuple[str, int]] = []

    def note(path: str, offset: int) -> None:
        asked.append((path, offset))

    explain(matlab, "MATLAB", NOON, note)
    log = "/logs/lic1.log"
    assert [(log, 200), (log, 700), (log, 900), ("/logs/b-\udcff.log", 50)] == asked


def test_nobody_had_it_then(matlab, shown) -> None:
    """A level of nothing is a sentence and not an empty table."""
    text = shown(show, explain(matlab, "MATLAB", NOON - 9_000, gone, server="lic1"))
    assert "MATLAB of lic1/MLM at 2022-05-05T09:30:00Z: 0 seats in 0 sessions\nNo session was open.\n" == text


def test_what_is_not_in_the_ledger_is_refused(matlab) -> None:
    """An unknown feature is answered with close names, an unknown place with the places that have it."""
    with pytest.raises(UsageError, match="come close: Simulink"):
        explain(matlab, "simulinc", NOON, gone)
    with pytest.raises(UsageError, match=r"not known at lic1/MSC; it is known at lic1/MLM, lic2/MLM"):
        explain(matlab, "MATLAB", NOON, gone, server="lic1", vendor="MSC")


def test_every_end_has_its_rule() -> None:
    """Each reason by which a session can end is said in words."""
    assert set(END_REASONS) == set(rules.ENDED)


def test_the_level_equals_a_count_by_hand(ledger) -> None:
    """Over 200 sessions with changes, the level at every second equals the sum over their spans held in plain lists."""
    chance = random.Random(7)  # noqa: S311 - test data
    ledger.stream(1, frontier=400)
    ledger.generation(1, 1)
    ledger.product(1, "F")
    ledger.holder(1, "ann")
    spans: list[tuple[int, int, int]] = []
    for number in range(200):
        start = chance.randrange(300)
        times = sorted(chance.randrange(start, start + 60) for _ in range(chance.choice((0, 0, 1, 3))))
        end = None if chance.random() < 0.2 else max([start, *times]) + chance.randrange(40)
        seats = [chance.randrange(1, 9) for _ in (start, *times)]
        reason = None if end is None else "returned"
        ledger.session(number * 10, 1, 1, seats[0], start, seats=seats[-1], end=end, reason=reason)
        for ordinal, time in enumerate(times, 1):
            ledger.change(number * 10, ordinal, time, seats[ordinal], number * 10 + ordinal)
        edges = [start, *times, 400 if end is None else end]
        spans.extend(zip(edges, edges[1:], seats, strict=False))
    expected = [sum(seats for low, high, seats in spans if low <= at < high) for at in range(400)]
    actual = [explain(ledger, "F", at, gone).levels[0].seats for at in range(400)]
    assert expected == actual
