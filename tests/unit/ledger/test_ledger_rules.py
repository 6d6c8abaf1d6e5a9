"""Rules of the configuration in the ledger: what is the same is not written, and a change makes windows again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.errors import LedgerFull, ZoneChanged
from exporter.facts import Episode
from exporter.ledger.store import SqliteLedger
from exporter.records import Batch
from exporter.rules import DemandLine, FeatureKey, ProductRule, Rules

CFD: FeatureKey = ("srv", "brookd", "brook_cfd")
POST: FeatureKey = ("srv", "brookd", "brook_post")
RULES = Rules(
    "Europe/Madrid",
    10,
    1200,
    {CFD: {100: 5, 200: 6}},
    {"Brook": ProductRule(frozenset({CFD, POST}), {}), "Own": ProductRule(frozenset({CFD}), {300: 9})},
)
STORED = 1000
"""Up to where the windows of all subjects are stored before a change."""


def no_replay(lines: Iterable[DemandLine], frontier: int | None) -> Iterable[Episode]:
    """Fail: the denial rule has not changed."""
    raise AssertionError


class Adopter:
    """A ledger that adopts rules, looked at through a connection of its own."""

    def __init__(self, ledger: SqliteLedger, path: Path) -> None:
        """Begin without rules."""
        self._ledger = ledger
        self._db = sqlite3.connect(path, isolation_level=None)

    def adopt(self, rules: Rules, *, rezone: bool = False) -> None:
        """Take over *rules*."""
        self._ledger.adopt(rules, no_replay, rezone=rezone)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return what *sql* gives."""
        return list(self._db.execute(sql))

    def capacity(self) -> list[tuple[object, ...]]:
        """Return the capacities, by feature."""
        return self.rows(
            "SELECT p.feature, c.start, c.seats, c.origin FROM capacity AS c JOIN product AS p ON p.id = c.product "
            "ORDER BY p.feature, c.start, c.origin"
        )

    def store_windows(self) -> None:
        """Store a window of each subject and tier, and that they are stored up to `STORED`."""
        (columns,) = self._db.execute("SELECT group_concat(name) FROM pragma_table_info('window') WHERE \"notnull\"")
        columns = columns[0].split(",")
        for tier in (3600, 86_400):
            marks = ", ".join(
                {"tier": str(tier), "subject": "id", "start": "0", "end": str(tier)}.get(column, "1")
                for column in columns
            )
            self._db.execute(f"INSERT OR REPLACE INTO window ({', '.join(columns)}) SELECT {marks} FROM subject")
            self._db.execute(f"INSERT OR REPLACE INTO stored SELECT {tier}, id, {STORED} FROM subject")

    def until(self) -> dict[object, set[object]]:
        """Return up to where windows are stored, in all tiers, by feature or product name."""
        found: dict[object, set[object]] = {}
        for name, until in self.rows(
            "SELECT coalesce(s.name, p.feature), t.until FROM stored AS t JOIN subject AS s ON s.id = t.subject "
            "LEFT JOIN product AS p ON p.id = s.product"
        ):
            found.setdefault(name, set()).add(until)
        return found

    def windows(self) -> set[object]:
        """Return the features and product names that have windows in both tiers."""
        return {
            name
            for name, number in self.rows(
                "SELECT coalesce(s.name, p.feature), count(*) FROM window AS w JOIN subject AS s ON s.id = w.subject "
                "LEFT JOIN product AS p ON p.id = s.product GROUP BY 1"
            )
            if number == 2
        }

    def revision(self) -> object:
        """Return the number of the last commit."""
        return self.rows("SELECT revision FROM meta")[0][0]


@pytest.fixture
def adopter(ledger: SqliteLedger, path: Path) -> Adopter:
    """Give a ledger that has adopted `RULES` and has windows of all subjects."""
    made = Adopter(ledger, path)
    made.adopt(RULES)
    made.store_windows()
    return made


