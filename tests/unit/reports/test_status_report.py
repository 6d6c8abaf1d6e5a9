"""The answer behind `status`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from math import inf

import pytest

from exporter.facts import Activity
from exporter.reports.licences import FeatureLicences, LicenceStatus, PoolStatus, Restricted
from exporter.reports.status import Status, status
from exporter.reports.status_output import as_json, show
from exporter.tiers.stopless import stopless_since

NOON = 1_651_752_000
"""2022-05-05T12:00:00Z."""


def nothing_there(path: str) -> None:
    """Say that every file is gone."""


def never(days: Iterable[Activity], frontier: int) -> None:
    """Say of every daemon that it writes its check-ins."""


@pytest.fixture
def two_logs(ledger) -> Status:
    """Give the status of a log with troubles, one that was never read, and two sources without a stream."""
    ledger.add("meta", one=1, uuid="u", epoch=1, revision=1234, committed=NOON - 5.5)
    ledger.stream(1, generation=2, offset=900, frontier=NOON - 60, last_line=NOON - 3_661, committed=NOON - 60.5)
    ledger.stream(2, name="/logs/[bold]b.log", source="other", server="lic2", warning="Its writer [red]forgot it.")
    ledger.generation(1, 1, b"/logs/lic1.log.1", offset=5_000, size=5_000, closed=1)
    ledger.generation(2, 1, b"/logs/lic1-\xff.log", offset=900, size=950)
    ledger.generation(3, 1, b"/logs/lic1.log.2.gz", offset=100, size=2_148)
    ledger.session(10, 1, 1, 1, NOON - 500)
    ledger.session(20, 1, 1, 1, NOON - 400, end=NOON - 300, reason="returned")
    ledger.session(30, 1, 1, 1, NOON - 300, generation=2, suspect=NOON - 200)
    ledger.add("wait", generation=2, at=5, product=1, holder=1, seats=1, start=NOON - 9, rev=1)
    for kind, n in {"understood": 12_000, "unparsed": 5, "refused": 1, "matched": 7, "gap": 2, "unmatched": 3}.items():
        ledger.add("tally", stream=1, kind=kind, n=n)
    ledger.add("tally", stream=1, kind="disagreed", n=4)
    for start, reason in enumerate(("truncated", "lost", "truncated")):
        ledger.add("gap", generation=1, start=start, reason=reason, time=1.0, rev=1)
    for vendor, stops in (("MLM", 9), ("acornd", 50), ("quietd", 0)):
        for day in range(3):
            ledger.add(
                "activity", stream=1, vendor=vendor, day=NOON // 86_400 - 2 + day, starts=50, stops=stops, resets=0
            )
    ledger.add("gap", generation=1, start=9, reason="came back", time=1.0, rev=1, withdrawn=1)
    for at in range(5):
        ledger.add("sample", stream=1, generation=1, at=at, text=f"12:0{at} [red]\x1b[31mOUT", why="no user@host")
    return status(
        ledger,
        NOON,
        {"/logs/lic1-\udcff.log": 1_000, "/logs/lic1.log.2.gz": 1_700}.get,
        stopless_since,
        {"lic1": None, "other": None, "empty": None, "lic3": "no file matches [bold]/x/*.log"},
    )


def test_status_is_shown_as_a_block_for_each_log(two_logs, shown, expected) -> None:
    """The whole printed status is the golden text, with nothing of the data taken as markup."""
    assert expected("status") == shown(show, two_logs)


def test_status_fits_a_narrow_terminal(two_logs, shown) -> None:
    """At 40 columns no line is longer, and no figure is lost."""
    text = shown(show, two_logs, width=40)
    assert max(map(len, text.splitlines())) <= 40
    assert "3 unmatched stops" in " ".join(text.split())


def test_status_as_json_has_every_figure(two_logs) -> None:
    """The JSON document holds the figures of a log under their names, times in UTC."""
    document = json.loads(as_json(two_logs))
    first, second = document["streams"]
    samples = first.pop("samples")
    assert {
        "source": "lic1",
        "server": "lic1",
        "stream": "/logs/lic1.log",
        "problem": None,
        "warning": None,
        "place": {"file": "/logs/lic1-\ufffd.log", "generation": 2, "offset": 900, "size": 1000, "percent": 90},
        "lag_bytes": 100 + 2048,
        "frontier": "2022-05-05T11:59:00Z",
        "last_line": "2022-05-05T10:58:59Z",
        "committed": "2022-05-05T11:58:59Z",
        "open_sessions": 2,
        "suspect_sessions": 1,
        "open_waits": 1,
        "uses": 0,
        "transfers": 0,
        "lines": {"understood": 12_000, "noise": 0, "unparsed": 5, "oversize": 0},
        "times_refused": 1,
        "late_facts": 0,
        "sessions": {"matched": 7, "inferred": 0, "reset": 0, "gap": 2},
        "unmatched_stops": 3,
        "disagreements": 4,
        "unknown_sessions": 0,
        "gaps": {"lost": 1, "truncated": 2},
        "stopless": {"MLM": "2022-05-03T00:00:00Z", "quietd": "2022-05-03T00:00:00Z"},
    } == first
    assert 5 == len(samples)
    assert {
        "file": "/logs/lic1.log.1", "offset": 4, "text": "12:04 [red]\x1b[31mOUT", "why": "no user@host"
    } == samples[0]  # fmt: skip
    assert (None, None, 0) == (second["place"], second["frontier"], second["lag_bytes"])
    assert (None, "Its writer [red]forgot it.") == (second["problem"], second["warning"])
    assert ["empty", "lic3"] == [problem["source"] for problem in document["problems"]]
    assert ("2022-05-05T12:00:00Z", 1234) == (document["now"], document["revision"])


def test_the_stored_size_counts_when_the_file_is_another_one_by_now(ledger) -> None:
    """A file that is gone, or shorter than what was read of it, lags by what was seen of it."""
    ledger.stream(1, generation=1, offset=900)
    ledger.generation(1, 1, offset=900, size=950)
    for live in (None, 10):
        (stream,) = status(ledger, NOON, lambda _, live=live: live, never, {}).streams
        assert (50, 950) == (stream.lag, stream.place and stream.place.size)


def test_closed_generations_do_not_lag_and_their_files_are_not_asked(ledger) -> None:
    """Only generations that can still grow are measured."""
    ledger.stream(1, generation=1, offset=10)
    ledger.generation(1, 1, offset=10, size=99, closed=1)
    asked: list[str] = []
    (stream,) = status(ledger, NOON, asked.append, never, {}).streams
    assert ([], 0) == (asked, stream.lag)


def test_percent_is_100_only_when_all_is_read(ledger) -> None:
    """One byte of a large file that is missing shows as 99 %."""
    ledger.stream(1, generation=1, offset=99_999)
    ledger.generation(1, 1, offset=99_999, size=100_000)
    (stream,) = status(ledger, NOON, nothing_there, never, {}).streams
    assert stream.place is not None
    assert 99 == stream.place.percent


def test_an_empty_ledger_has_a_status(ledger, shown) -> None:
    """Before the first commit the status names the sources and says that nothing was committed."""
    empty = status(ledger, NOON, nothing_there, never, {"lic1": None})
    assert (
        "lic1: nothing of it was read yet; `seatwatch collect` or `seatwatch run` reads it.\n"
        "Nothing was committed to the ledger yet.\n"
    ) == shown(show, empty)
    assert {"committed": None, "streams": []}.items() <= json.loads(as_json(empty)).items()


def test_a_source_that_can_not_be_read_now_is_a_problem_though_it_was_read_before(ledger) -> None:
    """The problem of a source is told whether or not it has a stream."""
    ledger.stream(1)
    told = status(ledger, NOON, nothing_there, never, {"lic1": "folder /logs can't be listed"}).problems
    assert {"lic1": "folder /logs can't be listed"} == told


def test_a_commit_between_two_questions_does_no_harm(ledger) -> None:
    """A generation with a session and a sample that is committed before any one of the questions breaks nothing."""

    class Busy:
        """Asks the ledger, and commits just before question number *busy_at*."""

        def __init__(self, busy_at: int) -> None:
            """Count down from *busy_at*."""
            self.left = busy_at

        def ask(self, sql: str, *values: object):
            """Return the rows."""
            self.left -= 1
            if self.left == 0:
                ledger.stream(1, generation=1, offset=5)
                ledger.generation(1, 1)
                ledger.session(1, 1, 1, 1, NOON)
                ledger.add("sample", stream=1, generation=1, at=1, text="x", why="y")
            return ledger.ask(sql, *values)

    for busy_at in range(1, 9):
        status(Busy(busy_at), NOON, nothing_there, never, {})
        for table in ("stream", "generation", "session", "sample"):
            ledger.connection.execute(f"DELETE FROM {table}")


def test_a_source_that_is_not_configured_any_more_is_told(ledger, shown) -> None:
    """Its log is still shown, with a sentence on how to take it out."""
    ledger.add("meta", one=1, uuid="u", epoch=1, revision=1, committed=NOON)
    ledger.stream(1)
    ledger.stream(2, name="/logs/b.log", source="old")
    told = status(ledger, NOON, nothing_there, never, {"lic1": None})

    assert ["lic1", "old"] == [stream.source for stream in told.streams]
    assert ["old"] == list(told.problems)
    assert "old: the configuration names no such source" in shown(show, told)


def licensed(place: str = "/srv/a.lic:5") -> LicenceStatus:
    """Return what licence files grant: a package, what has expired, what nobody counts, and NOLOG of two daemons."""
    pools = (PoolStatus("1.0", ("HOSTID=A",), 2, NOON + 60, (place,)), PoolStatus("2.0", (), 3, inf, (place,)))
    return LicenceStatus(
        "lic1",
        ("/srv/a.lic",),
        ("/srv/a.lic, line 9: begins with [bold]",),
        (
            FeatureLicences("MLM", "[red]pack", pools, NOON + 60, True, (Restricted(1, "USER ana", place),), (), 900),
            FeatureLicences("MLM", "old", (), NOON - 60, False, (), (), None),
            FeatureLicences("MLM", "node", (PoolStatus("1", (), None, inf, (place,)),), inf, False, (), (), None),
            FeatureLicences("MLM", "later", (), inf, False, (), (Restricted(2, "GROUP oaks", place),), None),
        ),
        {"MLM": {"IN": "/srv/v.opt:4"}, "acornd": {"OUT": "/srv/w.opt:1"}},
    )


def test_licence_files_have_a_block(two_logs, shown) -> None:
    """Each feature has a line with its seats and what they come from; NOLOG explains the daemon without check-ins."""
    flowing = " ".join(shown(show, replace(two_logs, licences=(licensed(),))).split())
    for line in (
        "problem /srv/a.lic, line 9: begins with [bold]",
        "[red]pack: 5 seats until 2022-05-05T12:01:00Z, with its components, 1 reserved for USER ana, taken back",
        "MLM old: expired at 2022-05-05T11:59:00Z",
        "MLM node: uncounted for ever (/srv/a.lic:5)",
        "MLM later: nothing granted now, at most 2 for GROUP oaks",
        "not logged MLM: IN (/srv/v.opt:4)",
    ):
        assert line in flowing
    assert "MLM writes no check-ins, or hardly any, since 2022-05-03: NOLOG IN in /srv/v.opt:4 keeps them" in flowing
    assert "quietd writes no check-ins, or hardly any, since 2022-05-03 " in flowing


def test_many_features_and_faults_are_not_all_shown(two_logs, shown) -> None:
    """Twenty of each; where the others are told is said."""
    one = licensed()
    many = replace(one, features=one.features * 10, problems=one.problems * 30)
    text = shown(show, replace(two_logs, licences=(many,)))
    assert "and 20 features more; --format json shows all" in text
    assert "and 10 more; `seatwatch check-config` tells all" in text


def test_licence_files_as_json(two_logs) -> None:
    """All of it, pool by pool; what never expires is null."""
    (found,) = json.loads(as_json(replace(two_logs, licences=(licensed(),))))["licences"]
    pack, old, node, _ = found["features"]
    assert (5, "2022-05-05T12:01:00Z", True, 900) == tuple(
        pack[key] for key in ("seats", "expiry", "package", "timeout_seconds")
    )
    assert {
        "version": "1.0",
        "attributes": ["HOSTID=A"],
        "seats": 2,
        "expiry": "2022-05-05T12:01:00Z",
        "lines": ["/srv/a.lic:5"],
    } == pack["pools"][0]
    assert [{"seats": 1, "for": "USER ana", "line": "/srv/a.lic:5"}] == pack["reserved"]
    assert (None, "2022-05-05T11:59:00Z", None) == (old["seats"], old["expiry"], node["expiry"])
    assert {"MLM": {"IN": "/srv/v.opt:4"}, "acornd": {"OUT": "/srv/w.opt:1"}} == found["not_logged"]
