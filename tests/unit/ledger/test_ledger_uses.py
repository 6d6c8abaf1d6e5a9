"""Uses in the ledger: one row a line, older ones summed up by the minute, and the answers are the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from exporter.catalog.tiers import HOURLY, LIVE
from exporter.facts import Facts, UseFact, UseTotal
from exporter.ledger.shipments import Advance, Intent
from exporter.ledger.store import SqliteLedger
from exporter.ledger.uses import read_uses
from exporter.load_windows import LoadWindows
from exporter.records import Batch, Covered, Generation, Position
from tests.unit.ledger.conftest import StandingClock
from tests.unit.ledger.years import BEGIN, DAY, RULES, keep_house, kept, tables

Lines = Sequence[tuple[int, str, str]]


def commit(ledger: SqliteLedger, lines: Lines, name: str = "/logs/lmod", end: int = BEGIN + 100 * DAY) -> int:
    """Commit *lines* of (UTC second, module, user) of a log that is known up to *end*; return the stream."""
    ledger.adopt(RULES, replay=lambda lines, frontier: [])
    point = ledger.checkpoint(name, "srv", name)
    generation = point.stream
    offset = point.position.offset if point.position else 0
    facts, totals = Facts(), dict(point.use_totals)
    for time, module, user in lines:
        product = ledger.names.product("c1", "lmod", module)
        holder, path = ledger.names.holder(f"{user}@n1", ""), ledger.names.path(f"/m/{module}")
        facts.uses.append(UseFact(generation, offset, product, holder, path, time, 1))
        known = totals.get(product, UseTotal(0, time))
        totals[product] = facts.use_totals[product] = UseTotal(known.uses + 1, min(known.first, time))
        offset += 100
    record = Generation(generation, name, 1, generation, "ab", 9, "cd", 9, offset, offset, False, "ef", BEGIN)
    state = {"format": {}, "pairing": {}, "since": None}
    covered = [Covered(0, BEGIN, end)]
    ledger.commit(
        [
            Batch(
                *(point.stream, Position(generation, offset), [record], state, facts, end, end - 1, {}, [], []),
                coverage=covered,
            )
        ]
    )
    return point.stream


def used(ledger: SqliteLedger, product: int = 1) -> list[tuple[int, str, int]]:
    """Return the uses of a product with their minutes."""
    return sorted((time - time % 60, user, n) for time, user, n in read_uses(ledger.ask, product, 0, 1 << 40))


def test_older_ones_are_summed_up(ledger: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """What is older than `facts.uses` is one row a minute, user and path; the newer ones stay line by line."""
    old = [(BEGIN + second, "gcc/5", user) for second in (0, 1, 59, 60) for user in ("ann", "bo")]
    new = [(BEGIN + 99 * DAY + second, "gcc/5", "ann") for second in (1, 2)]
    commit(ledger, old + new)
    before = len(tables(path, "use")["use"])
    keep_house(ledger, kept(uses=30), clock)

    assert (10, 2) == (before, len(tables(path, "use")["use"]))
    assert [
        (BEGIN, "ann", 3),
        (BEGIN, "bo", 3),
        (BEGIN + 60, "ann", 1),
        (BEGIN + 60, "bo", 1),
        (BEGIN + 99 * DAY, "ann", 1),
        (BEGIN + 99 * DAY, "ann", 1),
    ] == used(ledger)


def test_a_line_that_comes_late_is_added(ledger: SqliteLedger, clock: StandingClock) -> None:
    """Lines of a minute that is summed up already count in the same row."""
    commit(ledger, [(BEGIN + 5, "gcc/5", "ann")])
    keep_house(ledger, kept(uses=30), clock)
    commit(ledger, [(BEGIN + 7, "gcc/5", "ann")])
    keep_house(ledger, kept(uses=30), clock)

    assert [(BEGIN, "ann", 2)] == used(ledger)
    assert {1: UseTotal(2, BEGIN + 5)} == ledger.checkpoint("/logs/lmod", "srv", "/logs/lmod").use_totals


def test_sums_go_when_no_tier_shows_them(ledger: SqliteLedger, path: Path, clock: StandingClock) -> None:
    """They stay as long as the longest tier and the facts; with a tier that is kept for ever they stay for ever."""
    commit(ledger, [(BEGIN + day * DAY, "gcc/5", "ann") for day in (1, 30, 95)])
    keep_house(ledger, kept(uses=10, facts=10, live=10, hourly=40), clock)
    assert (2, 1) == tuple(map(len, tables(path, "use_minute", "use").values()))
    keep_house(ledger, kept(uses=10, facts=10, live=10, hourly=40, longterm=80), clock)
    assert [BEGIN + 30 * DAY] == [row[1] for row in tables(path, "use_minute")["use_minute"]]
    keep_house(ledger, kept(uses=10, facts=90, live=10, hourly=10, longterm=10), clock)
    assert 1 == len(tables(path, "use_minute")["use_minute"])


def test_dates_put_right_move_sums_too(ledger: SqliteLedger, clock: StandingClock) -> None:
    """Lines, sums and first uses of the one stream move; sums that meet are added up."""
    commit(ledger, [(BEGIN + 5, "gcc/5", "ann"), (BEGIN + DAY, "gcc/5", "ann"), (BEGIN + 99 * DAY, "gcc/5", "ann")])
    other = commit(ledger, [(BEGIN + 9, "gcc/5", "cy")], "/logs/other")
    keep_house(ledger, kept(uses=30), clock)
    stream = ledger.checkpoint("/logs/lmod", "srv", "/logs/lmod").stream
    ledger.redate(stream, lambda time: time - DAY if time > BEGIN + 99 else time, {})

    assert [(BEGIN, "ann", 2), (BEGIN, "cy", 1), (BEGIN + 98 * DAY, "ann", 1)] == used(ledger)
    assert other != stream


def test_a_late_use_lets_its_windows_be_sent_again(ledger: SqliteLedger) -> None:
    """Only those of its module, from its time on."""
    commit(ledger, [(BEGIN + 5 * DAY, "gcc/5", "ann"), (BEGIN + 5 * DAY, "tcl/8", "ann")])
    subjects = [subject.id or 0 for subject in LoadWindows(ledger.ask).subjects()]
    sink = ledger.shipments.open("main")
    end = BEGIN + 100 * DAY
    ledger.shipments.begin(sink, [Intent(60, subject, BEGIN, end) for subject in subjects])
    ledger.shipments.advance(sink, [Advance(60, subject, end, end) for subject in subjects])
    commit(ledger, [(BEGIN + 7 * DAY, "tcl/8", "bo"), (BEGIN + 3 * DAY, "tcl/8", "bo")])

    assert [end, BEGIN + 3 * DAY] == [ledger.shipments.stands(sink)[60, subject].until for subject in subjects]


def test_windows_are_asked_for_by_their_begin(ledger: SqliteLedger) -> None:
    """A span gives the windows that begin in it, whole; they are closed up to where every log is known."""
    commit(ledger, [(BEGIN + second, "gcc/5", "ann") for second in (10, 3590, 3600, 7300)])
    commit(ledger, [(BEGIN + 20, "gcc/5", "bo")], "/logs/other", end=BEGIN + 99 * DAY + 5)
    windows = LoadWindows(ledger.ask)
    (subject,) = windows.subjects()

    assert [(BEGIN, (3, 2)), (BEGIN + 3600, (1, 1))] == [
        (starts[0], sums) for starts, sums in windows.windows(HOURLY, subject, BEGIN, BEGIN + 3601)
    ]
    assert [BEGIN + 3540, BEGIN + 3600] == [
        starts[0] for starts, _ in windows.windows(LIVE, subject, BEGIN + 1, BEGIN + 7200)
    ]
    assert 2 == windows.count(HOURLY, subject, BEGIN + 1, BEGIN + 100_000)
    assert (BEGIN, BEGIN + 99 * DAY) == (windows.begins(HOURLY, subject), windows.closed_until(LIVE, subject))


def test_paths_have_ids_for_ever(opened: Callable[[], SqliteLedger]) -> None:
    """A path keeps its id over restarts, is readable in the ledger, and differs from others by its bytes."""
    ledger = opened()
    ids = [ledger.names.path(raw) for raw in ("", "/m/\xc3\xa4", "/m/\xe4", "")]
    ledger.commit([])
    ledger.close()
    again = opened()

    assert [1, 2, 3, 1] == ids
    assert [3, 4] == [again.names.path("/m/\xe4"), again.names.path("/m/new")]
    assert [("",), ("/m/\u00e4",), ("/m/\u00e4",)] == again.ask("SELECT path FROM path ORDER BY id")