def test_the_first_rules_are_stored(adopter: Adopter) -> None:
    """Zone, denial rule, capacities and products are there, with ids and subjects for features never seen."""
    assert [("denials", "[10, 1200]"), ("zone", '"Europe/Madrid"')] == adopter.rows(
        "SELECT kind, value FROM rule WHERE kind <> 'people'"
    )
    assert [("brook_cfd", 100, 5, "config"), ("brook_cfd", 200, 6, "config")] == adopter.capacity()
    assert {("Brook", "brook_cfd"), ("Brook", "brook_post"), ("Own", "brook_cfd")} == set(
        adopter.rows(
            "SELECT s.name, p.feature FROM member AS m JOIN subject AS s ON s.id = m.subject "
            "JOIN product AS p ON p.id = m.product"
        )
    )
    assert [("Own", 300, 9)] == adopter.rows(
        "SELECT s.name, c.start, c.seats FROM product_capacity AS c JOIN subject AS s ON s.id = c.subject"
    )
    assert {"brook_cfd", "Brook", "Own"} == adopter.windows(), "who has a capacity has windows"


def test_the_same_rules_write_nothing(
    adopter: Adopter, opened: Callable[[], SqliteLedger], ledger: SqliteLedger, path: Path
) -> None:
    """Without a change no transaction is begun, in a new process either, and all windows stay."""
    before = adopter.revision()
    adopter.adopt(RULES)
    ledger.close()
    again = opened()
    Adopter(again, path).adopt(replace(RULES))

    assert 0 == again._db.connection().total_changes
    assert before == adopter.revision()
    assert {"brook_cfd": {STORED}, "Brook": {STORED}, "Own": {STORED}} == adopter.until()


@pytest.mark.parametrize(
    ("rows", "earliest"),
    [
        ({100: 5, 200: 7}, 200),
        ({100: 5}, 200),
        ({100: 5, 150: 8, 200: 6}, 150),
        ({50: 5, 200: 6}, 50),
        ({100: 4, 200: 6}, 100),
        ({}, 100),
        ({100: 5, 200: 6, 2000: 7}, STORED),
    ],
)
def test_a_changed_capacity_makes_again_from_its_date(adopter: Adopter, rows: dict[int, int], earliest: int) -> None:
    """The feature and the products that it belongs to are made again from the earliest date that differs."""
    adopter.adopt(replace(RULES, issued={CFD: rows} if rows else {}))

    assert [("brook_cfd", start, seats, "config") for start, seats in sorted(rows.items())] == adopter.capacity()
    assert {"brook_cfd": {earliest}, "Brook": {earliest}, "Own": {earliest}} == adopter.until()
    assert {"brook_cfd", "Brook", "Own"} == adopter.windows()


def test_a_later_change_leaves_what_is_lower(adopter: Adopter) -> None:
    """What has to be made again from an earlier time on is not put off by a second change."""
    adopter.adopt(replace(RULES, issued={CFD: {100: 5, 150: 1, 200: 6}}))
    adopter.adopt(replace(RULES, issued={CFD: {100: 5, 150: 1, 200: 7}}))

    assert {150} == adopter.until()["brook_cfd"]


def test_only_what_has_the_feature_is_made_again(adopter: Adopter) -> None:
    """A capacity of another feature touches the products it belongs to, and no others."""
    adopter.adopt(replace(RULES, issued={**RULES.issued, POST: {400: 1}}))

    assert {"brook_cfd": {STORED}, "Brook": {400}, "Own": {STORED}} == adopter.until()


def test_capacities_from_elsewhere_stay(adopter: Adopter) -> None:
    """What a licence file said, of the same date too, is neither taken for the configuration's nor replaced by it."""
    adopter._db.execute(
        "INSERT INTO capacity_row SELECT product, start, 77, 'x.lic', 1 FROM capacity WHERE start = 100"
    )
    before = adopter.revision()
    adopter.adopt(RULES)
    assert before == adopter.revision()

    adopter.adopt(replace(RULES, issued={}))
    assert [("brook_cfd", 100, 77, "x.lic")] == adopter.capacity()


@pytest.mark.parametrize("members", [{CFD}, {POST}, {CFD, POST, ("srv", "v", "f")}])
def test_a_product_with_other_members_is_made_anew(adopter: Adopter, members: set[FeatureKey]) -> None:
    """Its old windows go, and all of them are made again; other products and the features keep theirs."""
    adopter.adopt(replace(RULES, products={**RULES.products, "Brook": ProductRule(frozenset(members), {})}))

    assert {"brook_cfd": {STORED}, "Brook": {0}, "Own": {STORED}} == adopter.until()
    assert {"brook_cfd", "Own"} == adopter.windows()
    assert [(len(members),)] == adopter.rows(
        "SELECT count(*) FROM member JOIN subject ON id = subject WHERE name = 'Brook'"
    )


