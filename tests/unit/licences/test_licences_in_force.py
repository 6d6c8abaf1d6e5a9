"""Which seats licence files grant when: first FEATURE, every INCREMENT, packages, newer lines, upgrades, last days."""

from __future__ import annotations

from calendar import timegm
from datetime import date
from math import inf

import pytest

from exporter.licences.dated import Pool, expiries_of, pools_at, rows_of, version_key
from exporter.licences.force import Force, LicenceFile, in_force
from exporter.licences.licence_text import parse_licences
from exporter.rules import LicenceRow

WRITTEN = timegm((2025, 6, 1, 12, 0, 0))
"""When the file was written."""


def midnight(day: date) -> int:
    """Return the UTC second at which a day begins, in UTC."""
    return timegm(day.timetuple())


def day(text: str) -> int:
    """Return the same of ``2025-06-01``."""
    return midnight(date.fromisoformat(text))


def force(*texts: str) -> Force:
    """Return what files a.lic, b.lic ... with these texts grant."""
    files = [
        LicenceFile(f"{name}.lic", parse_licences(text), WRITTEN) for name, text in zip("abc", texts, strict=False)
    ]
    assert [] == [fault for file in files for fault in file.said.faults]
    return in_force(files, midnight)


def rows(*texts: str, feature: str = "f") -> list[tuple[int, int]]:
    """Return (from, seats) of a feature."""
    lines = force(*texts).lines.get(("v", feature), [])
    return [(start, seats) for start, seats, _ in rows_of(lines)]


def expiries(*texts: str) -> list[float]:
    """Return when seats of feature f go."""
    found = force(*texts)
    return expiries_of(found.lines["v", "f"], found.expiries)


def test_a_line_without_dates_begins_with_its_file() -> None:
    """Nothing else tells since when it was there."""
    assert [(WRITTEN, 5)] == rows("INCREMENT f v 1 permanent 5")


def test_seats_go_after_the_last_day() -> None:
    """A line begins on its START, or when it was issued, and holds to the end of its expiry day."""
    assert [(day("2025-03-01"), 5), (day("2026-01-01"), 0)] == rows(
        "INCREMENT f v 1 31-dec-2025 5 START=1-mar-2025 ISSUED=1-feb-2025"
    )
    assert [(day("2025-02-01"), 5)] == rows("INCREMENT f v 1 permanent 5 ISSUED=1-feb-2025")
    assert [(WRITTEN, 5)] == rows("INCREMENT f v 1 permanent 5 ISSUED=1-jan-2030"), (
        "issued after it was written: a slip"
    )
    assert [(day("2030-01-01"), 5)] == rows("INCREMENT f v 1 permanent 5 START=1-jan-2030")


def test_what_expired_before_the_file_was_written_is_known_to_be_gone() -> None:
    """An old line that is still there tells of its last day, and that there is nothing since."""
    text = "INCREMENT f v 1 31-dec-2024 5"
    assert [(day("2024-12-31"), 5), (day("2025-01-01"), 0)] == rows(text)
    assert [day("2025-01-01")] == expiries(text)


def test_there_is_nothing_before_1970() -> None:
    """No log is older, and times of the ledger are not either."""
    assert [(0, 5)] == rows("INCREMENT f v 1 permanent 5 START=1-jan-1930")
    assert [] == rows("INCREMENT f v 1 31-dec-1950 5")


def test_increments_add_up_and_of_features_the_first_counts() -> None:
    """Over all files, in their order; when the first has ended the next one counts."""
    assert [(WRITTEN, 5)] == rows("FEATURE f v 1 permanent 5\nFEATURE f v 2 permanent 7")
    assert [(WRITTEN, 5)] == rows("FEATURE f v 1 permanent 5", "FEATURE f v 2 permanent 7")
    assert [(WRITTEN, 12)] == rows("INCREMENT f v 1 permanent 5\nINCREMENT f v 2 permanent 7")
    assert [(WRITTEN, 12)] == rows("INCREMENT f v 1 permanent 5\nFEATURE f v 2 permanent 7\nFEATURE f v 2 permanent 9")
    assert [(WRITTEN, 5), (day("2026-01-01"), 7)] == rows("FEATURE f v 1 31-dec-2025 5\nFEATURE f v 2 permanent 7")


def test_a_line_that_is_there_twice_counts_once() -> None:
    """In one file or in two; another signature makes it another line."""
    line = "INCREMENT f v 1 permanent 5 SIGN="
    assert [(WRITTEN, 5)] == rows(f"{line}00\n{line}00", f"{line}00")
    assert [(WRITTEN, 10)] == rows(f"{line}00\n{line}11")


