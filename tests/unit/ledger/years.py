"""A made log of many days, committed to a real ledger day by day, and the tables as they are then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from exporter.catalog.tiers import TIERS
from exporter.facts import CheckinFact, DenialFact, Episode, Facts, LifecycleFact, Session, Totals, Wait
from exporter.housekeeping import Housekeeping
from exporter.ledger.reader import LedgerReader
from exporter.ledger.store import SqliteLedger
from exporter.ports import Clock
from exporter.records import Batch, Covered, Generation, Kept, Position, WindowRow, WindowsAsked
from exporter.rules import Rules
from exporter.windowing import Windowing

DAY = 86_400
BEGIN = 1_700_953_200
"""2023-11-26 at midnight in Madrid, a hundred days before the one on which the ledger's tests take place."""
RULES = Rules("Europe/Madrid", 10, 1200)
FACTS = ("session", "change", "wait", "checkin", "episode", "denial", "lifecycle")
PRODUCT, HOLDER = 1, 1


def kept(**days: int | None) -> Kept:
    """Return how long things are kept, in days; for ever where nothing is said."""
    return Kept(**{what: None if long is None else long * DAY for what, long in days.items()})


def stream_of(ledger: SqliteLedger, name: str = "/logs/lic.log") -> int:
    """Take over the rules, make stream *name* and the names of a feature and of a user; return the id of the stream."""
    ledger.adopt(RULES, replay=lambda lines, frontier: [])
    stream = ledger.checkpoint("lic", "srv", name).stream
    assert PRODUCT == ledger.names.product("srv", "brookd", "brook_cfd")
    assert HOLDER == ledger.names.holder("amber@node01", "")
    return stream


def facts_of_day(generation: int, day: int, denials: int = 1) -> Facts:
    """Return the facts of a day: a session each two hours, and something of everything else."""
    begin, at = BEGIN + day * DAY, day * 100_000
    sessions = [
        Session(
            *(generation, at + hour, 0, PRODUCT, HOLDER, 1, 1),
            *(begin + hour * 3600, begin + hour * 3600 + 5000, "returned", 0, generation, at + hour + 50),
            checkin=begin + hour * 3600 + 5000,
        )
        for hour in range(0, 24, 2)
    ]
    sessions[3].seats, sessions[3].changes = 2, [(sessions[3].start + 60, 2, generation, at + 40)]
    noon = begin + DAY // 2
    return Facts(
        sessions=sessions,
        denials=[
            DenialFact(generation, at + 1000 + n, PRODUCT, HOLDER, 1, noon + n % 3600, -4, "capacity")
            for n in range(denials)
        ],
        checkins=[CheckinFact(generation, at + 60, PRODUCT, noon)],
        waits=[Wait(generation, at + 61, PRODUCT, HOLDER, 1, noon, noon + 9, "granted", generation, at + 62)],
        episodes=[Episode(generation, at + 1000, PRODUCT, HOLDER, noon, noon + 3599, denials, "refused")],
        lifecycle=[LifecycleFact(generation, at + 63, begin, "brookd", "started")],
        totals={PRODUCT: Totals(12 * (day + 1), 13 * (day + 1), {"capacity": day + 1}, BEGIN)},
        tally={"matched": 12},
        since=begin,
    )


def commit_days(ledger: SqliteLedger, days: Iterable[int], *, stream: int = 0, denials: int = 1) -> None:
    """Commit *days* of a log, one by one; the log is one generation, and all time since its begin is covered."""
    stream = stream or stream_of(ledger)
    generation = stream
    for day in days:
        end = BEGIN + (day + 1) * DAY
        record = Generation(generation, "/logs/lic.log", 1, 2, "ab", 9, "cd", 9, day + 1, day + 1, False, "ef", BEGIN)
        ledger.commit(
            [
                Batch(
                    stream=stream,
                    position=Position(generation, day + 1),
                    generations=[record],
                    state={"format": {}, "pairing": {}, "since": None},
                    facts=facts_of_day(generation, day, denials),
                    frontier=end,
                    last_line=end - 1,
                    tally={"understood": 40},
                    samples=[],
                    gaps=[],
                    coverage=[Covered(0, BEGIN, end)],
                )
            ]
        )


def tables(path: Path, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of tables, sorted."""
    reader = LedgerReader(path)
    rows = {name: sorted(reader.ask(f"SELECT * FROM {name}"), key=repr) for name in names}
    reader.close()
    return rows


def windows(ledger: SqliteLedger, tier: str, *, product: bool = False) -> list[WindowRow]:
    """Return all windows of a tier, as they are exported."""
    assert tier in [one.name for one in TIERS]
    return list(Windowing(ledger.ask).rows(WindowsAsked(tier, product)))


HORIZON = BEGIN + 70 * DAY
"""The day before which facts go, of a hundred days of which thirty are kept."""
MONTH = kept(facts=30, denials=30, live=1)


def keep_house(ledger: SqliteLedger, kept: Kept, clock: Clock) -> None:
    """Do all there is to do."""
    Housekeeping(ledger, kept, clock, at_once=True)()


def add_facts(ledger: SqliteLedger, day: int, change: Callable[[Batch], None]) -> None:
    """Commit a batch that holds no more than what *change* puts in; the log has come to the end of *day*."""
    end = BEGIN + (day + 1) * DAY
    facts = facts_of_day(1, day)
    for each in (facts.sessions, facts.denials, facts.checkins, facts.waits, facts.episodes, facts.lifecycle):
        each.clear()
    batch = Batch(1, Position(1, 1), [], {}, facts, end, end - 1, {}, [], [], [Covered(0, BEGIN, end)])
    change(batch)
    batch.facts.tally = ledger.late(batch.facts)
    ledger.commit([batch])
