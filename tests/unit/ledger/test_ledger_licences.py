"""Capacity by licence files in the ledger: dated changes, what was granted before, and rows of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from exporter.errors import LedgerFull
from exporter.ledger.licences import changed
from exporter.ledger.store import SqliteLedger
from exporter.rules import FeatureKey, Granted, LicenceRow, Rules
from tests.unit.ledger.conftest import NOON, StandingClock

BASE: FeatureKey = ("srv", "acornd", "base")
VIEW: FeatureKey = ("srv", "acornd", "view")
LONG_AGO = NOON - 1_000_000
DAY = 86_400


class Keeper:
    """A ledger that takes over what licence files grant."""

    def __init__(self, ledger: SqliteLedger, clock: StandingClock) -> None:
        """Begin without licence files."""
        self.ledger, self._clock = ledger, clock

    def take(
        self,
        rows: Mapping[FeatureKey, Sequence[tuple[int, int]]],
        mark: str,
        written: int = LONG_AGO,
        packages: frozenset[tuple[FeatureKey, FeatureKey]] = frozenset(),
    ) -> None:
        """Take over (from, seats) of features, from a file with this hash."""
        origin = {key: [LicenceRow(*row, f"a.lic:{mark}") for row in of_key] for key, of_key in rows.items()}
        self.ledger.licences.take_over({"srv": Granted({"a.lic": (mark, written)}, origin, packages)}, ["srv"])

    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self._clock.time += seconds

    def adopt(self, issued: Mapping[FeatureKey, Mapping[int, int]]) -> None:
        """Take over rows of the configuration."""
        self.ledger.adopt(Rules("UTC", 10, 1200, issued), lambda lines, frontier: [])

    def rows(self) -> list[tuple[object, ...]]:
        """Return feature, start, seats and origin of what counts."""
        return self.ledger.ask(
            "SELECT p.feature, c.start, c.seats, c.origin FROM capacity AS c JOIN product AS p ON p.id = c.product "
            "ORDER BY 1, 2"
        )

    def revision(self) -> int:
        """Return how many commits there were."""
        ((revision,),) = self.ledger.ask("SELECT revision FROM meta")
        return int(revision)


@pytest.fixture
def keeper(ledger: SqliteLedger, clock: StandingClock) -> Keeper:
    """Give a ledger without licence files."""
    return Keeper(ledger, clock)


def test_the_first_file_is_taken_as_it_is(keeper: Keeper) -> None:
    """What it says of the past and of the future is there, and the same file again is no commit."""
    keeper.take({BASE: [(100, 5), (NOON + DAY, 0)], VIEW: [(200, 1)]}, "1")
    assert [
        ("base", 100, 5, "a.lic:1"),
        ("base", NOON + DAY, 0, "a.lic:1"),
        ("view", 200, 1, "a.lic:1"),
    ] == keeper.rows()
    assert {BASE: [(100, 5), (NOON + DAY, 0)], VIEW: [(200, 1)]} == keeper.ledger.licences.issued()
    before = keeper.revision()
    keeper.take({BASE: [(100, 7)]}, "1")
    assert before == keeper.revision()


def test_a_change_holds_since_the_file_was_written(keeper: Keeper) -> None:
    """Before that, what the older file granted stays in force; what it said of later times is gone."""
    keeper.take({BASE: [(100, 5), (NOON + 9 * DAY, 0)]}, "1")
    keeper.pass_time(DAY)
    keeper.take({BASE: [(50, 8), (NOON + 99 * DAY, 0)]}, "2", written=NOON + 3600)
    assert [
        ("base", 100, 5, "a.lic:1"),
        ("base", NOON + 3600, 8, "a.lic:2"),
        ("base", NOON + 99 * DAY, 0, "a.lic:2"),
    ] == keeper.rows()


@pytest.mark.parametrize("written", [LONG_AGO, NOON, NOON + 9 * DAY])
def test_a_change_with_a_time_that_can_not_be_holds_since_it_is_seen(keeper: Keeper, written: int) -> None:
    """A copy keeps the time of its original, and clocks of file servers are off."""
    keeper.take({BASE: [(100, 5)]}, "1")
    keeper.pass_time(DAY)
    keeper.take({BASE: [(100, 8)]}, "2", written=written)
    assert [("base", 100, 5, "a.lic:1"), ("base", NOON + DAY, 8, "a.lic:2")] == keeper.rows()


def test_what_is_no_longer_in_the_file_is_gone_since_then(keeper: Keeper) -> None:
    """A feature that the new file lacks has no seats any more, and keeps those of the past."""
    keeper.take({BASE: [(100, 5)], VIEW: [(200, 1), (300, 0)]}, "1")
    keeper.pass_time(DAY)
    keeper.take({}, "2")
    gone = [("base", 100, 5, "a.lic:1"), ("base", NOON + DAY, 0, "a.lic:1 (gone)")]
    assert [*gone, ("view", 200, 1, "a.lic:1"), ("view", 300, 0, "a.lic:1")] == keeper.rows()


def test_a_server_without_licence_files_has_none_of_their_rows(keeper: Keeper) -> None:
    """Taken out of the configuration they leave nothing; put back, they begin anew."""
    keeper.take({BASE: [(100, 5)]}, "1")
    keeper.pass_time(DAY)
    keeper.ledger.licences.take_over({}, ["srv"])
    assert [("base", 100, 5, "a.lic:1")] == keeper.rows(), "they can't be read just now"
    keeper.ledger.licences.take_over({}, [])
    assert [] == keeper.rows()
    keeper.take({BASE: [(50, 8)]}, "2")
    assert [("base", 50, 8, "a.lic:2")] == keeper.rows()


def test_rows_of_the_configuration_hold_over_those_of_files(keeper: Keeper) -> None:
    """Of a feature that has any, licence files don't count, not before its first row either; without them they do."""
    keeper.take({BASE: [(100, 5)], VIEW: [(200, 1)]}, "1")
    keeper.adopt({BASE: {NOON: 3}})
    assert [("base", NOON, 3, "config"), ("view", 200, 1, "a.lic:1")] == keeper.rows()
    keeper.adopt({})
    assert [("base", 100, 5, "a.lic:1"), ("view", 200, 1, "a.lic:1")] == keeper.rows()