def test_uncounted_licences_are_no_number() -> None:
    """A feature that is only uncounted has no capacity; beside counted ones they add nothing."""
    assert [] == rows("INCREMENT f v 1 permanent uncounted HOSTID=ANY")
    assert [inf] == expiries("INCREMENT f v 1 permanent uncounted HOSTID=ANY")
    assert [(WRITTEN, 5)] == rows("INCREMENT f v 1 permanent 0 HOSTID=ANY\nINCREMENT f v 1 permanent 5")


def test_vendors_have_features_of_their_own() -> None:
    """The same name of another daemon is another feature."""
    assert [(WRITTEN, 5)] == rows("INCREMENT f v 1 permanent 5\nINCREMENT f w 1 permanent 7")


def test_newer_lines_replace_older_ones() -> None:
    """SUPERSEDE ends the lines that were issued before, of its own feature and of those it names, when it begins."""
    old = "INCREMENT f v 1 permanent 5 ISSUED=1-jan-2025\nINCREMENT g v 1 permanent 3 ISSUED=1-jan-2025\n"
    assert [(day("2025-01-01"), 5), (day("2025-05-01"), 7)] == rows(
        old + "INCREMENT f v 1 permanent 7 SUPERSEDE ISSUED=1-may-2025"
    )
    assert [(day("2025-01-01"), 3), (day("2025-05-01"), 0)] == rows(
        old + 'INCREMENT f v 1 permanent 7 SUPERSEDE="g" ISSUED=1-may-2025', feature="g"
    )
    later = "INCREMENT f v 1 permanent 7 SUPERSEDE ISSUED=1-may-2025 START=1-jan-2026"
    assert [(day("2025-01-01"), 5), (day("2026-01-01"), 7)] == rows(old + later)


def test_lines_of_one_day_do_not_replace_each_other() -> None:
    """A vendor marks all lines of a file so; what is not older stays."""
    line = "INCREMENT f v {} permanent 5 SUPERSEDE ISSUED=1-may-2025\n"
    assert [(day("2025-05-01"), 10)] == rows(line.format(1) + line.format(2))


def test_without_dates_of_issue_the_order_tells_what_is_older() -> None:
    """A SUPERSEDE line without one replaces those before it, not those behind."""
    line = "INCREMENT f v 1 permanent {}{}\n"
    assert [(WRITTEN, 10)] == rows(line.format(3, "") + line.format(4, " SUPERSEDE") + line.format(6, ""))
    assert [(day("2025-05-01"), 4)] == rows(line.format(3, "") + line.format(4, " SUPERSEDE ISSUED=1-may-2025"))


def test_a_suite_and_its_components() -> None:
    """Both stand in the log: seats are the package's, and the components are told to belong to it."""
    text = 'PACKAGE p v 1 COMPONENTS="f g:2" OPTIONS=SUITE\nINCREMENT p v 1 permanent 5'
    assert {(("v", "p"), ("v", "f")), (("v", "p"), ("v", "g"))} == force(text).packages
    assert ([(WRITTEN, 5)], []) == (rows(text, feature="p"), rows(text))
    assert frozenset() == force(text.partition("\n")[0]).packages, "a package that nothing grants"


def test_a_package_that_is_no_suite() -> None:
    """Only its components can be checked out: each has the package's seats, so many times as it says, and its own."""
    text = (
        'PACKAGE p v 1 COMPONENTS="f g:2:3"\nINCREMENT p v 1 31-dec-2025 5 SUPERSEDE ISSUED=1-may-2025\n'
        "INCREMENT f v 1 permanent 1 ISSUED=1-may-2025"
    )
    assert frozenset() == force(text).packages
    assert [] == rows(text, feature="p")
    assert [(day("2025-05-01"), 6), (day("2026-01-01"), 1)] == rows(text)
    assert [(day("2025-05-01"), 15), (day("2026-01-01"), 0)] == rows(text, feature="g")


