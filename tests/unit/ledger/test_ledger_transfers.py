"""Transfers in the ledger: sums by the minute, that grow, move, go, and let their windows be sent again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from exporter.catalog.tiers import HOURLY, LIVE, LONGTERM, TIERS, Tier
from exporter.facts import Facts, TransferFact, TransferTotal
from exporter.ledger.shipments import Advance, Intent
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Covered, Generation, Position
from exporter.sketch import bucket_of
from exporter.transfer_windows import TransferWindows
from tests.unit.ledger.conftest import StandingClock
from tests.unit.ledger.years import BEGIN, DAY, RULES, keep_house, kept, tables


def commit(
    ledger: SqliteLedger, files: Sequence[tuple[int, str, int | None]], machine: str = "px1", end: int = 100
) -> int:
    """Commit *files* of (UTC second, kind, latency) of a log that is known for *end* days; return the stream."""
    ledger.adopt(RULES, replay=lambda lines, frontier: [])
    point = ledger.checkpoint(machine, machine, machine)
    facts = Facts()
    product = ledger.names.product(machine, "tx", "pier")
    for time, kind, latency in files:
        fact = TransferFact(point.stream, product, kind, time - time % 60, 1, 10)
        if latency is not None:
            fact.latencies, fact.latency_min, fact.latency_max, fact.latency_sum = 1, latency, latency, latency
            fact.sketch = {bucket_of(latency): 1}
        facts.transfers.append(fact)
        known = facts.transfer_totals.get((product, kind)) or point.transfer_totals.get((product, kind))
        facts.transfer_totals[product, kind] = (known or TransferTotal(0, 0, 0, 0, fact.minute)).plus(fact)
    record = Generation(point.stream, machine, 1, point.stream, "ab", 9, "cd", 9, 10, 10, False, "ef", BEGIN)
    state = {"format": {}, "pairing": {}, "since": None}
    until = BEGIN + end * DAY
    batch = Batch(
        *(point.stream, Position(point.stream, 10), [record], state, facts, until, until - 1, {}, [], []),
        coverage=[Covered(0, BEGIN, until)],
    )
    ledger.commit([batch])
    return point.stream


def sums(ledger: SqliteLedger) -> list[tuple[object, ...]]:
    """Return kind, minute since the begin, files, bytes, latencies, least, greatest, sum, and the buckets."""
    return ledger.ask(
        "SELECT kind, (minute - ?) / 60, sum(files), sum(bytes), sum(latencies), min(latency_min), max(latency_max), "
        "sum(latency_sum), (SELECT sum(n) FROM transfer_sketch AS s WHERE s.minute = t.minute AND s.kind = t.kind) "
        "FROM transfer AS t GROUP BY kind, minute ORDER BY 1, 2",
        BEGIN,
    )


def test_a_minute_grows_with_each_commit(ledger: SqliteLedger) -> None:
    """What is committed later is added: counts, extremes and buckets; files without latency leave those alone."""
    commit(ledger, [(BEGIN + 5, "SA", 7), (BEGIN + 5, "SA", None), (BEGIN + 65, "SA", None)])
    stream = commit(ledger, [(BEGIN + 59, "SA", 3), (BEGIN + 64, "SA", 9), (BEGIN + 59, "SM", None), (BEGIN, "SA", 7)])

    assert [
        ("SA", 0, 4, 40, 3, 3, 7, 17, 3),
        ("SA", 1, 2, 20, 1, 9, 9, 9, 1),
        ("SM", 0, 1, 10, 0, None, None, 0, None),
    ] == (sums(ledger))
    totals = ledger.checkpoint("px1", "px1", "px1").transfer_totals
    assert {(1, "SA"): TransferTotal(6, 60, 0, 0, BEGIN), (1, "SM"): TransferTotal(1, 10, 0, 0, BEGIN)} == totals
    assert stream == 1


def test_a_reset_takes_one_machine(ledger: SqliteLedger, path: Path) -> None:
    """Sums, buckets and counters of the source go, those of another stay."""
    commit(ledger, [(BEGIN, "SA", 7)])
    commit(ledger, [(BEGIN, "SA", 8)], "px2")
    assert (1, 0) == (ledger.holdings("px1").transfers, ledger.holdings("none").transfers)
    ledger.reset("px1")

    assert [("SA", 0, 1, 10, 1, 8, 8, 8, 1)] == sums(ledger)
    assert (1, 1, 1) == tuple(map(len, tables(path, "transfer", "transfer_sketch", "transfer_total").values()))


def test_dates_put_right_move_sums(ledger: SqliteLedger) -> None:
    """Sums that meet are added up; another log's stay where they are."""
    stream = commit(ledger, [(BEGIN, "SA", 7), (BEGIN + DAY, "SA", 9)])
    commit(ledger, [(BEGIN + DAY, "SM", 1)], "px2")
    ledger.redate(stream, lambda time: time - DAY if time >= BEGIN + DAY else time, {})

    day = DAY // 60
    assert [("SA", 0, 2, 20, 2, 7, 9, 16, 2), ("SM", day, 1, 10, 1, 1, 1, 1, 1)] == sums(ledger)