def test_windows_are_made_again_from_where_they_differ(keeper: Keeper, path: Path) -> None:
    """A change of a file makes windows again from its time on; a row of the configuration from the files' first."""
    keeper.take({BASE: [(100, 5)], VIEW: [(100, 5)]}, "1")
    stored = "INSERT OR REPLACE INTO stored SELECT 3600, id, ? FROM subject"

    def until(then: int) -> list[tuple[object, ...]]:
        found = keeper.ledger.ask(
            "SELECT p.feature, t.until FROM stored AS t JOIN subject AS s ON s.id = t.subject "
            "JOIN product AS p ON p.id = s.product WHERE t.until <> ? ORDER BY 1",
            then,
        )
        keeper.ledger._db.connection().execute(stored, (then,))
        return found

    later = NOON + 9 * DAY
    until(later)
    keeper.pass_time(DAY)
    keeper.take({BASE: [(100, 8)], VIEW: [(100, 5)]}, "2", written=NOON + 3600)
    assert [("base", NOON + 3600)] == until(later), "the line of the other only moved in its file"
    keeper.adopt({BASE: {NOON: 3}})
    assert [("base", 100)] == until(later)
    keeper.adopt({BASE: {NOON: 4}})
    assert [("base", NOON)] == until(later)
    keeper.adopt({})
    assert [("base", 100)] == until(later)


def test_packages_are_kept(keeper: Keeper) -> None:
    """Components are told once, as if a log had told of them."""
    for mark in "12":
        keeper.take({BASE: [(100, 5)]}, mark, packages=frozenset({(BASE, VIEW)}))
    pairs = keeper.ledger.ask(
        "SELECT a.feature, b.feature FROM package JOIN product AS a ON a.id = package.product "
        "JOIN product AS b ON b.id = component"
    )
    assert [("base", "view")] == pairs


def test_a_commit_that_fails_keeps_nothing(keeper: Keeper, failpoints) -> None:
    """The same is taken over again at the next try."""
    failpoints.errors["before-commit"] = OSError(28, "No space left on device")
    with pytest.raises(LedgerFull):
        keeper.take({BASE: [(100, 5)]}, "1")
    assert [] == keeper.rows()
    keeper.take({BASE: [(100, 5)]}, "1")
    assert 1 == len(keeper.rows())


def test_a_feature_that_is_to_come_has_no_row_before() -> None:
    """Nothing is said of a time before a new line begins; of a known feature, that it has no seats until then."""
    later = LicenceRow(300, 5, "a.lic:2")
    assert [later] == changed([], [later], 200)
    known = LicenceRow(100, 4, "a.lic:1")
    assert [known, LicenceRow(200, 0, "a.lic:1 (gone)"), later] == changed([known], [later], 200)
    assert [known] == changed([known], [known._replace(start=50)], 200), "the same seats by the same line"