def test_the_package_line_of_the_version_counts() -> None:
    """Of several lines for one package that of the version is taken, then one of any, then the first."""
    text = "PACKAGE p v 1 COMPONENTS=f\nPACKAGE p v 2 COMPONENTS=g\nINCREMENT p v {} permanent 5"
    assert [(WRITTEN, 5)] == rows(text.format(2), feature="g")
    assert [(WRITTEN, 5)] == rows(text.format(7), feature="f")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INCREMENT f v 1 31-dec-2025 5\nINCREMENT f v 1 31-dec-2026 3", [day("2026-01-01"), day("2027-01-01")]),
        ("INCREMENT f v 1 31-dec-2025 5\nINCREMENT f v 1 permanent 3", [day("2026-01-01"), inf]),
        ("INCREMENT f v 1 31-dec-2025 5\nINCREMENT f v 1 31-dec-2026 5 START=1-jan-2026", [day("2027-01-01")]),
        ("INCREMENT f v 1 31-dec-2025 5\nINCREMENT f v 1 permanent 4 START=1-jan-2026", [day("2026-01-01"), inf]),
        ("FEATURE f v 1 31-dec-2025 5\nFEATURE f v 1 permanent 5", [inf]),
        ("INCREMENT f v 1 31-dec-2025 5\nINCREMENT f v 1 permanent 0", [day("2026-01-01"), inf]),
        ("INCREMENT f v 1 31-dec-2025 0\nINCREMENT f v 1 permanent 5", [day("2026-01-01"), inf]),
        (
            "INCREMENT f v 1 permanent 9 ISSUED=1-jan-2025\nINCREMENT f v 1 permanent 5 SUPERSEDE ISSUED=1-may-2025",
            [inf],
        ),
    ],
)
def test_an_expiry_counts_where_seats_go(text: str, expected: list[float]) -> None:
    """A licence that another replaces in time is no expiry; what a newer line takes away isn't one either."""
    assert expected == expiries(text)


def test_a_row_tells_its_lines() -> None:
    """The origin names file and line of what grants the seats, three at most, and says when they have ended."""
    lines = force(
        "INCREMENT f v 1 31-dec-2025 5", "\n".join(f"INCREMENT f v {n} 31-dec-2025 1" for n in range(4))
    ).lines
    assert [
        LicenceRow(WRITTEN, 9, "a.lic:1, b.lic:1, b.lic:2 and 2 more"),
        LicenceRow(day("2026-01-01"), 0, "a.lic:1, b.lic:1, b.lic:2 and 2 more (ended)"),
    ] == rows_of(lines["v", "f"])


def test_pools() -> None:
    """Seats of other versions or other attributes are kept apart, those of equal ones are one pool."""
    lines = force(
        "INCREMENT f v 1.0 31-dec-2025 5 HOSTID=A\nINCREMENT f v 1.0 permanent 3 HOSTID=A SIGN=1\n"
        "INCREMENT f v 1.0 permanent 2\nINCREMENT f v 2.0 permanent 4 HOSTID=A"
    ).lines["v", "f"]
    assert [
        Pool("1.0", ("HOSTID=A",), 8, day("2026-01-01"), ("a.lic:1", "a.lic:2")),
        Pool("1.0", (), 2, inf, ("a.lic:3",)),
        Pool("2.0", ("HOSTID=A",), 4, inf, ("a.lic:4",)),
    ] == pools_at(lines, WRITTEN)
    assert 3 == pools_at(lines, day("2026-01-01"))[0].seats
    assert [] == pools_at(lines, WRITTEN - 1)


def test_an_upgrade_moves_seats_of_the_closest_line_before_it() -> None:
    """Up to its number, of a version in its range; the whole stays as it is, and what can't be moved isn't made."""
    text = (
        "INCREMENT f v 1.0 permanent 5\nINCREMENT f v 2.0 permanent 3\nINCREMENT f v 3.0 permanent 1\n"
        "UPGRADE f v 1.0 3.0 permanent 4\n"
    )
    lines = force(text).lines["v", "f"]
    assert [("1.0", 5), ("3.0", 4)] == [(pool.version, pool.seats) for pool in pools_at(lines, WRITTEN)]
    assert ("a.lic:2", "a.lic:4", "a.lic:3") == pools_at(lines, WRITTEN)[1].places
    assert [(WRITTEN, 9)] == rows(text)
    beyond = force("INCREMENT f v 1.0 permanent 5\nUPGRADE f v 1.0 3.0 permanent 9").lines["v", "f"]
    assert [("3.0", 5)] == [(pool.version, pool.seats) for pool in pools_at(beyond, WRITTEN)]


def test_versions_are_decimal_numbers() -> None:
    """2.10 is less than 2.2; what is no number comes behind all numbers."""
    assert ["2.10", "2.2", "10", "2017.12", "beta"] == sorted(["2017.12", "beta", "10", "2.2", "2.10"], key=version_key)
