"""Episodes made anew after their rule changed: what the ledger hands out, and what it replaces."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.facts import DenialFact, Episode, Facts, LifecycleFact, Session, Wait
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch, Generation, Position
from exporter.rules import DemandLine, ProductRule, Replay, Rules

RULES = Rules("UTC", 10, 1200, {}, {"P": ProductRule(frozenset({("srv", "v", "f")}), {})})
LINE = 10
"""Bytes of a line."""


class Log:
    """A stream of one generation in a ledger, with lines ten bytes long."""

    def __init__(self, ledger: SqliteLedger, path: Path) -> None:
        """Begin empty, under the usual rule."""
        self.ledger = ledger
        self.stream = ledger.checkpoint("lic", "srv", "/logs/lic.log").stream
        self.generation = ledger.next_generation()
        self.f, self.g = (ledger.names.product("srv", "v", name) for name in "fg")
        self.amber, self.display = (ledger.names.holder("amber@ws", display) for display in ("", "hpc"))
        self.birch = ledger.names.holder("birch@ws", "tty")
        self.handed: list[DemandLine] = []
        self.frontier: int | None = None
        self._db = sqlite3.connect(path, isolation_level=None)
        ledger.adopt(RULES, self._replay([]))

    def denial(self, line: int, time: int, product: int = 0, holder: int = 0, kind: str = "capacity") -> DenialFact:
        """Return a raw denial."""
        return DenialFact(self.generation, line * LINE, product or self.f, holder or self.amber, 1, time, -4, kind)

    def episode(self, line: int, first: int, last: int, lines: int, outcome: str | None, product: int = 0) -> Episode:
        """Return an episode of amber."""
        return Episode(self.generation, line * LINE, product or self.f, self.amber, first, last, lines, outcome)

    def commit(self, **facts: list) -> None:
        """Commit facts; lists by the names of their fields."""
        one = Generation(self.generation, "/logs/lic.log", 1, 1)
        batch = Batch(self.stream, Position(self.generation, 999), [one], {}, Facts(**facts), 5000, 4999, {}, [], [])
        self.ledger.commit([batch])

    def change_rule(self, *made: Episode, retry_window: int = 60) -> None:
        """Change the rule; the episodes are then *made*."""
        self.handed = []
        self.ledger.adopt(replace(RULES, retry_window=retry_window), self._replay(list(made)))

    def episodes(self) -> list[tuple[object, ...]]:
        """Return (line, first, last, lines, outcome, revision) of each episode."""
        found = self._db.execute("SELECT at, first, last, lines, outcome, rev FROM episode ORDER BY generation, at")
        return [(at // LINE, *row) for at, *row in found]

    def run(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Run *sql*."""
        return list(self._db.execute(sql, values))

    def _replay(self, made: list[Episode]) -> Replay:
        def replay(lines: Iterable[DemandLine], frontier: int | None) -> Iterable[Episode]:
            self.handed += lines
            self.frontier = frontier
            return made

        return replay


@pytest.fixture
def log(ledger: SqliteLedger, path: Path) -> Log:
    """Give a stream without lines."""
    return Log(ledger, path)


def test_lines_come_in_reading_order(log: Log) -> None:
    """Denials, check-outs, waits, and resets of a daemon and of all come by their place, with user and host alone."""
    log.commit(
        sessions=[
            Session(log.generation, 30, 0, log.f, log.display, 2, 5, 103, 120, "reset", 0, log.generation, 90),
            Session(log.generation, 35, 0, log.f, log.amber, 1, 1, 90, 104, "returned", 1, log.generation, 35),
            Session(log.generation, 37, 1, log.f, log.amber, 1, 1, 104),
            Session(log.generation, 39, 0, log.g, log.amber, 1, 1, 104),
        ],
        denials=[log.denial(2, 102, holder=log.display), log.denial(1, 101), log.denial(5, 105, kind="other")],
        waits=[Wait(log.generation, 60, log.f, log.amber, 3, 106, 108, "given_up")],
        lifecycle=[
            LifecycleFact(log.generation, 70, 107, "v", "restarted"),
            LifecycleFact(log.generation, 80, 109, "lmgrd", "started"),
            LifecycleFact(log.generation, 85, 109, "v", "reread"),
        ],
    )
    log.run("UPDATE wait SET end_generation = generation, end_at = 75")
    log.change_rule()

    who = (log.f, log.amber, log.amber)
    assert [
        (10, "denied", 101, "v", *who, 1),
        (20, "denied", 102, "v", log.f, log.display, log.amber, 1),
        (30, "started", 103, "v", log.f, log.display, log.amber, 2),
        (60, "queued", 106, "v", *who, 3),
        (70, "reset", 107, "v", 0, 0, 0, 0),
        (75, "left", 108, "v", *who, 3),
        (80, "reset", 109, "", 0, 0, 0, 0),
        (90, "reset", 120, "v", log.f, log.display, log.amber, 0),
    ] == [line[1:] for line in log.handed]
    assert 5000 == log.frontier