def test_sums_go_when_no_tier_shows_them(ledger: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """They stay as long as the longest tier and the facts, and for ever with one that is kept for ever."""
    commit(ledger, [(BEGIN + day * DAY, "SA", 7) for day in (1, 30, 95)])
    keep_house(ledger, kept(uses=10, facts=10, live=10, hourly=40), clock)
    assert (3, 3) == tuple(map(len, tables(path, "transfer", "transfer_sketch").values()))
    keep_house(ledger, kept(uses=10, facts=10, live=10, hourly=40, longterm=80), clock)
    assert (2, 2) == tuple(map(len, tables(path, "transfer", "transfer_sketch").values()))


def test_old_sums_are_as_long_as_the_tiers_that_show_them(
    ledger: SqliteLedger, path: Path, clock: StandingClock
) -> None:
    """Minutes become hours of the zone, and hours days; hours and days say the same as before, percentiles too."""
    files = [(BEGIN + second, "SA", second % 50) for second in range(0, 99 * DAY, 7 * 3600 + 61)]
    commit(ledger, files)
    before = _windows(ledger)
    keep_house(ledger, kept(uses=10, facts=20, live=10, hourly=60, longterm=200), clock)
    after = _windows(ledger)

    lengths = Counter(span for (span,) in ledger.ask("SELECT span FROM transfer"))
    assert {60, 3600, DAY} == lengths.keys()
    assert before[LONGTERM] == after[LONGTERM]
    assert [one for one in before[HOURLY] if one[0] >= BEGIN + 40 * DAY] == after[HOURLY]
    assert [one for one in before[LIVE] if one[0] >= BEGIN + 80 * DAY] == after[LIVE]
    assert len(files) == sum(files for (files,) in ledger.ask("SELECT files FROM transfer"))

    keep_house(ledger, kept(uses=10, facts=20, live=10, hourly=60, longterm=200), clock)
    assert lengths == Counter(span for (span,) in ledger.ask("SELECT span FROM transfer"))


def test_minutes_stay_as_long_as_facts(ledger: SqliteLedger, clock: StandingClock) -> None:
    """They are facts: where those are kept for ever no minute is added up, whatever the tiers show."""
    commit(ledger, [(BEGIN + day * DAY, "SA", 7) for day in (1, 30, 95)])
    keep_house(ledger, kept(uses=10, live=10, hourly=40, longterm=80), clock)

    assert [(60,)] == ledger.ask("SELECT DISTINCT span FROM transfer")


def test_sums_that_stay_are_not_searched(
    ledger: SqliteLedger, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is past its time yet, no row of a sum is looked at: there may be millions."""
    commit(ledger, [(BEGIN + day * DAY, "SA", 7) for day in (1, 30, 95)])
    ask, asked = ledger.ask, list[str]()

    def noted(sql: str, *values: object) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return ask(sql, *values)

    monkeypatch.setattr(ledger, "ask", noted)
    keep_house(ledger, kept(uses=10, live=10, hourly=40, longterm=80), clock)
    assert (True, []) == (bool(asked), [sql for sql in asked if re.search("FROM transfer(_sketch)? WHERE", sql)])
    keep_house(ledger, kept(uses=10, live=10, facts=10, hourly=40, longterm=80), clock)
    assert [sql for sql in asked if re.search("FROM transfer(_sketch)? WHERE", sql)]


def test_a_late_file_of_an_old_hour_is_added_to_it(ledger: SqliteLedger, clock: StandingClock) -> None:
    """What is read after its hour was added up is in the hour at once, and no minute shows more than was in it."""
    keep = kept(uses=10, facts=20, live=10, hourly=200, longterm=200)
    commit(ledger, [(BEGIN + 60, "SA", 7), (BEGIN + 120, "SA", 9)])
    keep_house(ledger, keep, clock)
    commit(ledger, [(BEGIN, "SA", 1)])

    assert ([(BEGIN, 3)], [(BEGIN, 1)]) == (
        [one[:2] for one in _windows(ledger)[HOURLY]],
        [one[:2] for one in _windows(ledger)[LIVE]],
    )
    keep_house(ledger, keep, clock)
    assert [(3600, 3)] == ledger.ask("SELECT span, files FROM transfer")


def _windows(ledger: SqliteLedger) -> dict[Tier, list[tuple[float, ...]]]:
    """Return start and fields of all windows of the one kind of file."""
    windows = TransferWindows(ledger.ask)
    (subject,) = windows.subjects()
    return {tier: [(starts[0], *sums.fields()) for starts, sums in windows.windows(tier, subject)] for tier in TIERS}


def test_a_late_file_lets_its_windows_be_sent_again(ledger: SqliteLedger) -> None:
    """Those of its client, from its minute on; another machine's stay."""
    commit(ledger, [(BEGIN + 5 * DAY, "SA", 7)])
    commit(ledger, [(BEGIN + 5 * DAY, "SA", 7)], "px2")
    subjects = [subject.id or 0 for subject in TransferWindows(ledger.ask).subjects()]
    sink = ledger.shipments.open("main", "here")
    end = BEGIN + 100 * DAY
    ledger.shipments.begin(sink, [Intent(60, subject, BEGIN, end) for subject in subjects])
    ledger.shipments.advance(sink, [Advance(60, subject, end, end) for subject in subjects])
    commit(ledger, [(BEGIN + 7 * DAY, "SA", 1), (BEGIN + 3 * DAY + 30, "SA", 1)], "px2")

    assert [end, BEGIN + 3 * DAY] == [ledger.shipments.stands(sink)[60, subject].until for subject in subjects]


def test_each_kind_of_file_has_windows_of_its_own(ledger: SqliteLedger) -> None:
    """Asked for by their begin; closed up to where the log of the machine is known."""
    commit(ledger, [(BEGIN + second, "SA", 7) for second in (0, 3600, 3661, 7200)] + [(BEGIN + 60, "SM", 1)], end=99)
    windows = TransferWindows(ledger.ask)
    first, second = windows.subjects()

    assert [("px1", "tx", "pier", "SA"), ("px1", "tx", "pier", "SM")] == [first.names, second.names]
    found = windows.windows(HOURLY, first, BEGIN, BEGIN + 3601)
    assert [(BEGIN, 1), (BEGIN + 3600, 2)] == [(starts[0], sums.files) for starts, sums in found]
    assert (3, BEGIN, BEGIN + 99 * DAY) == (
        windows.count(HOURLY, first, 0, BEGIN + DAY),
        windows.begins(HOURLY, second),
        windows.closed_until(HOURLY, second),
    )