def test_a_product_that_is_gone_leaves_nothing(adopter: Adopter) -> None:
    """Its name, members, seats and windows go; the features that were its members stay."""
    adopter.adopt(replace(RULES, products={"Brook": RULES.products["Brook"]}))

    assert {"brook_cfd": {STORED}, "Brook": {STORED}} == adopter.until()
    assert {"brook_cfd", "Brook"} == adopter.windows()
    for table in ("member", "product_capacity", "stored", "window"):
        assert [] == adopter.rows(f"SELECT * FROM {table} WHERE subject NOT IN (SELECT id FROM subject)")
    assert [("Brook",)] == adopter.rows("SELECT name FROM subject WHERE name IS NOT NULL")


@pytest.mark.parametrize(("seats", "until"), [({300: 8}, 300), ({300: 9, 500: 1}, 500), ({}, 0)])
def test_own_seats_of_a_product_make_it_again(adopter: Adopter, seats: dict[int, int], until: int) -> None:
    """From the date that differs; where its members' seats count again, from its beginning."""
    own = ProductRule(frozenset({CFD}), seats)
    adopter.adopt(replace(RULES, products={**RULES.products, "Own": own}))
    assert {"brook_cfd": {STORED}, "Brook": {STORED}, "Own": {until}} == adopter.until()
    assert {"brook_cfd", "Brook", "Own"} == adopter.windows()

    adopter.store_windows()
    adopter.adopt(RULES)
    assert {until} == adopter.until()["Own"]


def test_another_zone_is_refused(adopter: Adopter, path: Path) -> None:
    """The sentence names both zones and both ways out, and nothing of the other rules is taken over."""
    before = adopter.revision()
    with pytest.raises(ZoneChanged) as caught:
        adopter.adopt(replace(RULES, zone="UTC", issued={}))

    assert (
        f"The hours and days in the ledger {path} are those of Europe/Madrid, and site.timezone is now UTC: "
        "put Europe/Madrid back, or run `seatwatch rebuild`, which makes all windows anew." == str(caught.value)
    )
    assert before == adopter.revision()


def test_another_zone_may_be_asked_for(adopter: Adopter) -> None:
    """Then no window is left, all are made again, and the new zone holds."""
    adopter.adopt(replace(RULES, zone="UTC"), rezone=True)

    assert {"brook_cfd": {0}, "Brook": {0}, "Own": {0}} == adopter.until()
    assert set() == adopter.windows()
    adopter.adopt(replace(RULES, zone="UTC"))


@pytest.mark.parametrize("place", ["txn-begin", "before-commit"])
def test_what_fails_leaves_the_old_rules(adopter: Adopter, failpoints, place: str) -> None:
    """When the disk is full nothing of a change is kept, and the same again succeeds."""
    changed = replace(RULES, issued={("srv", "v", "n\u00e9w"): {1: 1}})
    failpoints.errors[place] = OSError(28, "No space left on device")
    with pytest.raises(LedgerFull):
        adopter.adopt(changed)
    assert {"brook_cfd": {STORED}, "Brook": {STORED}, "Own": {STORED}} == adopter.until()

    adopter.adopt(changed)
    assert [("n\u00e9w", 1, 1, "config")] == adopter.capacity()


@pytest.mark.parametrize("feature", ["f", "Gr\u00f6\u00dfe", "\u5bb9\u91cf"])
def test_a_name_of_the_configuration_is_that_of_the_log(
    ledger: SqliteLedger, path: Path, feature: str, full_batch: Callable[[SqliteLedger], Batch]
) -> None:
    """A feature read from a log as UTF-8 and one of the configuration are one product."""
    seen = ledger.names.product("srv", "v", feature.encode().decode("latin-1"))
    ledger.commit([full_batch(ledger)])
    adopter = Adopter(ledger, path)
    adopter.adopt(Rules("UTC", 10, 1200, {("srv", "v", feature): {1: 1}}))

    assert [(seen,)] == adopter.rows("SELECT product FROM capacity")


def test_packages_of_one_another_are_a_product_without_members(adopter: Adopter) -> None:
    """A product of which nothing counts is kept as it is, and not taken for new each time."""
    rules = replace(RULES, products={**RULES.products, "None": ProductRule(frozenset(), {})})
    adopter.adopt(rules)
    before = adopter.revision()
    adopter.adopt(rules)

    assert before == adopter.revision()