def test_who_was_never_turned_away_is_left_out(log: Log) -> None:
    """A check-out of somebody whose user and host alone were never met ends no episode, and isn't handed out."""
    started = Session(log.generation, 30, 0, log.f, log.birch, 1, 1, 103)
    log.commit(sessions=[started], denials=[log.denial(1, 101)])
    log.change_rule()

    assert ["denied"] == [line.what for line in log.handed]


def test_what_differs_is_replaced(log: Log) -> None:
    """An episode that is as before keeps its revision, one that is no more goes, others are written."""
    log.commit(
        denials=[log.denial(line, 100 * line) for line in range(1, 5)],
        episodes=[log.episode(1, 100, 200, 2, "refused"), log.episode(3, 300, 300, 1, "waited")],
    )
    ((_, *_, rev),) = log.episodes()[:1]
    log.change_rule(log.episode(2, 200, 200, 1, None), log.episode(3, 300, 300, 1, "waited"))

    assert [(2, 200, 200, 1, None, rev + 1), (3, 300, 300, 1, "waited", rev)] == log.episodes()


def test_an_episode_that_comes_twice_is_as_it_was_last(log: Log) -> None:
    """Replaying hands out what is open, and again when it is decided."""
    log.commit(denials=[log.denial(1, 100)])
    log.change_rule(log.episode(1, 100, 100, 1, None), log.episode(1, 100, 150, 2, "waited"))

    assert [(1, 100, 150, 2, "waited")] == [row[:-1] for row in log.episodes()]


def test_what_raw_rows_no_longer_cover_stays(log: Log) -> None:
    """An episode without its first line is kept, and its other lines make no other one."""
    log.commit(
        denials=[log.denial(line, 100 * line) for line in (1, 2, 3)],
        episodes=[log.episode(1, 100, 200, 2, "refused"), log.episode(3, 300, 300, 1, "waited")],
    )
    log.run("DELETE FROM denial WHERE at = 10")
    log.change_rule()

    assert [300] == [line.time for line in log.handed]
    assert [(1, 100, 200, 2, "refused")] == [row[:-1] for row in log.episodes()]


def test_windows_are_made_again_from_the_first_change(log: Log) -> None:
    """Of the feature and of the products it belongs to; another feature keeps its windows."""
    log.run("INSERT INTO subject (product) VALUES (?), (?)", log.f, log.g)
    log.run("INSERT INTO stored SELECT 3600, id, 1000 FROM subject")
    same = log.episode(5, 50, 50, 1, "refused", log.g)
    log.commit(
        denials=[*(log.denial(line, 100 * line) for line in (1, 2, 3)), log.denial(5, 50, log.g)],
        episodes=[*(log.episode(line, 100 * line, 100 * line, 1, "refused") for line in (1, 2, 3)), same],
    )
    log.change_rule(log.episode(1, 100, 100, 1, "refused"), same)

    until = {
        name or product: until
        for name, product, until in log.run("SELECT name, product, until FROM stored JOIN subject ON id = subject")
    }
    assert {log.f: 200, "P": 200, log.g: 1000} == until


def test_the_first_rule_changes_no_episode(ledger: SqliteLedger, path: Path) -> None:
    """A ledger that was filled before it held a rule keeps its episodes: which rule made them isn't known."""
    log = Log(ledger, path)
    log.commit(denials=[log.denial(1, 100)], episodes=[log.episode(1, 100, 100, 1, "refused")])
    log.run("DELETE FROM rule")
    before = log.episodes()
    log.change_rule()

    assert before == log.episodes()
    assert [] == log.handed
