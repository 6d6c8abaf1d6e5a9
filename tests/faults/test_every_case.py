"""The cases that tests show, those that are to be shown, and those that docs/reliability.md lists are the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.harness.cases import ALL, Mark, Shown, listed, marks_in, with_table


@pytest.fixture(scope="module")
def marks() -> list[Mark]:
    """Return what the markers of all tests of faults say."""
    return list(marks_in(Path(__file__).parent))


def test_every_case_that_is_shown_is_known(marks: list[Mark]) -> None:
    """No test names a case that there is not, and only C5 is undecidable."""
    assert set() == {mark.case for mark in marks} - set(ALL)
    assert {"C5"} >= {mark.case for mark in marks if mark.undecidable}


def test_every_case_is_told_in_one_sentence(marks: list[Mark]) -> None:
    """No case has two descriptions."""
    told = Counter(mark.case for mark in marks if mark.what)

    assert [] == [case for case, times in told.items() if times > 1]


def test_no_case_is_forgotten(marks: list[Mark], root: Path) -> None:
    """All cases are shown by a test with a description, and listed in docs/reliability.md."""
    assert 98 == len(ALL)
    assert set(ALL) == {mark.case for mark in marks if mark.what}
    assert list(ALL) == listed((root / "docs" / "reliability.md").read_text("utf-8"))


def test_the_table_says_what_came_of_the_tests() -> None:
    """A case with one failed test fails, whatever its others did; the rest of the page stays as it was."""
    good, bad = Shown(), Shown()
    good.note(Mark.of(("R1", "It is renamed."), {}), "down", "passed")
    good.note(Mark.of(("R1",), {"how": "shim"}), "alive", "passed")
    bad.note(Mark.of(("C5", "It repeats."), {"undecidable": True}), "alive", "passed")
    bad.note(Mark.of(("C5",), {}), "alive", "failed")
    page = with_table("before\n<!-- cases: begin -->\nold\n<!-- cases: end -->\nafter\n", {"C5": bad, "R1": good})

    assert ["R1", "C5"] == listed(page)
    assert "| R1 | It is renamed. | real file system, scripted file system | alive and down | passes |" in page
    assert "| C5 | It repeats. | real file system | alive | **fails** |" in page
    assert page.startswith("before\n")
    assert page.endswith("-->\nafter\n")
